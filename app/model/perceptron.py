"""Small parts of the pose VAEs."""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn


def perceptron(sizes: list[int], activation: type[nn.Module], **options: float) -> nn.Sequential:
    """Linear layers with `activation` between them, none after the last."""
    layers: list[nn.Module] = []
    for i, (inputs, outputs) in enumerate(pairwise(sizes)):
        layers.append(nn.Linear(inputs, outputs))
        if i < len(sizes) - 2:
            layers.append(activation(**options))
    return nn.Sequential(*layers)


def principal(centred: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Principal directions [count, D] and standard deviations [count] of centred rows [N, D]."""
    covariance = centred.T @ centred / max(len(centred) - 1, 1)
    values, vectors = torch.linalg.eigh(covariance)
    return vectors.flip(1)[:, :count].T.contiguous(), values.flip(0)[:count].clamp_min(0).sqrt()
