"""How usual a hand is: the density of the prior, and what it looks like on a plane.

A plane is spanned by two coordinates that count standard deviations from the centre.
"""

from __future__ import annotations

import numpy as np

from app.latent.space import LatentSpace

DRAWS = 2000  # by which a density is ranked
FLOOR = 1e-9  # of a variance


class PriorDensity:
    """The mixture of a latent space, factored once."""

    def __init__(self, space: LatentSpace):
        self.space = space
        factors = np.asarray(space.factors, np.float64)
        self._whiten = np.linalg.inv(factors)
        share = np.asarray(space.weights, np.float64) / space.weights.sum()
        self._log_scale = np.log(share + 1e-12) - np.log(
            np.abs(np.diagonal(factors, axis1=1, axis2=2)) + FLOOR
        ).sum(1)
        self._ranked = np.sort(self.log_density(space.draw(np.random.default_rng(0), DRAWS)))

    def log_density(self, codes: np.ndarray) -> np.ndarray:
        """Codes [N, n] -> [N], up to a constant. Factors are lower triangular (Cholesky)."""
        offset = np.asarray(codes, np.float64)[:, None] - self.space.means
        white = np.einsum("mij,kmj->kmi", self._whiten, offset)
        return np.logaddexp.reduce(self._log_scale - 0.5 * (white**2).sum(-1), axis=1)

    def rank(self, z: np.ndarray) -> float:
        """z [D] -> share of the prior's own draws that are less likely.

        Near 0 no draw is like it, and half of the draws are below 0.5.
        """
        value = self.log_density(z[None, : self.space.n_code])[0]
        return float(np.searchsorted(self._ranked, value)) / len(self._ranked)

    def plane(self, across: np.ndarray, up: np.ndarray, reach: float, cells: int) -> np.ndarray:
        """float32 [cells, cells]: the marginal density over two coordinates, largest 1.

        across, up: float [n], the slopes of the coordinates of a code less the centre. They go from
        -reach to reach. Row 0 is the highest `up`, column 0 the lowest `across`.
        """
        space = self.space
        axes = np.stack([across, up]).astype(np.float64)
        means = (space.means - space.centre) @ axes.T
        half = axes @ space.factors
        covariances = half @ half.transpose(0, 2, 1) + FLOOR * np.eye(2)
        steps = (np.arange(cells) + 0.5) / cells * 2 * reach - reach
        places = np.stack(np.meshgrid(steps, steps[::-1]), -1)  # [cells, cells, 2]
        density = np.zeros((cells, cells))
        for weight, mean, covariance in zip(space.weights, means, covariances, strict=True):
            offset = places - mean
            distance = np.einsum("yxi,ij,yxj->yx", offset, np.linalg.inv(covariance), offset)
            density += weight * np.exp(-0.5 * distance) / np.sqrt(np.linalg.det(covariance))
        return (density / density.max()).astype(np.float32)


def prior_gaussian(latents: LatentSpace | None) -> tuple[np.ndarray, np.ndarray]:
    """Mean [n] and precision [n, n] of the code under its prior; without one, no entries."""
    if latents is None:
        return np.zeros(0), np.zeros((0, 0))
    share = latents.weights / latents.weights.sum()
    mean = share @ latents.means.astype(np.float64)
    apart = latents.means - mean
    within = np.einsum("m,mij,mkj->ik", share, latents.factors, latents.factors)
    covariance = within + np.einsum("m,mi,mj->ij", share, apart, apart)
    return mean, np.linalg.inv(covariance + 1e-6 * np.eye(len(mean)))
