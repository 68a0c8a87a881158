"""This hand's size over the mean hand's, followed slowly: it sets the side of the crop cube.

A single depth image fixes a bone's length to a few millimetres; the median over seconds of
confident frames does better.
"""

from __future__ import annotations

from collections import deque

import numpy as np

from app.skeleton import MEAN_HAND_MM, bone_lengths

SMALLEST, LARGEST = 0.8, 1.25
MIDDLE_CHAIN = np.array([8, 9, 10, 11])  # rows of skeleton.BONES from wrist to middle tip
HISTORY = 90  # confident frames, 3 s at 30 fps
ENOUGH = 10  # frames before the scale moves at all
STEP = 0.004  # largest change a frame: 12 % a second


class HandSize:
    """Follows the scale of one hand. `scale` is 1 for a new hand and stays in [0.8, 1.25].

    fixed: what the user says it is, and then nothing is followed; 0: nobody says.
    """

    def __init__(self, fixed: float = 0.0) -> None:
        self.fixed, self.scale = fixed, 1.0
        self.reset()

    def fix(self, scale: float) -> None:
        """The user says so; 0: follow the hand again, from where it is."""
        self.fixed = scale
        self.scale = scale or self.scale

    def reset(self) -> None:
        """A new hand: nothing is known about it."""
        self.scale = self.fixed or 1.0
        self._seen: deque[float] = deque(maxlen=HISTORY)

    def follow(self, joints_mm: np.ndarray, confidence: float, needed: float = 0.6) -> float:
        """Take in one frame's joints [21, 3] mm. Returns the scale.

        Frames less sure than `needed` are passed over.
        """
        if confidence >= needed:
            self._seen.append(measure_scale(joints_mm))
        if len(self._seen) >= ENOUGH and not self.fixed:
            target = float(np.clip(np.median(self._seen), SMALLEST, LARGEST))
            self.scale += float(np.clip(target - self.scale, -STEP, STEP))
        return self.scale


def measure_scale(joints_mm: np.ndarray) -> float:
    """Length wrist to middle tip along the bones of [21, 3] mm, over the mean hand's."""
    return float(bone_lengths(joints_mm)[MIDDLE_CHAIN].sum()) / MEAN_HAND_MM
