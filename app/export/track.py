"""The joints of a whole recording: a row a hand and frame, growing while the recording is read."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

import numpy as np

from app.frames import DepthFrame, Frame, FrameResult, Intrinsics, read_only
from app.skeleton import N_JOINTS

LOW_CONFIDENCE = 0.4  # below it a frame counts as doubtful
NO_HAND, DOUBTFUL, SURE = 0, 1, 2  # marks of rows
# What a column holds where no hand was found, but for 0.
EMPTY = {"hand": "", "joints_mm": np.nan, "joints_raw_mm": np.nan, "tracks": -1}


@dataclass(frozen=True, slots=True)
class TrackSource:
    """What the joints were estimated from and by."""

    name: str  # of the recording, for the user
    intrinsics: Intrinsics
    depth_unit_mm: float
    fps: float  # nominal
    start_s: float = 0.0  # device time of the recording's first frame
    weights: str = ""  # of the network: the file's name and the first digits of its SHA-256
    note: str = ""  # why frames are missing: "stops after frame 10 of 20; the rest is damaged"


@dataclass(frozen=True, slots=True)
class FrameJoints:
    """One row: a hand of a frame, or that none was found: then joints and `track` are None."""

    index: int
    t_s: float
    hand: str | None = None
    confidence: float = 0.0
    joints_mm: np.ndarray | None = None  # float32 [21, 3], camera frame, filtered
    joints_raw_mm: np.ndarray | None = None  # the same before the filter
    track: int | None = None  # stays with a hand while it is followed

    @property
    def detected(self) -> bool:
        return self.joints_mm is not None


def rows_of(result: FrameResult) -> tuple[FrameJoints, ...]:
    """What is kept of a frame: a row a hand, one that says so where there is none."""
    index, t_s = result.frame.index, result.frame.t_s
    if not result.hands:
        return (FrameJoints(index, t_s),)
    return tuple(
        FrameJoints(
            index, t_s, hand.hand, hand.confidence, hand.joints_mm, hand.joints_raw_mm, hand.track
        )
        for hand in result.hands
    )


@dataclass(frozen=True, slots=True)
class Track:
    """Rows in the order of the recording; arrays of one length n, read-only.

    A frame without a hand has one row, a frame with several one for each, one after the other.
    """

    source: TrackSource
    index: np.ndarray  # int64 [n], number of the frame in the recording
    t_s: np.ndarray  # float64 [n], device time
    hand: np.ndarray  # str [n], "right", "left", or "" where no hand was found
    confidence: np.ndarray  # float32 [n]
    joints_mm: np.ndarray  # float32 [n, 21, 3], camera frame, filtered; NaN where no hand was found
    joints_raw_mm: np.ndarray  # the same before the filter
    tracks: np.ndarray  # int32 [n], stays with a hand while it is followed; -1: no hand was found

    def __len__(self) -> int:
        return len(self.index)

    @property
    def detected(self) -> np.ndarray:
        """Is there a hand in the row? bool [n]."""
        return self.hand != ""

    @property
    def seconds(self) -> np.ndarray:
        """Time since the recording's first frame, as the player's clock shows it, float64 [n]."""
        return self.t_s - self.source.start_s

    @property
    def marks(self) -> np.ndarray:
        """NO_HAND, DOUBTFUL or SURE, uint8 [n]."""
        sure = np.where(self.confidence < LOW_CONFIDENCE, DOUBTFUL, SURE)
        return np.where(self.detected, sure, NO_HAND).astype(np.uint8)

    @property
    def n_frames(self) -> int:
        """Frames that there are rows of."""
        return int(self._begins.sum())

    @property
    def _begins(self) -> np.ndarray:
        """Rows that are the first of their frame, bool [n]."""
        return np.diff(self.index, prepend=-1) != 0

    def one_a_frame(self, hand: str = "") -> Track:
        """The first row of every frame; of those with this hand ("right", "left") its first one."""
        frame = np.cumsum(self._begins) - 1
        order = np.lexsort((np.arange(len(self)), self.hand != hand if hand else 0 * frame, frame))
        return self._rows(order[np.searchsorted(frame[order], np.arange(self.n_frames))])

    def _rows(self, chosen: np.ndarray) -> Track:
        if len(chosen) == len(self):
            return self
        columns = {name: read_only(getattr(self, name)[chosen]) for name in COLUMNS}
        return Track(self.source, **columns)

    def row_at(self, seconds: float) -> int:
        """The row nearest to this time on the player's clock; 0 where no time is a number."""
        gaps = np.abs(self.seconds - seconds)
        return int(np.where(np.isfinite(gaps), gaps, np.inf).argmin())

    def rows(self) -> Iterator[FrameJoints]:
        """Each row as what the writers take."""
        for k in range(len(self)):
            index, t_s, confidence = (a[k].item() for a in (self.index, self.t_s, self.confidence))
            if not self.hand[k]:
                yield FrameJoints(index, t_s, confidence=confidence)
            else:
                hand, joints, raw = str(self.hand[k]), self.joints_mm[k], self.joints_raw_mm[k]
                yield FrameJoints(index, t_s, hand, confidence, joints, raw, int(self.tracks[k]))


COLUMNS = tuple(field.name for field in fields(Track) if field.name != "source")


class TrackBuilder:
    """Takes results one after the other; `track` gives what there is so far."""

    def __init__(self, source: TrackSource, capacity: int = 1024):
        self._source, self._n = source, 0
        self.n_frames = 0
        none = np.full((capacity, N_JOINTS, 3), np.nan, np.float32)
        self._columns = {
            "index": np.zeros(capacity, np.int64),
            "t_s": np.zeros(capacity),
            "hand": np.zeros(capacity, "<U5"),
            "confidence": np.zeros(capacity, np.float32),
            "joints_mm": none,
            "joints_raw_mm": none.copy(),
            "tracks": np.full(capacity, -1, np.int32),
        }

    def __len__(self) -> int:
        """Rows."""
        return self._n

    def add(self, result: FrameResult) -> None:
        """One more frame. The first one says what camera the joints were estimated with."""
        if not self._n:
            self._source = _seen_by(self._source, result.frame)
        for row in rows_of(result):
            self._write(row)
        self.n_frames += 1

    def track(self, note: str = "") -> Track:
        """A copy of the rows so far; the builder may go on."""
        copies = {
            name: read_only(column[: self._n].copy()) for name, column in self._columns.items()
        }
        return Track(replace(self._source, note=note), **copies)

    def _write(self, row: FrameJoints) -> None:
        if self._n == len(self._columns["index"]):
            self._grow()
        k = self._n
        for name in ("index", "t_s", "confidence"):
            self._columns[name][k] = getattr(row, name)
        if row.joints_mm is not None:
            raw = row.joints_mm if row.joints_raw_mm is None else row.joints_raw_mm
            self._columns["hand"][k] = row.hand or "right"
            self._columns["joints_mm"][k] = row.joints_mm
            self._columns["joints_raw_mm"][k] = raw
            self._columns["tracks"][k] = row.track or 0
        self._n += 1

    def _grow(self) -> None:
        for name, column in self._columns.items():
            more = np.full(column.shape, EMPTY.get(name, 0), column.dtype)
            self._columns[name] = np.concatenate([column, more])


def _seen_by(source: TrackSource, frame: Frame) -> TrackSource:
    """The source with the camera's numbers that a frame was estimated with."""
    camera = frame.camera or source.intrinsics
    unit_mm = frame.depth_unit_mm if isinstance(frame, DepthFrame) else source.depth_unit_mm
    return replace(source, intrinsics=camera, depth_unit_mm=unit_mm)
