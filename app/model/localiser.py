"""The localiser: a tiny fully convolutional net that says where in a whole frame a hand's centre is.

Input: a frame resampled to a normalised camera of fixed focal length (`app.segmentation.canvas.localiser_input`), so that a
hand's size in pixels follows from its depth alone; both sides are multiples of 16. Output at a quarter of the resolution
(`app.segmentation.locate.localiser_target`): a heat map of the hand's centre (the mean of its joints) and the log of its
distance over 600 mm. Loss: the penalty-reduced focal loss of centre points (Law & Deng 2018; Zhou et al. 2019, eq. 1).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, logsigmoid

PRIOR = 0.01  # probability of a centre at the start, so that the focal loss does not begin with the background


@dataclass(frozen=True)
class LocaliserConfig:
    """Shapes of the localiser."""

    inputs: int = 2  # channels: scaled log depth, validity
    channels: tuple[int, int, int, int] = (16, 24, 40, 64)  # at strides 2, 4, 8, 16
    outputs: int = 2  # heat map logit, log distance
    stride: int = 4  # of the heat map
    height: int = 128  # of the example that the graph is exported with; any multiple of 16 will do
    width: int = 176

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> LocaliserConfig:
        return LocaliserConfig(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


class Localiser(nn.Module):
    """An hourglass: four strided convolutions down, two additive steps up to stride 4."""

    def __init__(self, config: LocaliserConfig | None = None):
        super().__init__()
        self.config = config or LocaliserConfig()
        c2, c4, c8, c16 = self.config.channels
        self.down2 = _block(self.config.inputs, c2, 5, 2)
        self.down4 = _block(c2, c4, 3, 2)
        self.down8 = nn.Sequential(_block(c4, c8, 3, 2), _block(c8, c8, 3, 1))
        self.down16 = nn.Sequential(_block(c8, c16, 3, 2), _block(c16, c16, 3, 1), _block(c16, c16, 3, 1))
        self.up8 = nn.Conv2d(c16, c8, 1)
        self.up4 = nn.Conv2d(c8, c4, 1)
        self.merge8 = _block(c8, c8, 3, 1)
        self.merge4 = _block(c4, c4, 3, 1)
        self.out = nn.Conv2d(c4, self.config.outputs, 1)
        with torch.no_grad():
            self.out.weight.mul_(0.1)
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


def heatmap_loss(logits: Tensor, targets: Tensor) -> Tensor:
    """Penalty-reduced focal loss (Zhou et al. 2019, eq. 1; alpha 2, beta 4), per centre.

    logits, targets [B, 1, h, w]; targets are 1 at a centre, a Gaussian round it, 0 elsewhere.
    """
    log_p, log_not_p = logsigmoid(logits), logsigmoid(-logits)
    p = logits.sigmoid()
    centre = (targets >= 0.999).to(logits.dtype)
    found = (1 - p) ** 2 * log_p * centre
    elsewhere = (1 - targets) ** 4 * p**2 * log_not_p * (1 - centre)
    return -(found.sum() + elsewhere.sum()) / centre.sum().clamp_min(1)


def gaussian_targets(centres: Tensor, present: Tensor, sigma: Tensor, height: int, width: int) -> Tensor:
    """Heat maps [B, 1, height, width] from centres [B, 2] (x, y in cells), present [B] bool and sigma [B] cells."""
    ys = torch.arange(height, dtype=centres.dtype)[:, None]
    xs = torch.arange(width, dtype=centres.dtype)[None]
    cell = centres.round()
    squared = (xs - cell[:, 0, None, None]) ** 2 + (ys - cell[:, 1, None, None]) ** 2
    maps = torch.exp(-squared / (2 * sigma[:, None, None] ** 2))
    return (maps * present[:, None, None].to(maps.dtype))[:, None]


def _block(inputs: int, outputs: int, kernel: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, bias=False), nn.BatchNorm2d(outputs), nn.LeakyReLU(0.1)
    )
