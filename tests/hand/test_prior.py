"""The pose prior: possible hands only, the splits apart, the motion smooth."""

from __future__ import annotations

import numpy as np
import pytest

from app.errors import DataError
from app.hand import kinematics as kin
from app.hand import recorded_poses
from app.hand.build import fit_poses
from app.hand.contact import segment_distance
from app.hand.gestures import sample_gestures
from app.hand.inverse_kinematics import fit_angles
from app.hand.poses import load_prior, sample_rotations
from app.hand.prior import TOLERANCE_MM, penetration_mm
from app.hand.shape import SPLITS, mean_shape, palm_axes


def test_samples_respect_limits_and_do_not_run_through_themselves(rng):
    for split in ("train", "test"):
        theta = load_prior().sample(rng, 600, split)
        assert theta.dtype == np.float32
        assert (theta >= kin.LOWEST).all()
        assert (theta <= kin.HIGHEST).all()
        assert penetration_mm(theta).max() <= TOLERANCE_MM
        assert (np.abs(theta).sum(1) > 0).all()


def test_samples_are_varied(rng):
    joints = kin.pose_joints_batch(load_prior().sample(rng, 400), mean_shape())
    reach = np.linalg.norm(joints[:, [8, 12, 16, 20]] - joints[:, :1], axis=-1)
    assert (reach.min(0) < 90).all()  # fists
    assert (reach.max(0) > 145).all()  # straight fingers


def test_overlapping_fingers_are_noticed():
    crossed = kin.pose(index_mcp_abduction=28, middle_mcp_abduction=-28)
    crossed_back = kin.pose(index_mcp_abduction=-28, middle_mcp_abduction=28)
    overlap = penetration_mm(np.stack([crossed, crossed_back]))
    assert overlap.max() > TOLERANCE_MM
    assert penetration_mm(kin.pose()[None])[0] < 1


def test_segment_distance_against_dense_points(rng):
    t = np.linspace(0, 1, 300)[:, None]
    for _ in range(20):
        p1, q1, p2, q2 = rng.normal(size=(4, 3)).astype(np.float32) * 20
        a, b = p1 + t * (q1 - p1), p2 + t * (q2 - p2)
        dense = np.linalg.norm(a[:, None] - b[None], axis=-1).min()
        assert abs(segment_distance(p1, q1, p2, q2) - dense) < 0.2


def test_the_splits_share_no_component_and_no_static_pose():
    pools = load_prior().pools
    for part in (1, 3):
        train, test = pools["train"][part], pools["test"][part]
        nearest = np.abs(train[:, None] - test[None]).max(-1).min()
        assert nearest > 1e-3


def test_blocks_of_recorded_frames_are_contiguous_and_apart():
    train, test = recorded_poses.split_blocks(1000)
    assert abs(len(test) - 200) <= 4
    assert (np.diff(test) > 1).sum() == 3  # four blocks
    gaps = np.abs(train[:, None] - test[None]).min()
    assert gaps >= recorded_poses.MARGIN


def test_angles_are_recovered_from_joints(rng):
    shape, theta = mean_shape(), load_prior().sample(rng, 60)
    turns = sample_rotations(rng, 60)
    place = np.array([30.0, 10.0, 600.0])
    joints = np.stack(
        [kin.pose_joints(t, shape, r, place) for t, r in zip(theta, turns, strict=True)]
    )
    found, error = fit_angles(joints.astype(np.float64))
    assert error.mean() < 1.5
    flexion = [i for i, d in enumerate(kin.DOFS) if d.endswith("pip_flexion")]
    assert np.degrees(np.median(np.abs(found - theta)[:, flexion])) < 6


def test_a_hinge_is_found_where_it_is(rng):
    """Two bodies that turn about a common point which is the origin of neither."""
    n, pivot_parent, pivot_child = 80, np.array([10.0, -5, 40]), np.array([2.0, 1, -3])
    turn = np.zeros((n, 3, 3, 3))
    position = np.zeros((n, 3, 3))
    for k in range(n):
        turn[k, 1] = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        turn[k, 2] = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        position[k, 1] = rng.normal(size=3) * 100
        position[k, 2] = position[k, 1] + turn[k, 1] @ pivot_parent - turn[k, 2] @ pivot_child
    exact = position[:, 1] + turn[:, 1] @ pivot_parent
    assert np.abs(recorded_poses._hinge(position, turn, 1, 2) - exact).max() < 0.5


def test_a_file_without_poses_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", depth=np.zeros(3))
    with pytest.raises(DataError, match="recorded poses"):
        recorded_poses.read_recorded(tmp_path / "other.npz")


def test_mixture_finds_two_far_groups(rng):
    x = np.concatenate([rng.normal(-1, 0.1, (300, 4)), rng.normal(1, 0.1, (100, 4))])
    weights, means, _ = fit_poses.fit_mixture(x, 4)
    left = means[:, 0] < 0
    assert abs(weights[left].sum() - 0.75) < 0.02
    np.testing.assert_allclose(np.abs(means), 1, atol=0.15)


def test_rotations_keep_the_forearm_out_of_the_lens(rng):
    turns = sample_rotations(rng, 500)
    np.testing.assert_allclose(
        turns @ turns.transpose(0, 2, 1), np.tile(np.eye(3), (500, 1, 1)), atol=1e-5
    )
    np.testing.assert_allclose(np.linalg.det(turns), 1, atol=1e-5)
    assert (turns @ palm_axes()[:, 1])[:, 2].max() < 0.75
    assert (turns @ palm_axes()[:, 1])[:, 2].min() < -0.9  # but fingers may point at the camera


def test_gestures_are_those_of_their_patterns(rng):
    """Straight and closed fingers, side by side or spread, and thumbs on either side."""
    theta = np.clip(sample_gestures(rng, 3000), kin.LOWEST, kin.HIGHEST).astype(np.float32)
    joints = kin.pose_joints_batch(theta, mean_shape())
    reach = np.linalg.norm(joints[:, [8, 12, 16, 20]] - joints[:, :1], axis=-1)
    straight = reach > 0.85 * reach.max(0)
    counts = straight.sum(1)
    assert 0.15 < (counts == 4).mean() < 0.45  # an open hand
    assert 0.15 < (counts == 0).mean() < 0.45  # fists, hooks
    pointing = straight[:, 0] & (counts == 1)
    assert 0.05 < pointing.mean() < 0.25
    gaps = np.linalg.norm(joints[:, 6] - joints[:, 10], axis=-1)[counts == 4]
    assert np.percentile(gaps, 5) < 24  # index and middle touch
    assert np.percentile(gaps, 95) > 34  # and are spread
    assert not theta[:, :3].any()  # the wrist is somebody else's


def test_gestures_are_for_training_alone():
    """The test split keeps to recorded and anatomical poses."""
    sets = [load_prior()._draw(np.random.default_rng(5), 400, split) for split in SPLITS]
    fists = [(np.degrees(t[:, kin.dof("middle_pip_flexion")]) > 97).mean() for t in sets]
    assert fists[0] > fists[1] + 0.02
