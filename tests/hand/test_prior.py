"""The pose prior: possible hands only, the splits apart."""

from __future__ import annotations

import numpy as np

from app.hand import kinematics as kin
from app.hand.prior import TOLERANCE_MM, load_prior, penetration_mm
from app.hand.shape import SPLITS, mean_shape


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


def test_the_splits_share_no_component_and_no_static_pose():
    pools = load_prior().pools
    for part in ("means", "static"):
        train, test = (getattr(pools[split], part) for split in SPLITS)
        nearest = np.abs(train[:, None] - test[None]).max(-1).min()
        assert nearest > 1e-3


def test_gestures_are_for_training_alone():
    """The test split keeps to recorded and anatomical poses."""
    sets = [load_prior()._draw(np.random.default_rng(5), 400, split) for split in SPLITS]
    fists = [(np.degrees(t[:, kin.dof("middle_pip_flexion")]) > 97).mean() for t in sets]
    assert fists[0] > fists[1] + 0.02


def test_overlapping_fingers_are_noticed():
    crossed = kin.pose(index_mcp_abduction=28, middle_mcp_abduction=-28)
    crossed_back = kin.pose(index_mcp_abduction=-28, middle_mcp_abduction=28)
    overlap = penetration_mm(np.stack([crossed, crossed_back]))
    assert overlap.max() > TOLERANCE_MM
    assert penetration_mm(kin.pose()[None])[0] < 1
