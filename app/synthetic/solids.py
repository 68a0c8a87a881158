"""Planes, ellipsoids, boxes, cylinders, cones and rings: their records, how they are drawn.

Bodies, heads, limbs, furniture and held things are made of these.
"""

from __future__ import annotations

import math

import numpy as np

from app.jit import njit

ELLIPSOID, BOX, CYLINDER, CONE, RING = range(5)
TAPER = 0.45  # of a cone, whose wide end lies at z = -1: the radius at z = 1 over that at -1
NOTHING = -1  # in place of a kind
RING_STEPS, RING_TOUCH_MM = 40, 0.1
SOLID = np.dtype(
    [
        ("kind", np.int32),  # ELLIPSOID, BOX, CYLINDER, CONE, RING or NOTHING
        ("to_unit", np.float32, (3, 3)),  # 1/mm, onto the unit sphere, cube or cylinder about z
        ("centre_mm", np.float32, 3),  # camera frame
    ]
)
PLANE = np.dtype(
    [
        ("normal", np.float32, 3),  # of length one, away from the camera
        ("margin_mm", np.float32),  # how far behind the hand's last point; 0: no plane
    ]
)


def make_solids(
    kinds: np.ndarray, half_mm: np.ndarray, turn: np.ndarray, centre_mm: np.ndarray
) -> np.ndarray:
    """SOLID [...] from kinds [...], half extents [..., 3], rotations [..., 3, 3], centres.

    A ring lies about its z axis, its tube as thick as it is high: half extents (r, r, tube).
    """
    solids = np.zeros(kinds.shape, SOLID)
    solids["kind"], solids["centre_mm"] = kinds, centre_mm
    solids["to_unit"] = np.swapaxes(turn, -1, -2) / half_mm[..., None]
    return solids


def carried(solids: np.ndarray, bone: np.ndarray) -> np.ndarray:
    """SOLID [k] where a rigid motion, [3, 4], takes them."""
    moved = solids.copy()
    moved["to_unit"] = solids["to_unit"] @ bone[:, :3].T
    moved["centre_mm"] = solids["centre_mm"] @ bone[:, :3].T + bone[:, 3]
    return moved


@njit
def draw_plane(depth, camera, normal, offset):
    """Lowers depth to the plane normal . p = offset mm, but where its back is seen."""
    fx, fy, cx, cy = camera
    for y in range(depth.shape[0]):
        slope = normal[1] * (y - cy) / fy + normal[2]
        for x in range(depth.shape[1]):
            towards = normal[0] * (x - cx) / fx + slope
            if towards > 1e-3 and offset < towards * depth[y, x]:
                depth[y, x] = offset / towards


@njit
def draw_solids(depth, camera, solids):
    """Lowers depth to every one of the solids, SOLID [k], that is there."""
    for k in range(solids.shape[0]):
        if solids[k]["kind"] != NOTHING:
            draw_solid(depth, camera, solids[k])


@njit
def draw_solid(depth, camera, solid):
    """Lowers depth to one solid, a record of SOLID; the camera must lie outside it."""
    kind, m, c = solid["kind"], solid["to_unit"], solid["centre_mm"]
    fx, fy, cx, cy = camera
    x0, x1, y0, y1 = _window(depth, camera, kind, m, c)
    ox = -(m[0, 0] * c[0] + m[0, 1] * c[1] + m[0, 2] * c[2])  # the camera in the solid's own
    oy = -(m[1, 0] * c[0] + m[1, 1] * c[1] + m[1, 2] * c[2])  # coordinates
    oz = -(m[2, 0] * c[0] + m[2, 1] * c[1] + m[2, 2] * c[2])
    for y in range(y0, y1):
        b = (y - cy) / fy
        for x in range(x0, x1):
            a = (x - cx) / fx
            dx = m[0, 0] * a + m[0, 1] * b + m[0, 2]
            dy = m[1, 0] * a + m[1, 1] * b + m[1, 2]
            dz = m[2, 0] * a + m[2, 1] * b + m[2, 2]
            if kind == RING:
                z = _meet_ring(m, ox, oy, oz, dx, dy, dz)
            else:
                z = _meet(kind, ox, oy, oz, dx, dy, dz)
            if 0 < z < depth[y, x]:
                depth[y, x] = z


@njit
def _window(depth, camera, kind, m, c):
    """Columns and rows that the solid with matrix m and centre c may touch: x0, x1, y0, y1."""
    fx, fy, cx, cy = camera
    height, width = depth.shape
    reach = 0.0  # radius of a sphere round the solid, squared
    for k in range(3):
        norm = m[k, 0] ** 2 + m[k, 1] ** 2 + m[k, 2] ** 2
        reach = max(reach, 1 / norm) if kind == ELLIPSOID else reach + 1 / norm
    reach = math.sqrt(reach)
    if c[2] - reach <= 30:
        return 0, width, 0, height
    radius = fx * reach / (c[2] - reach) * 1.05 + 1
    u, v = cx + fx * c[0] / c[2], cy + fy * c[1] / c[2]
    return (
        max(0, int(u - radius)),
        min(width, int(u + radius) + 2),
        max(0, int(v - radius)),
        min(height, int(v + radius) + 2),
    )


@njit
def _meet(kind, ox, oy, oz, dx, dy, dz):
    """Depth at which the ray o + z d enters a unit solid; -1 where it misses."""
    if kind == ELLIPSOID:
        a, b = dx * dx + dy * dy + dz * dz, ox * dx + oy * dy + oz * dz
        root = b * b - a * (ox * ox + oy * oy + oz * oz - 1)
        return (-b - math.sqrt(root)) / a if root > 0 else -1.0
    enter, leave = _slab(oz, dz)
    if kind == BOX:
        for low, high in (_slab(ox, dx), _slab(oy, dy)):
            enter, leave = max(enter, low), min(leave, high)
        return enter if enter < leave else -1.0
    if kind == CONE:
        one, two = _between_flanks(ox, oy, oz, dx, dy, dz)
        enter, leave = max(enter, one), min(leave, two)
        return enter if enter < leave else -1.0
    a, b = dx * dx + dy * dy, ox * dx + oy * dy
    root = b * b - a * (ox * ox + oy * oy - 1)
    if root <= 0:
        return -1.0
    root = math.sqrt(root)
    enter, leave = max(enter, (-b - root) / a), min(leave, (-b + root) / a)
    return enter if enter < leave else -1.0


@njit
def _between_flanks(ox, oy, oz, dx, dy, dz):
    """Where o + z d enters and leaves the cone between -1..1 of its axis, which ends beyond 1."""
    slope, middle = (1 - TAPER) / 2, (1 + TAPER) / 2
    radius, change = middle - slope * oz, -slope * dz  # of the cone along the ray
    a = dx * dx + dy * dy - change * change
    b = ox * dx + oy * dy - radius * change
    c = ox * ox + oy * oy - radius * radius
    root = b * b - a * c
    if abs(a) < 1e-12 or root <= 0:
        return (1e9, -1e9) if c > 0 or (abs(a) >= 1e-12 and a > 0) else (-1e9, 1e9)
    root = math.sqrt(root)
    one, two = min((-b - root) / a, (-b + root) / a), max((-b - root) / a, (-b + root) / a)
    if a > 0:
        return one, two
    return (two, 1e9) if change > 0 else (-1e9, one)  # towards the wide end


@njit
def _meet_ring(m, ox, oy, oz, dx, dy, dz):
    """Depth at which the ray enters a ring, by steps of its distance; -1 where it misses."""
    outer = 1 / math.sqrt(m[0, 0] ** 2 + m[0, 1] ** 2 + m[0, 2] ** 2)
    tube = 1 / math.sqrt(m[2, 0] ** 2 + m[2, 1] ** 2 + m[2, 2] ** 2)
    ox, dx, oy, dy, oz, dz = ox * outer, dx * outer, oy * outer, dy * outer, oz * tube, dz * tube
    a, b = dx * dx + dy * dy + dz * dz, ox * dx + oy * dy + oz * dz
    root = b * b - a * (ox * ox + oy * oy + oz * oz - outer * outer)
    if root <= 0:
        return -1.0
    z, last, length = (-b - math.sqrt(root)) / a, (-b + math.sqrt(root)) / a, math.sqrt(a)
    for _ in range(RING_STEPS):
        gap = ring_distance(ox + z * dx, oy + z * dy, oz + z * dz, outer, tube)
        if gap < RING_TOUCH_MM:
            return z
        z += gap / length
        if z > last:
            break
    return -1.0


@njit
def ring_distance(x, y, z, outer, tube):
    """Distance (mm) of a point to a ring about z, negative inside."""
    return math.hypot(math.hypot(x, y) - (outer - tube), z) - tube


@njit
def _slab(o, d):
    """Where o + z d enters and leaves -1..1."""
    if abs(d) < 1e-9:
        return (-1e9, 1e9) if abs(o) < 1 else (1e9, -1e9)
    one, two = (-1 - o) / d, (1 - o) / d
    return min(one, two), max(one, two)
