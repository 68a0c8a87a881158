"""The times of recorded frames: they only grow, whatever was played, sought or plugged in again."""

from __future__ import annotations

import math

from app.capture.base import StreamInfo
from app.frames import Frame


class RecordClock:
    """Keeps a source's own times while they grow.

    Where they jump, at a seek, a loop, a reconnect or a faulty stamp, it goes on one frame's time
    later; for a camera, the time that passed.
    """

    def __init__(self, info: StreamInfo):
        self._live, self._interval_s = info.live, 1.0 / info.fps
        self._before: Frame | None = None
        self._first_s = self._last_s = self._shift_s = 0.0

    @property
    def seconds(self) -> float:
        """From the first frame to the last."""
        return self._last_s - self._first_s

    def stamp(self, frame: Frame) -> float:
        """Device time of the frame in the recording, seconds."""
        before, self._before = self._before, frame
        if before is None:
            self._first_s = self._last_s = frame.t_s if math.isfinite(frame.t_s) else 0.0
            return self._last_s
        t_s = frame.t_s + self._shift_s
        if frame.epoch != before.epoch or not (math.isfinite(t_s) and t_s > self._last_s):
            t_s = self._last_s + self._gap_s(before, frame)
            if math.isfinite(frame.t_s):
                self._shift_s = t_s - frame.t_s
        self._last_s = t_s
        return t_s

    def _gap_s(self, before: Frame, frame: Frame) -> float:
        gap_s = frame.t_host_s - before.t_host_s
        if self._live and math.isfinite(gap_s) and gap_s > self._interval_s:
            return gap_s
        return self._interval_s
