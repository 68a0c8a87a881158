"""Crossing Nets (Wan et al. 2017): four networks round one shared latent space.

depth -> discriminator's pos head -> z -> pose decoder -> joints          (estimate, decode)
joints -> pose encoder -> z -> alignment -> generator -> depth            (encode, synthesise)
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from app.model.generator import compose
from app.model.parts import MapGenerator, PoseOutput
from app.model.presets import PERSPECTIVE, Preset
from app.model.recipes.registry import recipe_named


class CrossingNets(nn.Module):
    """All networks of one preset: pose VAE, alignment, generator and discriminator.

    Units: joints_norm = joints_mm / (cube_mm / 2), in the crop's virtual camera frame.
    """

    def __init__(self, preset: Preset):
        super().__init__()
        self.preset = preset
        self.recipe = recipe_named(preset.name)
        self.vae, self.ali, self.gen, self.disc = self.recipe.networks(preset)

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
        """Gen(Ali(z)) [B, 1, 128, 128], soft at the contours and differentiable.

        For losses and refinement. perspective: as `picture_maps`.
        """
        return self._picture(z, perspective, hard=False)

    def synthesise(self, z: Tensor, perspective: Tensor | None = None) -> Tensor:
        """Gen(Ali(z)) [B, 1, 128, 128] in [-1, 1] with clean contours.

        For the eye and for comparison with a crop. perspective: as `picture_maps`.
        """
        return self._picture(z, perspective, hard=True)

    def _picture(self, z: Tensor, perspective: Tensor | None, hard: bool) -> Tensor:
        maps = self.picture_maps(z, perspective)
        if maps is not None:
            return compose(*maps, hard=hard)
        picture: Tensor = self.gen(self.ali(z))
        return picture

    def picture_maps(
        self, z: Tensor, perspective: Tensor | None = None
    ) -> tuple[Tensor, Tensor] | None:
        """Mask logit and depth, each [B, 1, 128, 128], of z; None: it draws in one piece.

        perspective [B]: half the cube over its distance from the camera; without it, 600 mm away.
        """
        if not isinstance(self.gen, MapGenerator):
            return None
        if perspective is None:
            perspective = torch.full_like(z[:, 0], PERSPECTIVE)
        with torch.autocast(z.device.type, enabled=False):  # joints in bf16 are 0.3 mm off
            joints = self.decode(z.float())
        return self.gen.maps(self.ali(z), joints, perspective)

    def realism(self, images: Tensor) -> Tensor:
        """images [B, 1, 128, 128] -> logit [B] of the gan head."""
        return self.disc.judge(images)[0]


def build(preset: Preset, seed: int = 0) -> CrossingNets:
    """A freshly initialised network; the same seed gives the same weights.

    Leaves torch's generator as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return CrossingNets(preset)
