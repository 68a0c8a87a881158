"""Our hand fitted to labelled joints: the pose decoder (rig, shapes, angle limits) by gradient."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from app.data.joint_sets import JointSet
from app.model.crossing_nets import CrossingNets
from app.model.presets import UNIT_MM

RATE, SLOWEST, PRIOR = 0.08, 0.003, 0.002
STARTS, STEPS = 6, 250  # of Adam, from random orientations


def fit_hands(model: CrossingNets, labels_mm: np.ndarray, chosen: JointSet) -> np.ndarray:
    """Our joints [n, 21, 3] mm of the hands whose mixtures lie nearest the labels.

    The best of STARTS for each.
    """
    middle = labels_mm.mean(1, keepdims=True)
    target = torch.from_numpy((labels_mm - middle) / np.float32(UNIT_MM))
    weights = torch.from_numpy(chosen.map.astype(np.float32))
    best, lowest = torch.zeros(len(target), 21, 3), torch.full((len(target),), torch.inf)
    for start in range(STARTS):
        joints, error = _fit_once(model, target, weights, torch.Generator().manual_seed(start))
        better = error < lowest
        best[better], lowest[better] = joints[better], error[better]
    return best.numpy() * UNIT_MM + middle


def _fit_once(
    model: CrossingNets, target: Tensor, weights: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Joints [n, 21, 3] and the mean distance [n], joints_norm."""
    count, code = len(target), model.preset.vae.latent
    six = torch.randn(count, 6, generator=generator)
    z = torch.cat([torch.zeros(count, code), six, torch.zeros(count, 3)], 1).requires_grad_(True)
    optimiser = torch.optim.Adam([z])
    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = RATE * (1 - step / STEPS) + SLOWEST
        off = weights @ model.decode(z) - target
        far = (off.square().sum(-1) + 1e-6).sqrt().sum()
        optimiser.zero_grad()
        (far + PRIOR * z[:, :code].square().sum()).backward()
        optimiser.step()
    with torch.no_grad():
        joints = model.decode(z)
        return joints, (weights @ joints - target).norm(dim=-1).mean(1)
