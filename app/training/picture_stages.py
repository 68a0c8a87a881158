"""The stages that end in pictures: `generate` (Ali and Gen on clean targets) and `joint` (the
adversarial phase).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from app.data.synthetic import ArraySource
from app.model.crossing_nets import CrossingNets
from app.model.generator import LiveGenerator, compose
from app.training import losses as L
from app.training.config import StageConfig
from app.training.pose_stages import pose_losses
from app.training.stage import Context, Stage, detached, freeze


class GenerateStage(Stage):
    """Ali and Gen learn to draw the clean picture of Enc(joints). `paper`: L_recons alone, on what
    the sensor saw.
    """

    name = "generate"

    def __init__(
        self, model: CrossingNets, config: StageConfig, context: Context, source: ArraySource
    ):
        super().__init__(model, config, context)
        freeze(model.vae)
        self.source = source
        self.optimisers["picture"] = self.optimiser(
            [*model.ali.parameters(), *model.gen.parameters()]
        )

    def trained(self) -> list[nn.Module]:
        return [self.model.ali, self.model.gen]

    def prepare(self, first: int, fresh: bool) -> None:
        self.open_stream(self.source, first)

    def update(self, step: int) -> dict[str, Tensor]:
        arrays = self.next_arrays()
        here = arrays["present"].astype(bool)
        for module in self.trained():
            module.train()
        target = self.context.images(
            arrays["clean" if self.model.preset.name == "live" else "images"][here]
        )
        with torch.no_grad():
            z = self.model.encode(self.context.tensor(arrays["joints"][here]))
        loss, parts = picture_loss(self.model, z, target, self.context)
        self.descend(loss, "picture")
        return detached(loss=loss, **parts)


def picture_loss(
    model: CrossingNets, z: Tensor, target: Tensor, context: Context
) -> tuple[Tensor, dict[str, Tensor]]:
    """L_recons; `live`: with the mask's BCE and the depth's L1. The composed picture is in the
    parts, as `picture`.
    """
    weights = context.weights
    if not isinstance(model.gen, LiveGenerator):
        with context.autocast():
            picture = model.render(z).float()
        recons = L.clipped_reconstruction(picture, target)
        return weights.recons * recons, {"recons": recons, "picture": picture}
    with context.autocast():
        logit, depth = model.gen.maps(model.ali(z))
    logit, depth = logit.float(), depth.float()
    picture = compose(logit, depth)
    shape = L.mask_and_depth_loss(logit, depth, target, weights.depth)
    recons = L.clipped_reconstruction(picture, target)
    return shape + weights.recons * recons, {"shape": shape, "recons": recons, "picture": picture}


class JointStage(Stage):
    """Stage 3: {Ali, Gen} against {trunk, pos, gan, smo}, the VAE frozen. One D update, then one G
    update a step.
    """

    name = "joint"

    def __init__(
        self, model: CrossingNets, config: StageConfig, context: Context, source: ArraySource
    ):
        super().__init__(model, config, context)
        freeze(model.vae)
        self.source = source
        self.live = model.preset.name == "live"
        self.optimisers["discriminator"] = self.optimiser(model.disc.parameters())
        self.optimisers["generator"] = self.optimiser(
            [*model.ali.parameters(), *model.gen.parameters()]
        )

    def trained(self) -> list[nn.Module]:
        return [self.model.disc, self.model.ali, self.model.gen]

    def prepare(self, first: int, fresh: bool) -> None:
        self.open_stream(self.source, first)

    def update(self, step: int) -> dict[str, Tensor]:
        arrays, context = self.next_arrays(), self.context
        here = torch.from_numpy(arrays["present"].astype(bool))
        images, joints = context.images(arrays["images"]), context.tensor(arrays["joints"])
        real = images[here]
        clean = context.images(arrays["clean"])[here] if self.live else real
        z_left = self.model.encode(joints[here])
        z_right = L.convex_combinations(z_left, len(z_left), context.generator(self.name, step))
        for module in self.trained():
            module.train()
        parts = self._update_discriminator(
            images, joints, context.tensor(arrays["present"]), real, clean, z_left, z_right
        )
        return parts | self._update_generator(real, clean, z_left, z_right)

    def _update_discriminator(
        self,
        images: Tensor,
        joints: Tensor,
        present: Tensor,
        real: Tensor,
        clean: Tensor,
        z_left: Tensor,
        z_right: Tensor,
    ) -> dict[str, Tensor]:
        """L_D = L_gan(D) + L_pos + L_smo, eq. 3."""
        disc, weights, context = self.model.disc, self.context.weights, self.context
        with torch.no_grad(), context.autocast():
            fake_left, fake_right = (self.model.render(z).float() for z in (z_left, z_right))
        pose = pose_losses(self.model, images, joints, present, context)
        with context.autocast():
            real_logit = disc.judge(clean)[0]
            fake_logit = disc.judge(torch.cat([fake_left, fake_right]))[0]
            embedded = [disc.embed(x) for x in (real, fake_right, fake_left)]
        gan = (L.discriminator_hinge if self.live else L.discriminator_bce)(real_logit, fake_logit)
        combined, same = L.smoothness_loss(*embedded, z_left, z_right)
        loss = pose["loss"] + weights.gan * gan + weights.smooth * (combined + same)
        self.descend(loss, "discriminator")
        pose.pop("loss")
        return detached(loss_d=loss, gan_d=gan, d_comb=combined, d_self=same, **pose)

    def _update_generator(
        self, real: Tensor, clean: Tensor, z_left: Tensor, z_right: Tensor
    ) -> dict[str, Tensor]:
        """L_G = L_gan(G) + L_recons + L_smo, eq. 3; L_gan(G) is feature matching, in `live` with
        the hinge's term.
        """
        disc, weights, context = self.model.disc, self.context.weights, self.context
        recons, parts = picture_loss(self.model, z_left, clean, context)
        with context.autocast():
            fake_left, fake_right = parts["picture"], self.model.render(z_right).float()
            with torch.no_grad():
                real_features = disc.judge(clean)[1]
                real_embedded = disc.embed(real)
            fake_logit, fake_features = disc.judge(torch.cat([fake_left, fake_right]))
            embedded = [disc.embed(x) for x in (fake_right, fake_left)]
        matching = L.feature_matching(real_features, fake_features)
        gan = L.generator_hinge(fake_logit) if self.live else torch.zeros_like(matching)
        combined, same = L.smoothness_loss(real_embedded, *embedded, z_left, z_right)
        adversarial = (
            weights.matching * matching + weights.gan * gan + weights.smooth * (combined + same)
        )
        loss = recons + adversarial
        self.descend(loss, "generator")
        return detached(loss_g=loss, matching=matching, recons=parts["recons"])
