"""Frames per second, from a counter that grows."""

from __future__ import annotations

import time
from collections import deque


class Rate:
    """Rate of a counter over the last `window_s` seconds."""

    def __init__(self, window_s: float = 2.0):
        self._window_s = window_s
        self._seen: deque[tuple[float, int]] = deque()

    def fps(self, count: int, now_s: float | None = None) -> float:
        """Tell the counter's value, get its rate; 0 for a first value and after it fell."""
        now_s = time.monotonic() if now_s is None else now_s
        if self._seen and count < self._seen[-1][1]:
            self._seen.clear()  # another source
        self._seen.append((now_s, count))
        while len(self._seen) > 2 and now_s - self._seen[0][0] > self._window_s:
            self._seen.popleft()
        span_s = now_s - self._seen[0][0]
        return (count - self._seen[0][1]) / span_s if span_s > 0 else 0.0
