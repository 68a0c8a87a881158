"""Gen: the generator's latent z_x -> a depth map in [-1, 1] (Wan et al. 2017, section 3.2).

`PaperGenerator` has the paper's 6x6 transposed convolutions. `LiveGenerator` starts from the
skeleton's raster, convolves, and gives two maps, a mask and a depth, from which the picture is
composed: clean contours and no checkerboard (docs/design/method.md, 2.3).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from app.frames import BACKGROUND
from app.model.parts import MapGenerator, PictureGenerator
from app.model.presets import GeneratorConfig
from app.model.skeleton_raster import GROUPS, SOLIDS, SkeletonRaster

SLOPE = 0.1  # of the leaky ReLU
REACH = 0.12  # half cubes on either side of the outline that the network sees: 15 mm
SHARP = 8.0  # logit at that distance, at the start
CHANGE = 0.1  # of a solid's radius (logarithm) and place (hand sizes), for an answer of 1


class PaperGenerator(PictureGenerator):
    """tanh, FC 512, four transposed convolutions 6x6 stride 2 of 32 channels, one to 1, tanh."""

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
        wide: Tensor = self.project(aligned.tanh())
        picture: Tensor = self.layers(wide.unflatten(1, (self.start, 4, 4)))
        return picture


class LiveGenerator(MapGenerator):
    """The skeleton's raster in 64 px, shaped by z_x.

    Then a small network at 32 px, which corrects its outline and surface
    (`app.model.skeleton_raster`).

    The last layer gives what to add to mask logit and depth, each at 4x4 sub-pixels (Shi et al.
    2016), its filters equal at the start within a pixel so that no checkerboard is born (Aitken et
    al. 2017).
    """

    def __init__(self, config: GeneratorConfig):
        super().__init__()
        first, last = config.channels[0], config.channels[-1]
        self.flesh = SkeletonRaster()  # the name that its weights have in the files
        self.shape = nn.Linear(config.latent, 2 * SOLIDS * 4)
        self.bias = nn.Linear(config.latent, first)
        self.first = nn.Sequential(
            nn.Conv2d(2 * GROUPS, first, 4, 2, 1, bias=False), nn.BatchNorm2d(first)
        )
        layers: list[nn.Module] = [nn.LeakyReLU(SLOPE)]
        for inputs, outputs in pairwise(config.channels):
            layers += [
                nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False),
                nn.BatchNorm2d(outputs),
                nn.LeakyReLU(SLOPE),
            ]
        self.layers = nn.Sequential(*layers)
        self.out = nn.Conv2d(last, 32, 3, 1, 1)
        self.shuffle = nn.PixelShuffle(4)
        self.sharpness = nn.Parameter(torch.tensor(SHARP))
        self.enlarge = nn.Upsample(scale_factor=2, mode="bilinear", align_corners=False)
        self._start_as_raster()

    @torch.no_grad()
    def _start_as_raster(self) -> None:
        """At the start the picture is the raster's own, nearly."""
        for layer in (self.shape, self.bias):
            layer.weight.mul_(0.1)
            nn.init.zeros_(layer.bias)
        self.out.weight.copy_(self.out.weight[::16].repeat_interleave(16, 0) * 0.1)
        assert self.out.bias is not None
        self.out.bias.zero_()

    def maps(self, aligned: Tensor, joints: Tensor, perspective: Tensor) -> tuple[Tensor, Tensor]:
        """Mask logit and depth, each [B, 1, 128, 128], of a latent, joints and perspective.

        [B, latent], joints_norm [B, 21, 3] and [B], the last two as the raster takes them.
        """
        changes = self.shape(aligned).float().unflatten(1, (2 * SOLIDS, 4)) * CHANGE
        inside, depth = self.flesh(joints, changes, perspective)
        inside = inside.clamp(-REACH, REACH) / REACH
        whole = torch.cat([inside.amax(1, keepdim=True), depth.amin(1, keepdim=True)], 1)
        features = self.first(torch.cat([inside, depth], 1))
        features = self.layers(features + self.bias(aligned)[..., None, None])
        correction = self.shuffle(self.out(features)).float()
        logit, depth = self.enlarge(whole).split(1, 1)
        more_logit, more_depth = correction.split(1, 1)
        return logit * self.sharpness + more_logit, (depth + more_depth).clamp(-1, 1)


def compose(logit: Tensor, depth: Tensor, hard: bool = False) -> Tensor:
    """Mask and depth -> the map in [-1, 1], background +1.

    Soft (for gradients): the mask's probability mixes depth and background. Hard (for the eye and
    for comparing with a crop): a pixel is hand or background, nothing between.
    """
    if hard:
        return torch.where(logit > 0, depth, torch.full_like(depth, BACKGROUND))
    mask = logit.sigmoid()
    return mask * depth + (1 - mask) * BACKGROUND
