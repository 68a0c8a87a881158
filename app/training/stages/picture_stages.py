"""The stage that ends in pictures: `generate`, Ali and Gen on clean targets."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from app.data.source import ArraySource
from app.model.crossing_nets import CrossingNets
from app.model.generator import compose
from app.model.recipe import StageConfig
from app.training import losses as L
from app.training.stages.stage import Context, Stage, detached, freeze


class GenerateStage(Stage):
    """Ali and Gen learn to draw the clean picture of Enc(joints).

    `paper`: L_recons alone, on what the sensor saw.
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
            arrays["clean" if self.model.recipe.clean_targets else "images"][here]
        )
        with torch.no_grad():
            z = self.model.encode(self.context.tensor(arrays["joints"][here]))
            perspective = self.context.tensor(arrays["perspective"][here])
        loss, parts = picture_loss(self.model, z, target, self.context, perspective)
        self.descend(loss, "picture")
        return detached(loss=loss, **parts)


def picture_loss(
    model: CrossingNets,
    z: Tensor,
    target: Tensor,
    context: Context,
    perspective: Tensor | None = None,
) -> tuple[Tensor, dict[str, Tensor]]:
    """L_recons; of a generator of maps with the mask's BCE and the depth's L1.

    As seen with this perspective [B]. The composed picture is in the parts, as `picture`.
    """
    weights, mean = context.weights, context.group.mean
    with context.autocast():
        maps = model.picture_maps(z, perspective)
    if maps is None:
        with context.autocast():
            picture = model.render(z).float()
        recons = L.clipped_reconstruction(picture, target, mean=mean)
        return weights.recons * recons, {"recons": recons, "picture": picture}
    logit, depth = (part.float() for part in maps)
    picture = compose(logit, depth)
    shape = weights.mask * L.mask_loss(logit, target, mean)
    shape = shape + weights.depth * L.depth_loss(depth, target, mean)
    recons = L.clipped_reconstruction(picture, target, mean=mean)
    return shape + weights.recons * recons, {"shape": shape, "recons": recons, "picture": picture}
