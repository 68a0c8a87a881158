"""Random hands of the prior that a hand can hold."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.frames import CUBE_MM
from app.hand.coupling import SLACK_DEG, coupling_excess_deg
from app.hand.plausible import is_plausible
from app.latent.space import LatentSpace

TRIES = 24


def draw_possible(
    space: LatentSpace, seed: int, decode: Callable[[np.ndarray], np.ndarray]
) -> np.ndarray:
    """float32 [n_code]: the first of the seed's draws whose hand is possible.

    decode: z [N, D] -> joints [N, 21, 3]. Where none of `TRIES` draws is, the first of them.
    """
    rng = np.random.default_rng(seed)
    first = space.draw(rng, 1)[0]
    code = first
    for _ in range(TRIES):
        joints = decode(space.compose(code)[None]) * (CUBE_MM / 2)
        if is_plausible(joints)[0] and coupling_excess_deg(joints)[0] <= SLACK_DEG:
            return code
        code = space.draw(rng, 1)[0]
    return first
