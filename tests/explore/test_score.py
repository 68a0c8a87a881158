"""What is thought of a hand: realism, rank, nearest poses, anatomy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.explore.decode import decode_to_estimate, picture_of
from app.explore.score import NEAREST, score_latent
from app.frames import CUBE_MM, HandEstimate
from app.hand.reference_poses import reference_poses
from app.latent.density import PriorDensity
from app.skeleton import mirror
from tests.widgets import fakes

SPACE = fakes.make_space()
DENSITY = PriorDensity(SPACE)
ENGINE = fakes.FakeEngine()


def hand(z: np.ndarray | None = None, mirrored: bool = False) -> HandEstimate:
    return decode_to_estimate(ENGINE, SPACE.neutral() if z is None else z, mirrored=mirrored)


def posed_as(name: str) -> HandEstimate:
    pose = next(pose for pose in reference_poses() if pose.name == name)
    return replace(hand(), joints_mm=pose.joints_mm + np.float32(300))


@pytest.mark.parametrize("name", ["Fist", "Pointing", "Motion 5"])
def test_a_known_pose_is_its_own_nearest_and_possible(name):
    found = score_latent(ENGINE, DENSITY, posed_as(name))
    assert len(found.nearest) == NEAREST
    index, apart_mm = found.nearest[0]
    assert reference_poses()[index].name == name
    assert apart_mm < 0.1
    assert apart_mm < found.nearest[1][1] <= found.nearest[2][1]
    assert found.anatomy.possible


def test_a_finger_bent_backwards_is_impossible():
    straight = posed_as("Open hand")
    joints = straight.joints_mm.copy()
    joints[7:9] += 2.2 * (joints[6] - joints[7]) + (0, 0, -25)  # index finger beyond the PIP joint
    found = score_latent(ENGINE, DENSITY, replace(straight, joints_mm=joints)).anatomy
    assert found.beyond_deg > 20
    assert not found.possible


def test_a_left_hand_is_judged_as_its_mirror_image():
    right = posed_as("Pointing")
    left = replace(right, joints_mm=mirror(right.joints_mm), hand="left")
    found, mirrored = (score_latent(ENGINE, DENSITY, one).nearest for one in (right, left))
    np.testing.assert_allclose(mirrored, found, atol=1e-3)


def test_realism_is_the_engines_and_the_rank_the_priors():
    usual, far = hand(), hand(SPACE.along(SPACE.neutral(), 3, 9.0))
    seen = score_latent(ENGINE, DENSITY, usual, anatomy=False)
    assert seen.realism == pytest.approx(float(ENGINE.realism(usual.synthesised[None])[0]))
    assert seen.rank > 0.9
    assert score_latent(ENGINE, DENSITY, far, anatomy=False).rank == 0.0
    assert seen.anatomy is None


def test_the_hand_of_a_latent_is_the_networks():
    z = SPACE.along(SPACE.neutral(), 0, 1.5)
    for mirrored in (False, True):
        made = hand(z, mirrored)
        frame = picture_of(made, 3, 1.5, 2.5).frame
        assert (frame.index, frame.t_s, frame.t_host_s) == (3, 1.5, 2.5)
        own = made.joints_mm - (0, 0, np.float32(450))
        own = mirror(own) if mirrored else own
        np.testing.assert_allclose(own, ENGINE.decode(z[None])[0] * CUBE_MM / 2, atol=1e-3)
        assert made.hand == ("left" if mirrored else "right")
        depth = frame.depth_mm[:, ::-1] if mirrored else frame.depth_mm
        covered = made.synthesised < 0.97
        np.testing.assert_array_equal(depth > 0, covered)
        back = (depth[covered] - 450) / 125
        np.testing.assert_allclose(back, made.synthesised[covered], atol=2e-3)
