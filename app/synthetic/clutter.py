"""What else is in the cube, drawn by lot: things, heads, upper arms, walls and desks."""

from __future__ import annotations

import numpy as np

from app.geometry import matrix_from_6d
from app.synthetic.solids import BOX, CYLINDER, ELLIPSOID, PLANE, make_solids

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
    """SOLID [n, SLOTS]: random things round points [n, 3] mm (camera frame).

    The nearest point of each lies `gap_mm` (low, high) behind its point; sideways they scatter by
    `spread_mm`.
    """
    n = len(around)
    which = rng.choice(len(_KINDS), (n, SLOTS), p=_CHANCES)
    extents = _EXTENTS[which] * rng.uniform(0.65, 1.35, (n, SLOTS, 1))
    turn = matrix_from_6d(rng.normal(size=(n, SLOTS, 6)) + 1.2 * (rng.random((n, SLOTS, 1)) < 0.5))
    depth = np.linalg.norm(turn[..., 2, :] * extents, axis=-1)
    centre = around[:, None] + rng.normal(0, spread_mm, (n, SLOTS, 3))
    centre[..., 2] = around[:, None, 2] + rng.uniform(*gap_mm, (n, SLOTS)) + depth
    return make_solids(_KINDS[which], extents, turn, centre)


def sample_heads(rng: np.random.Generator, around: np.ndarray) -> np.ndarray:
    """SOLID [n, SLOTS]: a head round each point [n, 3] mm, turned this way and that."""
    n = len(around)
    turn = random_turns(rng, n, 0.3)
    size = rng.uniform(0.85, 1.15, (n, 1, 1))
    extents = size * np.array([part[1] for part in _HEAD], np.float64)
    places = size * np.array([part[2] for part in _HEAD], np.float64)
    turns = np.repeat(turn[:, None], SLOTS, 1)
    turns[:, 3] = turn @ _UPRIGHT
    centre = (around + rng.normal(0, 30, (n, 3)))[:, None] + np.einsum("nrc,nsc->nsr", turn, places)
    kinds = np.tile([part[0] for part in _HEAD], (n, 1))
    return make_solids(kinds, extents, turns, centre)


def sample_upper_arms(rng: np.random.Generator, elbows: np.ndarray) -> np.ndarray:
    """SOLID [n]: upper arms from elbows [n, 3] mm, in any direction but the camera's."""
    n = len(elbows)
    turn = matrix_from_6d(rng.normal(size=(n, 6)))
    turn[..., 2] *= np.where(turn[:, 2, 2:] < 0, -1.0, 1.0)
    length = rng.uniform(120, 180, (n, 1))
    extents = np.concatenate([rng.uniform(38, 60, (n, 2)), length], 1)
    return make_solids(np.full(n, ELLIPSOID), extents, turn, elbows + (length - 40) * turn[..., 2])


def random_turns(rng: np.random.Generator, n: int, spread: float) -> np.ndarray:
    """[n, 3, 3]: rotations scattered about the identity by roughly `spread` rad."""
    return matrix_from_6d(np.array([1.0, 0, 0, 0, 1, 0]) + rng.normal(0, spread, (n, 6)))


def sample_planes(rng: np.random.Generator, n: int) -> np.ndarray:
    """PLANE [n]: walls at any slant, and desks."""
    normal = np.concatenate([rng.normal(0, 0.5, (n, 2)), np.ones((n, 1))], 1)
    desk = rng.random(n) < 0.3
    normal[desk] = np.stack(
        [rng.normal(0, 0.15, desk.sum()), rng.uniform(0.5, 2.5, desk.sum()), np.ones(desk.sum())], 1
    )
    planes = np.zeros(n, PLANE)
    planes["normal"] = normal / np.linalg.norm(normal, axis=1, keepdims=True)
    near = rng.random(n) < 0.3
    planes["margin_mm"] = np.where(near, rng.uniform(4, 25, n), rng.uniform(15, 150, n))
    return planes
