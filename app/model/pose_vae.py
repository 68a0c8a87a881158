"""The pose VAE: 21 joints <-> the shared latent z (Wan et al. 2017, section 3.1).

`LivePoseVae` models articulation, bone lengths included, in the palm's own frame; rotation and
origin are carried beside it, so that z = [articulation | 6-D rotation | origin]. `PaperPoseVae` is
the paper's: root-relative joints, no rotation normalisation, z = [code | root].

Units: joints enter and leave as joints_norm (1.0 = half the crop's cube, 125 mm at the unit cube);
inside they are in the papers' 50 mm. A cube of another size is thereby simply a hand of another
size, which the articulation code covers.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn

from app.model.palm import from_palm, matrix_from_6d, palm_frame, rotation_6d, to_palm
from app.model.presets import POSE_UNIT_MM, UNIT_MM, VaeConfig
from app.skeleton import N_JOINTS

POSE_SCALE = UNIT_MM / POSE_UNIT_MM  # joints_norm -> the papers' 50 mm units
PAPER_ROOT = 9  # the paper's "centre joint": the middle finger's MCP


def perceptron(sizes: list[int], activation: type[nn.Module], **options: float) -> nn.Sequential:
    """Linear layers with `activation` between them, none after the last."""
    layers: list[nn.Module] = []
    for i, (inputs, outputs) in enumerate(pairwise(sizes)):
        layers.append(nn.Linear(inputs, outputs))
        if i < len(sizes) - 2:
            layers.append(activation(**options))
    return nn.Sequential(*layers)


class LivePoseVae(nn.Module):
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
        directions, spread = _principal(local - local.mean(0), self.code)
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


class PaperPoseVae(nn.Module):
    """3J -> 40 ReLU -> 20 -> 40 LeakyReLU(.01) -> 3J;
    first and last layers start at the PCA of the poses.
    """

    noise_std = 0.05  # the released code's sampling noise

    def __init__(self, config: VaeConfig, n_joints: int = N_JOINTS):
        super().__init__()
        width, self.code, self.n_joints = n_joints * 3, config.latent, n_joints
        self.encoder = nn.Sequential(nn.Linear(width, config.hidden), nn.ReLU())
        self.mean = nn.Linear(config.hidden, config.latent)
        self.log_variance = nn.Linear(config.hidden, config.latent)
        self.decoder = nn.Sequential(
            nn.Linear(config.latent, config.hidden),
            nn.LeakyReLU(0.01),
            nn.Linear(config.hidden, width),
        )

    @torch.no_grad()
    def fit_statistics(self, joints: Tensor) -> None:
        """PCA initialisation of the first and the last layer from poses [N, 21, 3], joints_norm."""
        local = self.local(joints)
        mean = local.mean(0)
        hidden = self.encoder[0].out_features
        directions, _ = _principal(local - mean, min(hidden, local.shape[1]))
        k = directions.shape[0]
        self.encoder[0].weight[:k] = directions
        self.encoder[0].bias[:k] = -directions @ mean
        self.decoder[2].weight[:, :k] = directions.T
        self.decoder[2].bias.copy_(mean)

    def local(self, joints: Tensor) -> Tensor:
        """joints_norm [B, 21, 3] -> root-relative joints [B, 63], 50 mm units."""
        root = (
            joints[:, PAPER_ROOT : PAPER_ROOT + 1] if self.n_joints > PAPER_ROOT else joints[:, :1]
        )
        return (joints - root).flatten(1) * POSE_SCALE

    def encode(self, joints: Tensor) -> Tensor:
        """joints_norm [B, J, 3] -> z [B, 23]: code | root in 50 mm units."""
        root = joints[:, PAPER_ROOT if self.n_joints > PAPER_ROOT else 0] * POSE_SCALE
        return torch.cat([self.mean(self.encoder(self.local(joints))), root], -1)

    def decode(self, z: Tensor) -> Tensor:
        """z [B, 23] -> joints_norm [B, J, 3]."""
        code, root = z.split([self.code, 3], -1)
        return (self.decoder(code).unflatten(1, (self.n_joints, 3)) + root[:, None]) / POSE_SCALE

    def reconstruct(self, joints: Tensor, noise: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """As `LivePoseVae.reconstruct`, with the released code's small noise."""
        local = self.local(joints)
        hidden = self.encoder(local)
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        return (
            local,
            self.decoder(mean + noise * self.noise_std * (0.5 * log_variance).exp()),
            mean,
            log_variance,
        )


def _principal(centred: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """Principal directions [count, D] and standard deviations [count] of centred rows [N, D]."""
    covariance = centred.T @ centred / max(len(centred) - 1, 1)
    values, vectors = torch.linalg.eigh(covariance)
    return vectors.flip(1)[:, :count].T.contiguous(), values.flip(0)[:count].clamp_min(0).sqrt()
