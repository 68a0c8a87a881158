"""Crossing Nets (Wan et al. 2017):
pose VAE, alignment, generator and discriminator round one shared latent space.

    depth -> discriminator's pos head -> z -> pose decoder -> joints          (estimate, decode)
    joints -> pose encoder -> z -> alignment -> generator -> depth            (encode, synthesise)
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from app.model.alignment import LiveAlignment, PaperAlignment
from app.model.discriminator import LiveDiscriminator, PaperDiscriminator, PoseOutput
from app.model.generator import LiveGenerator, PaperGenerator, compose
from app.model.pose_vae import LivePoseVae, PaperPoseVae
from app.model.presets import PERSPECTIVE, Preset


class CrossingNets(nn.Module):
    """All networks of one preset. Units: joints_norm = joints_mm / (cube_mm / 2),
    in the crop's virtual camera frame.
    """

    def __init__(self, preset: Preset):
        super().__init__()
        self.preset = preset
        latent = preset.latent
        if preset.name == "live":
            self.vae: nn.Module = LivePoseVae(preset.vae, preset.n_joints)
            self.ali: nn.Module = LiveAlignment(
                latent, preset.generator.align_hidden, preset.generator.latent
            )
            self.gen: nn.Module = LiveGenerator(preset.generator)
            self.disc: nn.Module = LiveDiscriminator(preset.discriminator, latent, preset.n_joints)
        else:
            self.vae = PaperPoseVae(preset.vae, preset.n_joints)
            self.ali = PaperAlignment(latent)
            self.gen = PaperGenerator(latent, preset.generator.channels)
            self.disc = PaperDiscriminator(preset.discriminator, latent, preset.n_joints)

    def encode(self, joints_norm: Tensor) -> Tensor:
        """[B, 21, 3] -> z [B, latent]."""
        return self.vae.encode(joints_norm)

    def decode(self, z: Tensor) -> Tensor:
        """z [B, latent] -> joints_norm [B, 21, 3]."""
        return self.vae.decode(z)

    def estimate(self, images: Tensor) -> PoseOutput:
        """images [B, 1, 128, 128] -> z, log_sigma, presence_logit and side_logit.

        exp(log_sigma) is the expected 3-D error of each joint in joints_norm units. `live`: z is
        the encoding of the joints that the pos head sees plus its correction.
        """
        out = self.disc.pose(images)
        if not out.joints.shape[1]:
            return out
        with torch.autocast(images.device.type, enabled=False):  # a latent in bf16 is 1 mm off
            return replace(out, z=out.z + self.encode(out.joints))

    def render(self, z: Tensor, perspective: Tensor | None = None) -> Tensor:
        """Gen(Ali(z)) [B, 1, 128, 128], soft at the contours and differentiable:
        for losses and refinement. perspective: as `picture_maps`.
        """
        if isinstance(self.gen, LiveGenerator):
            return compose(*self.picture_maps(z, perspective))
        return self.gen(self.ali(z))

    def picture_maps(self, z: Tensor, perspective: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """`live`: z [B, latent] -> mask logit and depth, each [B, 1, 128, 128].

        perspective [B]: half the cube over its distance from the camera; without it, 600 mm away.
        """
        if perspective is None:
            perspective = torch.full_like(z[:, 0], PERSPECTIVE)
        with torch.autocast(z.device.type, enabled=False):  # joints in bf16 are 0.3 mm off
            joints = self.decode(z.float())
        return self.gen.maps(self.ali(z), joints, perspective)

    def synthesise(self, z: Tensor, perspective: Tensor | None = None) -> Tensor:
        """Gen(Ali(z)) [B, 1, 128, 128] in [-1, 1] with clean contours:
        for the eye and for comparison with a crop. perspective: as `picture_maps`.
        """
        if isinstance(self.gen, LiveGenerator):
            return compose(*self.picture_maps(z, perspective), hard=True)
        return self.render(z)

    def realism(self, images: Tensor) -> Tensor:
        """images [B, 1, 128, 128] -> logit [B] of the gan head."""
        return self.disc.judge(images)[0]

    def n_parameters(self) -> dict[str, int]:
        """Parameters of each network by name."""
        return {
            name: sum(p.numel() for p in part.parameters()) for name, part in self.named_children()
        }


def build(preset: Preset, seed: int = 0) -> CrossingNets:
    """A freshly initialised network; the same seed gives the same weights.
    Leaves torch's generator as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return CrossingNets(preset)
