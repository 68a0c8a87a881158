"""Which joints teach: all 21, or the points that a public set labels (`app.data.joint_sets`)."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from app.data.joint_sets import JointSet
from app.skeleton import N_JOINTS


@dataclass(frozen=True)
class LabelledJoints:
    """Predicted and true joints pass through here before they are compared.

    What a set does not label was filled in and cancels out: a joint that none of the labels
    depends on teaches nothing.
    """

    map: Tensor | None = None  # [S, 21]; None: the joints as they are
    given: tuple[int, ...] = tuple(range(N_JOINTS))  # our joints that are labelled themselves

    @classmethod
    def of(cls, joints: JointSet) -> LabelledJoints:
        weights = torch.from_numpy(joints.map.astype("float32"))
        return cls(weights, tuple(int(j) for j in joints.given))

    @property
    def complete(self) -> bool:
        """Every joint is labelled, so the latent of the labels is known."""
        return len(self.given) == N_JOINTS

    def joints(self, joints: Tensor) -> Tensor:
        """[B, 21, 3] -> [B, S, 3]."""
        return joints if self.map is None else self.map.to(joints) @ joints

    def log_sigma(self, log_sigma: Tensor) -> Tensor:
        """Expected errors [B, 21] -> [B, S]: those of mixtures, at most."""
        if self.map is None:
            return log_sigma
        return (log_sigma.exp() @ self.map.to(log_sigma).abs().T).log()
