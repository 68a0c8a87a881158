"""What else is in the cube: planes, ellipsoids, boxes and cylinders,
sampled and drawn into a depth window.

A solid is one row of 13 numbers: its kind, the matrix that maps it onto the unit sphere, cube or
cylinder, and its centre in mm. Bodies, heads, limbs, furniture and held things are made of them.
"""

from __future__ import annotations

import math

import numpy as np

from app.geometry import matrix_from_6d
from app.jit import njit

ELLIPSOID, BOX, CYLINDER = range(3)
SLOTS = 4  # solids a sample
# kind, half extents in mm, share of the draws
_CATALOGUE = (
    (ELLIPSOID, (170, 260, 110), 0.12),  # torso
    (ELLIPSOID, (75, 115, 95), 0.12),  # head
    (CYLINDER, (60, 60, 220), 0.10),  # thigh
    (CYLINDER, (38, 38, 140), 0.22),  # arm
    (ELLIPSOID, (60, 60, 60), 0.06),  # knee, ball
    (BOX, (45, 55, 35), 0.13),
    (BOX, (160, 110, 90), 0.11),
    (BOX, (7, 60, 110), 0.07),  # book, telephone
    (CYLINDER, (20, 20, 110), 0.07),  # bottle, handle
)
_KINDS = np.array([row[0] for row in _CATALOGUE])
_EXTENTS = np.array([row[1] for row in _CATALOGUE], np.float64)
_CHANCES = np.array([row[2] for row in _CATALOGUE])
_HEAD = (  # half extents and place relative to the head's centre, mm: skull, nose, jaw, neck
    (ELLIPSOID, (76, 112, 96), (0, 0, 0)),
    (ELLIPSOID, (14, 24, 24), (0, 18, -92)),
    (ELLIPSOID, (52, 50, 60), (0, 74, -38)),
    (CYLINDER, (55, 55, 90), (0, 150, 25)),
)
_UPRIGHT = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # a cylinder's axis from z to y


def sample_solids(
    rng: np.random.Generator, around: np.ndarray, gap_mm: tuple[float, float], spread_mm: float
) -> np.ndarray:
    """float32 [n, SLOTS, 13]: random things round points [n, 3] mm (camera frame).
    The nearest point of each lies `gap_mm` (low, high) behind its point;
    sideways they scatter by `spread_mm`."""
    n = len(around)
    which = rng.choice(len(_KINDS), (n, SLOTS), p=_CHANCES)
    extents = _EXTENTS[which] * rng.uniform(0.65, 1.35, (n, SLOTS, 1))
    turn = matrix_from_6d(rng.normal(size=(n, SLOTS, 6)) + 1.2 * (rng.random((n, SLOTS, 1)) < 0.5))
    depth = np.linalg.norm(turn[..., 2, :] * extents, axis=-1)
    centre = around[:, None] + rng.normal(0, spread_mm, (n, SLOTS, 3))
    centre[..., 2] = around[:, None, 2] + rng.uniform(*gap_mm, (n, SLOTS)) + depth
    return _rows(_KINDS[which], extents, turn, centre)


def sample_heads(rng: np.random.Generator, around: np.ndarray) -> np.ndarray:
    """float32 [n, SLOTS, 13]: a head round each point [n, 3] mm, turned this way and that."""
    n = len(around)
    turn = random_turns(rng, n, 0.3)
    size = rng.uniform(0.85, 1.15, (n, 1, 1))
    extents = size * np.array([part[1] for part in _HEAD], np.float64)
    places = size * np.array([part[2] for part in _HEAD], np.float64)
    turns = np.repeat(turn[:, None], SLOTS, 1)
    turns[:, 3] = turn @ _UPRIGHT
    centre = (around + rng.normal(0, 30, (n, 3)))[:, None] + np.einsum("nrc,nsc->nsr", turn, places)
    kinds = np.tile([part[0] for part in _HEAD], (n, 1))
    return _rows(kinds, extents, turns, centre)


def sample_upper_arms(rng: np.random.Generator, elbows: np.ndarray) -> np.ndarray:
    """float32 [n, 13]: an upper arm that leaves each elbow [n, 3] mm
    in any direction but the camera's."""
    n = len(elbows)
    turn = matrix_from_6d(rng.normal(size=(n, 6)))
    turn[..., 2] *= np.where(turn[:, 2, 2:] < 0, -1.0, 1.0)
    length = rng.uniform(120, 180, (n, 1))
    extents = np.concatenate([rng.uniform(38, 60, (n, 2)), length], 1)
    centre = elbows + (length - 40) * turn[..., 2]
    rows = _rows(np.full((n, 1), ELLIPSOID), extents[:, None], turn[:, None], centre[:, None])
    return rows[:, 0]


def random_turns(rng: np.random.Generator, n: int, spread: float) -> np.ndarray:
    """[n, 3, 3]: rotations scattered about the identity by roughly `spread` rad."""
    return matrix_from_6d(np.array([1.0, 0, 0, 0, 1, 0]) + rng.normal(0, spread, (n, 6)))


def sample_planes(rng: np.random.Generator, n: int) -> np.ndarray:
    """float32 [n, 4]: unit normals away from the camera,
    and how far behind the hand's last point, mm."""
    normal = np.concatenate([rng.normal(0, 0.5, (n, 2)), np.ones((n, 1))], 1)
    desk = rng.random(n) < 0.3
    normal[desk] = np.stack(
        [rng.normal(0, 0.15, desk.sum()), rng.uniform(0.5, 2.5, desk.sum()), np.ones(desk.sum())], 1
    )
    normal /= np.linalg.norm(normal, axis=1, keepdims=True)
    margin = np.where(rng.random(n) < 0.3, rng.uniform(4, 25, n), rng.uniform(15, 150, n))
    return np.concatenate([normal, margin[:, None]], 1).astype(np.float32)


def _rows(
    kinds: np.ndarray, extents: np.ndarray, turn: np.ndarray, centre: np.ndarray
) -> np.ndarray:
    """Solid rows [n, SLOTS, 13] from kinds, half extents, orientations and centres."""
    to_unit = np.swapaxes(turn, -1, -2) / extents[..., None]
    parts = kinds[..., None], to_unit.reshape(*kinds.shape, 9), centre
    return np.concatenate(parts, -1).astype(np.float32)


@njit
def draw_plane(depth, f, cx, cy, normal, offset):
    """Lowers depth to the plane normal . p = offset (mm);
    pixels that look away from it are left alone."""
    for y in range(depth.shape[0]):
        slope = normal[1] * (y - cy) / f + normal[2]
        for x in range(depth.shape[1]):
            towards = normal[0] * (x - cx) / f + slope
            if towards > 1e-3 and offset < towards * depth[y, x]:
                depth[y, x] = offset / towards


@njit
def draw_solid(depth, f, cx, cy, row):
    """Lowers depth to one solid; the camera must lie outside it."""
    height, width = depth.shape
    kind = int(row[0])
    m, c = row[1:10], row[10:13]
    reach = 0.0  # radius of a sphere round the solid
    for k in range(3):
        norm = m[3 * k] ** 2 + m[3 * k + 1] ** 2 + m[3 * k + 2] ** 2
        reach = max(reach, 1 / norm) if kind == 0 else reach + 1 / norm
    reach = math.sqrt(reach)
    x0, x1, y0, y1 = 0, width, 0, height
    if c[2] - reach > 30:
        radius = f * reach / (c[2] - reach) * 1.05 + 1
        u, v = cx + f * c[0] / c[2], cy + f * c[1] / c[2]
        x0, x1 = max(0, int(u - radius)), min(width, int(u + radius) + 2)
        y0, y1 = max(0, int(v - radius)), min(height, int(v + radius) + 2)
    ox = -(m[0] * c[0] + m[1] * c[1] + m[2] * c[2])  # the camera in the solid's own coordinates
    oy = -(m[3] * c[0] + m[4] * c[1] + m[5] * c[2])
    oz = -(m[6] * c[0] + m[7] * c[1] + m[8] * c[2])
    for y in range(y0, y1):
        b = (y - cy) / f
        for x in range(x0, x1):
            a = (x - cx) / f
            dx = m[0] * a + m[1] * b + m[2]
            dy = m[3] * a + m[4] * b + m[5]
            dz = m[6] * a + m[7] * b + m[8]
            z = _meet(kind, ox, oy, oz, dx, dy, dz)
            if 0 < z < depth[y, x]:
                depth[y, x] = z


@njit
def _meet(kind, ox, oy, oz, dx, dy, dz):
    """Depth at which the ray o + z d enters the unit sphere, cube or cylinder (about z);
    -1 where it misses."""
    if kind == 0:
        a, b = dx * dx + dy * dy + dz * dz, ox * dx + oy * dy + oz * dz
        root = b * b - a * (ox * ox + oy * oy + oz * oz - 1)
        return (-b - math.sqrt(root)) / a if root > 0 else -1.0
    enter, leave = _slab(oz, dz)
    if kind == 1:
        for low, high in (_slab(ox, dx), _slab(oy, dy)):
            enter, leave = max(enter, low), min(leave, high)
        return enter if enter < leave else -1.0
    a, b = dx * dx + dy * dy, ox * dx + oy * dy
    root = b * b - a * (ox * ox + oy * oy - 1)
    if root <= 0:
        return -1.0
    root = math.sqrt(root)
    enter, leave = max(enter, (-b - root) / a), min(leave, (-b + root) / a)
    return enter if enter < leave else -1.0


@njit
def _slab(o, d):
    """Where o + z d enters and leaves -1..1."""
    if abs(d) < 1e-9:
        return (-1e9, 1e9) if abs(o) < 1 else (1e9, -1e9)
    one, two = (-1 - o) / d, (1 - o) / d
    return min(one, two), max(one, two)
