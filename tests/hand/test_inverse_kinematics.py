"""Joint angles from joints."""

from __future__ import annotations

import numpy as np

from app.hand import kinematics as kin
from app.hand.inverse_kinematics import fit_angles
from app.hand.prior import load_prior
from app.hand.rotations import sample_rotations
from app.hand.shape import make_shape, mean_shape
from tests.hand.fixtures import pose_joints


def test_angles_are_recovered_from_joints(rng):
    shape, theta = mean_shape(), load_prior().sample(rng, 60)
    turns = sample_rotations(rng, 60)
    place = np.array([30.0, 10.0, 600.0])
    joints = np.stack([pose_joints(t, shape, r, place) for t, r in zip(theta, turns, strict=True)])
    found, error = fit_angles(joints.astype(np.float64))
    assert error.mean() < 1.5
    flexion = [i for i, d in enumerate(kin.DOFS) if d.endswith("pip_flexion")]
    assert np.degrees(np.median(np.abs(found - theta)[:, flexion])) < 6


def test_the_persons_size_is_found(rng):
    theta = load_prior().sample(rng, 20)
    joints = kin.pose_joints_batch(theta, make_shape(scale=1.15)).astype(np.float64)
    _, error = fit_angles(joints)
    assert error.mean() < 1
