"""Pairs of hands: angles within limits, places as people were recorded."""

from __future__ import annotations

import numpy as np

from app.geometry import matrix_from_6d
from app.hand import kinematics as kin
from app.hand.build.fit_two_hands import describe_pairs
from app.hand.shape import make_shape, mean_shape
from app.hand.two_hands import MIRROR, PLACE_MM, N, other_rotation, sample_pairs


def test_pairs_are_hands_near_each_other(rng):
    for split in ("train", "test"):
        pairs = sample_pairs(rng, 300, split)
        for theta in (pairs.theta, pairs.other_theta):
            assert theta.shape == (300, 31)
            assert (theta >= kin.LOWEST).all()
            assert (theta <= kin.HIGHEST).all()
        away = np.linalg.norm(pairs.place_mm, axis=1)
        assert 60 < np.median(away) < 220
        np.testing.assert_allclose(np.linalg.det(pairs.turn), 1, atol=1e-6)


def test_the_splits_have_priors_of_their_own(rng):
    a, b = (sample_pairs(np.random.default_rng(1), 20, split) for split in ("train", "test"))
    assert not np.allclose(a.place_mm, b.place_mm)


def test_a_described_pair_is_where_it_was():
    """Joints of two hands -> numbers -> the second hand's joints in the first one's frame."""
    rng, shape, n = np.random.default_rng(7), make_shape(scale=1.07), 12
    theta = rng.uniform(0, 0.6, (2, n, 31)).astype(np.float32) * (np.arange(31) > 10)
    right, image = (kin.pose_joints_batch(t, shape).astype(np.float64) for t in theta)
    turn, place = matrix_from_6d(rng.normal(size=(n, 6))), rng.normal(0, 90, (n, 3))
    turned = np.einsum("nrc,njc->njr", turn, image - image.mean(1, keepdims=True))
    left = turned @ MIRROR + right.mean(1, keepdims=True) + place[:, None]
    camera = matrix_from_6d(rng.normal(size=(n, 6)))
    both = np.einsum("nrc,nhjc->nhjr", camera, np.stack([left, right], 1))
    numbers, error = describe_pairs(both)
    assert error.max() < 3
    found = numbers[:, 2 * N + 6 :] * PLACE_MM
    off = np.linalg.norm(found * shape.scale / mean_shape().scale - place, axis=1)
    # a first hand whose axes are 8 degrees off takes the second one along
    assert (off < 2 + np.radians(8) * np.linalg.norm(place, axis=1)).all()
    agree = np.einsum("nij,nij->n", matrix_from_6d(numbers[:, 2 * N : 2 * N + 6]), turn)
    assert np.degrees(np.arccos(np.clip((agree - 1) / 2, -1, 1))).max() < 8


def test_the_second_hand_is_drawn_as_its_mirror_image(rng):
    """MIRROR @ other_rotation is the first hand's rotation, the mirror, the pair's turn."""
    rotation, turn = (matrix_from_6d(rng.normal(size=(5, 6))) for _ in range(2))
    made = other_rotation(rotation, turn)
    np.testing.assert_allclose(np.linalg.det(made), 1, atol=1e-6)
    np.testing.assert_allclose(MIRROR @ made, rotation @ MIRROR @ turn, atol=1e-9)
