"""Recordings made meanwhile, one after the other, each read back and compared."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.capture.base import StreamInfo
from app.capture.recorder.recorder import Recorder
from app.capture.recorder.repair import repair
from app.capture.recordings.rosbag import BagSource
from app.errors import AppError
from app.frames import DepthFrame, Failure, Frame, FrameResult
from app.threads.own_thread import OwnThread

LASTS_S = 20.0  # one recording
ROWS = 8  # every eighth row is compared
STOP_S = 10.0
LOOK_S = 0.05
JOIN_S = 120.0  # the last recording is read back


@dataclass(slots=True)
class RecordingCounts:
    """Frames over all recordings."""

    files: int = 0
    failed: int = 0  # recordings that ended by themselves
    taken: int = 0
    written: int = 0
    dropped: int = 0
    deleted: int = 0  # written to a file that somebody has deleted
    missing: int = 0  # written, yet not found on reading back
    wrong: int = 0  # found, yet not as they were
    unrepaired: int = 0  # files that could not be made whole

    @property
    def uncounted(self) -> int:
        return abs(self.taken - self.written - self.dropped - self.deleted)


class Recordings:
    """Records, on a thread of its own, from `start` to `stop`.

    `take` and `add_joints` are called on the threads that frames and estimates come from. info: of
    the camera, once it is known.
    """

    def __init__(
        self,
        folder: Path,
        info: Callable[[], StreamInfo | None],
        on_failure: Callable[[Failure], object],
    ):
        self._folder, self._info, self._on_failure = folder, info, on_failure
        self._thread = OwnThread("recordings")
        self.held_up = False  # the disk is full: nothing is begun or ended meanwhile
        self._running: tuple[Recorder, list[int]] | None = None  # and digests of what it took
        self._began_s = 0.0
        self.counts = RecordingCounts()

    def take(self, frame: Frame) -> None:
        running = self._running
        if running is None or not isinstance(frame, DepthFrame):
            return
        if running[0].take(frame):
            running[1].append(digest(frame.depth_raw))

    def add_joints(self, result: FrameResult) -> None:
        running = self._running
        if running is not None:
            running[0].add_joints(result)

    @property
    def size(self) -> int:
        """Bytes of the file that is being recorded, so far."""
        return 0 if self._running is None else self._running[0].stats.size

    def delete(self) -> None:
        """As somebody else would, behind the recorder's back."""
        if self._running is not None:
            self._running[0].path.unlink(missing_ok=True)

    def start(self) -> None:
        self._thread.start(self._run)

    def stop(self) -> None:
        """Finish the last one too."""
        self._thread.stop(JOIN_S)

    # --- the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        while not self._thread.ending.wait(LOOK_S):
            if not self.held_up:
                self._look_after()
        self._end()

    def _look_after(self) -> None:
        """Begin one where there is none; end one that has failed or is long enough."""
        if self._running is None:
            info = self._info()
            if info is not None:
                self._begin(info)
        elif not self._running[0].alive or time.monotonic() - self._began_s > LASTS_S:
            self._end()

    def _end(self) -> None:
        """Finish the recording that runs, read it back, delete it."""
        if self._running is None:
            return
        (recorder, digests), self._running = self._running, None
        recorder.stop(STOP_S)
        counts, stats = self.counts, recorder.stats
        counts.files += 1
        counts.failed += recorder.error is not None
        counts.taken += len(digests)
        counts.dropped += stats.dropped
        if recorder.path.exists():
            counts.written += stats.frames
            self._compare(recorder.path, stats.frames, digests)
        else:
            counts.deleted += stats.frames
        for path in self._folder.iterdir():
            path.unlink()

    def _begin(self, info: StreamInfo) -> None:
        path = self._folder / f"soak{self.counts.files}.bag"
        recorder = Recorder(path, info, on_failure=self._on_failure)
        recorder.start()
        try:
            recorder.wait_open()
        except AppError:
            return
        self._began_s = time.monotonic()
        self._running = recorder, []

    def _compare(self, path: Path, frames: int, digests: list[int]) -> None:
        """Every frame of the file must be the next, or a later one, of those that were taken."""
        if not frames:
            return  # nothing was kept, and the recorder left no file
        try:
            repair(path)
            found, rest = 0, iter(digests)
            with BagSource(path) as source:
                for frame in source.depth_frames():
                    found += 1
                    wanted = digest(frame.depth_raw)
                    self.counts.wrong += not any(wanted == other for other in rest)
        except AppError:
            self.counts.unrepaired += 1
        else:
            self.counts.missing += max(frames - found, 0)


def digest(depth_raw: np.ndarray) -> int:
    """Of a depth image, quickly."""
    return zlib.crc32(np.ascontiguousarray(depth_raw[::ROWS]).data)
