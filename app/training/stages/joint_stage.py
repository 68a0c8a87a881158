"""The adversarial phase, `joint`: labelled batches, and unlabelled ones beside them."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from app.data.source import Arrays, ArraySource
from app.model.crossing_nets import CrossingNets
from app.model.palm import matrix_from_6d, rotation_6d
from app.model.recipe import StageConfig
from app.training import losses as L
from app.training.samples.changes import draw_changes
from app.training.stages.picture_stages import picture_loss
from app.training.stages.pose_losses import pose_losses, smoothness_in_joints
from app.training.stages.pseudo_labels import PseudoLabels, make_pseudo_labels
from app.training.stages.stage import Context, Stage, detached, freeze, hold_statistics

# of the drawn ones among Z_r: noise of the 6-D rotation (.25: 14 degrees an axis) and of the origin
TURNED, MOVED = 0.25, 0.05


@dataclass(frozen=True)
class Unlabelled:
    """Where crops without labels come from."""

    source: ArraySource
    recorded: bool = False  # from a recording, kept in memory: no workers make them


@dataclass(frozen=True)
class Samples:
    """One step's batch, n samples of which m show a hand, and u unlabelled ones."""

    images: Tensor  # [n, 1, 128, 128], as the sensor sees them
    joints: Tensor  # [n, 21, 3]
    present: Tensor  # [n]
    real: Tensor  # [m, 1, 128, 128], those with a hand
    clean: Tensor  # [m, 1, 128, 128]: the generator's targets
    perspective: Tensor  # [m] of real and clean
    unlabelled: Tensor  # [u, 1, 128, 128], u may be 0
    unlabelled_perspective: Tensor  # [u]
    z_left: Tensor  # [m, latent], Enc(Y_l)
    z_right: Tensor  # [m, latent], convex combinations


class JointStage(Stage):
    """Stage 3: {Ali, Gen} against {trunk, pos, gan, smo}, the VAE frozen.

    One D update, then one G update a step. Unlabelled crops are real ones to L_gan and, in
    `live`, pseudo labels by the averaged network to the pos head.
    """

    name = "joint"

    def __init__(
        self,
        model: CrossingNets,
        config: StageConfig,
        context: Context,
        source: ArraySource,
        unlabelled: Unlabelled | None = None,
    ):
        super().__init__(model, config, context)
        freeze(model.vae)
        self.source, self.unlabelled = source, unlabelled
        self.recipe = model.recipe
        self.optimisers["discriminator"] = self.optimiser(model.disc.parameters())
        self.optimisers["generator"] = self.optimiser(
            [*model.ali.parameters(), *model.gen.parameters()]
        )

    def trained(self) -> list[nn.Module]:
        return [self.model.disc, self.model.ali, self.model.gen]

    def prepare(self, first: int, fresh: bool) -> None:
        self.open_stream(self.source, first)
        if self.unlabelled is not None:
            workers = 0 if self.unlabelled.recorded else None
            self.beside = self.context.stream(self.unlabelled.source, first, workers)

    def update(self, step: int) -> dict[str, Tensor]:
        samples = self._samples(self.next_arrays(), step)
        pseudo = self._pseudo_labels(samples, step)
        for module in self.trained():
            module.train()
        if self.config.held:
            hold_statistics(self.model.disc)
        if self.recipe.held_generator:
            hold_statistics(self.model.gen)  # convex combinations are no sample of what it will see
        losses = self._update_discriminator(samples, pseudo, step)
        if step % self.config.generator_every == 0:
            losses |= self._update_generator(samples)
        return losses

    def _samples(self, arrays: Arrays, step: int) -> Samples:
        context = self.context
        here = torch.from_numpy(arrays["present"].astype(bool)).to(context.device)
        images, joints = context.images(arrays["images"]), context.tensor(arrays["joints"])
        real = images[here]
        z_left = self.model.encode(joints[here])
        return Samples(
            images,
            joints,
            context.tensor(arrays["present"]),
            real,
            context.images(arrays["clean"])[here] if self.recipe.clean_targets else real,
            context.tensor(arrays["perspective"])[here],
            *self._unlabelled_crops(images),
            z_left,
            self._combinations(z_left, here, step),
        )

    def _unlabelled_crops(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Images and their perspective."""
        if self.beside is None:
            return images[:0], images.new_zeros(0)
        arrays = self.beside.next()
        return self.context.images(arrays["images"]), self.context.tensor(arrays["perspective"])

    def _combinations(self, z_left: Tensor, here: Tensor, step: int) -> Tensor:
        """Z_r of this process: convex combinations of the latents of the whole batch."""
        group, generator = self.context.group, self.context.generator(self.name, step)
        if group.size == 1:
            return self._mixed(z_left, len(z_left), generator)
        padded = z_left.new_zeros(len(here), z_left.shape[1])
        padded[here] = z_left
        everyone, z = group.gather(here), group.gather(padded)
        mixed = self._mixed(z[everyone], int(everyone.sum()), generator)
        mine = torch.zeros_like(everyone)
        mine[group.mine(len(here)).to(mine.device)] = True
        return mixed[mine[everyone]]

    def _mixed(self, z: Tensor, count: int, generator: torch.Generator) -> Tensor:
        """Z_r [count, latent], convex combinations, and draws where the recipe has them.

        Then every other one is a hand seen before, turned and moved a little, with its articulation
        drawn from the prior; few labels show few poses and views.
        """
        mixed = L.convex_combinations(z, count, generator)
        if self.recipe.prior_draws:
            n_code, drawn, given = self.model.vae.code, mixed[1::2], z[1::2]
            noise = torch.randn(len(drawn), n_code + 9, generator=generator).to(z)
            drawn[:, :n_code] = noise[:, :n_code]
            six = given[:, n_code:-3] + TURNED * noise[:, n_code:-3]
            drawn[:, n_code:-3] = rotation_6d(matrix_from_6d(six))
            drawn[:, -3:] = given[:, -3:] + MOVED * noise[:, -3:]
        return mixed

    def _pseudo_labels(self, samples: Samples, step: int) -> PseudoLabels | None:
        """What the teacher says of the unlabelled crops. `paper` has none."""
        images, perspective = samples.unlabelled, samples.unlabelled_perspective
        if not len(images) or not self.context.weights.consistency:
            return None
        assert self.teacher is not None, "the loop gives it"
        group, n = self.context.group, len(images)
        generator = self.context.generator("consistency", step)
        change = draw_changes(n * group.size, images.shape[-1], generator)[group.mine(n)]
        with self.context.autocast():
            return make_pseudo_labels(self.teacher, images, perspective, change.to(images.device))

    def _update_discriminator(
        self, s: Samples, pseudo: PseudoLabels | None, step: int
    ) -> dict[str, Tensor]:
        """L_D = L_gan(D) + L_pos + L_smo, eq. 3."""
        disc, weights, context = self.model.disc, self.context.weights, self.context
        mean = context.group.mean
        with torch.no_grad(), context.autocast():
            fake_left = self.model.render(s.z_left, s.perspective).float()
            fake_right = self.model.render(s.z_right, s.perspective).float()
        pose = pose_losses(self.model, s.images, s.joints, s.present, context, pseudo)
        with context.autocast():
            real_logit = disc.judge(torch.cat([s.clean, s.unlabelled]))[0]
            fake_logit = disc.judge(torch.cat([fake_left, fake_right]))[0]
            real, right, left = (disc.embed(x) for x in (s.real, fake_right, fake_left))
        adversary = L.discriminator_hinge if self.recipe.hinge else L.discriminator_bce
        gan = adversary(real_logit, fake_logit, mean)
        combined, same = L.smoothness_loss(real, right, left, s.z_left, s.z_right, mean)
        smooth = weights.smooth * (combined + weights.same * same)
        loss = pose["loss"] + weights.gan * gan + smooth
        if weights.smooth_joints:
            pose["smooth_joints"] = self._smoothness_in_joints(s, fake_left, fake_right, step)
            loss = loss + weights.smooth_joints * pose["smooth_joints"]
        self.descend(loss, "discriminator")
        pose.pop("loss")
        return detached(loss_d=loss, gan_d=gan, d_comb=combined, d_self=same, **pose)

    def _smoothness_in_joints(
        self, s: Samples, fake_left: Tensor, fake_right: Tensor, step: int
    ) -> Tensor:
        """d_comb + d_self in joint space, on synthesised pictures made noisy."""
        group, here = self.context.group, s.present > 0.5
        n, generator = len(here), self.context.generator("smoothness", step)
        change = draw_changes(n * group.size, fake_left.shape[-1], generator)[group.mine(n)]
        rows = here.nonzero()[:, 0].cpu().repeat(2)
        pictures, z = torch.cat([fake_right, fake_left]), torch.cat([s.z_right, s.z_left])
        change = change[rows].to(z.device)
        off = smoothness_in_joints(self.model, pictures, z, change, self.context)
        combined, same = off.chunk(2)
        return group.mean(combined) + self.context.weights.same * group.mean(same)

    def _update_generator(self, s: Samples) -> dict[str, Tensor]:
        """L_G = L_gan(G) + L_recons + L_smo, eq. 3.

        L_gan(G) is feature matching, in `live` with the hinge's term. `live` draws clean
        pictures, so it matches the features of those alone.
        """
        disc, weights, context = self.model.disc, self.context.weights, self.context
        group = context.group
        recons, parts = picture_loss(self.model, s.z_left, s.clean, context, s.perspective)
        with context.autocast():
            fake_left = parts["picture"]
            fake_right = self.model.render(s.z_right, s.perspective).float()
            with torch.no_grad():
                shown = s.clean if self.recipe.clean_targets else torch.cat([s.clean, s.unlabelled])
                real_features = disc.judge(shown)[1]
                real_embedded = disc.embed(s.real)
            fake_logit, fake_features = disc.judge(torch.cat([fake_left, fake_right]))
            right, left = disc.embed(fake_right), disc.embed(fake_left)
        means = [group.batch_mean(features) for features in (real_features, fake_features)]
        matching = L.feature_matching(*means) / group.size  # the same in every process
        gan = L.generator_hinge(fake_logit, group.mean) if self.recipe.hinge else 0.0
        combined, same = L.smoothness_loss(
            real_embedded, right, left, s.z_left, s.z_right, group.mean
        )
        smooth = weights.smooth * (combined + weights.same * same)
        loss = recons + weights.matching * matching + weights.gan * gan + smooth
        self.descend(loss, "generator")
        return detached(loss_g=loss, matching=matching, recons=parts["recons"])
