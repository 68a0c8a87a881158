"""Where the pos head of `live` sees each joint: maps of 16 x 16 votes.

A code that must name all places from one vector of features blurs them: finger tips in plain sight
were 20 mm off. Here each pixel of a top-down pyramid (Lin et al. 2017) votes for each joint with a
weight, an offset in the picture and a depth, as in A2J (Xiong et al. 2019); the softmax-weighted
mean of the votes is the joint (integral regression, Sun et al. 2018). What the pose VAE makes of
these joints is the first guess of the latent.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate

SIDE = 16  # pixels of a map


class JointMaps(nn.Module):
    """Features at 16, 8 and 4 px -> joints_norm, the spread of the votes, the logarithm of weights.

    [B, J, 3], [B, J] and [B, J, 256].
    """

    grid: Tensor

    def __init__(self, inputs: tuple[int, ...], channels: int, n_joints: int, slope: float):
        super().__init__()
        self.n_joints = n_joints
        fine, middle, coarse = inputs
        self.lateral = nn.ModuleList(nn.Conv2d(c, channels, 1) for c in (coarse, middle, fine))
        self.smooth = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(channels, channels, 3, 1, 1, bias=False),
                nn.BatchNorm2d(channels),
                nn.LeakyReLU(slope),
            )
            for _ in range(2)
        )
        self.votes = nn.Conv2d(channels, n_joints * 4, 1)
        centre = (torch.arange(SIDE) + 0.5) * (2 / SIDE) - 1
        grid = torch.stack(torch.meshgrid(centre, centre, indexing="xy")).flatten(1)
        self.register_buffer("grid", grid, persistent=False)  # [2, pixels]

    def forward(self, fine: Tensor, middle: Tensor, coarse: Tensor) -> tuple[Tensor, ...]:
        """[B, C, 16, 16], [B, C', 8, 8], [B, C'', 4, 4]: see the class."""
        x = self.lateral[0](coarse)
        for lateral, smooth, features in zip(
            self.lateral[1:], self.smooth, (middle, fine), strict=True
        ):
            x = smooth(interpolate(x, scale_factor=2.0, mode="nearest") + lateral(features))
        votes = self.votes(x).float().flatten(2).unflatten(1, (4, self.n_joints))
        log_weight = votes[:, 0].log_softmax(-1)  # [B, J, pixels]
        weight = log_weight.exp()
        across = votes[:, 1] + self.grid[0]
        down = votes[:, 2] + self.grid[1]
        joints = torch.stack(
            [(weight * place).sum(-1) for place in (across, down, votes[:, 3])], -1
        )
        apart = (across - joints[..., :1]) ** 2 + (down - joints[..., 1:2]) ** 2
        return joints, (weight * apart).sum(-1), log_weight
