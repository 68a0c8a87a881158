"""How good is the hand of a latent? What the discriminator, the prior and anatomy say of it.

The gan head tells real from synthesised depth maps; trained against the generator until it can
hardly tell them apart, it marks broken pictures, but not every unlikely pose. Hence the two others
beside it: the rank of the code under the prior, and the joints' limits.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.engine.engine import Engine
from app.frames import HandEstimate
from app.hand.contact import overlap_mm
from app.hand.coupling import SLACK_DEG as ALONE_SLACK_DEG
from app.hand.coupling import coupling_excess_deg
from app.hand.plausible import OVERLAP_MM, SLACK_DEG, limit_excess_deg
from app.hand.reference_poses import distances_mm
from app.latent.density import PriorDensity
from app.skeleton import mirror

NEAREST = 3


@dataclass(frozen=True, slots=True)
class Anatomy:
    """Of the joints alone (`app.hand.plausible`, `app.hand.coupling`)."""

    beyond_deg: float  # of the worst joint, over its limit
    overlap_mm: float  # of fingers and palm with each other
    alone_deg: float = 0.0  # of the worst finger, further from its neighbours than they let it go

    @property
    def possible(self) -> bool:
        within = self.beyond_deg <= SLACK_DEG and self.overlap_mm <= OVERLAP_MM
        return within and self.alone_deg <= ALONE_SLACK_DEG


@dataclass(frozen=True, slots=True)
class LatentScore:
    """What is thought of the hand of a latent.

    realism: 0..1 by the gan head, of the synthesised map. rank: share of the prior's draws that are
    less likely. nearest: index of `reference_poses` and distance in mm, the nearest first. anatomy:
    None where it was not asked for.
    """

    realism: float
    rank: float
    nearest: tuple[tuple[int, float], ...]
    anatomy: Anatomy | None = None


def score_latent(
    engine: Engine, density: PriorDensity, hand: HandEstimate, anatomy: bool = True
) -> LatentScore:
    """Of a detected hand with its latent and synthesised map.

    Anatomy takes some 15 ms, the rest less than one.
    """
    if hand.synthesised is None:
        raise ValueError("a hand without a synthesised map has no score")
    joints = np.asarray(hand.joints_mm, np.float32)
    joints = mirror(joints) if hand.hand == "left" else joints
    far = distances_mm(joints)
    found = None
    if anatomy:
        beyond, overlap = limit_excess_deg(joints[None]), overlap_mm(joints[None])
        alone = coupling_excess_deg(joints[None])
        found = Anatomy(float(beyond[0]), float(overlap[0]), float(alone[0]))
    return LatentScore(
        float(engine.realism(hand.synthesised[None])[0]),
        density.rank(hand.z),
        tuple((int(k), float(far[k])) for k in np.argsort(far)[:NEAREST]),
        found,
    )
