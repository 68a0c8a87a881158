"""Every loss of the method, one function each. Equations: Wan et al. 2017 (METHOD.md 1); `live`
additions: METHOD.md 2.

All are means over the batch; images [B, 1, 128, 128] in [-1, 1], joints in joints_norm units unless
said otherwise.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import binary_cross_entropy_with_logits, relu, softplus

CLIP = 1.0  # tau of L_recons
MIXED = 5  # latents in one convex combination


def kl_divergence(mean: Tensor, log_variance: Tensor, free_bits: float = 0.0) -> Tensor:
    """KL(q(z|y) || N(0, I)), eq. 1, summed over dimensions.

    free_bits: nats a dimension may carry at no cost (Kingma et al. 2016), of the batch's mean.
    """
    each = 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)  # [B, D]
    return each.mean(0).clamp_min(free_bits).sum() if free_bits else each.sum(1).mean()


def vae_loss(
    target: Tensor,
    output: Tensor,
    mean: Tensor,
    log_variance: Tensor,
    tolerance: float = 1.0,
    beta: float = 1.0,
    free_bits: float = 0.0,
) -> Tensor:
    """L_vae = reconstruction + beta KL, eq. 1.

    target, output [B, 63]; the reconstruction is the Gaussian log likelihood of standard deviation
    `tolerance` (same unit as the target; sqrt(1/2) gives the paper's plain squared error).
    """
    reconstruction = (target - output).square().sum(1).mean() / (2 * tolerance**2)
    return reconstruction + beta * kl_divergence(mean, log_variance, free_bits)


def convex_combinations(z: Tensor, count: int, generator: torch.Generator | None = None) -> Tensor:
    """Z_r [count, D]: random convex combinations of 5 latents of the batch, weights uniform,
    normalised.
    """
    chosen = torch.randint(len(z), (count, MIXED), generator=generator)
    weights = torch.rand(count, MIXED, generator=generator)
    weights = weights / weights.sum(1, keepdim=True).clamp_min(1e-6)
    return (weights.to(z.device)[..., None] * z[chosen.to(z.device)]).sum(1)


def discriminator_bce(real: Tensor, fake: Tensor) -> Tensor:
    """L_gan(D) = BCE(real, 1) + BCE(fake, 0), eq. 2. Logits [B]."""
    return binary_cross_entropy_with_logits(
        real, torch.ones_like(real)
    ) + binary_cross_entropy_with_logits(fake, torch.zeros_like(fake))


def generator_bce(fake: Tensor) -> Tensor:
    """The generator's side of eq. 2, non-saturating: BCE(fake, 1)."""
    return binary_cross_entropy_with_logits(fake, torch.ones_like(fake))


def discriminator_hinge(real: Tensor, fake: Tensor) -> Tensor:
    """Hinge form of L_gan(D) (Lim & Ye 2017; Miyato et al. 2018): `live`."""
    return relu(1 - real).mean() + relu(1 + fake).mean()


def generator_hinge(fake: Tensor) -> Tensor:
    """The generator's side of the hinge form: -D(fake)."""
    return -fake.mean()


def feature_matching(real: Tensor, fake: Tensor) -> Tensor:
    """L_gan(G) of the released code: L1 between batch means of the gan head's last features
    (Salimans et al. 2016).
    """
    return (real.mean(0) - fake.mean(0)).abs().mean()


def clipped_reconstruction(output: Tensor, target: Tensor, clip: float = CLIP) -> Tensor:
    """L_recons, eq. 4: squared error of each pixel, clipped at tau = 1: robust to holes and
    clutter.
    """
    return (output - target).square().clamp_max(clip).mean()


def latent_loss(predicted: Tensor, z: Tensor) -> Tensor:
    """L_pos, eq. 5: ||pos(X_l) - Z_l||^2."""
    return (predicted - z).square().sum(1).mean()


def smoothness_loss(
    real: Tensor, fake_right: Tensor, fake_left: Tensor, z_left: Tensor, z_right: Tensor
) -> tuple[Tensor, Tensor]:
    """L_smo = d_comb + d_self, eq. 6: embeddings m(X_l), m(X^_r), m(X^_l) and their latents.

    d_comb = ||smo(X_l, X^_r) - (Z_l - Z_r)||^2, d_self = ||smo(X_l, X^_l)||^2 with smo(a, b) = m(a)
    - m(b).
    """
    combined = ((real - fake_right) - (z_left - z_right)).square().sum(1).mean()
    return combined, (real - fake_left).square().sum(1).mean()


def joint_error(output: Tensor, target: Tensor) -> Tensor:
    """3-D distance of each joint [B, 21], smooth at zero."""
    return (output - target).square().sum(-1).add(1e-8).sqrt()


def joint_loss(output: Tensor, target: Tensor, log_sigma: Tensor, beta: float = 1.0) -> Tensor:
    """`live`: L_pos in joint space with learnt uncertainty, through the frozen decoder.

    Negative log likelihood of a density that falls with the joint's distance e as exp(-e / sigma),
    whose optimum is sigma = E[e]; weighted by sigma^beta without its gradient (beta-NLL, Seitzer et
    al. 2022): with beta = 1 the joints see the plain distance, and an uncertain joint is not given
    up.
    """
    error = joint_error(output, target)
    likelihood = error * torch.exp(-log_sigma) + log_sigma
    return (likelihood * torch.exp(beta * log_sigma).detach()).mean()


def side_loss(right_logit: Tensor, left_logit: Tensor) -> Tensor:
    """BCE of right hands [B] and of their mirror images [B]; 0 for none."""
    if not len(right_logit):
        return right_logit.sum()
    return 0.5 * (softplus(-right_logit).mean() + softplus(left_logit).mean())


def presence_loss(logit: Tensor, present: Tensor) -> Tensor:
    """`live`: is a hand here? BCE with `present` [B] in {0, 1}."""
    return binary_cross_entropy_with_logits(logit, present)


def mask_and_depth_loss(
    logit: Tensor, depth: Tensor, clean: Tensor, depth_weight: float = 4.0
) -> Tensor:
    """`live`: the generator against the clean rendered target: BCE of the mask, L1 of the depth
    inside the true mask.
    """
    hand = (clean < 1).to(logit.dtype)
    mask = binary_cross_entropy_with_logits(logit, hand)
    inside = ((depth - clean).abs() * hand).sum() / hand.sum().clamp_min(1)
    return mask + depth_weight * inside
