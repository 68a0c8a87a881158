"""Every loss of the method, one function each.

Equations are those of Wan et al. 2017; what `live` adds says so (docs/design/method.md, 1 and 2).
All are means over the batch, taken by `mean` (several processes: this one's part of the mean over
everybody's samples, `ProcessGroup.mean`); images [B, 1, 128, 128] in [-1, 1], joints in joints_norm
units unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, relu, softplus

from app.model.presets import PERSPECTIVE

Mean = Callable[[Tensor], Tensor]
CLIP = 1.0  # tau of L_recons
MIXED = 5  # latents in one convex combination
VOTE_SPREAD = 1.0  # px of the maps: standard deviation of where a joint's votes shall come from


def mean_of(values: Tensor) -> Tensor:
    """The mean; 0 of nothing."""
    return values.mean() if values.numel() else values.sum()


def kl_divergence(
    centre: Tensor, log_variance: Tensor, free_bits: float = 0.0, mean: Mean = mean_of
) -> Tensor:
    """KL(q(z|y) || N(0, I)), eq. 1, summed over dimensions.

    free_bits: nats a dimension may carry at no cost (Kingma et al. 2016), of the batch's mean.
    """
    each = 0.5 * (centre.square() + log_variance.exp() - 1 - log_variance)  # [B, D]
    if free_bits:
        return each.mean(0).clamp_min(free_bits).sum() * mean(torch.ones_like(each[:, 0]))
    return mean(each.sum(1))


def vae_loss(
    target: Tensor,
    output: Tensor,
    centre: Tensor,
    log_variance: Tensor,
    tolerance: float = 1.0,
    beta: float = 1.0,
    free_bits: float = 0.0,
    mean: Mean = mean_of,
) -> Tensor:
    """L_vae = reconstruction + beta KL, eq. 1.

    target, output [B, 63]; the reconstruction is the Gaussian log likelihood of standard deviation
    `tolerance` (same unit as the target; sqrt(1/2) gives the paper's plain squared error).
    """
    reconstruction = mean((target - output).square().sum(1)) / (2 * tolerance**2)
    return reconstruction + beta * kl_divergence(centre, log_variance, free_bits, mean)


def convex_combinations(z: Tensor, count: int, generator: torch.Generator | None = None) -> Tensor:
    """Z_r [count, D]: random convex combinations of 5 latents of the batch.

    Their weights are uniform, normalised.
    """
    chosen = torch.randint(len(z), (count, MIXED), generator=generator)
    weights = torch.rand(count, MIXED, generator=generator)
    weights = weights / weights.sum(1, keepdim=True).clamp_min(1e-6)
    return (weights.to(z.device)[..., None] * z[chosen.to(z.device)]).sum(1)


def discriminator_bce(real: Tensor, fake: Tensor, mean: Mean = mean_of) -> Tensor:
    """L_gan(D) = BCE(real, 1) + BCE(fake, 0), eq. 2. Logits [B]."""
    return mean(softplus(-real)) + mean(softplus(fake))


def discriminator_hinge(real: Tensor, fake: Tensor, mean: Mean = mean_of) -> Tensor:
    """Hinge form of L_gan(D) (Lim & Ye 2017; Miyato et al. 2018): `live`."""
    return mean(relu(1 - real)) + mean(relu(1 + fake))


def generator_hinge(fake: Tensor, mean: Mean = mean_of) -> Tensor:
    """The generator's side of the hinge form: -D(fake)."""
    return -mean(fake)


def feature_matching(real_mean: Tensor, fake_mean: Tensor) -> Tensor:
    """L_gan(G) of the released code: L1 between batch means of the gan head's last features.

    Salimans et al. 2016.
    """
    return (real_mean - fake_mean).abs().mean()


def clipped_reconstruction(
    output: Tensor, target: Tensor, clip: float = CLIP, mean: Mean = mean_of
) -> Tensor:
    """L_recons, eq. 4: squared error of each pixel, clipped at tau = 1.

    Robust to holes and clutter.
    """
    return mean((output - target).square().clamp_max(clip))


def resynthesis_loss(output: Tensor, crop: Tensor, sure: Tensor, mean: Mean = mean_of) -> Tensor:
    """`live`: what the network believes of an unlabelled crop, synthesised, must look like it.

    L_recons with pos(x) in place of Enc(y) (self-supervised fitting, as in Wan et al. 2019), over
    the pixels that output or crop calls hand; sure [B] in 0..1 weighs the crops.
    """
    hand = ((output.detach() < 0.98) | (crop < 1)).to(output.dtype)
    off = (output - crop).square().clamp_max(CLIP) * hand
    return mean(sure * off.flatten(1).sum(1) / hand.flatten(1).sum(1).clamp_min(1))


def latent_loss(predicted: Tensor, z: Tensor, mean: Mean = mean_of) -> Tensor:
    """L_pos, eq. 5: ||pos(X_l) - Z_l||^2."""
    return mean((predicted - z).square().sum(1))


def smoothness_loss(
    real: Tensor,
    fake_right: Tensor,
    fake_left: Tensor,
    z_left: Tensor,
    z_right: Tensor,
    mean: Mean = mean_of,
) -> tuple[Tensor, Tensor]:
    """L_smo = d_comb + d_self, eq. 6: embeddings m(X_l), m(X^_r), m(X^_l) and their latents.

    d_comb = ||smo(X_l, X^_r) - (Z_l - Z_r)||^2, d_self = ||smo(X_l, X^_l)||^2 with smo(a, b) = m(a)
    - m(b).
    """
    combined = mean(((real - fake_right) - (z_left - z_right)).square().sum(1))
    return combined, mean((real - fake_left).square().sum(1))


def joint_error(output: Tensor, target: Tensor) -> Tensor:
    """3-D distance of each joint [B, 21], smooth at zero."""
    return (output - target).square().sum(-1).add(1e-8).sqrt()


def joint_loss(
    output: Tensor,
    target: Tensor,
    log_sigma: Tensor,
    beta: float = 1.0,
    mean: Mean = mean_of,
) -> Tensor:
    """`live`: L_pos in joint space with learnt uncertainty, through the frozen decoder.

    Negative log likelihood of a density that falls with the joint's distance e as exp(-e / sigma),
    whose optimum is sigma = E[e]; weighted by sigma^beta without its gradient (beta-NLL, Seitzer et
    al. 2022): with beta = 1 the joints see the plain distance, and an uncertain joint is not given
    up.
    """
    error = joint_error(output, target)
    likelihood = error * torch.exp(-log_sigma) + log_sigma
    return mean(likelihood * torch.exp(beta * log_sigma).detach())


def vote_loss(log_votes: Tensor, target: Tensor, mean: Mean = mean_of) -> Tensor:
    """`live`: where the votes for a joint come from: cross entropy with a Gaussian round its place.

    log_votes [B, J, pixels] of square maps, target [B, J, 3]. The vote's own offset does the rest,
    so one perspective (that of a hand 600 mm away) is near enough.
    """
    side = round(log_votes.shape[-1] ** 0.5)
    centre = (torch.arange(side, device=target.device) + 0.5) * (2 / side) - 1
    place = target[..., :2] / (1 + PERSPECTIVE * target[..., 2:]).clamp_min(0.2)
    off = (place.clamp(-1, 1)[..., None] - centre) * (side / 2 / VOTE_SPREAD)  # [B, J, 2, side]
    across, down = off.square().mul(-0.5).softmax(-1).unbind(2)
    wanted = (down[..., :, None] * across[..., None, :]).flatten(2)
    return mean(-(wanted * log_votes).sum(-1))


def side_loss(right_logit: Tensor, left_logit: Tensor, mean: Mean = mean_of) -> Tensor:
    """BCE of right hands [B] and of their mirror images [B]."""
    return 0.5 * (mean(softplus(-right_logit)) + mean(softplus(left_logit)))


def presence_loss(logit: Tensor, present: Tensor, mean: Mean = mean_of) -> Tensor:
    """`live`: is a hand here? BCE with `present` [B] in {0, 1}."""
    return mean(binary_cross_entropy_with_logits(logit, present, reduction="none"))


def mask_loss(logit: Tensor, clean: Tensor, mean: Mean = mean_of) -> Tensor:
    """`live`: the generator's mask against the clean rendered target: BCE of every pixel."""
    hand = (clean < 1).to(logit.dtype)
    return mean(binary_cross_entropy_with_logits(logit, hand, reduction="none"))


def depth_loss(depth: Tensor, clean: Tensor, mean: Mean = mean_of) -> Tensor:
    """`live`: the generator's depth against the clean target: L1 inside the true mask."""
    return mean((depth - clean).abs()[clean < 1])
