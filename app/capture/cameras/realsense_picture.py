"""A frameset of librealsense as arrays of ours: filtered where wanted, colour laid on the depth."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from app.capture.cameras.realsense_choice import StreamChoice
from app.frames import read_only


class PictureChain:
    """The filters of one stream, in librealsense's order: align, temporal, threshold."""

    def __init__(self, rs: ModuleType, choice: StreamChoice):
        self._align = rs.align(rs.stream.depth) if choice.colour else None
        self._filters = [rs.temporal_filter()] if choice.temporal else []
        if choice.far_mm:
            self._filters.append(rs.threshold_filter(choice.near_mm / 1e3, choice.far_mm / 1e3))
        self._colour: np.ndarray | None = None  # the newest: colour comes less often than depth

    def take(self, frameset: Any) -> tuple[np.ndarray, np.ndarray | None, float]:
        """(uint16 [H, W] depth, uint8 [H, W, 3] RGB or None, device time in ms), copies of ours.

        Raises RuntimeError where librealsense fails.
        """
        if self._align is not None and frameset.get_color_frame():
            frameset = self._align.process(frameset).as_frameset()
            self._colour = _copy(frameset.get_color_frame())
        depth = frameset.get_depth_frame()
        t_ms = depth.get_timestamp()
        for one in self._filters:
            depth = one.process(depth)
        return _copy(depth), self._colour, t_ms


def _copy(frame: Any) -> np.ndarray:
    """A view would starve the stream: librealsense has few frames to give."""
    return read_only(np.asanyarray(frame.get_data()).copy())
