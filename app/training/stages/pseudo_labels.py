"""What unlabelled crops teach in `live`.

The network must say of a turned, scaled and noisy crop what its slowly averaged teacher says of the
crop as it is, turned and scaled alike (Tarvainen & Valpola 2017; for hands Rezaei et al. 2023).
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from app.model.crossing_nets import CrossingNets
from app.training.losses import Mean, joint_error, mean_of
from app.training.samples.changes import Change

SURE = 0.08  # expected joint error in joints_norm (10 mm) at which a teacher counts half


@dataclass(frozen=True)
class PseudoLabels:
    """Changed unlabelled crops, and where the teacher sees their joints."""

    images: Tensor  # [n, 1, 128, 128]
    joints: Tensor  # [n, 21, 3], joints_norm
    confidence: Tensor  # [n, 21], 0..1
    perspective: Tensor  # [n] of the changed crops

    def sure(self) -> Tensor:
        """[n] in 0..1: the teacher's mean confidence in each crop."""
        return self.confidence.mean(1)

    def loss(self, output: Tensor, mean: Mean = mean_of) -> Tensor:
        """Distance of the joints [n, 21, 3] from the teacher's, weighted by its confidence."""
        return mean(self.confidence * joint_error(output, self.joints))


@torch.no_grad()
def make_pseudo_labels(
    teacher: CrossingNets, images: Tensor, perspective: Tensor, change: Change
) -> PseudoLabels:
    """The teacher (in evaluation mode) looks at the unlabelled crops as they are."""
    out = teacher.estimate(images)
    joints = change.joints(teacher.decode(out.z))
    confidence = out.presence_logit.sigmoid()[:, None] * SURE / (SURE + out.log_sigma.exp())
    return PseudoLabels(change.images(images), joints, confidence, perspective * change.scale)
