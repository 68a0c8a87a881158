"""Where a pose VAE's training starts.

At statistics of the poses, and in `live` at the best linear encoder and decoder of hands of the
rig, as the paper starts its own at the PCA of the poses.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from app.hand.prior import load_prior
from app.model.parts import PoseVae
from app.model.pose_vae import LivePoseVae
from app.model.rig import ARTICULATED

HANDS = 4000
RIDGE = 1e-2
QUIET = -6.0  # log variance of the posterior to begin with


def start_vae(vae: PoseVae, joints: Tensor) -> None:
    """Starts a network by poses [N, 21, 3], joints_norm. A `live` one that has begun stays."""
    if isinstance(vae, LivePoseVae):
        if not vae.has_begun():
            vae.fit_statistics(joints)
            start_linear(vae)
    else:
        vae.fit_statistics(joints)


@torch.no_grad()
def start_linear(vae: LivePoseVae) -> None:
    """Sets the linear paths of encoder and decoder; the layers beside them begin small.

    The encoder's statistics must be known.
    """
    theta = load_prior().sample(np.random.default_rng(0), HANDS)[:, ARTICULATED]
    angles = torch.from_numpy(theta).to(vae.feature_mean)
    scores, back = _most_visible(vae, angles, vae.code - vae.n_shape)
    vae.decoder_linear.weight.copy_(back.T)
    vae.decoder_linear.bias.copy_(angles.mean(0))
    generator = torch.Generator().manual_seed(0)
    shape = torch.randn(HANDS, vae.n_shape, generator=generator).to(angles)
    features = vae.standard(vae.rig(shape, angles).flatten(1))
    goal = torch.cat([shape, scores], 1)
    centre = features.mean(0)
    slope = _solve(features - centre, goal - goal.mean(0), RIDGE * HANDS)
    vae.encoder_linear.weight.copy_(slope.T)
    vae.encoder_linear.bias.copy_(goal.mean(0) - centre @ slope)
    for last in (_last(vae.encoder), _last(vae.decoder)):
        last.weight.mul_(0.1)
        last.bias.zero_()
    _last(vae.encoder).bias[vae.code :] = QUIET


def _last(layers: nn.Sequential) -> nn.Linear:
    last = layers[-1]
    assert isinstance(last, nn.Linear)
    return last


def _most_visible(vae: LivePoseVae, angles: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Scores [n, count], and what they say of the angles about their mean [count, 28].

    The scores have unit variance; they lie along the directions that move the mean hand's joints
    most.
    """
    centred = angles - angles.mean(0)
    rest = torch.zeros(len(angles), vae.n_shape).to(angles)
    joints = vae.rig(rest, angles).flatten(1)
    moved = centred @ _solve(centred, joints - joints.mean(0), 1e-3)
    directions = torch.linalg.svd(moved, full_matrices=False)[2][:count]
    scores = moved @ directions.T
    scores = scores / scores.std(0)
    return scores, _solve(scores, centred, 1e-3)


def _solve(inputs: Tensor, outputs: Tensor, ridge: float) -> Tensor:
    """[k, d]: least squares of inputs [n, k] -> outputs [n, d], shrunk a little."""
    normal = inputs.T @ inputs
    normal = normal + ridge * torch.eye(len(normal)).to(normal)
    return torch.linalg.solve(normal, inputs.T @ outputs)
