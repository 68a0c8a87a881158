"""The prior and the directions that ship with the weights: what the VAE makes of many poses."""

from __future__ import annotations

import numpy as np
import torch

from app.hand.plausible import is_plausible
from app.latent.space import LatentSpace, fit_latent_space, narrowed
from app.model.crossing_nets import CrossingNets
from app.model.presets import POSE_UNIT_MM, UNIT_MM

COMPONENTS, DIRECTIONS = 8, 12  # of the mixture of poses; named ones of the pose
ENOUGH = 2000  # poses for a mixture


@torch.no_grad()
def fit_latents(model: CrossingNets, poses_mm: np.ndarray, seed: int) -> LatentSpace:
    """Of the articulation codes of poses [N, 21, 3].

    Poses that run through themselves are left out: training poses touch a little more than
    draws should.
    """
    possible = is_plausible(poses_mm)
    if possible.mean() > 0.5:
        poses_mm = poses_mm[possible]
    vae, n_code, n_shape = model.vae, model.preset.vae.latent, model.preset.vae.shape
    device = next(vae.parameters()).device
    centred = (poses_mm - poses_mm.mean(1, keepdims=True)) / np.float32(UNIT_MM)
    joints = torch.from_numpy(centred).to(device)
    codes = model.encode(joints).cpu().numpy()
    space = fit_latent_space(
        codes[:, :n_code],
        COMPONENTS if len(codes) >= ENOUGH else 1,
        min(DIRECTIONS, n_code - n_shape),
        seed,
        codes.shape[1] - n_code,
        n_shape,
        vae.local(joints).cpu().numpy() if n_shape else None,
    )
    if not n_shape:
        return space

    def is_hand(drawn: np.ndarray) -> np.ndarray:
        local = vae.decode_local(torch.from_numpy(drawn).to(device)).cpu()
        return is_plausible(local.unflatten(1, (-1, 3)).numpy() * POSE_UNIT_MM)

    return narrowed(space, is_hand)
