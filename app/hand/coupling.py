"""Fingers do not move alone: how far a hand is beyond what neighbours and knuckles leave to each.

A knuckle's side ligaments are tight when it is bent, so a bent finger hardly leans aside. Ring,
middle and little finger share a muscle and are tied to each other on the back of the hand
(enslaving): the ring finger does not rise alone, and pulls its neighbours along when it bends.
Index and little finger have muscles of their own: pointing, horns, a lone little finger and one
that the thumb holds down are free, and so is the middle finger's rise. The limits are the 99.8 %
bounds of the recorded motion and static poses behind the shipped prior, widened by what people do
on purpose.
"""

from __future__ import annotations

import numpy as np

from app.hand.features import POSE_FEATURES, knuckle_rad, measure_pose

SLACK_DEG = 4.0  # people differ
_BEND, _LEAN = (
    [POSE_FEATURES.index(f"{finger} {what}") for finger in ("index", "middle", "ring", "little")]
    for what in ("bend", "sideways")
)
# Lean of index .. little finger in degrees, lowest and highest, over an open and a bent knuckle.
_OPEN_LEAN = np.array([[-20, 26], [-20, 13], [-24, 13], [-40, 11]], float)
_BENT_LEAN = np.array([[-23, 11], [-18, 5], [-16, 11], [-21, 19]], float)
_OPEN_DEG, _BENT_DEG = 45.0, 75.0  # of the knuckle, between which the bounds narrow
_APART_DEG = np.array([[-18, 28], [-17, 24], [-23, 30]], float)  # lean of a finger less the next's
_RING_UP_DEG = 26.0  # less bent than both neighbours
_RING_DOWN_DEG = 38.0  # more bent than both neighbours
_MIDDLE_DOWN_DEG = 55.0  # more bent than both neighbours


def coupling_excess_deg(joints: np.ndarray) -> np.ndarray:
    """[n]: degrees by which the worst finger of hands [n, 21, 3] goes alone too far; 0 within.

    Any size, place and orientation; right hands.
    """
    found = np.degrees(measure_pose(np.asarray(joints, np.float64)))
    bend, lean = found[:, _BEND], found[:, _LEAN]
    knuckle = np.degrees(knuckle_rad(np.asarray(joints, np.float64)))
    bent = np.clip((knuckle - _OPEN_DEG) / (_BENT_DEG - _OPEN_DEG), 0, 1)[..., None]
    bounds = _OPEN_LEAN + bent * (_BENT_LEAN - _OPEN_LEAN)  # [n, 4, 2]
    aside = _outside(lean, bounds)
    apart = _outside(lean[:, :-1] - lean[:, 1:], _APART_DEG)
    _, middle, ring, little = bend.T
    alone = [
        np.minimum(middle, little) - ring - _RING_UP_DEG,
        ring - np.maximum(middle, little) - _RING_DOWN_DEG,
        middle - np.maximum(bend[:, 0], ring) - _MIDDLE_DOWN_DEG,
    ]
    worst = np.concatenate([aside, apart, np.stack(alone, 1)], 1).max(1)
    return np.maximum(worst, 0.0)


def _outside(values: np.ndarray, bounds: np.ndarray) -> np.ndarray:
    return np.maximum(values - bounds[..., 1], bounds[..., 0] - values)
