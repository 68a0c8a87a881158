"""One hand of a crop in its place: pose, bones, joints and skin. Compiled whole."""

from __future__ import annotations

import numpy as np

from app.hand.kinematics import ELBOW, LABEL_BONE, dof_axes, forward, move_point
from app.hand.pool import HandPool
from app.hand.skinning import blend
from app.jit import njit


def place_from(pool: HandPool, hand: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Bones [21, 3, 4], joints [21, 3] and vertices [V, 3] mm of a hand, HAND [], of the pool."""
    mesh = pool.asset.skin_bones, pool.asset.skin_weights
    return place_hand(hand, pool.vertices_mm, pool.pivots_mm, pool.joints_mm, *mesh, dof_axes())


@njit
def place_hand(hand, vertices, pivots, labelled, skin_bones, skin_weights, axes):
    """Bones [21, 3, 4], labelled joints [21, 3] and vertices [V, 3] in the camera frame, mm.

    hand: HAND []; then the arrays of its HandPool and its mesh; axes: of `kinematics.dof_axes`.
    """
    hand_record = hand[()]
    shape, theta, rotation = hand_record["shape"], hand_record["theta"], hand_record["rotation"]
    zero, elbow = np.zeros(3, np.float32), np.empty(3, np.float32)
    bones, joints = np.empty((21, 3, 4), np.float32), np.empty((21, 3), np.float32)
    forward(theta, rotation, zero, pivots[shape], axes, bones)
    for j in range(21):
        move_point(bones[LABEL_BONE[j]], labelled[shape, j], joints[j])
    move_point(bones[0], pivots[shape, ELBOW], elbow)
    _move_to_target(hand_record, elbow, bones, joints)
    posed = np.empty_like(vertices[shape])
    blend(vertices[shape], skin_bones, skin_weights, bones, posed)
    return bones, joints, posed


@njit
def _move_to_target(hand, elbow, bones, joints):
    """Shifts bones and joints, in place, so that what shall lie at the hand's target does."""
    along = hand["at_forearm"]
    place = np.zeros(3, np.float32)
    for r in range(3):
        if along > 0:
            place[r] = joints[0, r] + along * (elbow[r] - joints[0, r])
        else:
            for j in range(21):
                place[r] += joints[j, r] / 21
        shift = hand["target_mm"][r] - place[r]
        bones[:, r, 3] += shift
        joints[:, r] += shift
