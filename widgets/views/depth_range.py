"""Which distances the colours of a depth image span at this moment."""

from __future__ import annotations

import numpy as np

from app.frames import DepthFrame, FrameResult
from widgets.views.depth_style import DepthStyle

HAND_MARGIN_MM = 150.0  # "follow the hand": its depth, this much nearer and farther
RANGE_STEP_MM = 5.0  # the followed range moves in steps, so that colours do not shimmer
PATIENCE_S = 0.7  # without a hand before the range gives way to the whole scene's
SCENE_STEP_MM = 25.0
SCENE_FOLLOW = 0.15  # share of the way that the scene's range goes with each frame


class DepthRange:
    """Follows the hand, or else the scene; or keeps to fixed distances."""

    def __init__(self) -> None:
        self.style = DepthStyle()
        self._hand_mm: float | None = None
        self._hand_key = (0, 0.0)  # epoch and time when the hand was there
        self._scene_mm: np.ndarray | None = None  # near and far of the scene

    def follow(self, frame: DepthFrame, result: FrameResult | None) -> None:
        """Take in a frame; result: None where nobody has looked at it."""
        epoch, seen_s = self._hand_key
        if result is None:
            self._hand_mm = None
        elif result.hands:
            depths = np.concatenate([hand.joints_mm[:, 2] for hand in result.hands])
            known = depths[np.isfinite(depths)]
            self._hand_mm = float(np.median(known)) if known.size else None
            self._hand_key = (frame.epoch, frame.t_s)
        elif frame.epoch != epoch or abs(frame.t_s - seen_s) > PATIENCE_S:
            self._hand_mm = None
        self._scene_mm = scene_range(frame, self._scene_mm)

    def forget(self, scene: bool = True) -> None:
        """Nothing is known of the hand and, if so said, of the scene."""
        self._hand_mm = None
        if scene:
            self._scene_mm = None

    def limits(self) -> tuple[float, float]:
        """(near, far) in mm."""
        if self.style.range_mode == "fixed" or self._scene_mm is None:
            return self.style.near_mm, self.style.far_mm
        if self._hand_mm is None or self.style.range_mode == "equalised":
            near, far = np.round(self._scene_mm / SCENE_STEP_MM) * SCENE_STEP_MM
            return float(near), float(far)
        middle = round(self._hand_mm / RANGE_STEP_MM) * RANGE_STEP_MM
        return max(middle - HAND_MARGIN_MM, 0.0), middle + HAND_MARGIN_MM


def scene_range(frame: DepthFrame, before: np.ndarray | None = None) -> np.ndarray:
    """Where nearly all readings lie, on the way there from `before`: float [2] mm."""
    some = frame.depth_raw[::8, ::8]
    some = some[some > 0]
    if not some.size:
        return np.array([200.0, 1500.0]) if before is None else before
    near, far = np.percentile(some, [1, 98]) * frame.depth_unit_mm
    goal = np.array([max(near - 50, 0), max(far + 50, near + 150)])
    return goal if before is None else before + SCENE_FOLLOW * (goal - before)
