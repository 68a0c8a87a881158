"""What a generator of scenes is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from app.hand.asset import Identity
from app.hand.prior import load_prior
from app.hand.shape import SPLITS, Split
from app.synthetic.kinds import WildKind

Kind = Literal["hand", "none", "distractor"] | WildKind
TRIES = 8  # attempts at one scene before the best of them is taken as it is
BLOCK = 32  # poses are drawn for this many scenes at once
POSES = BLOCK * TRIES  # in a block


@dataclass(frozen=True, slots=True)
class SceneOptions:
    """What to render.

    kinds: weights of the kinds of scene. cameras: names of `camera_models.FRAME_CAMERAS`. scale:
    0.25 renders a quarter of width and height. strict: frames for measuring, where the hand is
    whole, in view and the only one, and nothing but its own arm, a desk's edge or the distractor is
    nearer. only_hand: no body, room or clutter. hand_mm: limits of the distance, not the camera's
    own. identity: whose hands.
    """

    seed: int
    split: Split = "train"
    kinds: dict[Kind, float] | None = None
    cameras: tuple[str, ...] | None = None
    scale: float = 1.0
    strict: bool = False
    only_hand: bool = False
    hand_mm: tuple[float, float] | None = None
    identity: Identity = "makehuman"

    def pose(self, number: int) -> np.ndarray:
        """float32 [31] rad: pose `number` of this generator."""
        block, place = divmod(number, POSES)
        return _pose_block(self.seed, self.split, block)[place]


@lru_cache(maxsize=8)
def _pose_block(seed: int, split: Split, block: int) -> np.ndarray:
    rng = np.random.default_rng([seed, SPLITS.index(split), block, 1, 0])
    return load_prior().sample(rng, POSES, split)
