"""Memory, threads and open files, looked at once a second."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.memory import count_threads, memory_mb, open_files

WARM_UP = 0.2  # of the time: every buffer has been made by then
PART = 0.2  # of the time after that: what is compared at its two ends


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
    return Holding(at_s, memory_mb(), count_threads(), open_files())


def growth(holdings: list[Holding], what: str) -> Growth:
    """Of one of `Holding`'s fields."""
    return growth_of([(held.at_s, float(getattr(held, what))) for held in holdings])


def growth_of(samples: Sequence[tuple[float, float]], warm_up: float = WARM_UP) -> Growth:
    """samples: (s, value) in order of time; zeros for none. warm_up: the share that is left out."""
    if not samples:
        return Growth(0.0, 0.0, 0.0)
    values = [value for at_s, value in samples if at_s >= warm_up * samples[-1][0]]
    part = max(round(PART * len(values)), 1)
    before, after = (round(float(np.median(v)), 1) for v in (values[:part], values[-part:]))
    return Growth(before, after, round(max(values), 1))
