"""The skeleton drawn as maps: what the generator of `live` sees of the pose beside its latent.

Fingers are thin and turn far for a small change of the latent, so a generator that must find their
place from the latent alone draws mittens for a long time. The decoder already knows the place.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from app.model.generator import LiveGenerator
from app.model.presets import GeneratorConfig
from app.skeleton import BONES, FINGERS

SIDE = 32  # pixels of a map
RADIUS = (0.11, 0.07)  # of palm and finger bones, half cubes: 14 and 9 mm
PERSPECTIVE = 0.2  # half cube over distance: the crop of a hand 600 mm away
CHANNELS = 2 * (1 + len(FINGERS))  # palm and fingers, each nearness and depth


class BoneMaps(nn.Module):
    """joints_norm [B, 21, 3] -> [B, 12, 32, 32].

    For the palm (the five bones at the wrist) and for each finger: how near the pixel lies to the
    nearest of its bones, exp(-distance^2 / 2 radius^2), and that times the depth there. In the
    order nearness and depth of the palm, nearness of the five fingers, depth of the five.
    """

    def __init__(self) -> None:
        super().__init__()
        middle = (torch.arange(SIDE) + 0.5) * (2 / SIDE) - 1
        grid = torch.stack(torch.meshgrid(middle, middle, indexing="xy"), -1)
        self.register_buffer("grid", grid.reshape(1, 1, SIDE * SIDE, 2), persistent=False)
        radius = torch.tensor([RADIUS[0], *[RADIUS[1]] * 3] * len(FINGERS))
        self.register_buffer("scale", 0.5 / radius[:, None] ** 2, persistent=False)
        self.first, self.second = BONES[:, 0].tolist(), BONES[:, 1].tolist()

    def forward(self, joints: Tensor) -> Tensor:
        """See the class."""
        near = joints[..., :2] / (1 + PERSPECTIVE * joints[..., 2:]).clamp_min(0.2)
        start, along = near[:, self.first], near[:, self.second] - near[:, self.first]
        offset = self.grid - start[:, :, None]  # [B, 20, pixels, 2]
        length = (along * along).sum(-1).clamp_min(1e-6)[..., None]
        share = ((offset * along[:, :, None]).sum(-1) / length).clamp(0, 1)
        away = ((offset - share[..., None] * along[:, :, None]) ** 2).sum(-1)
        nearness = torch.exp(-away * self.scale)  # [B, 20, pixels]
        z = joints[..., 2]
        depth = z[:, self.first, None] + share * (z[:, self.second] - z[:, self.first])[..., None]
        return self._grouped(nearness, depth)

    def _grouped(self, nearness: Tensor, depth: Tensor) -> Tensor:
        """Bones [B, 20, pixels], four a finger from the wrist outwards -> palm and five fingers."""
        nearness, depth = (x.unflatten(1, (len(FINGERS), 4)) for x in (nearness, depth))
        palm = nearness[:, None, :, 0], depth[:, None, :, 0]  # [B, 1, 5, pixels]
        fingers = nearness[:, :, 1:], depth[:, :, 1:]  # [B, 5, 3, pixels]
        maps = []
        for weight, z in (palm, fingers):
            most = weight.amax(2)
            maps += [most, most * (weight * z).sum(2) / (weight.sum(2) + 1e-3)]
        return torch.cat(maps, 1).unflatten(-1, (SIDE, SIDE))


class BonesGenerator(LiveGenerator):
    """FC to 4x4, three times (nearest upsampling, 3x3 convolution, BN, leaky ReLU); at 32 px the
    maps of the bones join in; once more the same, then a sub-pixel 3x3 convolution.

    The last layer gives mask logit and depth, each at 2x2 sub-pixels (Shi et al. 2016), its filters
    equal at the start within a pixel so that no checkerboard is born (Aitken et al. 2017).
    """

    def __init__(self, config: GeneratorConfig):
        nn.Module.__init__(self)
        self.bones = BoneMaps()
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

    def maps(self, aligned: Tensor, joints: Tensor, perspective: Tensor) -> tuple[Tensor, Tensor]:
        """Latent [B, latent] and joints [B, 21, 3] -> mask logit and depth in [-1, 1], each
        [B, 1, 128, 128]. The perspective is ignored.
        """
        bones = self.bones(joints)
        features = self.layers(self.project(aligned).unflatten(1, (self.start, 4, 4)))
        features = self.fuse(torch.cat([features, bones.to(features.dtype)], 1))
        logit, depth = self.shuffle(self.out(features).float()).chunk(2, 1)
        return logit, depth.tanh()


def _convolution(inputs: int, outputs: int) -> list[nn.Module]:
    """3x3, BN, leaky ReLU."""
    convolution = nn.Conv2d(inputs, outputs, 3, 1, 1, bias=False)
    return [convolution, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.1)]
