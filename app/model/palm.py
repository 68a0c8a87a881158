"""The palm's own frame and the 6-D rotation in torch.

Equal to `app.skeleton.palm_frame` and `app.geometry`.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import normalize

from app.skeleton import MCP, PALM, WRIST


def palm_frame(joints: Tensor) -> tuple[Tensor, Tensor]:
    """[B, 21, 3] -> rotation [B, 3, 3] and origin [B, 3] with joint = rotation @ local + origin."""
    origin = joints[:, PALM.tolist()].mean(1)
    knuckles = joints[:, MCP[1:3].tolist()].mean(1)
    y = normalize(knuckles - joints[:, WRIST], dim=-1, eps=1e-9)
    across = joints[:, int(MCP[0])] - joints[:, int(MCP[3])]
    x = normalize(across - (across * y).sum(-1, keepdim=True) * y, dim=-1, eps=1e-9)
    return torch.stack([x, y, torch.linalg.cross(x, y)], -1), origin


def to_palm(joints: Tensor, rotation: Tensor, origin: Tensor) -> Tensor:
    """Joints [B, 21, 3] expressed in the palm's frame: rotation^T (joint - origin)."""
    return (joints - origin[:, None]) @ rotation


def from_palm(local: Tensor, rotation: Tensor, origin: Tensor) -> Tensor:
    """Inverse of `to_palm`."""
    return local @ rotation.transpose(1, 2) + origin[:, None]


def rotation_6d(rotation: Tensor) -> Tensor:
    """[B, 3, 3] -> [B, 6], the first two columns one after the other (Zhou et al. 2019)."""
    return torch.cat([rotation[:, :, 0], rotation[:, :, 1]], -1)


def matrix_from_6d(six: Tensor) -> Tensor:
    """[B, 6] -> [B, 3, 3] by Gram-Schmidt (Zhou et al. 2019)."""
    x = normalize(six[:, :3], dim=-1, eps=1e-6)
    rest = six[:, 3:]
    y = normalize(rest - (x * rest).sum(-1, keepdim=True) * x, dim=-1, eps=1e-6)
    z = torch.stack(
        [
            x[:, 1] * y[:, 2] - x[:, 2] * y[:, 1],
            x[:, 2] * y[:, 0] - x[:, 0] * y[:, 2],
            x[:, 0] * y[:, 1] - x[:, 1] * y[:, 0],
        ],
        -1,
    )
    return torch.stack([x, y, z], -1)
