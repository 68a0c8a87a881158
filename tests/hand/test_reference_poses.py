"""Known poses: hands, apart from each other, found again whatever the hand's place and size."""

from __future__ import annotations

import numpy as np

from app.geometry import rotation_about
from app.hand.plausible import is_plausible
from app.hand.reference_poses import APART_MM, distances_mm, reference_poses


def joints() -> np.ndarray:
    return np.stack([pose.joints_mm for pose in reference_poses()])


def test_every_pose_is_a_hand_of_its_own():
    poses = reference_poses()
    assert 30 < len(poses) < 100
    assert len({pose.name for pose in poses}) == len(poses)
    assert {pose.origin.split()[0] for pose in poses} == {"Gesture", "Static", "Recorded"}
    assert is_plausible(joints()).all()
    for k, one in enumerate(joints()):
        assert (np.delete(distances_mm(one), k) > 0.9 * APART_MM).all()


def test_a_pose_is_found_again_turned_moved_and_on_a_larger_hand():
    turn = rotation_about(np.array([0.6, 0.0, 0.8]), 2.1)
    for k in (0, 2, 5, len(joints()) - 1):
        found = distances_mm(joints()[k] @ turn.T * 1.15 + (30, -20, 500))
        assert int(found.argmin()) == k
        assert found[k] < 0.5


def test_gestures_look_like_their_names():
    named = {pose.name: pose.joints_mm for pose in reference_poses()}
    reach = {n: np.linalg.norm(j[[4, 8, 12, 16, 20]] - j[0], axis=-1) for n, j in named.items()}
    assert (reach["Open hand"][1:] > 130).all()
    assert (reach["Fist"][1:] < 100).all()
    assert reach["Pointing"][1] > 140
    assert (reach["Pointing"][2:] < 100).all()
    assert (reach["Horns"][[1, 4]] > 1.3 * reach["Horns"][[2, 3]]).all()
    thumb_up, fist = (named[name][4] - named[name][2] for name in ("Thumb up", "Fist"))
    assert np.linalg.norm(thumb_up) > np.linalg.norm(fist)
