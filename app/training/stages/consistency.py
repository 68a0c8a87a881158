"""What unlabelled crops teach in `live`: the network must say of a turned, scaled and noisy crop
what its slowly averaged teacher says of the crop as it is, turned and scaled alike (Tarvainen &
Valpola 2017; for hands Rezaei et al. 2023).

Both changes are exact for a crop. A turn about the virtual camera's axis moves pixel and joint
alike; a cube k times as large round the same centre divides the pixel's offset, the depth value
and the normalised joint by k.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

from app.model.crossing_nets import CrossingNets
from app.model.generator import BACKGROUND
from app.training.losses import Mean, joint_error, mean_of

TURN_RAD = math.radians(35)
SCALE = 0.12  # of the cube, log-uniform up or down
NOISE = 0.008  # standard deviation of the depth in crop units: 1 mm
HOLES = 0.03  # largest share of the hand's pixels that lose their reading
SURE = 0.08  # expected joint error in joints_norm (10 mm) at which a teacher counts half


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
        """[n, 1, 128, 128] -> the same crops turned, scaled and noisy; nearest pixels, as crops
        are cut.
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


@dataclass(frozen=True)
class PseudoLabels:
    """Changed unlabelled crops, and where the teacher sees their joints."""

    images: Tensor  # [n, 1, 128, 128]
    joints: Tensor  # [n, 21, 3], joints_norm
    confidence: Tensor  # [n, 21], 0..1
    perspective: Tensor  # [n] of the changed crops

    def sure(self) -> Tensor:
        """[n] in 0..1: the teacher's mean confidence in each crop."""
        return self.confidence.mean(1)

    def loss(self, output: Tensor, mean: Mean = mean_of) -> Tensor:
        """Distance of the joints [n, 21, 3] from the teacher's, weighted by its confidence."""
        return mean(self.confidence * joint_error(output, self.joints))


@torch.no_grad()
def make_pseudo_labels(
    teacher: CrossingNets, images: Tensor, perspective: Tensor, change: Change
) -> PseudoLabels:
    """The teacher (in evaluation mode) looks at the unlabelled crops as they are."""
    out = teacher.estimate(images)
    joints = change.joints(teacher.decode(out.z))
    confidence = out.presence_logit.sigmoid()[:, None] * SURE / (SURE + out.log_sigma.exp())
    return PseudoLabels(change.images(images), joints, confidence, perspective * change.scale)
