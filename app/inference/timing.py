"""Where the time of a frame goes, and what a run amounts to."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterable
from dataclasses import asdict, dataclass

import numpy as np

from app.frames import FrameResult

KEPT = 20_000  # frames whose timing is remembered: 11 minutes at 30 fps


class Stopwatch:
    """Splits one frame into named stages."""

    def __init__(self) -> None:
        self.stage_ms: dict[str, float] = {}
        self._started = self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """The time since the last lap belongs to `stage` (added to what it has)."""
        now = time.perf_counter()
        self.stage_ms[stage] = self.stage_ms.get(stage, 0.0) + (now - self._last) * 1e3
        self._last = now

    def finish(self) -> dict[str, float]:
        """The stages, and "total" since the start."""
        self.stage_ms["total"] = (time.perf_counter() - self._started) * 1e3
        return self.stage_ms


@dataclass(frozen=True, slots=True)
class RunStats:
    """Counts and timings of a run so far."""

    frames_in: int
    frames_estimated: int
    frames_detected: int
    frames_dropped: int
    fps: float
    stage_ms: dict[str, dict[str, float]]  # stage -> {"median", "p95"}
    latency_ms: dict[str, float]  # arrival of the frame to the estimate: {"median", "p95"}
    frames_failed: int = 0  # taken, but nothing came of them

    def to_json(self) -> dict:
        """The form that docs/design/architecture.md gives `--stats`."""
        return asdict(self) | {"fps": round(self.fps, 2)}


class Tally:
    """Collects results; `summary` at any time.

    window: frames that medians and rate look back on.
    """

    def __init__(self, window: int = KEPT):
        self._stages: dict[str, deque[float]] = {}
        self._latency: deque[float] = deque(maxlen=window)
        self._done: deque[float] = deque(maxlen=window)
        self._window = window
        self._started = time.monotonic()
        self.estimated = 0
        self.detected = 0

    def add(self, result: FrameResult) -> None:
        """Count one finished frame."""
        self.estimated += 1
        self.detected += result.detected
        for stage, value in result.stage_ms.items():
            self._stages.setdefault(stage, deque(maxlen=self._window)).append(value)
        self._latency.append(result.latency_ms)
        self._done.append(result.t_done_s)

    def summary(self, frames_in: int, frames_dropped: int, frames_failed: int = 0) -> RunStats:
        """The run so far; the source's side knows how many frames came in and were dropped."""
        return RunStats(
            frames_in=frames_in,
            frames_estimated=self.estimated,
            frames_detected=self.detected,
            frames_dropped=frames_dropped,
            fps=self._rate(),
            stage_ms={
                stage: median_p95(list(values)) for stage, values in list(self._stages.items())
            },
            latency_ms=median_p95(list(self._latency)),
            frames_failed=frames_failed,
        )

    def _rate(self) -> float:
        done = list(self._done)
        if len(done) < self._window:  # since the start, the first frame's own time included
            span, count = (done[-1] - self._started if done else 0.0), len(done)
        else:
            span, count = done[-1] - done[0], len(done) - 1
        return count / span if span > 0 else 0.0


def median_p95(values: Iterable[float]) -> dict[str, float]:
    """{"median", "p95"}, rounded to microseconds; zeros for no values."""
    values = list(values)
    if not values:
        return {"median": 0.0, "p95": 0.0}
    median, p95 = np.percentile(values, [50, 95])
    return {"median": round(float(median), 3), "p95": round(float(p95), 3)}
