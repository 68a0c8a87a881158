"""The pose VAE of weights made before hands were built on the rig: joints straight from the code.

Its draws need not have the bone lengths of one person (37 % off at the 95th percentile).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from app.model.palm import from_palm, matrix_from_6d, palm_frame, rotation_6d, to_palm
from app.model.perceptron import perceptron, principal
from app.model.presets import POSE_UNIT_MM, UNIT_MM, VaeConfig
from app.skeleton import N_JOINTS

POSE_SCALE = UNIT_MM / POSE_UNIT_MM


class FreePoseVae(nn.Module):
    """z [B, latent + 9] = articulation code | 6-D rotation of the palm's frame
    | its origin, joints_norm units.
    """

    def __init__(self, config: VaeConfig, n_joints: int = N_JOINTS):
        super().__init__()
        width, self.code, self.n_joints = n_joints * 3, config.latent, n_joints
        hidden = [config.hidden] * config.depth
        self.encoder = perceptron([width, *hidden, 2 * config.latent], nn.SiLU)
        self.decoder = perceptron([config.latent, *hidden, width], nn.SiLU)
        # A plain linear path beside the layers: most of a hand's shape is linear in its code.
        self.linear = nn.Linear(config.latent, width)
        self.register_buffer("mean_pose", torch.zeros(width))
        self.register_buffer("pose_std", torch.ones(width))

    @torch.no_grad()
    def fit_statistics(self, joints: Tensor) -> None:
        """Standardise inputs by the poses [N, 21, 3] (joints_norm),
        and start the linear path at their PCA.
        """
        local = to_palm(joints, *palm_frame(joints)).flatten(1) * POSE_SCALE
        self.mean_pose.copy_(local.mean(0))
        self.pose_std.copy_(local.std(0).clamp_min(0.05))
        directions, spread = principal(local - local.mean(0), self.code)
        self.linear.weight.copy_(directions.T * spread)
        self.linear.bias.zero_()

    def encode_local(self, local: Tensor) -> tuple[Tensor, Tensor]:
        """Palm-frame joints [B, 63], 50 mm units -> mean, log variance [B, latent] of q(z | y)."""
        return self.encoder((local - self.mean_pose) / self.pose_std).chunk(2, -1)

    def decode_local(self, code: Tensor) -> Tensor:
        """[B, latent] -> palm-frame joints [B, 63], 50 mm units."""
        return self.mean_pose + self.linear(code) + self.pose_std * self.decoder(code)

    def local(self, joints: Tensor) -> Tensor:
        """joints_norm [B, 21, 3] -> palm-frame joints [B, 63], 50 mm units."""
        return to_palm(joints, *palm_frame(joints)).flatten(1) * POSE_SCALE

    def encode(self, joints: Tensor) -> Tensor:
        """joints_norm [B, 21, 3] -> z [B, latent + 9], the mean of the posterior."""
        rotation, origin = palm_frame(joints)
        local = to_palm(joints, rotation, origin).flatten(1) * POSE_SCALE
        return torch.cat([self.encode_local(local)[0], rotation_6d(rotation), origin], -1)

    def decode(self, z: Tensor) -> Tensor:
        """z [B, latent + 9] -> joints_norm [B, 21, 3]."""
        code, six, origin = z.split([self.code, 6, 3], -1)
        local = self.decode_local(code).unflatten(1, (self.n_joints, 3)) / POSE_SCALE
        return from_palm(local, matrix_from_6d(six), origin)

    def reconstruct(self, joints: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """For L_vae: target and reconstruction [B, 63] in 50 mm units,
        mean and log variance [B, latent].

        noise: [B, latent] drawn from N(0, I).
        """
        local = self.local(joints)
        mean, log_variance = self.encode_local(local)
        return (
            local,
            self.decode_local(mean + noise * (0.5 * log_variance).exp()),
            mean,
            log_variance,
        )
