"""The pose VAE: 21 joints <-> the shared latent z (Wan et al. 2017, section 3.1).

`LivePoseVae` models articulation, bone lengths included, in the palm's own frame; rotation and
origin are carried beside it, so that z = [articulation | 6-D rotation | origin]. `PaperPoseVae` is
the paper's: root-relative joints, no rotation normalisation, z = [code | root].

Units: joints enter and leave as joints_norm (1.0 = half the crop's cube, 125 mm at the unit cube);
inside they are in the papers' 50 mm. A cube of another size is thereby simply a hand of another
size, which the articulation code covers.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from app.model.palm import from_palm, matrix_from_6d, palm_frame, rotation_6d, to_palm
from app.model.parts import PoseVae
from app.model.perceptron import perceptron, principal
from app.model.presets import POSE_UNIT_MM, UNIT_MM, VaeConfig
from app.model.rig import N_ANGLES, Rig
from app.skeleton import BONES, N_JOINTS

POSE_SCALE = UNIT_MM / POSE_UNIT_MM  # joints_norm -> the papers' 50 mm units
PAPER_ROOT = 9  # the paper's "centre joint": the middle finger's MCP
# of the encoder: joints, lengths of the bones, directions of the fingers' bones
N_FEATURES = 3 * N_JOINTS + len(BONES) + 3 * 15


class LivePoseVae(PoseVae):
    """z [B, code + 9] = articulation code | 6-D rotation of the palm's frame | its origin.

    articulation code = shape (size, then proportions, in standard deviations: `rig.Rig`) | pose.
    The decoder turns the pose entries into angles and ends in the rig, so bone lengths belong to
    the shape entries alone, and no joint bends beyond its limits. The origin is in joints_norm
    units.
    """

    own_frame = True
    feature_mean: Tensor
    feature_std: Tensor

    def __init__(self, config: VaeConfig, n_joints: int = N_JOINTS):
        super().__init__()
        self.code, self.n_shape, self.n_joints = config.latent, config.shape, n_joints
        n_pose, hidden = config.latent - config.shape, [config.hidden] * config.depth
        self.rig = Rig(config.shape)
        self.encoder = perceptron([N_FEATURES, *hidden, 2 * config.latent], nn.SiLU)
        self.encoder_linear = nn.Linear(N_FEATURES, config.latent)
        self.decoder = perceptron([n_pose, *hidden, N_ANGLES], nn.SiLU)
        # A plain linear path beside the layers: most of a pose is linear in its code.
        self.decoder_linear = nn.Linear(n_pose, N_ANGLES)
        self.register_buffer("feature_mean", torch.zeros(N_FEATURES))
        self.register_buffer("feature_std", torch.ones(N_FEATURES))

    @torch.no_grad()
    def fit_statistics(self, joints: Tensor) -> None:
        """Standardise the encoder's inputs by the poses [N, 21, 3], joints_norm."""
        features = self.features(self.local(joints))
        self.feature_mean.copy_(features.mean(0))
        self.feature_std.copy_(features.std(0).clamp_min(0.02))

    def has_begun(self) -> bool:
        """Its statistics are known: it has been trained, or is about to be."""
        return bool(self.feature_std.ne(1).any())

    def features(self, local: Tensor) -> Tensor:
        """Palm-frame joints [B, 63], 50 mm units -> what the encoder sees [B, N_FEATURES].

        The joints, the logarithms of the bones' lengths, the directions of the fingers' bones.
        """
        chains = local.unflatten(1, (self.n_joints, 3))[:, 1:].unflatten(1, (5, 4))
        wrist = local[:, None, None, :3].expand(-1, 5, -1, -1)
        bones = chains - torch.cat([wrist, chains[:, :, :-1]], 2)  # [B, 5, 4, 3]
        square = bones.square().sum(-1, keepdim=True).clamp_min(1e-4)
        directions = (bones * square.rsqrt())[:, :, 1:]
        return torch.cat([local, 0.5 * square.log().flatten(1), directions.flatten(1)], -1)

    def standard(self, local: Tensor) -> Tensor:
        """`features`, standardised."""
        return (self.features(local) - self.feature_mean) / self.feature_std

    def encode_local(self, local: Tensor) -> tuple[Tensor, Tensor]:
        """Palm-frame joints [B, 63], 50 mm units -> mean, log variance [B, latent] of q(z | y)."""
        features = self.standard(local)
        mean, log_variance = self.encoder(features).chunk(2, -1)
        return mean + self.encoder_linear(features), log_variance

    def decode_local(self, code: Tensor) -> Tensor:
        """[B, latent] -> palm-frame joints [B, 63], 50 mm units."""
        shape, pose = code.split([self.n_shape, self.code - self.n_shape], -1)
        return self.rig(shape, self.decoder_linear(pose) + self.decoder(pose)).flatten(1)

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

    def reconstruct(
        self, joints: Tensor, noise: Tensor, seen: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """See `parts.PoseVae.reconstruct`."""
        mean, log_variance = self.encode_local(self.local(joints if seen is None else seen))
        code = mean + noise * (0.5 * log_variance).exp()
        return self.local(joints), self.decode_local(code), mean, log_variance


class PaperPoseVae(PoseVae):
    """3J -> 40 ReLU -> 20 -> 40 LeakyReLU(.01) -> 3J; outer layers start at the PCA of poses."""

    own_frame = False
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
        first, last = self.encoder[0], self.decoder[2]
        assert isinstance(first, nn.Linear)
        assert isinstance(last, nn.Linear)
        hidden = first.out_features
        directions, _ = principal(local - mean, min(hidden, local.shape[1]))
        k = directions.shape[0]
        first.weight[:k] = directions
        first.bias[:k] = -directions @ mean
        last.weight[:, :k] = directions.T
        last.bias.copy_(mean)

    def local(self, joints: Tensor) -> Tensor:
        """joints_norm [B, 21, 3] -> root-relative joints [B, 63], 50 mm units."""
        root = (
            joints[:, PAPER_ROOT : PAPER_ROOT + 1] if self.n_joints > PAPER_ROOT else joints[:, :1]
        )
        return (joints - root).flatten(1) * POSE_SCALE

    def decode_local(self, code: Tensor) -> Tensor:
        """[B, 20] -> root-relative joints [B, 63], 50 mm units."""
        joints: Tensor = self.decoder(code)
        return joints

    def encode(self, joints: Tensor) -> Tensor:
        """joints_norm [B, J, 3] -> z [B, 23]: code | root in 50 mm units."""
        root = joints[:, PAPER_ROOT if self.n_joints > PAPER_ROOT else 0] * POSE_SCALE
        return torch.cat([self.mean(self.encoder(self.local(joints))), root], -1)

    def decode(self, z: Tensor) -> Tensor:
        """z [B, 23] -> joints_norm [B, J, 3]."""
        code, root = z.split([self.code, 3], -1)
        local = self.decode_local(code).unflatten(1, (self.n_joints, 3))
        return (local + root[:, None]) / POSE_SCALE

    def reconstruct(
        self, joints: Tensor, noise: Tensor, seen: Tensor | None = None
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """See `parts.PoseVae.reconstruct`; with the released code's small noise."""
        hidden = self.encoder(self.local(joints if seen is None else seen))
        mean, log_variance = self.mean(hidden), self.log_variance(hidden)
        code = mean + noise * self.noise_std * (0.5 * log_variance).exp()
        return self.local(joints), self.decode_local(code), mean, log_variance
