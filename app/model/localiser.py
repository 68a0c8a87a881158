"""The localiser: a tiny fully convolutional net that finds the hand's centre in a whole frame.

Input: a frame resampled to a normalised camera of fixed focal length
(`app.segmentation.canvas.localiser_input`), so that a hand's size in pixels follows from its depth
alone; both sides are multiples of 16. Output at a quarter of the resolution
(`app.segmentation.locate.localiser_target`): a heat map of the hand's centre (the mean of its
joints) and the log of its distance over 600 mm. Loss: the penalty-reduced focal loss of centre
points (Law & Deng 2018; Zhou et al. 2019, eq. 1).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, interpolate

LARGEST = 2048  # of any size that a file may ask for
PRIOR = 0.01  # probability of a centre at the start: the loss does not begin with the background


@dataclass(frozen=True)
class LocaliserConfig:
    """Shapes of the localiser."""

    inputs: int = 2  # channels: log depth, validity
    outputs: int = 2  # channels: logit of a centre, log depth of the centre
    channels: tuple[int, int, int, int] = (16, 24, 40, 64)  # at strides 2, 4, 8, 16
    stride: int = 4  # of the heat map
    height: int = 128  # of the example that the graph is exported with; any multiple of 16 will do
    width: int = 176

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> LocaliserConfig:
        """Raises ValueError or TypeError for what no localiser is like."""
        given: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in values.items()
        }
        config = LocaliserConfig(**given)
        sizes = [*config.channels, *(v for k, v in asdict(config).items() if k != "channels")]
        if not all(isinstance(v, int) and 0 < v <= LARGEST for v in sizes):
            raise ValueError("a size is not possible")
        return config


class Localiser(nn.Module):
    """An hourglass: four strided convolutions down, two additive steps up to stride 4."""

    def __init__(self, config: LocaliserConfig | None = None):
        super().__init__()
        self.config = config or LocaliserConfig()
        c2, c4, c8, c16 = self.config.channels
        self.down2 = _block(self.config.inputs, c2, 5, 2)
        self.down4 = _block(c2, c4, 3, 2)
        self.down8 = nn.Sequential(_block(c4, c8, 3, 2), _block(c8, c8, 3, 1))
        self.down16 = nn.Sequential(
            _block(c8, c16, 3, 2), _block(c16, c16, 3, 1), _block(c16, c16, 3, 1)
        )
        self.up8 = nn.Conv2d(c16, c8, 1)
        self.up4 = nn.Conv2d(c8, c4, 1)
        self.merge8 = _block(c8, c8, 3, 1)
        self.merge4 = _block(c4, c4, 3, 1)
        self.out = nn.Conv2d(c4, self.config.outputs, 1)
        with torch.no_grad():
            self.out.weight.mul_(0.1)
            assert self.out.bias is not None
            self.out.bias.zero_()
            self.out.bias[0] = -float(torch.logit(torch.tensor(1 - PRIOR)))

    def forward(self, inputs: Tensor) -> Tensor:
        """[B, 2, h, w] -> [B, 2, h/4, w/4]: logit of a centre, log(distance / 600 mm)."""
        x4 = self.down4(self.down2(inputs))
        x8 = self.down8(x4)
        x16 = self.down16(x8)
        x8 = self.merge8(x8 + interpolate(self.up8(x16), scale_factor=2.0, mode="nearest"))
        x4 = self.merge4(x4 + interpolate(self.up4(x8), scale_factor=2.0, mode="nearest"))
        return self.out(x4)


def localiser_loss(output: Tensor, target: Tensor, depth_weight: float = 0.5) -> Tensor:
    """Focal loss of the heat map, per hand, and L1 of the log depth.

    The quality focal loss of Li et al. 2020, eq. 3, beta 2.

    output, target [B, 2, h, w], see `app.segmentation.locate.localiser_target`: channel 0 the logit
    and the probability of a hand's centre, channel 1 its log depth, which counts where the target's
    probability is above 0.05.
    """
    logit, heat = output[:, 0], target[:, 0]
    focal = (heat - logit.sigmoid()).square() * binary_cross_entropy_with_logits(
        logit, heat, reduction="none"
    )
    near = heat * (heat > 0.05)
    depth = ((output[:, 1] - target[:, 1]).abs() * near).sum() / near.sum().clamp_min(1)
    hands = heat.amax((1, 2)).round().sum().clamp_min(1)
    return focal.sum() / hands + depth_weight * depth


def _block(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outputs),
        nn.LeakyReLU(0.1),
    )
