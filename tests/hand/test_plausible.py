"""The test of what a hand is passes real poses and finds each way to break one."""

from __future__ import annotations

import numpy as np
import pytest

from app.data.synthetic import sample_poses
from app.hand import kinematics as kin
from app.hand.contact import deepest, overlap_mm
from app.hand.plausible import SLACK_DEG, extent_mm, is_plausible, limit_excess_deg
from app.hand.prior import load_prior
from app.hand.shape import make_shape, mean_shape


def posed(shape=None, **degrees: float) -> np.ndarray:
    return kin.pose_joints_batch(kin.pose(**degrees)[None], shape or mean_shape())


@pytest.mark.parametrize("split", ["train", "test"])
def test_poses_of_the_prior_keep_the_limits_on_any_hand(split):
    joints = sample_poses(1, 2000, split, shapes=50)
    assert (limit_excess_deg(joints) <= SLACK_DEG).mean() > 0.995


def test_any_angles_within_the_limits_pass_on_the_mean_hand():
    rng = np.random.default_rng(0)
    theta = rng.uniform(kin.LOWEST, kin.HIGHEST, (1000, kin.N_DOFS)).astype(np.float32)
    theta[:500] = np.where(theta[:500] > 0, kin.HIGHEST, kin.LOWEST)
    assert limit_excess_deg(kin.pose_joints_batch(theta, mean_shape())).max() < 0.8 * SLACK_DEG


@pytest.mark.parametrize(
    ("name", "degrees", "excess"),
    [
        ("index_pip_flexion", -50, 30),
        ("middle_pip_flexion", 125, 20),
        ("little_dip_flexion", 100, 20),
        ("ring_mcp_abduction", 45, 17),
        ("index_mcp_flexion", -70, 25),
        ("thumb_ip_flexion", -60, 21),
        ("thumb_cmc_flexion", 70, 13),  # some of it a twist would explain
        ("little_cupping", 50, 20),
    ],
)
def test_a_joint_beyond_its_limit_is_told_by_how_much(name, degrees, excess):
    assert limit_excess_deg(posed(**{name: degrees}))[0] == pytest.approx(excess, abs=4)


def test_neither_place_nor_size_nor_orientation_matters():
    rng = np.random.default_rng(0)
    joints = kin.pose_joints_batch(load_prior().sample(rng, 20), mean_shape())
    turn = np.linalg.qr(rng.standard_normal((3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))
    moved = (1.3 * joints @ turn.T + 400).astype(np.float32)
    np.testing.assert_allclose(limit_excess_deg(moved), limit_excess_deg(joints), atol=0.05)
    np.testing.assert_allclose(overlap_mm(moved), overlap_mm(joints), atol=0.01)
    np.testing.assert_allclose(extent_mm(moved), 1.3 * extent_mm(joints), rtol=1e-5)


def test_capsules_are_as_thick_as_the_hand_is_large():
    pose = {"index_mcp_abduction": -20, "middle_mcp_abduction": 20}
    mean, large = posed(**pose), posed(make_shape(scale=1.25), **pose)
    assert overlap_mm(mean)[0] > 3
    assert overlap_mm(large)[0] == pytest.approx(overlap_mm(mean)[0], abs=0.05)
    assert deepest(large)[0] < overlap_mm(mean)[0] - 0.5


def test_a_hand_through_itself_is_not_plausible():
    crossed = posed(index_mcp_abduction=-28, middle_mcp_abduction=28)
    assert is_plausible(posed())[0]
    assert not is_plausible(crossed)[0]
    assert limit_excess_deg(crossed)[0] <= SLACK_DEG


def test_extent_is_the_largest_distance():
    assert extent_mm(posed())[0] == pytest.approx(183, abs=25)
    assert extent_mm(posed(index_pip_flexion=90))[0] == extent_mm(posed())[0]
