"""The stages that end in joints.

`vae` (poses alone) and `regress` (trunk and pos head through the frozen decoder).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from app.data.source import Arrays, ArraySource
from app.model.contact import Contact, contact_loss
from app.model.crossing_nets import CrossingNets
from app.model.linear_start import start_vae
from app.model.presets import POSE_UNIT_MM, UNIT_MM
from app.model.recipe import StageConfig
from app.training.losses import (
    vae_loss,
)
from app.training.stages.pose_losses import pose_losses
from app.training.stages.stage import Context, Stage, detached, freeze, hold_statistics

# the crop's cube varies, so hands differ in size: log-uniform, on top of the shapes' own
SIZE_JITTER = 0.15
JOINT_NOISE_MM = 8.0  # most by which the joints that the encoder sees are off, standard deviation
# capsules of decoded hands may overlap so far before the loss counts it, by squares of the unit
ALLOWED_MM, CONTACT_UNIT_MM = 5.0, 2.0
# one in so many is shown as the generator draws hands, to their wrist and without noise: what the
# network says of its own pictures is the cycle, and no sensor shows such
CLEAN = 8


class VaeStage(Stage):
    """Stage 1: L_vae on poses. In the palm's frame (`live`) or in random orientations (`paper`)."""

    name = "vae"

    def __init__(self, model: CrossingNets, config: StageConfig, context: Context, pool: Tensor):
        super().__init__(model, config, context)
        for parameter in model.vae.parameters():
            parameter.requires_grad_(True)
        self.pool = pool
        self.contact = Contact().to(context.device) if model.preset.vae.shape else None
        self.optimisers["vae"] = self.optimiser(model.vae.parameters())

    def trained(self) -> list[nn.Module]:
        return [self.model.vae]

    def prepare(self, first: int, fresh: bool) -> None:
        self.pool = self.pool.to(self.context.device)
        if fresh:
            start_vae(self.model.vae, self.joints(-1, min(20_000, len(self.pool))))

    def joints(self, step: int, n: int) -> Tensor:
        """joints_norm [n, 21, 3]: random poses of the pool, size jittered.

        A network that has no frame of its own sees them turned and moved too.
        """
        generator = self.context.generator(self.name, step + 1)
        chosen = self.pool[torch.randint(len(self.pool), (n,), generator=generator)]
        size = torch.exp((torch.rand(n, 1, 1, generator=generator) * 2 - 1) * SIZE_JITTER).to(
            chosen.device
        )
        joints = (chosen - chosen.mean(1, keepdim=True)) * size
        if self.model.vae.own_frame:
            return joints
        turn = random_rotations(n, generator).to(chosen.device)
        return joints @ turn + 0.08 * torch.randn(n, 1, 3, generator=generator).to(chosen.device)

    def add_joint_noise(self, step: int, joints: Tensor) -> Tensor:
        """Every fourth hand a few mm off: the encoder must make do with a network's guess."""
        generator = self.context.generator("shaken", step)  # the name is part of the seed
        size = torch.rand(len(joints), 1, 1, generator=generator) * (JOINT_NOISE_MM / UNIT_MM)
        size[torch.arange(len(joints)) % 4 != 3] = 0
        off = size * torch.randn(joints.shape, generator=generator)
        return joints + off.to(joints.device)

    def update(self, step: int) -> dict[str, Tensor]:
        weights, vae, group = self.context.weights, self.model.vae, self.context.group
        vae.train()
        joints = self.joints(step, self.context.batch * group.size)
        seen = self.add_joint_noise(step, joints)
        noise = torch.randn(len(joints), vae.code, generator=self.context.generator("noise", step))
        if group.size > 1:
            mine = group.mine(self.context.batch)
            here = mine.to(joints.device)
            joints, seen, noise = joints[here], seen[here], noise[mine]
        noise = noise.to(joints.device)
        target, output, centre, log_variance = vae.reconstruct(
            joints, noise, seen if self.contact else None
        )
        loss = vae_loss(
            target, output, centre, log_variance,
            weights.tolerance, weights.beta, weights.free_bits, group.mean,
        )  # fmt: skip
        terms = {}
        if self.contact:
            terms["contact"] = group.mean(self.collisions(centre, noise))
            loss = loss + weights.contact * terms["contact"]
        self.descend(loss, "vae")
        apart = (target - output).detach().unflatten(1, (-1, 3))
        off = group.mean(apart.norm(dim=-1)) * POSE_UNIT_MM
        return detached(loss=loss, reconstruction_mm=off, **terms)

    def collisions(self, codes: Tensor, noise: Tensor) -> Tensor:
        """How far decoded hands run through themselves.

        Midpoints of pairs of the batch's codes [B, latent], codes moved by half the
        difference of two others, and draws from N(0, I).
        """
        assert self.contact is not None, "of a network whose hands have a shape"
        four = codes[: len(codes) // 4 * 4].unflatten(0, (-1, 4))
        moved = four[:, 0] + 0.5 * (four[:, 1] - four[:, 2])
        made = torch.cat([four[:, :2].mean(1), moved, noise[::4]])
        joints = self.model.vae.decode_local(made).unflatten(1, (-1, 3))
        return contact_loss(self.contact(joints), ALLOWED_MM, CONTACT_UNIT_MM)


class RegressStage(Stage):
    """Stage 2 (head start): L_pos in the latent and, through the frozen decoder, in joint space.

    presence.
    """

    name = "regress"

    def __init__(
        self, model: CrossingNets, config: StageConfig, context: Context, source: ArraySource
    ):
        super().__init__(model, config, context)
        freeze(model.vae)
        self.source = source
        self.optimisers["pose"] = self.optimiser(
            parameter for module in self.trained() for parameter in module.parameters()
        )

    def trained(self) -> list[nn.Module]:
        return self.model.disc.pose_modules()

    def prepare(self, first: int, fresh: bool) -> None:
        self.open_stream(self.source, first)

    def update(self, step: int) -> dict[str, Tensor]:
        arrays = self.next_arrays()
        for module in self.trained():
            module.train()
            if self.config.held:
                hold_statistics(module)
        if self.model.recipe.clean_targets:
            show_clean(arrays)
        images, present = (
            self.context.images(arrays["images"]),
            self.context.tensor(arrays["present"]),
        )
        joints = self.context.tensor(arrays["joints"])
        losses = pose_losses(self.model, images, joints, present, self.context)
        self.descend(losses["loss"], "pose")
        return detached(**losses)


def show_clean(arrays: Arrays) -> None:
    """The last of every CLEAN samples of a batch as the generator's targets show them, in place."""
    shown = len(arrays["images"]) // CLEAN
    if shown:
        arrays["images"][-shown:] = arrays["clean"][-shown:]


def random_rotations(n: int, generator: torch.Generator) -> Tensor:
    """[n, 3, 3] uniform on SO(3), from unit quaternions."""
    q = torch.nn.functional.normalize(torch.randn(n, 4, generator=generator), dim=-1)
    w, x, y, z = q.unbind(-1)
    rows = [
        1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
        2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
        2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
    ]  # fmt: skip
    return torch.stack(rows, -1).unflatten(-1, (3, 3))
