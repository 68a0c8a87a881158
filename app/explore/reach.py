"""How far a hand may be moved before it runs into itself."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.frames import CUBE_MM
from app.hand.contact import overlap_mm
from app.hand.plausible import OVERLAP_MM

POINTS = 13  # that are looked at on the way
ROUNDS = 2  # each looks closer at the last clear piece
EASE_MM = 0.1  # by which a hand that overlaps already may get worse


def clear_share(
    start: np.ndarray, end: np.ndarray, decode: Callable[[np.ndarray], np.ndarray]
) -> float:
    """The share of the line from z to z, [D] each, on which no finger runs into the hand.

    Where the hand at the start does so already, it may be led anywhere that is no worse. decode:
    z [N, D] -> joints [N, 21, 3]. 1: all of it.
    """
    low, high, limit = 0.0, 1.0, 0.0
    for _ in range(ROUNDS):
        shares = np.linspace(low, high, POINTS)
        between = start + shares[:, None] * (end - start)
        depth = overlap_mm(decode(between.astype(np.float32)) * (CUBE_MM / 2))
        limit = limit or max(OVERLAP_MM, float(depth[0]) + EASE_MM)
        if limit > OVERLAP_MM and high == 1 and depth[-1] <= limit:
            return 1.0
        bad = np.flatnonzero(depth > limit)
        if not len(bad):
            return float(high)
        low, high = float(shares[max(bad[0] - 1, 0)]), float(shares[bad[0]])
    return low
