"""Capsules round the bones: what they are thick of, and what may meet."""

from __future__ import annotations

import numpy as np
import pytest

from app.hand.capsules import (
    CONTACT,
    PALM_RAY,
    PHALANGES,
    SURFACE_RADII_MM,
    SURFACE_SEGMENTS,
    with_rays,
)
from app.hand.contact import capsule_pairs, deepest
from app.hand.shape import mean_shape
from app.skeleton import BONES, FINGER_JOINTS, MCP


def test_phalanges_are_the_bones_beyond_the_palm():
    beyond = [bone for bone in BONES.tolist() if bone[0] != 0]
    np.testing.assert_array_equal(PHALANGES, beyond)


def test_contact_has_every_phalanx_but_the_thumbs_metacarpal():
    fingers = CONTACT[CONTACT["finger"] < PALM_RAY]
    ends = np.stack([fingers["start"], fingers["stop"]], -1)
    np.testing.assert_array_equal(ends, PHALANGES[1:])
    assert all(
        {start, stop} <= set(FINGER_JOINTS[finger]) for finger, start, stop, _ in fingers.tolist()
    )


def test_rays_run_from_the_middle_of_the_palm_to_the_knuckles():
    joints = mean_shape().joints_mm[None]
    points = with_rays(joints)
    rays = CONTACT[CONTACT["finger"] >= PALM_RAY]
    np.testing.assert_array_equal(rays["stop"], MCP)
    np.testing.assert_allclose(points[0, rays["start"]], (joints[0, 0] + joints[0, MCP]) / 2)


def test_flesh_that_touches_is_thinner_than_flesh_that_is_seen():
    """At the middle of every phalanx; both of the same hand."""
    rows = [SURFACE_SEGMENTS.tolist().index(pair) for pair in PHALANGES[1:].tolist()]
    seen = SURFACE_RADII_MM[rows].mean(1)
    felt = CONTACT["radius_mm"][: len(rows)]
    assert (felt < seen + 0.8).all()
    assert felt.mean() < seen.mean()


def test_neighbours_in_one_finger_never_meet_and_others_may():
    pairs = CONTACT[capsule_pairs()]
    assert (pairs["finger"][:, 0] != pairs["finger"][:, 1]).all()
    on_ray = pairs["finger"] >= PALM_RAY
    assert not on_ray.all(1).any()
    proximal = {5, 9, 13, 17, 2}
    assert not proximal.intersection(pairs["start"][on_ray[:, 1], 0].tolist())
    tips = {(a, b) for a, b in pairs["stop"].tolist()}
    assert {(4, 8), (8, 12), (12, 16), (16, 20)} <= tips


@pytest.mark.parametrize("apart_mm", [30.0, 10.0, 4.0])
def test_overlap_is_the_sum_of_radii_less_the_distance(apart_mm):
    """Of middle phalanges, the thickest that come near; the rest of the hand is far away."""
    joints = np.random.default_rng(1).normal(0, 5000, (1, 21, 3)).astype(np.float32)
    assert deepest(joints)[0] == 0
    aside = np.cross(joints[0, 7] - joints[0, 6], (0, 0, 1))
    aside /= np.linalg.norm(aside)
    joints[0, 10], joints[0, 11] = joints[0, 6] + 300 * aside, joints[0, 7] + apart_mm * aside
    assert deepest(joints)[0] == pytest.approx(max(2 * 7.5 - apart_mm, 0), abs=0.05)
