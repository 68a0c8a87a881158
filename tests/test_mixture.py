"""Mixtures: groups are found, components keep their width, independence multiplies."""

from __future__ import annotations

import numpy as np
import pytest

from app.hand.build.fit_poses import LEAST_SPREAD_DEG, of_angles
from app.mixture import Mixture, Shrinkage, best_mixture, fit_mixture, independent

SHRINKAGES = {"whole": (2, None), "angles": (4, of_angles)}


@pytest.fixture
def groups() -> np.ndarray:
    """Two far groups in four dimensions, three samples in four in the first."""
    rng = np.random.default_rng(0)
    return np.concatenate([rng.normal(-1, 0.1, (300, 4)), rng.normal(1, 0.1, (100, 4))])


@pytest.mark.parametrize("kind", SHRINKAGES)
def test_two_far_groups_are_found(groups, kind):
    components, make = SHRINKAGES[kind]
    shrinkage = make(groups) if make else None
    weights, means, factors = fit_mixture(
        groups, components, np.random.default_rng(0), 60, shrinkage
    )
    left = means[:, 0] < 0
    assert abs(weights[left].sum() - 0.75) < 0.02
    np.testing.assert_allclose(np.abs(means), 1, atol=0.15)
    spread = np.sqrt((factors**2).sum(2))
    assert spread.max() < 0.4
    assert not np.triu(factors, 1).any()


def test_a_component_for_few_samples_is_dropped(groups):
    held = Shrinkage(np.cov(groups.T) / 4, lambda own: own + 1e-4 * np.eye(4), least_mass=150)
    mixture = fit_mixture(groups, 3, np.random.default_rng(1), 60, held)
    assert len(mixture.weights) == len(mixture.means) == len(mixture.factors) == 1
    assert mixture.weights.sum() == pytest.approx(1)


def test_angles_keep_their_least_spread_and_lose_some_correlation():
    """Of samples on a line: what a component knows of one angle from the other is shortened."""
    along = np.random.default_rng(2).normal(0, 0.3, (500, 1))
    theta = np.concatenate([along, along], 1)
    _, _, factors = fit_mixture(theta, 1, np.random.default_rng(0), 1, of_angles(theta))
    covariance = factors[0] @ factors[0].T
    floor = np.radians(LEAST_SPREAD_DEG) ** 2
    np.testing.assert_allclose(np.diag(covariance), along.var() + floor, rtol=1e-6)
    assert covariance[0, 1] == pytest.approx(0.75 * along.var())


def test_the_best_of_several_starts_leaves_no_group_out():
    """From one start in three or so, two of these groups share a component."""
    rng = np.random.default_rng(4)
    centres = np.array([[0.0, 0], [9, 0], [0, 9], [9, 9], [20, 20]])
    x = np.concatenate([rng.normal(centre, 0.5, (60, 2)) for centre in centres])

    def forgotten(mixture: Mixture) -> float:  # how far the loneliest centre lies from a mean
        return np.linalg.norm(centres[:, None] - mixture.means, axis=-1).min(1).max()

    singles = [forgotten(fit_mixture(x, 5, np.random.default_rng(k))) for k in range(8)]
    assert max(singles) > 2
    assert forgotten(best_mixture(x, 5, np.random.default_rng(0))) < 0.5


def test_independent_mixtures_multiply(groups):
    first, second = (
        fit_mixture(groups[:, part], k, np.random.default_rng(3))
        for part, k in ((slice(1), 2), (slice(1, 4), 3))
    )
    both = independent(first, second)
    assert both.means.shape == (6, 4)
    np.testing.assert_allclose(both.weights.reshape(2, 3).sum(1), first.weights)
    np.testing.assert_allclose(both.weights.reshape(2, 3).sum(0), second.weights)
    np.testing.assert_array_equal(both.means[4], [*first.means[1], *second.means[1]])
    np.testing.assert_array_equal(both.factors[4][1:, 1:], second.factors[1])
    assert not both.factors[:, 1:, 0].any()
