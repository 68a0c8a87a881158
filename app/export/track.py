"""The joints of a whole recording: one row a frame, growing while the recording is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Self

import numpy as np

from app.frames import HandEstimate, Intrinsics, read_only
from app.skeleton import N_JOINTS

LOW_CONFIDENCE = 0.4  # below it a frame counts as doubtful
NO_HAND, DOUBTFUL, SURE = 0, 1, 2  # marks of frames


@dataclass(frozen=True, slots=True)
class TrackSource:
    """What the joints were estimated from and by."""

    name: str  # of the recording, for the user
    intrinsics: Intrinsics
    depth_unit_mm: float
    fps: float  # nominal
    start_s: float = 0.0  # device time of the recording's first frame
    weights: str = ""  # of the network: the file's name and the first digits of its SHA-256
    note: str = ""  # why frames are missing: "ended early at frame 10 of 20"


@dataclass(frozen=True, slots=True)
class FrameJoints:
    """One row. `joints_mm` and `joints_raw_mm` are None where no hand was found."""

    index: int
    t_s: float
    hand: str | None = None
    confidence: float = 0.0
    joints_mm: np.ndarray | None = None  # float32 [21, 3], camera frame, filtered
    joints_raw_mm: np.ndarray | None = None  # the same before the filter

    @property
    def detected(self) -> bool:
        return self.joints_mm is not None

    @classmethod
    def of(cls, estimate: HandEstimate) -> Self:
        """What is kept of an estimate."""
        frame = estimate.frame
        if not estimate.detected or estimate.joints_mm is None:
            return cls(frame.index, frame.t_s, confidence=estimate.confidence)
        return cls(
            frame.index, frame.t_s, estimate.hand, estimate.confidence, estimate.joints_mm,
            estimate.joints_raw_mm,
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Track:
    """Rows in the order of the recording; arrays of one length n, read-only."""

    source: TrackSource
    index: np.ndarray  # int64 [n], number of the frame in the recording
    t_s: np.ndarray  # float64 [n], device time
    hand: np.ndarray  # str [n], "right", "left", or "" where no hand was found
    confidence: np.ndarray  # float32 [n]
    joints_mm: np.ndarray  # float32 [n, 21, 3], camera frame, filtered; NaN where no hand was found
    joints_raw_mm: np.ndarray  # the same before the filter

    def __len__(self) -> int:
        return len(self.index)

    @property
    def detected(self) -> np.ndarray:
        """bool [n]."""
        return self.hand != ""

    @property
    def seconds(self) -> np.ndarray:
        """float64 [n]: time since the recording's first frame, as the player's clock shows it."""
        return self.t_s - self.source.start_s

    @property
    def marks(self) -> np.ndarray:
        """uint8 [n]: NO_HAND, DOUBTFUL or SURE."""
        sure = np.where(self.confidence < LOW_CONFIDENCE, DOUBTFUL, SURE)
        return np.where(self.detected, sure, NO_HAND).astype(np.uint8)

    def row_at(self, seconds: float) -> int:
        """The row nearest to this time on the player's clock; 0 where no time is a number."""
        gaps = np.abs(self.seconds - seconds)
        return int(np.where(np.isfinite(gaps), gaps, np.inf).argmin())

    def rows(self) -> Iterator[FrameJoints]:
        """Each frame as what the writers take."""
        for k in range(len(self)):
            index, t_s, confidence = (a[k].item() for a in (self.index, self.t_s, self.confidence))
            if not self.hand[k]:
                yield FrameJoints(index, t_s, confidence=confidence)
            else:
                joints, raw = self.joints_mm[k], self.joints_raw_mm[k]
                yield FrameJoints(index, t_s, str(self.hand[k]), confidence, joints, raw)

    def with_note(self, note: str) -> Track:
        """The same, saying why frames are missing."""
        return replace(self, source=replace(self.source, note=note))


class TrackBuilder:
    """Takes estimates one after the other; `track` gives what there is so far."""

    def __init__(self, source: TrackSource, capacity: int = 1024):
        self._source, self._n = source, 0
        none = np.full((capacity, N_JOINTS, 3), np.nan, np.float32)
        self._columns = {
            "index": np.zeros(capacity, np.int64),
            "t_s": np.zeros(capacity),
            "hand": np.zeros(capacity, "<U5"),
            "confidence": np.zeros(capacity, np.float32),
            "joints_mm": none,
            "joints_raw_mm": none.copy(),
        }

    def __len__(self) -> int:
        return self._n

    def add(self, estimate: HandEstimate) -> None:
        """One more frame. The first one says what camera the joints were estimated with."""
        if not self._n:
            frame = estimate.frame
            self._source = replace(
                self._source, intrinsics=frame.intrinsics, depth_unit_mm=frame.depth_unit_mm
            )
        if self._n == len(self._columns["index"]):
            self._grow()
        row, k = FrameJoints.of(estimate), self._n
        for name in ("index", "t_s", "confidence"):
            self._columns[name][k] = getattr(row, name)
        if row.detected:
            raw = row.joints_mm if row.joints_raw_mm is None else row.joints_raw_mm
            self._columns["hand"][k] = row.hand or "right"
            self._columns["joints_mm"][k] = row.joints_mm
            self._columns["joints_raw_mm"][k] = raw
        self._n += 1

    def track(self, note: str = "") -> Track:
        """A copy of the rows so far; the builder may go on."""
        copies = {
            name: read_only(column[: self._n].copy()) for name, column in self._columns.items()
        }
        return Track(replace(self._source, note=note), **copies)

    def _grow(self) -> None:
        for name, column in self._columns.items():
            empty = np.nan if name.startswith("joints") else 0
            more = np.full(column.shape, "" if name == "hand" else empty, column.dtype)
            self._columns[name] = np.concatenate([column, more])
