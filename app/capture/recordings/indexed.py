"""What all recordings share: frames by number, damaged ones passed over, an honest end."""

from __future__ import annotations

from abc import abstractmethod
from bisect import bisect_left
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from app.capture.base import DEFAULT_FPS, Damaged, DepthSource, EndOfStream, StreamInfo
from app.errors import CaptureError, EndedEarly, NotARecording
from app.frames import DepthFrame, Intrinsics


class IndexedSource(DepthSource):
    """A recording on disk. A subclass gives `_load`, `_frame`, `_stamp` and `_release`.

    `_load` sets `_count` (frames that can be asked for), `_expected` (frames that there should be,
    None: not known) and `_damage` (what is wrong with the file as a whole, or empty).
    """

    def __init__(self, path: Path | str):
        self._path = Path(path)
        self._opened = False
        self._reset()

    def open(self) -> StreamInfo:
        self.close()
        try:
            info = self._load()
        except (Damaged, OSError) as error:
            self.close()
            raise NotARecording(f"{self._path} cannot be read: {error}") from None
        except CaptureError:
            self.close()
            raise
        self._opened = True
        return info

    def read(self, timeout_s: float = 0.2) -> DepthFrame | None:
        while self._at < self._count:
            self._at += 1
            frame = self._try_frame(self._at - 1)
            if frame is not None:
                return frame
        if not self._opened:
            raise CaptureError(f"{self._path} is not open")
        if not self._damage and not self._unreadable:
            raise EndOfStream
        lost = f"{len(self._unreadable)} frames cannot be read"
        readable = self._count - len(self._unreadable)
        raise EndedEarly(readable, self._expected, self._damage or lost)

    def close(self) -> None:
        self._release()
        self._reset()

    @property
    def position(self) -> int:
        return self._at

    def seek(self, index: int) -> None:
        self._at = min(max(index, 0), max(self._count - 1, 0))

    def index_at(self, seconds: float) -> int:
        target_s = self._stamp(0) + seconds if self._count else 0.0
        return bisect_left(range(self._count), target_s, key=self._stamp)

    @abstractmethod
    def _load(self) -> StreamInfo:
        """Open the file. Raises CaptureError, Damaged or OSError."""

    @abstractmethod
    def _frame(self, index: int) -> DepthFrame:
        """Raises Damaged where frame `index` cannot be read."""

    @abstractmethod
    def _stamp(self, index: int) -> float:
        """Device time of frame `index` in seconds; never raises."""

    @abstractmethod
    def _release(self) -> None:
        """Close the file, if there is one."""

    def _reset(self) -> None:
        self._at = self._count = 0
        self._expected: int | None = None
        self._damage = ""
        self._unreadable: set[int] = set()
        self._opened = False

    def _try_frame(self, index: int) -> DepthFrame | None:
        try:
            return self._frame(index)
        except Damaged:
            self._unreadable.add(index)
            return None

    def _describe(self, device: str, fps: float, serial: str = "", note: str = "") -> StreamInfo:
        """What the first and the last readable frame say, and what the file says of the camera."""
        first, last = self._ends()
        return StreamInfo(
            name=f"{self._path.name} ({device})",
            kind="recording",
            intrinsics=first.intrinsics,
            depth_unit_mm=first.depth_unit_mm,
            fps=fps if 1 <= fps <= 1000 else DEFAULT_FPS,
            n_frames=self._count,
            duration_s=last.t_s - first.t_s if last.t_s >= first.t_s else None,
            seekable=True,
            serial=serial,
            note=note,
            start_s=first.t_s,
        )

    def _ends(self) -> tuple[DepthFrame, DepthFrame]:
        """The first and the last frame that can be read; raises NotARecording where none can."""
        indices = range(self._count)
        first = next(filter(None, map(self._try_frame, indices)), None)
        if first is None:
            raise NotARecording(f"{self._path}: not one of its depth images can be read")
        return first, next(filter(None, map(self._try_frame, reversed(indices))))


def fitting(camera: Intrinsics | None, pixels: np.ndarray) -> Intrinsics | None:
    """What a recording says of a camera, where that fits its picture [H, W, 3]; else None."""
    size = None if camera is None else (camera.height, camera.width)
    return camera if pixels.shape[:2] == size else None


def nearest(times: Sequence[int], time: int) -> int:
    """Index of the value nearest to `time` in a rising, non-empty sequence."""
    at = bisect_left(times, time)
    return min(range(max(at - 1, 0), min(at + 1, len(times))), key=lambda i: abs(times[i] - time))
