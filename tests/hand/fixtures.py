"""Posed hands that several test modules look at."""

from __future__ import annotations

import numpy as np
import pytest

from app.hand import kinematics as kin
from app.hand.prior import load_prior
from app.hand.rotations import sample_rotations
from app.hand.shape import HandShape, sample_shape
from app.hand.skinning import skin


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(20)


@pytest.fixture
def shape(rng: np.random.Generator) -> HandShape:
    """Somebody's hand, not the mean one."""
    return sample_shape(rng)


@pytest.fixture
def posed(rng: np.random.Generator, shape: HandShape) -> list[np.ndarray]:
    """Vertices [V, 3] of five hands 450 mm in front of the camera."""
    poses, turns = load_prior().sample(rng, 5), sample_rotations(rng, 5)
    place = np.array([10.0, -15.0, 450.0], np.float32)
    views = zip(poses, turns, strict=True)
    return [skin(shape, kin.pose_bones(theta, shape, turn, place)) for theta, turn in views]


def pose_joints(
    theta: np.ndarray, shape: HandShape, rotation: np.ndarray, translation_mm: np.ndarray
) -> np.ndarray:
    """float32 [21, 3] mm, camera frame; arguments as `kinematics.pose_bones`."""
    return kin.joints_of(kin.pose_bones(theta, shape, rotation, translation_mm), shape)
