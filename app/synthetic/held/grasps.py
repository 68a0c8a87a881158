"""Hands that hold things, for crops and scenes alike."""

from __future__ import annotations

import numpy as np

from app.hand import kinematics as kin
from app.hand.prior import TOLERANCE_MM, penetration_mm
from app.hand.shape import palm_axes
from app.synthetic.held.closure import ARM_GIVES_MM, GRIP, PALM_GIVES_MM, close_hands
from app.synthetic.held.things import PARTS
from app.synthetic.held.ways import WAYS, Reach
from app.synthetic.solids import SOLID, make_solids

TRIES = 6  # things offered to a hand before it stays empty
TOUCH_MM = 2.5  # a finger so near holds
FLESH_GIVES_MM = 5.0
JITTER_RAD = 0.02


class Hands:
    """Shapes of hands that things are put into: stacked arrays, as a `HandPool` has them."""

    def __init__(self, pivots_mm: np.ndarray, joints_mm: np.ndarray, scale: np.ndarray):
        self.pivots_mm, self.joints_mm, self.scale = pivots_mm, joints_mm, scale
        self.palm_joints_mm = joints_mm @ palm_axes()  # float [s, 21, 3]


def hold(
    rng: np.random.Generator, hands: Hands, shape: np.ndarray, theta: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Puts things into hands: theta float32 [n, 31] rad, SOLID [n, PARTS], held bool [n].

    shape: int [n], rows of `hands`; theta: [n, 31] rad, whose wrists are kept, and all of those
    hands that nothing fits into. Solids lie in the hand's rest frame (wrist pivot at the origin).
    """
    theta = np.array(theta, np.float32)
    solids, held = np.full((len(theta), PARTS), _nothing()), np.zeros(len(theta), bool)
    names, shares = list(WAYS), np.array([share for _, share in WAYS.values()])
    chosen = rng.choice(len(names), len(theta), p=shares / shares.sum())
    for _ in range(TRIES):
        for k, name in enumerate(names):
            rows = np.flatnonzero((chosen == k) & ~held)
            if len(rows):
                found, placed, good = _try(rng, name, hands, shape[rows], theta[rows])
                theta[rows[good]], solids[rows[good]] = found[good], placed[good]
                held[rows[good]] = True
    return theta, solids, held


def _nothing() -> np.ndarray:
    empty = np.zeros((), SOLID)
    empty["kind"] = -1
    return empty


def _try(
    rng: np.random.Generator, name: str, hands: Hands, shape: np.ndarray, theta: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One thing for each of some hands: theta [m, 31], SOLID [m, PARTS], good [m]."""
    scale, palm = hands.scale[shape], palm_axes()
    reach = WAYS[name][0](rng, hands.palm_joints_mm[shape].astype(np.float64), scale)
    things = reach.things
    solids = make_solids(things.kind, things.half_mm, palm @ things.axes, things.centre_mm @ palm.T)
    start, closed = (_within_limits(angles, theta) for angles in (reach.start, reach.closed))
    found, grips = np.empty_like(theta), np.zeros(len(theta), GRIP)
    arrays = hands.pivots_mm, hands.joints_mm, hands.scale, kin.dof_axes()
    close_hands(start, closed, reach.moves, solids, shape, *arrays, found, grips)
    good = _is_grip(reach, grips, scale)
    found[:, 5:] += rng.normal(0, JITTER_RAD, found[:, 5:].shape).astype(np.float32)
    found = np.clip(found, kin.LOWEST, kin.HIGHEST)
    good[good] = penetration_mm(found[good]) <= TOLERANCE_MM
    return found, solids, good


def _within_limits(degrees: np.ndarray, theta: np.ndarray) -> np.ndarray:
    """float32 [m, 31] rad, the wrists those of theta."""
    angles = np.clip(np.radians(degrees), kin.LOWEST, kin.HIGHEST).astype(np.float32)
    angles[:, :3] = theta[:, :3]
    return angles


def _is_grip(reach: Reach, grips: np.ndarray, scale: np.ndarray) -> np.ndarray:
    """bool [m]: the thing is in the fingers, and not in palm, arm or flesh."""
    gap, palm, arm = (grips[name] for name in ("gap_mm", "palm_mm", "arm_mm"))
    touch = gap < TOUCH_MM * scale[:, None]
    good = touch[:, 1:].sum(1) >= reach.least
    if reach.thumb:
        good &= touch[:, 0]
    good &= (gap > -FLESH_GIVES_MM * scale[:, None]).all(1)
    good &= (palm > -PALM_GIVES_MM) & (palm < reach.palm_mm) & (arm > -ARM_GIVES_MM)
    return good
