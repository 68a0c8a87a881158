"""Fingers that close round a thing until they touch it. Compiled.

A finger moves from an open posture towards a closed one, all its joints at once. Where a phalanx
touches, the joints up to it stay, and those beyond go on: so a finger lies against what it holds,
as a hand's own tendons make it (underactuated closing; the grasp planners of Miller and Allen 2004,
"GraspIt!", close joints in the same way).
"""

from __future__ import annotations

import numpy as np

from app.hand.kinematics import CHAIN_DOFS, ELBOW, LABEL_BONE, forward, move_point, pose_chain
from app.jit import njit
from app.synthetic.held.distance import FAR_MM, distance_to

STEPS, HALVINGS = 16, 3  # of the way from open to closed, then of the step in which it touches
# mm of the mean hand: flesh round the three phalanges, thumb (from its metacarpal on) .. little
FLESH_MM = np.array(
    [[10.0, 9.0, 7.5], *([8.5, 7.5, 6.2],) * 3, [7.8, 6.8, 5.5]],
    np.float32,
)
ALONG = np.array([0.2, 0.6, 1.0], np.float32)  # where along a phalanx it is felt
PALM_MM, ARM_MM = 9.0, 24.0  # flesh before the palm's rays, round the forearm
PALM_GIVES_MM, ARM_GIVES_MM = 6.0, 8.0  # how far a thing may be in them
RAY = np.array([0.45, 0.75, 1.0], np.float32)  # places between wrist and knuckles
GRIP = np.dtype(
    [
        ("gap_mm", np.float32, 5),  # from each finger's flesh to the thing; negative: in it
        ("palm_mm", np.float32),  # from the palm's
        ("arm_mm", np.float32),  # from the forearm's
    ]
)


@njit
def close_hands(  # many: compiled code takes the arrays one by one
    start, closed, moves, solids, shape, pivots, labelled, scale, axes, theta, grips
):
    """Closes hands round things: fills theta [n, 31] rad and grips, GRIP [n].

    start, closed: float32 [n, 31] rad, open and closed postures; moves: bool [n, 5], which fingers
    close, the others stay as they start; solids: SOLID [n, k] in the hand's rest frame; shape: [n]
    rows of pivots [s, 26, 3], labelled joints [s, 21, 3] and scale [s]; axes as for `forward`.
    """
    bones, chain = np.empty((21, 3, 4), np.float32), np.empty((3, 3, 4), np.float32)
    points, unturned = np.empty((4, 3), np.float32), np.eye(3, dtype=np.float32)
    for n in range(len(theta)):
        s = shape[n]
        theta[n] = start[n]
        grips[n]["gap_mm"][:] = FAR_MM
        forward(theta[n], unturned, np.zeros(3, np.float32), pivots[s], axes, bones)
        _measure_palm(solids[n], labelled[s], bones, pivots[s], scale[s], grips[n])
        if grips[n]["palm_mm"] < -PALM_GIVES_MM or grips[n]["arm_mm"] < -ARM_GIVES_MM:
            continue  # no grip, whatever the fingers do
        for f in range(5):
            parent = bones[1] if f == 0 else bones[1 + f]
            move_point(bones[LABEL_BONE[1 + 4 * f]], labelled[s, 1 + 4 * f], points[0])
            body = (f, pivots[s], labelled[s], axes, parent, chain, points)
            if moves[n, f]:
                _close_finger(theta[n], start[n], closed[n], solids[n], scale[s], body)
            _pose(theta[n], body)
            gap = FAR_MM
            for k in range(3):
                gap = min(gap, _gap(points, f, k, solids[n], scale[s]))
            grips[n]["gap_mm"][f] = gap


@njit
def _close_finger(theta, start, closed, solids, scale, body):
    """Moves one finger's angles from start towards closed as far as nothing is in the way."""
    finger, points = body[0], body[6]
    first = 0  # the first phalanx whose joint still moves
    reached = 0.0
    for step in range(STEPS + 1):
        share = step / STEPS
        _set(theta, start, closed, finger, first, share)
        _pose(theta, body)
        k = _touching(points, finger, first, solids, scale)
        if k < 0:
            reached = share
            continue
        low, high = reached, share
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            _set(theta, start, closed, finger, first, middle)
            _pose(theta, body)
            if _touching(points, finger, first, solids, scale) < 0:
                low = middle
            else:
                high = middle
        _set(theta, start, closed, finger, first, low)
        first, reached = k + 1, low
        if first == 3:
            return


@njit
def _set(theta, start, closed, finger, first, share):
    """The finger's angles from its joint `first` on, so far on their way."""
    for i in range(CHAIN_DOFS[finger, first], CHAIN_DOFS[finger, 3]):
        theta[i] = start[i] + share * (closed[i] - start[i])


@njit
def _pose(theta, body):
    """Fills the last of body, [4, 3], with the finger's joints; its first point stays."""
    finger, pivots, labelled, axes, parent, chain, points = body
    pose_chain(theta, finger, pivots, axes, parent, chain)
    for k in range(3):
        move_point(chain[k], labelled[2 + 4 * finger + k], points[k + 1])


@njit
def _touching(points, finger, first, solids, scale):
    """The last phalanx from `first` on that touches; -1: none does."""
    for k in range(2, first - 1, -1):
        if _gap(points, finger, k, solids, scale) < 0:
            return k
    return -1


@njit
def _gap(points, finger, k, solids, scale):
    """mm between a phalanx and the things; negative: it is in one."""
    least, point = FAR_MM, np.empty(3, np.float32)
    for share in ALONG:
        for r in range(3):
            point[r] = points[k, r] + share * (points[k + 1, r] - points[k, r])
        least = min(least, distance_to(solids, point))
    return least - FLESH_MM[finger, k] * scale


@njit
def _measure_palm(solids, labelled, bones, pivots, scale, grip):
    """Fills in how far palm and forearm are from the things."""
    palm, arm = FAR_MM, FAR_MM
    point, elbow = np.empty(3, np.float32), np.empty(3, np.float32)
    for k in range(4):
        for share in RAY:
            for r in range(3):
                point[r] = labelled[0, r] + share * (labelled[5 + 4 * k, r] - labelled[0, r])
            palm = min(palm, distance_to(solids, point))
    move_point(bones[0], pivots[ELBOW], elbow)
    for step in range(5):
        for r in range(3):
            point[r] = pivots[0, r] + step / 4 * (elbow[r] - pivots[0, r])
        arm = min(arm, distance_to(solids, point))
    grip["palm_mm"], grip["arm_mm"] = palm - PALM_MM * scale, arm - ARM_MM * scale
