"""Gaussian mixtures with full covariances, in plain numpy: of joint angles, of latents."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

SHARE_OF_WHOLE = 0.02


class Mixture(NamedTuple):
    """k components in d dimensions."""

    weights: np.ndarray  # [k], sum 1
    means: np.ndarray  # [k, d]
    factors: np.ndarray  # [k, d, d], lower: factor @ factor.T is a component's covariance


@dataclass(frozen=True)
class Shrinkage:
    """What keeps components from closing in on a few samples."""

    start: np.ndarray  # [d, d]: the covariance that every component begins with
    shrink: Callable[[np.ndarray], np.ndarray]  # of covariances [k, d, d], after each step
    least_mass: float = 0.0  # samples; a component that stands for fewer is dropped


def towards_whole(x: np.ndarray) -> Shrinkage:
    """Components keep a little of the covariance of all samples [n, d]."""
    whole = np.cov(x.T) + 1e-6 * np.eye(x.shape[1])
    return Shrinkage(whole, lambda own: (1 - SHARE_OF_WHOLE) * own + SHARE_OF_WHOLE * whole)


def fit_mixture(
    x: np.ndarray,
    components: int,
    rng: np.random.Generator,
    steps: int = 40,
    shrinkage: Shrinkage | None = None,
) -> Mixture:
    """Expectation maximisation over samples [n, d], from means drawn among them.

    shrinkage: `towards_whole` of the samples where none is given.
    """
    n, d = x.shape
    held = towards_whole(x) if shrinkage is None else shrinkage
    means = x[rng.choice(n, components, replace=False)]
    covariances = np.repeat(held.start[None], components, 0)
    weights = np.full(components, 1 / components)
    for _ in range(steps if components > 1 else 1):
        responsibility = _responsibilities(x, weights, means, covariances)
        mass = responsibility.sum(0) + 1e-9
        kept = np.flatnonzero(mass >= held.least_mass)
        if len(kept) < len(mass):
            responsibility, mass = responsibility.take(kept, 1), mass[kept]
        weights = mass / mass.sum()
        means = responsibility.T @ x / mass[:, None]
        covariances = np.empty((len(mass), d, d))
        for k in range(len(mass)):
            offset = x - means[k]
            covariances[k] = (offset * responsibility[:, k : k + 1]).T @ offset / mass[k]
        covariances = held.shrink(covariances)
    return Mixture(weights, means, np.linalg.cholesky(covariances))


def best_mixture(
    x: np.ndarray, components: int, rng: np.random.Generator, starts: int = 8, rows: int = 4000
) -> Mixture:
    """The likeliest of several mixtures of some of the samples [n, d].

    From one start, two kinds of people may share a component.
    """
    some = x[rng.permutation(len(x))[:rows]]
    found = [fit_mixture(some, components, rng) for _ in range(starts if components > 1 else 1)]
    likely = []
    for weights, means, factors in found:
        logs = _log_densities(some, weights, means, factors @ factors.transpose(0, 2, 1))
        likely.append(np.logaddexp.reduce(logs, 1).mean())
    return found[int(np.argmax(likely))]


def independent(first: Mixture, second: Mixture) -> Mixture:
    """The mixture of (a, b) where a and b have mixtures of their own and are independent."""
    n, rest = first.means.shape[1], second.means.shape[1]
    weights = np.outer(first.weights, second.weights).reshape(-1)
    pairs = [(i, k) for i in range(len(first.weights)) for k in range(len(second.weights))]
    means = np.stack([np.concatenate([first.means[i], second.means[k]]) for i, k in pairs])
    factors = np.zeros((len(pairs), n + rest, n + rest))
    for row, (i, k) in enumerate(pairs):
        factors[row, :n, :n], factors[row, n:, n:] = first.factors[i], second.factors[k]
    return Mixture(weights, means, factors)


def _responsibilities(
    x: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray
) -> np.ndarray:
    """[n, k] posterior of each component."""
    log_density = _log_densities(x, weights, means, covariances)
    log_density -= log_density.max(1, keepdims=True)
    density = np.exp(log_density)
    return density / density.sum(1, keepdims=True)


def _log_densities(
    x: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray
) -> np.ndarray:
    """[n, k] weight times density of each component, logarithms but for a constant."""
    log_density = np.empty((len(x), len(weights)))
    for k, (mean, covariance) in enumerate(zip(means, covariances, strict=True)):
        factor = np.linalg.cholesky(covariance)
        white = np.linalg.solve(factor, (x - mean).T)
        log_density[:, k] = (
            np.log(weights[k] + 1e-12) - np.log(np.diag(factor)).sum() - 0.5 * (white**2).sum(0)
        )
    return log_density
