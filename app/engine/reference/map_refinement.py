"""Refinement through the generator: two objectives that the surface's is measured against.

`embedding`, the paper's: z <- z - eta d/dz |m(Gen(Ali z)) - m(x)|^2, m the Siamese embedding of the
smo head (Wan et al. 2017). `map`: clipped squared differences between the synthesised
and the seen map (L_recons), with the network's own joints and the prior as in `surface`. Both go
down by gradient, through torch; the answer is the best z on the way.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from app.frames import HandCrop
from app.latent.density import prior_gaussian
from app.model.checkpoint import load_weights
from app.model.weights_file import read_latents

CLIP = 0.4  # half cubes; a pixel differs by no more: holes, clutter, the forearm
MAP = 0.3  # weight of a pixel's squared difference
RATE = {"map": 0.03, "embedding": 1e-3}  # step in z: of Adam, of plain descent


@dataclass(frozen=True, slots=True)
class Pulls:
    """What holds a latent back, as in `app.inference.refinement`."""

    prior: float  # weight of the code's squared distance from its mean
    anchor: float  # weight of the network's own joints, each by its expected error
    sure_mm: float  # no joint is known better


class MapRefiner:
    """See the module and `app.inference.refinement.Refiner`. by: "map" or "embedding"."""

    def __init__(self, weights: Path, by: str, steps: int, pulls: Pulls):
        self._model = load_weights(weights)[0].requires_grad_(False)
        mean, precision = prior_gaussian(read_latents(weights))
        self._mean = torch.tensor(mean, dtype=torch.float32)
        self._precision = torch.tensor(precision, dtype=torch.float32)
        self._by, self.steps, self._pulls = by, steps, pulls

    def refine(
        self, crop: HandCrop, z: np.ndarray, joints_norm: np.ndarray, sigma_norm: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """See `app.inference.refinement.Refiner`."""
        objective = self._objective(crop, joints_norm, sigma_norm)
        start = torch.tensor(z, dtype=torch.float32)[None]
        best = self._descend(objective, start)
        if best is start:
            return z, joints_norm
        with torch.no_grad():
            return best[0].numpy(), self._model.decode(best)[0].numpy()

    def _objective(
        self, crop: HandCrop, joints_norm: np.ndarray, sigma_norm: np.ndarray
    ) -> Callable[[Tensor], Tensor]:
        image = torch.from_numpy(np.array(crop.image, np.float32))[None, None]
        perspective = torch.full((1,), crop.perspective)
        if self._by == "embedding":
            with torch.no_grad():
                seen = self._model.disc.embed(image)
            embed, render = self._model.disc.embed, self._model.render
            return lambda z: ((embed(render(z, perspective)) - seen) ** 2).sum()
        joints = torch.tensor(joints_norm, dtype=torch.float32)
        pulls, sure = self._pulls, self._pulls.sure_mm / (crop.cube_mm / 2)
        sigma = torch.tensor(sigma_norm, dtype=torch.float32).clamp_min(sure)[:, None]

        def objective(z: Tensor) -> Tensor:
            difference = (self._model.render(z, perspective) - image).clamp(-CLIP, CLIP)
            offset = (self._model.decode(z)[0] - joints) / sigma
            code = z[0, : len(self._mean)] - self._mean
            prior = pulls.prior * code @ self._precision @ code
            return MAP * (difference**2).sum() + pulls.anchor * (offset**2).sum() + prior

        return objective

    def _descend(self, objective: Callable[[Tensor], Tensor], start: Tensor) -> Tensor:
        """The best of the start and `steps` further latents [1, D]."""
        z = start.clone().requires_grad_(True)
        kind = torch.optim.Adam if self._by == "map" else torch.optim.SGD
        optimiser = kind([z], lr=RATE[self._by])
        best, least = start, float("inf")
        for step in range(self.steps + 1):
            cost = objective(z)
            if float(cost.detach()) < least:  # never true of a NaN
                best, least = z.detach().clone() if step else start, float(cost.detach())
            if step < self.steps:
                optimiser.zero_grad()
                cost.backward()
                optimiser.step()
        return best
