"""Exact changes of a crop: turned, scaled, noisy, and its joints alike.

A turn about the virtual camera's axis moves pixel and joint alike; a cube k times as large round
the same centre divides the pixel's offset, the depth value and the normalised joint by k.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from app.frames import BACKGROUND

TURN_RAD = math.radians(35)
SCALE = 0.12  # of the cube, log-uniform up or down
NOISE = 0.008  # standard deviation of the depth in crop units: 1 mm
HOLES = 0.03  # largest share of the hand's pixels that lose their reading


@dataclass(frozen=True)
class Change:
    """What is done to each of n crops."""

    turn: Tensor  # [n] rad, from x towards y
    scale: Tensor  # [n], of the cube
    noise: Tensor  # [n, 1, 128, 128] added to the hand's depth
    holes: Tensor  # bool [n, 1, 128, 128]

    def __getitem__(self, rows: Tensor) -> Change:
        return Change(self.turn[rows], self.scale[rows], self.noise[rows], self.holes[rows])

    def to(self, device: torch.device) -> Change:
        return Change(*(x.to(device) for x in (self.turn, self.scale, self.noise, self.holes)))

    def images(self, images: Tensor) -> Tensor:
        """[n, 1, 128, 128] -> the same crops turned, scaled and noisy.

        Nearest pixels, as crops are cut.
        """
        cos, sin = self.scale * self.turn.cos(), self.scale * self.turn.sin()
        zero = torch.zeros_like(cos)
        rows = [torch.stack([cos, sin, zero], -1), torch.stack([-sin, cos, zero], -1)]
        grid = torch.nn.functional.affine_grid(
            torch.stack(rows, 1).to(images), list(images.shape), align_corners=False
        )
        seen = grid_sample(images - BACKGROUND, grid, mode="nearest", align_corners=False)
        value = (seen + BACKGROUND) / self.scale[:, None, None, None] + self.noise
        keep = (seen < 0) & ~self.holes & (value < BACKGROUND) & (value >= -1)
        return torch.where(keep, value, torch.full_like(value, BACKGROUND))

    def joints(self, joints: Tensor) -> Tensor:
        """joints_norm [n, 21, 3], turned and scaled as the crops are."""
        cos, sin = self.turn.cos()[:, None], self.turn.sin()[:, None]
        x, y, z = joints.unbind(-1)
        turned = torch.stack([cos * x - sin * y, sin * x + cos * y, z], -1)
        return turned / self.scale[:, None, None]


def draw_turns(n: int, generator: torch.Generator) -> Change:
    """Random turns and scales of n crops, which keep their noise."""
    uniform = torch.rand(2, n, generator=generator)
    nothing = torch.zeros(n, 1, 1, 1)
    turn, scale = (2 * uniform - 1).unbind()
    return Change(turn * TURN_RAD, torch.exp(scale * SCALE), nothing, nothing.bool())


def draw_changes(n: int, size: int, generator: torch.Generator) -> Change:
    """Random changes of n crops of `size` pixels."""
    uniform = torch.rand(3, n, generator=generator)
    noise = NOISE * torch.randn(n, 1, size, size, generator=generator)
    holes = torch.rand(n, 1, size, size, generator=generator)
    return Change(
        (2 * uniform[0] - 1) * TURN_RAD,
        torch.exp((2 * uniform[1] - 1) * SCALE),
        noise,
        holes < HOLES * uniform[2, :, None, None, None],
    )
