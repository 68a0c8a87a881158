"""`app.hand.contact` in torch, for losses: how deep the capsules of hands run into each other."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from app.hand.capsules import CONTACT
from app.hand.contact import capsule_pairs, mean_bones_mm
from app.skeleton import BONES, MCP


class Contact(nn.Module):
    """Joints [B, 21, 3] in any frame and unit -> overlap of every pair of capsules [B, p].

    In mm of the mean hand; negative: the gap between them.
    """

    starts: Tensor  # int64 [2, p]: points of the one and of the other capsule
    stops: Tensor
    radii: Tensor  # float32 [p]: sum of both

    def __init__(self) -> None:
        super().__init__()
        chosen = CONTACT[capsule_pairs()]  # [p, 2]
        for name, values in {
            "starts": chosen["start"].T.astype(int),
            "stops": chosen["stop"].T.astype(int),
            "radii": chosen["radius_mm"].sum(1),
        }.items():
            self.register_buffer(name, torch.tensor(values), persistent=False)

    def forward(self, joints: Tensor) -> Tensor:
        """See the class."""
        bones = joints[:, BONES[:, 1].tolist()] - joints[:, BONES[:, 0].tolist()]
        size = bones.norm(dim=-1).sum(1)[:, None, None] / mean_bones_mm()
        points = torch.cat([joints, 0.5 * (joints[:, :1] + joints[:, MCP.tolist()])], 1)
        points = (points / size).permute(1, 2, 0)  # [25, 3, B] mm of the mean hand
        starts, stops = points[self.starts], points[self.stops]  # [2, p, 3, B]
        gap = segment_gap(starts[0], stops[0] - starts[0], starts[1], stops[1] - starts[1])
        return self.radii[:, None].sub(gap).T


def contact_loss(overlap_mm: Tensor, allowed_mm: float, unit_mm: float) -> Tensor:
    """[B, p] -> [B]: square of what every pair overlaps beyond `allowed_mm`."""
    return ((overlap_mm - allowed_mm).clamp_min(0) / unit_mm).square().sum(1)


def segment_gap(p1: Tensor, d1: Tensor, p2: Tensor, d2: Tensor) -> Tensor:
    """Distance [p, B] of the segments p1 + s d1 and p2 + t d2, s and t in 0..1, [p, 3, B].

    Ericson 2004, Real-Time Collision Detection, 5.1.9; the nearest s and t are held while
    differentiating, which leaves the gradient of the distance as it is.
    """
    with torch.no_grad():
        r = p1 - p2
        a, e, b = (d1 * d1).sum(1), (d2 * d2).sum(1), (d1 * d2).sum(1)
        c, f = (d1 * r).sum(1), (d2 * r).sum(1)
        spread = a * e - b * b
        s = ((b * f - c * e) / spread.clamp_min(1e-6)).clamp(0, 1) * (spread > 1e-6)
        t = ((b * s + f) / e).clamp(0, 1)
        s = ((b * t - c) / a).clamp(0, 1)
    between = p1 - p2 + s[:, None] * d1 - t[:, None] * d2
    return between.square().sum(1).clamp_min(1e-8).sqrt()
