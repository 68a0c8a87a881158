"""L_pos with what belongs to it: the losses of trunk and pos head, on labelled and other crops."""

from __future__ import annotations

from dataclasses import fields

import torch
from torch import Tensor

from app.model.crossing_nets import CrossingNets
from app.model.parts import PoseOutput
from app.model.presets import UNIT_MM
from app.training.losses import (
    joint_error,
    joint_loss,
    latent_loss,
    presence_loss,
    resynthesis_loss,
    side_loss,
    vote_loss,
)
from app.training.samples.changes import Change
from app.training.stages.pseudo_labels import PseudoLabels
from app.training.stages.stage import Context, hold_statistics

MIRRORED = 8  # one sample in so many is shown mirrored as well, as a left hand
OUTPUTS = tuple(field.name for field in fields(PoseOutput))


def pose_losses(
    model: CrossingNets,
    images: Tensor,
    joints: Tensor,
    present: Tensor,
    context: Context,
    pseudo: PseudoLabels | None = None,
) -> dict[str, Tensor]:
    """L_pos, in joint space and with what belongs to it where the recipe says so.

    `loss` is the weighted sum of the terms; samples without a hand train presence alone, and
    mirrored ones presence and side. pseudo: unlabelled crops.
    """
    plain, mean = not model.recipe.joint_space, context.group.mean
    mirrored = images[: 0 if plain else len(images) // MIRRORED].flip(-1)
    shown = [images, mirrored]
    with context.autocast():
        out, left = split_output(model.estimate(torch.cat(shown)), *map(len, shown))
    here = present > 0.5
    if plain:
        with torch.no_grad():
            latent = model.encode(joints[here])
        loss = latent_loss(out.z[here], latent, mean)
        return {"loss": loss, "latent": loss}
    told = context.labels.joints(model.decode(out.z[here]))
    wanted = context.labels.joints(joints[here])
    log_sigma = context.labels.log_sigma(out.log_sigma[here])
    terms = {
        "joints": joint_loss(told, wanted, log_sigma, mean=mean),
        "presence": presence_loss(out.presence_logit, present, mean),
        **_latent_terms(model, out, joints, here, context),
    }
    if pairs := len(mirrored):
        seen = here[:pairs]
        terms["presence"] = terms["presence"] + presence_loss(
            left.presence_logit, present[:pairs], mean
        )
        terms["side"] = side_loss(out.side_logit[:pairs][seen], left.side_logit[seen], mean)
    if pseudo is not None:
        terms |= _pseudo_terms(model, pseudo, context)
    loss = context.weighted_sum(terms)
    with torch.no_grad():
        terms["error_mm"] = mean((told - wanted).norm(dim=-1)) * UNIT_MM
    return {"loss": loss} | terms


def _latent_terms(
    model: CrossingNets, out: PoseOutput, joints: Tensor, here: Tensor, context: Context
) -> dict[str, Tensor]:
    """Of samples that show a hand: L_pos in the latent, where it is known, and of the maps."""
    labels, mean, target = context.labels, context.group.mean, joints[here]
    terms = {}
    if labels.complete:
        with torch.no_grad():
            latent = model.encode(target)
        terms["latent"] = latent_loss(out.z[here], latent, mean)
    if out.joints.shape[1]:
        given = list(labels.given)
        off = joint_error(labels.joints(out.joints[here]), labels.joints(target))
        terms["seen"] = mean(off)
        terms["votes"] = vote_loss(out.log_votes[here][:, given], target[:, given], mean)
    return terms


def _pseudo_terms(model: CrossingNets, pseudo: PseudoLabels, context: Context) -> dict[str, Tensor]:
    """What unlabelled crops teach: the teacher's joints, and to look like the crop."""
    mean, z = context.group.mean, latent_as_in_use(model, pseudo.images, context)
    terms = {"consistency": pseudo.loss(model.decode(z), mean)}
    if context.weights.resynthesis:
        with context.autocast():
            picture = model.render(z, pseudo.perspective).float()
        terms["resynthesis"] = resynthesis_loss(picture, pseudo.images, pseudo.sure(), mean)
    return terms


def smoothness_in_joints(
    model: CrossingNets, pictures: Tensor, z: Tensor, change: Change, context: Context
) -> Tensor:
    """`live`: L_smo in joint space, the pos head as the Siamese embedding -> distances [n, 21].

    What it says of X_l is tied to Y_l by L_pos, so it must say of a synthesised picture
    [n, 1, 128, 128], turned, scaled and noisy, what Dec(Z) says, turned and scaled alike.
    """
    with torch.no_grad():
        target = change.joints(model.decode(z))
    seen = latent_as_in_use(model, change.images(pictures), context)
    return joint_error(model.decode(seen), target)


def latent_as_in_use(model: CrossingNets, images: Tensor, context: Context) -> Tensor:
    """The pos head's z [n, latent] with the running statistics of its batch norm.

    As after the training: crops of another camera shift no statistics of the labelled ones.
    """
    parts = model.disc.pose_modules()
    for part in parts:
        hold_statistics(part)
    with context.autocast():
        z = model.estimate(images).z
    for part in parts:
        part.train()
    return z


def split_output(out: PoseOutput, *counts: int) -> list[PoseOutput]:
    """The outputs of the first, the second, ... group of samples."""
    parts = {name: getattr(out, name).split(counts) for name in OUTPUTS}
    return [
        PoseOutput(**{name: groups[k] for name, groups in parts.items()})
        for k in range(len(counts))
    ]
