"""Ways through the latent space that can be scrubbed: between two hands, or as a walk went."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from app.frames import read_only
from app.latent.space import LatentSpace
from app.latent.walk import interpolate


class Path(Protocol):
    """From its beginning (share 0) to its end (share 1)."""

    def at(self, share: float) -> np.ndarray:
        """float32 [D]: z at a share of the way; shares beyond 0 and 1 stay at the ends."""


@dataclass(frozen=True, eq=False)
class Between:
    """From hand A to hand B: the line, or the great arc about the mean hand."""

    start: np.ndarray  # float32 [D]
    end: np.ndarray
    space: LatentSpace
    arc: bool = False

    def at(self, share: float) -> np.ndarray:
        centre = self.space.centre if self.arc else None
        share = float(np.clip(share, 0, 1))
        return interpolate(self.start, self.end, share, self.space.n_code, centre)


@dataclass(frozen=True, eq=False)
class Walked:
    """Points as they were passed. Raises ValueError where times and points do not fit."""

    times_s: np.ndarray  # float64 [N], growing
    points: np.ndarray  # float32 [N, D]
    n_code: int

    def __post_init__(self) -> None:
        if self.points.ndim != 2 or self.times_s.shape != self.points.shape[:1]:
            raise ValueError("a walk has one time for each point")
        if not len(self.points) or (np.diff(self.times_s) <= 0).any():
            raise ValueError("a walk has at least one point, and its times grow")

    @property
    def seconds(self) -> float:
        return float(self.times_s[-1] - self.times_s[0])

    def at(self, share: float) -> np.ndarray:
        t = self.times_s[0] + float(np.clip(share, 0, 1)) * self.seconds
        after = int(np.clip(np.searchsorted(self.times_s, t), 1, max(len(self.times_s) - 1, 1)))
        if len(self.points) == 1:
            return self.points[0].copy()
        before, next_s = self.times_s[after - 1], self.times_s[after]
        part = (t - before) / (next_s - before)
        return interpolate(self.points[after - 1], self.points[after], part, self.n_code)


def count_frames(seconds: float, fps: float) -> int:
    """Of a film, both ends among them; two at least."""
    return max(2, round(seconds * fps) + 1)


def sample(path: Path, seconds: float, fps: float) -> np.ndarray:
    """float32 [N, D]: the frames of a film of the path."""
    count = count_frames(seconds, fps)
    return read_only(np.stack([path.at(k / (count - 1)) for k in range(count)]).astype(np.float32))


class Recorder:
    """Remembers the newest `limit_s` seconds of a walk."""

    def __init__(self, limit_s: float = 120.0):
        self.limit_s = limit_s
        self._times: list[float] = []
        self._points: list[np.ndarray] = []

    def clear(self) -> None:
        self._times, self._points = [], []

    def add(self, t_s: float, z: np.ndarray) -> None:
        """A point at a time later than the last one's; another one is left out."""
        if self._times and t_s <= self._times[-1]:
            return
        self._times.append(t_s)
        self._points.append(np.array(z, np.float32))
        stale = sum(t < t_s - self.limit_s for t in self._times[:64])
        del self._times[:stale], self._points[:stale]

    def walked(self, n_code: int) -> Walked | None:
        """What was walked, from time 0; None where that is nothing."""
        if len(self._times) < 2:
            return None
        times = np.array(self._times) - self._times[0]
        return Walked(read_only(times), read_only(np.stack(self._points)), n_code)
