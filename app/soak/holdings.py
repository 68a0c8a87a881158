"""Memory, threads and open files, looked at once a second."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.memory import memory_mb, open_files

WARM_UP = 0.2  # of the time: every buffer has been made by then
PART = 0.2  # of the time after that: what is compared at its two ends
TASKS = Path("/proc/self/task")


@dataclass(frozen=True, slots=True)
class Holding:
    """At one moment."""

    at_s: float
    memory_mb: float
    threads: int  # the system's, not Python's alone
    files: int


@dataclass(frozen=True, slots=True)
class Growth:
    """Medians of the first and the last part after the warm-up."""

    before: float
    after: float
    most: float

    @property
    def grown(self) -> float:
        return self.after - self.before


def look(at_s: float) -> Holding:
    """What this process holds now."""
    threads = len(os.listdir(TASKS)) if TASKS.exists() else 0
    return Holding(at_s, memory_mb(), threads, open_files())


def growth(holdings: list[Holding], what: str) -> Growth:
    """Of one of `Holding`'s fields; zeros for nothing."""
    if not holdings:
        return Growth(0.0, 0.0, 0.0)
    settled = [h for h in holdings if h.at_s >= WARM_UP * holdings[-1].at_s]
    values = [float(getattr(holding, what)) for holding in settled]
    part = max(round(PART * len(values)), 1)
    ends = (round(float(np.median(some)), 1) for some in (values[:part], values[-part:]))
    return Growth(*ends, round(max(values), 1))
