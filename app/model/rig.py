"""The rig of `app.hand` in torch: a few shape entries and joint angles to 21 joints.

A hand is its size, the principal components of its proportions at rest, and 28 angles. Bone lengths
follow from size and proportions alone, whatever the angles; angles stay within their limits. What
a decoder that ends here gives is a hand for every latent.

Lengths are in the papers' 50 mm units, angles in rad.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import torch
from torch import Tensor, nn

from app.hand import kinematics as kin
from app.hand.pool import mixed_pool
from app.model.palm import palm_frame, to_palm
from app.model.presets import POSE_UNIT_MM
from app.skeleton import PALM

ARTICULATED = slice(3, None)  # the degrees of freedom but the wrist's, which move no joint
N_ANGLES = kin.N_DOFS - 3
HINGES = (23, 24)  # pivots about which the ring's and the little finger's metacarpals cup
N_POINTS = 21 + len(HINGES)  # of a hand at rest: labelled joints, then the hinges
SUBJECTS = 512  # random hands the proportions are learnt from
SIZE_SPREAD = 0.12  # standard deviation of log size: the hands' own .09 and the crops' cubes
MARGIN = np.radians(2.0)  # beyond the limits, where the soft bound ends
# Turns of a finger's chain in their order: cupping; first bone's three; second bone's two; third's.
_BONE_OF_SLOT = (0, 1, 1, 1, 2, 2, 3)
_BEYOND = (4, 3, 3, 3, 2, 2, 1)  # parts of the chain that a turn takes along
_KIND_OF_SLOT = (kin.FLEXION, *range(3), kin.FLEXION, kin.ABDUCTION, kin.FLEXION)


@cache
def rest_statistics() -> tuple[np.ndarray, np.ndarray, float]:
    """What random training hands at rest are like.

    Mean [23, 3] and principal directions [22, 69], each times its standard deviation, of the
    proportions (size 1), and the mean log size, 50 mm units.
    """
    hands = mixed_pool(0, SUBJECTS, "train")
    points = np.stack(
        [np.concatenate([h.joints_mm, h.pivots_mm[list(HINGES)]]) for h in hands]
    ).astype(np.float64)
    points = (points - points[:, PALM].mean(1, keepdims=True)) / POSE_UNIT_MM
    size = size_of(points)
    points /= size[:, None, None]
    mean = points.mean(0)
    _, spread, directions = np.linalg.svd(
        (points - mean).reshape(len(points), -1), full_matrices=False
    )
    spread = spread[:22, None] / np.sqrt(len(points))
    return mean, directions[:22] * spread, float(np.log(size).mean())


def size_of(points: np.ndarray) -> np.ndarray:
    """[..., 23, 3] about the palm's middle -> [...]: mean distance from there."""
    return np.linalg.norm(points, axis=-1).mean(-1)


class Rig(nn.Module):
    """Shape [B, K] and raw angles [B, 28] rad -> palm-frame joints [B, 21, 3], 50 mm units.

    The shape is size, then proportions, in standard deviations.
    """

    rest: Tensor
    proportions: Tensor
    log_size: Tensor
    middle: Tensor
    reach: Tensor
    slots: Tensor
    cross: Tensor

    def __init__(self, n_shape: int):
        super().__init__()
        mean, directions, log_size = rest_statistics()
        self.n_shape = n_shape
        self._constant("rest", mean)
        self._constant("proportions", directions[: n_shape - 1])
        self._constant("log_size", np.array([log_size, SIZE_SPREAD]))
        self._constant("middle", 0.5 * (kin.LOWEST + kin.HIGHEST)[ARTICULATED])
        self._constant("reach", 0.5 * (kin.HIGHEST - kin.LOWEST)[ARTICULATED] + MARGIN)
        slots, axes = _slots()
        self.register_buffer("slots", torch.from_numpy(slots.flatten()), persistent=False)
        cross = np.zeros((7, 5, 3, 3))
        for row, column, axis, sign in (
            (0, 1, 2, -1), (0, 2, 1, 1), (1, 2, 0, -1), (1, 0, 2, 1), (2, 0, 1, -1), (2, 1, 0, 1)
        ):  # fmt: skip
            cross[..., row, column] = sign * axes[..., axis]
        self._constant("cross", np.concatenate([cross, cross @ cross], 2))

    def _constant(self, name: str, values: np.ndarray) -> None:
        self.register_buffer(name, torch.tensor(np.asarray(values), dtype=torch.float32))

    def forward(self, shape: Tensor, raw: Tensor) -> Tensor:
        """See the class."""
        joints = self.pose(self.hand(shape), self.angles(raw))
        return to_palm(joints, *palm_frame(joints))

    def hand(self, shape: Tensor) -> Tensor:
        """[B, K] -> the hand at rest [B, 23, 3]."""
        size = torch.exp(self.log_size[0] + self.log_size[1] * shape[:, :1])
        proportions = (shape[:, 1:] @ self.proportions).reshape(-1, N_POINTS, 3)
        return size[..., None] * (self.rest + proportions)

    def angles(self, raw: Tensor) -> Tensor:
        """[B, 28] without bounds -> within the limits; the identity but near them."""
        share = (raw - self.middle) / self.reach
        square = share * share
        return self.middle + self.reach * share / (1 + square * square).sqrt().sqrt()

    def pose(self, rest: Tensor, angles: Tensor) -> Tensor:
        """Hands at rest [B, 23, 3] and angles [B, 28] -> joints [B, 21, 3] in the rest axes."""
        angle = angles.T[self.slots].reshape(7, 5, -1)
        chains = rest[:, 1:21].reshape(-1, 5, 4, 3).permute(1, 3, 2, 0)  # [5, 3, 4, B]
        bones = chains[:, :, 1:] - chains[:, :, :-1]
        # The hinges of the fingers that do not cup may be anywhere.
        hinge = torch.cat([chains[:3, :, 0], rest[:, 21:23].permute(1, 2, 0)], 0)[:, :, None]
        # From the tip inwards, every turn takes along what lies beyond it.
        beyond = self._turned(bones[:, :, 2:], angle, 6)
        beyond = torch.cat([bones[:, :, 1:2], beyond], 2)
        for slot in (5, 4):
            beyond = self._turned(beyond, angle, slot)
        beyond = torch.cat([bones[:, :, :1], beyond], 2)
        for slot in (3, 2, 1):
            beyond = self._turned(beyond, angle, slot)
        beyond = torch.cat([chains[:, :, :1] - hinge, beyond], 2)
        parts = self._turned(beyond, angle, 0)
        places = [hinge + parts[:, :, :1]]
        for k in range(1, 4):
            places.append(places[-1] + parts[:, :, k : k + 1])
        fingers = torch.cat(places, 2).permute(3, 0, 2, 1).reshape(-1, 20, 3)
        return torch.cat([rest[:, :1], fingers], 1)

    def _turned(self, vectors: Tensor, angle: Tensor, slot: int) -> Tensor:
        """Vectors [5, 3, k, B] turned about each finger's axis of a slot (Rodrigues)."""
        sine, rest = angle[slot].sin()[:, None, None], 1 - angle[slot].cos()[:, None, None]
        turned = self.cross[slot] @ vectors.reshape(5, 3, -1)
        first, second = turned.reshape(5, 6, _BEYOND[slot], -1).split(3, 1)
        return vectors + sine * first + rest * second


def _slots() -> tuple[np.ndarray, np.ndarray]:
    """Index of the angle, int64 [7, 5], and axis [7, 5, 3] of each of a finger's seven turns.

    No axis, [0, 0, 0], where the
    finger has no such turn.
    """
    slots, axes = np.zeros((7, 5), np.int64), np.zeros((7, 5, 3))
    places = list(zip(_BONE_OF_SLOT, _KIND_OF_SLOT, strict=True))
    for i, (_, bone, kind, _, _) in enumerate(kin.DOF_TABLE[3:]):
        finger, level = (bone - 1, 0) if bone < 6 else ((bone - 6) // 3, (bone - 6) % 3 + 1)
        slot = places.index((level, kind))
        slots[slot, finger], axes[slot, finger] = i, kin.dof_axes()[i + 3]
    return slots, axes
