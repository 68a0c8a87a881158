"""Is it a hand? Joint limits, self-penetration and extent, told from 21 joints alone.

Angles are found by undoing the rig's chain bone by bone, from the palm outwards, with the mean
hand's rest directions. A person's own rest differs from them by some degrees and the labelled
joints do not show how far a straight finger is twisted, so every twist within the limits is tried
and the excess over the limits is that of the most favourable one.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from app.geometry import unit
from app.hand import kinematics as kin
from app.hand.contact import overlap_mm
from app.hand.shape import mean_shape

SLACK_DEG = 8.0  # people's rest directions against the mean hand's: 99.5 % of the training poses
OVERLAP_MM = 6.0  # capsules of the mean hand may run into each other so far: flesh gives way
CUPPING_SLACK_DEG = 10.0  # further, of the metacarpals: their lever is short
TWISTS = 9  # tried between the limits
_RIGID = [0, 1, 5, 9]  # joints that no angle moves against each other
_HINGES = {3: 23, 4: 24}  # finger -> pivot about which its metacarpal cups


def is_plausible(joints_mm: np.ndarray) -> np.ndarray:
    """Which of the hands [n, 21, 3] are within the joint limits and not through themselves: [n]."""
    return (limit_excess_deg(joints_mm) <= SLACK_DEG) & (overlap_mm(joints_mm) <= OVERLAP_MM)


def extent_mm(joints_mm: np.ndarray) -> np.ndarray:
    """[n]: the largest distance between two joints of hands [n, 21, 3]."""
    between = joints_mm[:, :, None] - joints_mm[:, None]
    return np.sqrt((between**2).sum(-1).max((1, 2)))


def limit_excess_deg(joints_mm: np.ndarray) -> np.ndarray:
    """[n]: by how many degrees the worst joint of hands [n, 21, 3] is beyond its limits; 0 within.

    Any size, place and orientation; right hands.
    """
    points = _in_rest_axes(np.asarray(joints_mm, np.float64))
    return np.max([_finger_excess(points, f) for f in range(5)], 0)


def _in_rest_axes(joints: np.ndarray) -> np.ndarray:
    """Turned, moved and scaled so that the rigid part of the palm lies on the mean hand's."""
    rest = mean_shape().joints_mm.astype(np.float64)
    goal = rest[_RIGID] - rest[_RIGID].mean(0)
    centre = joints[:, _RIGID].mean(1, keepdims=True)
    own = joints[:, _RIGID] - centre
    u, _, vt = np.linalg.svd(np.einsum("njr,jc->nrc", own, goal))
    u[:, :, 2] *= np.sign(np.linalg.det(u @ vt))[:, None]
    scale = np.linalg.norm(goal) / np.linalg.norm(own, axis=(1, 2))
    turned = (joints - centre) @ (u @ vt)
    return turned * scale[:, None, None] + rest[_RIGID].mean(0)


def _finger_excess(points: np.ndarray, finger: int) -> np.ndarray:
    """[n] degrees, the least over all twists."""
    chain = points[:, 4 * finger + 1 : 4 * finger + 5]
    bones = unit(np.diff(chain, axis=1))  # [n, 3, 3]
    first, *later = range(6 + 3 * finger, 9 + 3 * finger)
    excess = np.zeros(len(points))
    if finger in _HINGES:
        bones, excess = _uncupped(points, bones, finger)
    best = np.full(len(points), np.inf)
    along = _axis(first, kin.TWIST)
    for twist in np.linspace(*_limits(first, kin.TWIST), TWISTS):
        left, over = _unbend(bones, first, 0, twist)
        left = _turn(left, along, np.full(len(bones), -twist))
        worst = np.maximum(excess, over)
        for level, bone in enumerate(later, start=1):
            left, over = _unbend(left, bone, level)
            worst = np.maximum(worst, over)
        best = np.minimum(best, worst)
    return best


def _uncupped(points: np.ndarray, bones: np.ndarray, finger: int) -> tuple[np.ndarray, np.ndarray]:
    """Bones of ring or little finger with the cupping undone, and the cupping's excess."""
    hand = mean_shape()
    hinge, at_rest = hand.pivots_mm[_HINGES[finger]], hand.joints_mm[4 * finger + 1]
    axis = _axis(finger + 1, kin.FLEXION)
    angle = _angle_about(axis, at_rest - hinge, points[:, 4 * finger + 1] - hinge)
    over = np.maximum(_excess(angle, finger + 1, kin.FLEXION) - CUPPING_SLACK_DEG, 0)
    return _turn(bones, axis, -np.clip(angle, *_limits(finger + 1, kin.FLEXION))), over


def _unbend(
    bones: np.ndarray, bone: int, level: int, twist: float = 0.0
) -> tuple[np.ndarray, np.ndarray]:
    """The chain [n, 3, 3] with the flexion and abduction of one bone undone, and their excess.

    In the bone's axes (f, n, d) flexion turns d towards n and abduction turns d away from f.
    """
    f, n, d = (_axis(bone, kind) for kind in (kin.FLEXION, kin.ABDUCTION, kin.TWIST))
    now = bones[:, level]
    rest = _turn(_rest_direction(bone)[None, None], d, np.array([twist]))[0, 0]
    reach = np.hypot(rest @ f, rest @ d)
    aside = np.arctan2(rest @ f, rest @ d) - np.arcsin(np.clip(now @ f / reach, -1, 1))
    ahead = (rest @ d) * np.cos(aside) + (rest @ f) * np.sin(aside)
    bend = np.arctan2(now @ n, now @ d) - np.arctan2(rest @ n, ahead)
    bend = np.angle(np.exp(1j * bend))
    over = np.maximum(_excess(bend, bone, kin.FLEXION), _excess(aside, bone, kin.ABDUCTION))
    return _turn(_turn(bones, f, -bend), n, -aside), over


def _excess(angle: np.ndarray, bone: int, kind: int) -> np.ndarray:
    """Degrees beyond the limits; a bone that cannot turn that way has none to spare."""
    low, high = _limits(bone, kind)
    return np.degrees(np.maximum(np.maximum(angle - high, low - angle), 0))


@cache
def _limits(bone: int, kind: int) -> tuple[float, float]:
    """rad; 0, 0 where the bone has no such degree of freedom."""
    for row, low, high in zip(kin.DOF_TABLE, kin.LOWEST, kin.HIGHEST, strict=True):
        if row[1:3] == (bone, kind):
            return float(low), float(high)
    return 0.0, 0.0


@cache
def _axis(bone: int, kind: int) -> np.ndarray:
    """[3]: axis of flexion or abduction, or the length, of a bone of the mean hand at rest.

    Every bone has all three, whether or not it turns about them.
    """
    rows = {row[2]: i for i, row in enumerate(kin.DOF_TABLE) if row[1] == bone}
    flexion = kin.dof_axes()[rows[kin.FLEXION]].astype(np.float64)
    if kind == kin.FLEXION:
        return flexion
    if kin.ABDUCTION in rows:
        abduction = kin.dof_axes()[rows[kin.ABDUCTION]].astype(np.float64)
    else:
        abduction = unit(np.cross(flexion, _rest_direction(bone)))
    return abduction if kind == kin.ABDUCTION else np.cross(abduction, flexion)


@cache
def _rest_direction(bone: int) -> np.ndarray:
    """[3] of the mean hand's bone at rest."""
    finger, level = divmod(bone - 6, 3)
    start = 4 * finger + 1 + level
    joints = mean_shape().joints_mm.astype(np.float64)
    return unit(joints[start + 1] - joints[start])


def _angle_about(axis: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """[n] rad: by how much `start` [3] must turn about the axis to lie over `end` [n, 3]."""
    across = np.cross(axis, start)
    flat = start - (start @ axis) * axis
    return np.arctan2(end @ across, end @ flat)


def _turn(vectors: np.ndarray, axis: np.ndarray, angle: np.ndarray) -> np.ndarray:
    """[n, k, 3] turned about one axis by angles [n] (Rodrigues)."""
    sine, cosine = (f(angle)[:, None, None] for f in (np.sin, np.cos))
    along = (vectors @ axis)[..., None] * axis
    return vectors * cosine + np.cross(axis, vectors) * sine + along * (1 - cosine)
