"""Gaussian mixtures with full covariances, in plain numpy."""

from __future__ import annotations

import numpy as np

Mixture = tuple[np.ndarray, np.ndarray, np.ndarray]  # weights, means, factors


def independent(first: Mixture, second: Mixture) -> Mixture:
    """The mixture of (a, b) where a and b have mixtures of their own and nothing to do with each
    other.
    """
    n, rest = first[1].shape[1], second[1].shape[1]
    weights = np.outer(first[0], second[0]).reshape(-1)
    pairs = [(i, k) for i in range(len(first[0])) for k in range(len(second[0]))]
    means = np.stack([np.concatenate([first[1][i], second[1][k]]) for i, k in pairs])
    factors = np.zeros((len(pairs), n + rest, n + rest))
    for row, (i, k) in enumerate(pairs):
        factors[row, :n, :n], factors[row, n:, n:] = first[2][i], second[2][k]
    return weights, means, factors


def fit_mixture(
    codes: np.ndarray, components: int, rng: np.random.Generator, steps: int = 40
) -> Mixture:
    """Expectation maximisation with full covariances,
    shrunk a little towards the whole's; whitened inside.
    """
    n, d = codes.shape
    whole = np.cov(codes.T) + 1e-6 * np.eye(d)
    means = codes[rng.choice(n, components, replace=False)]
    covariances = np.repeat(whole[None], components, 0)
    weights = np.full(components, 1 / components)
    for _ in range(steps if components > 1 else 1):
        responsibility = _responsibilities(codes, weights, means, covariances)
        mass = responsibility.sum(0) + 1e-9
        weights = mass / mass.sum()
        means = responsibility.T @ codes / mass[:, None]
        for k in range(components):
            offset = codes - means[k]
            own = (offset * responsibility[:, k : k + 1]).T @ offset / mass[k]
            covariances[k] = 0.98 * own + 0.02 * whole
    return weights, means, np.linalg.cholesky(covariances)


def best_mixture(
    codes: np.ndarray, components: int, rng: np.random.Generator, starts: int = 8, rows: int = 4000
) -> Mixture:
    """The likeliest of several mixtures of some of the codes: from one start, two kinds of people
    may share a component.
    """
    some = codes[rng.permutation(len(codes))[:rows]]
    found = [fit_mixture(some, components, rng) for _ in range(starts if components > 1 else 1)]
    likely = []
    for weights, means, factors in found:
        logs = _log_densities(some, weights, means, factors @ factors.transpose(0, 2, 1))
        likely.append(np.logaddexp.reduce(logs, 1).mean())
    return found[int(np.argmax(likely))]


def _responsibilities(
    codes: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray
) -> np.ndarray:
    """[N, m] posterior of each component."""
    log_density = _log_densities(codes, weights, means, covariances)
    log_density -= log_density.max(1, keepdims=True)
    density = np.exp(log_density)
    return density / density.sum(1, keepdims=True)


def _log_densities(
    codes: np.ndarray, weights: np.ndarray, means: np.ndarray, covariances: np.ndarray
) -> np.ndarray:
    """[N, m] weight times density of each component, logarithms but for a constant."""
    log_density = np.empty((len(codes), len(weights)))
    for k, (mean, covariance) in enumerate(zip(means, covariances, strict=True)):
        factor = np.linalg.cholesky(covariance)
        white = np.linalg.solve(factor, (codes - mean).T)
        log_density[:, k] = (
            np.log(weights[k] + 1e-12) - np.log(np.diag(factor)).sum() - 0.5 * (white**2).sum(0)
        )
    return log_density
