"""What each of a preset's networks offers, whatever is inside it.

Shapes: joints_norm [B, 21, 3], z [B, latent], images [B, 1, 128, 128] in [-1, 1].
"""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn

Module = TypeVar("Module", bound=nn.Module)


@dataclass(frozen=True)
class PoseOutput:
    """What the pos head says of each image."""

    z: Tensor  # [B, latent]
    log_sigma: Tensor  # [B, J], log of the expected 3-D error of each joint, joints_norm units
    presence_logit: Tensor  # [B], above 0: a hand is here
    side_logit: Tensor  # [B], above 0: a right hand, below: a left one
    # [B, J, 3] joints_norm where `JointMaps` sees them, before the latent; [B, 0, 3] without maps
    joints: Tensor
    log_votes: Tensor  # [B, J, 256] logarithm of the votes' weights; [B, 0, 256] without maps


class PoseVae(nn.Module):
    """Joints <-> z = [code | what the code leaves out: where the hand is, how it is turned]."""

    code: int  # entries of the articulation code
    n_joints: int
    own_frame: bool  # the code is of the palm's own frame, so the hand's turn does not matter to it

    @abstractmethod
    def fit_statistics(self, joints: Tensor) -> None:
        """Where training starts, by poses [N, 21, 3], joints_norm."""

    @abstractmethod
    def local(self, joints: Tensor) -> Tensor:
        """joints_norm [B, 21, 3] -> [B, 63] in the frame of the code, 50 mm units."""

    @abstractmethod
    def decode_local(self, code: Tensor) -> Tensor:
        """Code [B, code] -> [B, 63] as `local`."""

    @abstractmethod
    def encode(self, joints: Tensor) -> Tensor:
        """joints_norm [B, 21, 3] -> z, the mean of the posterior."""

    @abstractmethod
    def decode(self, z: Tensor) -> Tensor:
        """z -> joints_norm [B, 21, 3]."""

    @abstractmethod
    def reconstruct(
        self, joints: Tensor, noise: Tensor, seen: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """For L_vae: target and reconstruction [B, 63], 50 mm units; mean, log variance [B, code].

        noise: [B, code] drawn from N(0, I); seen: what the encoder is shown in place of `joints`.
        """


class Alignment(nn.Module):
    """Ali: z -> z_x, the generator's own latent."""

    @abstractmethod
    def forward(self, z: Tensor) -> Tensor:
        """[B, latent] -> [B, the generator's latent]."""


class Generator(nn.Module):
    """Gen: z_x -> the depth map."""


class PictureGenerator(Generator):
    """A generator that draws the map in one piece."""

    @abstractmethod
    def forward(self, aligned: Tensor) -> Tensor:
        """[B, latent] -> [B, 1, 128, 128] in [-1, 1]."""


class MapGenerator(Generator):
    """A generator that gives a mask and a depth, from which the map is composed."""

    @abstractmethod
    def maps(self, aligned: Tensor, joints: Tensor, perspective: Tensor) -> tuple[Tensor, Tensor]:
        """z_x, joints_norm and perspective [B] -> mask logit and depth, each [B, 1, 128, 128]."""


class Discriminator(nn.Module):
    """D: a trunk and three heads, each of convolutions and what comes behind them."""

    trunk: nn.Module
    gan_features: nn.Module
    gan_out: nn.Module
    smooth_features: nn.Module
    smooth_out: nn.Module

    @abstractmethod
    def pose(self, images: Tensor) -> PoseOutput:
        """The pos head's answer to images [B, 1, 128, 128]."""

    def judge(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images -> realism logit [B] and the gan head's last convolution features [B, C, 4, 4]."""
        features: Tensor = self.gan_features(self.trunk(images))
        logit: Tensor = self.gan_out(features.flatten(1))
        return logit.float()[:, 0], features.float()

    def embed(self, images: Tensor) -> Tensor:
        """Images -> m(x) [B, latent]; smo(a, b) = m(a) - m(b)."""
        embedded: Tensor = self.smooth_out(self.smooth_features(self.trunk(images)).flatten(1))
        return embedded.float()

    def pose_modules(self) -> list[nn.Module]:
        """What the regression trains: trunk and pos head."""
        names = ("trunk", "pose_features", "pose_maps", "pose_hidden", "pose_out")
        return [getattr(self, name) for name in names if hasattr(self, name)]


def in_memory_order(module: Module, order: torch.memory_format) -> Module:
    """The module, its kernels in this order in the memory."""
    return module.to(memory_format=order)  # type: ignore[call-overload]  # torch's stubs lack it
