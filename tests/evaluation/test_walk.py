"""Picture strips of the line between two hands."""

import numpy as np

from app.cv import cv2
from app.evaluation import walk
from app.evaluation.__main__ import main
from app.skeleton import BONES, joint_colours


def test_a_strip_has_two_rows_a_line_and_both_show_hands(tmp_path, weights):
    out = tmp_path / "strip.png"
    assert main(["walk", "--out", str(out), "--weights", str(weights), "--lines", "2"]) == 0
    strip = cv2.imread(str(out))
    assert strip.shape == (2 * 256 + walk.MARGIN, 9 * 128, 3)
    depth, skeleton = strip[:128], strip[128:256]
    assert (np.ptp(depth, axis=-1) == 0).all()  # grey
    for k in range(9):
        assert (np.ptp(skeleton[:, 128 * k : 128 * (k + 1)], axis=-1) > 50).sum() > 100


def test_the_ends_of_a_line_differ_clearly():
    for start, end in walk.choose_ends(3, 0):
        assert start.shape == end.shape == (21, 3)
        assert np.abs(end - start).mean() > walk.APART / 2


def test_a_skeleton_is_drawn_where_its_joints_are():
    joints = np.zeros((21, 3), np.float32)
    joints[BONES[0, 1]] = (0.5, 0, 0)  # one bone to the right, the others are points
    picture = walk.draw_skeleton(joints).astype(int)
    colour = joint_colours()[BONES[0, 1]].astype(int)
    there = np.abs(picture - colour).sum(-1) < 40
    v, u = np.nonzero(there)
    assert len(u) > 40
    assert u.min() > 60
    assert u.max() < 100
    assert abs(v - 64).max() < 5
