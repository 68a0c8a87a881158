"""A joint is seen where the picture shows the flesh round it."""

from __future__ import annotations

import numpy as np

from app.synthetic.sight import FLESH_MM, see_joints

CAMERA, WHOLE = (200.0, 200.0, 59.5, 59.5), np.zeros(4, np.float32)


def seen(depth, z=400.0, scale=1.0, beyond=WHOLE):
    joints = np.zeros((21, 3), np.float32)
    joints[:, 0] = np.linspace(-80, 80, 21)
    joints[:, 2] = z
    out = np.ones(21, bool)
    see_joints(depth, CAMERA, joints, scale, beyond, out)
    return out


def test_flesh_hides_nothing_and_a_thing_before_it_does():
    assert seen(np.full((120, 120), 395, np.float32)).all()
    before = np.full((120, 120), 395, np.float32)
    before[:, :60] = 360  # a thing over the left half
    got = seen(before)
    assert not got[:10].any()
    assert got[11:].all()


def test_a_larger_hand_has_thicker_flesh():
    depth = np.full((120, 120), 400 - FLESH_MM.max() - 2, np.float32)
    assert not seen(depth).any()
    assert seen(depth, scale=1.3).any()


def test_what_is_beyond_the_picture_or_behind_the_camera_is_not_seen():
    depth = np.full((120, 120), 395, np.float32)
    left = np.array([0.5, 0, 0, 0], np.float32)
    got = seen(depth, beyond=left)
    assert not got[:10].any()
    assert got[11:].all()
    assert not seen(depth, z=-400.0).any()
