"""D: a trunk and three heads: gan (real or not), pos (the latent), smo (a Siamese embedding).

Wan et al. 2017, section 3.4. In `live` the pos head alone has batch norm, for it only ever sees
sensor images; the trunk meets real and synthesised batches and has none, and gan and smo are
spectrally normalised (Miyato et al. 2018).
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm

from app.model.joint_maps import SIDE, JointMaps
from app.model.parts import Discriminator, PoseOutput
from app.model.presets import DiscriminatorConfig

LOG_SIGMA_RANGE = (-7.0, 1.0)  # of the expected joint error in joints_norm: 0.1 to 340 mm


class Residual(nn.Module):
    """x + BN(conv 3x3 (x)), leaky ReLU."""

    def __init__(self, channels: int, slope: float):
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(channels, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels)
        )
        self.activation = nn.LeakyReLU(slope)

    def forward(self, x: Tensor) -> Tensor:
        return self.activation(x + self.layers(x))


class LiveDiscriminator(Discriminator):
    """5x5 convolutions; pos head with residual blocks and joint maps; normalised gan and smo."""

    def __init__(self, config: DiscriminatorConfig, latent: int, n_joints: int):
        super().__init__()
        self.latent, self.n_joints, self.maps = latent, n_joints, config.maps > 0
        first, second = config.trunk
        self.trunk = nn.Sequential(
            nn.Conv2d(1, first, 5, 2, 2),
            nn.LeakyReLU(config.slope),
            nn.Conv2d(first, second, 5, 2, 2),
            nn.LeakyReLU(config.slope),
        )
        self.pose_features = _pose_convolutions(second, config)
        wide = config.pose[-1] * 16
        outputs = latent + n_joints + 2
        if config.maps:
            self.pose_maps = JointMaps(config.pose, config.maps, n_joints, config.slope)
            self.pose_hidden = nn.Sequential(*_hidden(wide, config.pose_hidden, config.slope))
            wide = config.pose_hidden + 4 * n_joints
        self.pose_out = nn.Sequential(
            *_hidden(wide, config.pose_hidden, config.slope),
            nn.Linear(config.pose_hidden, outputs),
        )
        self.gan_features = _adversary_convolutions(second, config)
        self.gan_out = spectral_norm(nn.Linear(config.adversary[-1] * 16, 1))
        self.smooth_features = _adversary_convolutions(second, config)
        self.smooth_out = nn.Sequential(
            spectral_norm(nn.Linear(config.adversary[-1] * 16, config.smooth_hidden)),
            nn.LeakyReLU(config.slope),
            nn.Linear(config.smooth_hidden, latent),
        )

    def pose(self, images: Tensor) -> PoseOutput:
        """images [B, 1, 128, 128] -> latent, uncertainty, presence, side and joints.

        With maps, z is what must be added to the encoding of `joints` (`CrossingNets.estimate`).
        """
        fine, middle, coarse = self._pyramid(self.trunk(images))
        features = coarse.flatten(1)
        joints, log_votes = _unseen(features)
        if self.maps:
            joints, spread, log_votes = self.pose_maps(fine, middle, coarse)
            seen = torch.cat([joints.flatten(1), spread], 1)
            hidden = self.pose_hidden(features)
            features = torch.cat([hidden, seen.to(hidden.dtype)], 1)
        out = self.pose_out(features).float()
        z, log_sigma, presence, side = out.split([self.latent, self.n_joints, 1, 1], -1)
        log_sigma = log_sigma.clamp(*LOG_SIGMA_RANGE)
        return PoseOutput(z, log_sigma, presence[:, 0], side[:, 0], joints, log_votes)

    def _pyramid(self, x: Tensor) -> list[Tensor]:
        """The pos head's features at 16, 8 and 4 px."""
        stages = []
        for layer in self.pose_features:
            if isinstance(layer, nn.Conv2d):  # the next scale begins
                stages.append(x)
            x = layer(x)
        return [*stages[1:], x]


class PaperDiscriminator(Discriminator):
    """Every convolution 6x6 stride 2, 32 channels, BN, LeakyReLU .2.

    The heads: 512 -> 1, 512 -> 23 -> 23, 512 -> 512 -> 23.
    """

    def __init__(self, config: DiscriminatorConfig, latent: int, n_joints: int):
        super().__init__()
        self.latent, self.n_joints = latent, n_joints
        self.trunk = _paper_convolutions([1, *config.trunk], config.slope)
        self.pose_features = _paper_convolutions([config.trunk[-1], *config.pose], config.slope)
        self.gan_features = _paper_convolutions([config.trunk[-1], *config.adversary], config.slope)
        self.smooth_features = _paper_convolutions(
            [config.trunk[-1], *config.adversary], config.slope
        )
        wide = config.pose[-1] * 16
        self.pose_out = _paper_hidden(wide, config.pose_hidden, latent, config.slope)
        self.gan_out = nn.Linear(config.adversary[-1] * 16, 1)
        self.smooth_out = _paper_hidden(
            config.adversary[-1] * 16, config.smooth_hidden, latent, config.slope
        )

    def pose(self, images: Tensor) -> PoseOutput:
        """As `LiveDiscriminator.pose`; constants stand for uncertainty, presence and side."""
        z = self.pose_out(self.pose_features(self.trunk(images)).flatten(1)).float()
        log_sigma = torch.full_like(
            z[:, :1].expand(-1, self.n_joints), -2.0
        )  # any batch, in graphs
        presence = torch.full_like(z[:, 0], 5.0)
        return PoseOutput(z, log_sigma, presence, torch.zeros_like(presence), *_unseen(z))


def _unseen(like: Tensor) -> tuple[Tensor, Tensor]:
    """`joints` and `log_votes` of a head without maps."""
    return like.new_zeros((len(like), 0, 3)), like.new_zeros((len(like), 0, SIDE * SIDE))


def _hidden(inputs: int, outputs: int, slope: float) -> list[nn.Module]:
    return [nn.Linear(inputs, outputs, bias=False), nn.BatchNorm1d(outputs), nn.LeakyReLU(slope)]


def _pose_convolutions(inputs: int, config: DiscriminatorConfig) -> nn.Sequential:
    """5x5 stride-2 convolutions with BN, a residual block after each but the last.

    [B, C, 32, 32] -> [B, C', 4, 4].
    """
    layers: list[nn.Module] = []
    for i, outputs in enumerate(config.pose):
        layers += [
            nn.Conv2d(inputs, outputs, 5, 2, 2, bias=False),
            nn.BatchNorm2d(outputs),
            nn.LeakyReLU(config.slope),
        ]
        if i < len(config.pose) - 1:
            layers.append(Residual(outputs, config.slope))
        inputs = outputs
    return nn.Sequential(*layers)


def _adversary_convolutions(inputs: int, config: DiscriminatorConfig) -> nn.Sequential:
    layers: list[nn.Module] = []
    for outputs in config.adversary:
        layers += [spectral_norm(nn.Conv2d(inputs, outputs, 5, 2, 2)), nn.LeakyReLU(config.slope)]
        inputs = outputs
    return nn.Sequential(*layers)


def _paper_convolutions(channels: list[int], slope: float) -> nn.Sequential:
    layers: list[nn.Module] = []
    for inputs, outputs in pairwise(channels):
        layers += [
            nn.Conv2d(inputs, outputs, 6, 2, 2),
            nn.BatchNorm2d(outputs),
            nn.LeakyReLU(slope),
        ]
    return nn.Sequential(*layers)


def _paper_hidden(inputs: int, hidden: int, outputs: int, slope: float) -> nn.Sequential:
    return nn.Sequential(
        nn.Linear(inputs, hidden),
        nn.BatchNorm1d(hidden),
        nn.LeakyReLU(slope),
        nn.Linear(hidden, outputs),
    )
