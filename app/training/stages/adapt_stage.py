"""Adaptation to one camera from a recording without labels: `adapt`.

Two pulls on trunk and pos head. Crops of the recording, turned, scaled and noisy, must be read as
the starting network reads them as they are, its answer refined on what the crop shows
(`app.inference.refinement`) and synthesised to look like it. On synthetic crops the network must go
on saying what it said at the start (learning without forgetting, Li & Hoiem 2016): there both agree
at first, so only what the recording teaches moves it. The shared latent space and the generator
stay as they are.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn

from app.data.source import ArraySource
from app.inference.recorded_crops import RecordedCrops
from app.model.crossing_nets import CrossingNets
from app.model.recipe import StageConfig
from app.skeleton import WRIST
from app.training.losses import joint_error, resynthesis_loss
from app.training.samples.changes import draw_changes
from app.training.stages.pose_losses import MIRRORED
from app.training.stages.pseudo_labels import PseudoLabels, make_pseudo_labels
from app.training.stages.stage import Context, Stage, detached, freeze, hold_statistics

OTHER_ANSWERS = 0.02  # weight of expected errors and logits beside joints_norm


class AdaptStage(Stage):
    """See the module. source: synthetic crops, whose labels are not used.

    start: the network as it was, in evaluation mode.
    """

    name = "adapt"

    def __init__(
        self,
        model: CrossingNets,
        config: StageConfig,
        context: Context,
        source: ArraySource,
        recorded: RecordedCrops,
        start: CrossingNets,
    ):
        super().__init__(model, config, context)
        freeze(model.vae)
        self.source, self.recorded, self.start = source, recorded, start
        self.optimisers["pose"] = self.optimiser(
            parameter for module in self.trained() for parameter in module.parameters()
        )

    def trained(self) -> list[nn.Module]:
        return self.model.disc.pose_modules()

    def prepare(self, first: int, fresh: bool) -> None:
        self.open_stream(self.source, first)
        self.beside = self.context.stream(self.recorded, first, 0)

    def update(self, step: int) -> dict[str, Tensor]:
        for module in self.trained():
            module.train()
            hold_statistics(module)
        kept = self._kept()
        pseudo = self._pseudo_labels(step)
        mean, weights = self.context.group.mean, self.context.weights
        with self.context.autocast():
            z = self.model.estimate(pseudo.images).z
            picture = self.model.render(z, pseudo.perspective).float()
        consistency = pseudo.loss(self.model.decode(z), mean)
        looks = resynthesis_loss(picture, pseudo.images, pseudo.sure(), mean)
        loss = weights.kept * kept + weights.consistency * consistency + weights.resynthesis * looks
        self.descend(loss, "pose")
        return detached(loss=loss, kept=kept, consistency=consistency, resynthesis=looks)

    def _kept(self) -> Tensor:
        """How far the answers on synthetic crops have moved.

        Joints, their expected errors, presence and side.
        """
        images = self.context.images(self.next_arrays()["images"])
        images = torch.cat([images, images[: len(images) // MIRRORED].flip(-1)])
        with self.context.autocast():
            with torch.no_grad():
                before = self.start.estimate(images)
            out = self.model.estimate(images)
        moved = joint_error(self.model.decode(out.z), self.start.decode(before.z)).mean(1)
        for name in ("log_sigma", "presence_logit", "side_logit"):
            off = (getattr(out, name) - getattr(before, name)).float().abs()
            moved = moved + OTHER_ANSWERS * off.reshape(len(images), -1).mean(1)
        return self.context.group.mean(moved)

    def _pseudo_labels(self, step: int) -> PseudoLabels:
        """What the start says of the recorded crops, refined but for the wrist.

        The forearm's surface draws it towards the elbow.
        """
        assert self.beside is not None, "prepare() comes first"
        arrays, group = self.beside.next(), self.context.group
        images = self.context.images(arrays["images"])
        perspective = self.context.tensor(arrays["perspective"])
        generator, n = self.context.generator("consistency", step), len(images)
        change = draw_changes(n * group.size, images.shape[-1], generator)[group.mine(n)]
        change = change.to(images.device)
        with self.context.autocast():
            pseudo = make_pseudo_labels(self.start, images, perspective, change)
        with torch.no_grad():
            refined = change.joints(self.start.decode(self.context.tensor(arrays["z"])))
        refined[:, WRIST] = pseudo.joints[:, WRIST]
        return replace(pseudo, joints=refined)
