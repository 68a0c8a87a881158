"""Gen: the generator's latent z_x -> a depth map in [-1, 1] (Wan et al. 2017, section 3.2).

`PaperGenerator` has the paper's 6x6 transposed convolutions. `LiveGenerator` upsamples and
convolves, and gives two maps, a mask and a depth, from which the picture is composed: clean
contours and no checkerboard (METHOD.md 2.3).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from app.frames import BACKGROUND
from app.model.bones import CHANNELS
from app.model.presets import GeneratorConfig


class PaperGenerator(nn.Module):
    """tanh, FC 512, four transposed convolutions 6x6 stride 2 of 32 channels,
    one to a single channel, tanh.
    """

    def __init__(self, latent: int, channels: tuple[int, ...] = (32, 32, 32, 32, 32)):
        super().__init__()
        start = channels[0]
        self.start = start
        self.project = nn.Sequential(
            nn.Linear(latent, start * 16), nn.BatchNorm1d(start * 16), nn.ReLU()
        )
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(channels):
            layers += [
                nn.ConvTranspose2d(inputs, outputs, 6, 2, 2),
                nn.BatchNorm2d(outputs),
                nn.ReLU(),
            ]
        layers += [nn.ConvTranspose2d(channels[-1], 1, 6, 2, 2), nn.Tanh()]
        self.layers = nn.Sequential(*layers)

    def forward(self, aligned: Tensor) -> Tensor:
        """[B, latent] -> [B, 1, 128, 128] in [-1, 1]."""
        return self.layers(self.project(aligned.tanh()).unflatten(1, (self.start, 4, 4)))


class LiveGenerator(nn.Module):
    """FC to 4x4, three times (nearest upsampling, 3x3 convolution, BN, leaky ReLU); at 32 px the
    maps of the bones join in; once more the same, then a sub-pixel 3x3 convolution.

    The last layer gives mask logit and depth, each at 2x2 sub-pixels (Shi et al. 2016), its filters
    equal at the start within a pixel so that no checkerboard is born (Aitken et al. 2017).
    """

    def __init__(self, config: GeneratorConfig):
        super().__init__()
        channels = config.channels
        self.start = channels[0]
        wide = channels[0] * 16
        self.project = nn.Sequential(
            nn.Linear(config.latent, wide, bias=False), nn.BatchNorm1d(wide), nn.LeakyReLU(0.1)
        )
        layers: list[nn.Module] = []
        for inputs, outputs in pairwise(channels):
            layers += [nn.Upsample(scale_factor=2, mode="nearest"), *_convolution(inputs, outputs)]
        self.layers = nn.Sequential(*layers)
        self.fuse = nn.Sequential(
            *_convolution(channels[-1] + CHANNELS, config.fused[0]),
            nn.Upsample(scale_factor=2, mode="nearest"),
            *_convolution(*config.fused),
        )
        self.out = nn.Conv2d(config.fused[-1], 8, 3, 1, 1)
        with torch.no_grad():
            self.out.weight.copy_(self.out.weight[::4].repeat_interleave(4, 0))
            self.out.bias.zero_()
        self.shuffle = nn.PixelShuffle(2)

    def maps(self, aligned: Tensor, bones: Tensor) -> tuple[Tensor, Tensor]:
        """Latent [B, latent] and bones [B, 12, 32, 32] (`BoneMaps`) -> mask logit and depth in
        [-1, 1], each [B, 1, 128, 128].
        """
        features = self.layers(self.project(aligned).unflatten(1, (self.start, 4, 4)))
        features = self.fuse(torch.cat([features, bones.to(features.dtype)], 1))
        logit, depth = self.shuffle(self.out(features).float()).chunk(2, 1)
        return logit, depth.tanh()


def _convolution(inputs: int, outputs: int) -> list[nn.Module]:
    """3x3, BN, leaky ReLU."""
    convolution = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.1)]


def compose(logit: Tensor, depth: Tensor, hard: bool = False) -> Tensor:
    """Mask and depth -> the map in [-1, 1], background +1.

    Soft (for gradients): the mask's probability mixes depth and background. Hard (for the eye and
    for comparing with a crop): a pixel is hand or background, nothing between.
    """
    if hard:
        return torch.where(logit > 0, depth, torch.full_like(depth, BACKGROUND))
    mask = logit.sigmoid()
    return mask * depth + (1 - mask) * BACKGROUND
