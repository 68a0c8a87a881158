"""The thread that records: frames of any source to a `.bag`, and their joints beside it.

Capture never waits for the disk: `take` leaves a frame in a bounded queue, and what does not fit is
dropped and counted. A kill loses what waits there, which is nothing unless the disk stands still,
and the tenth of a second that is being gathered.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from time import monotonic

from app.capture.base import StreamInfo
from app.capture.mailbox import Mailbox
from app.capture.record_clock import RecordClock
from app.capture.recorded_joints import RecordedJoints
from app.capture.rosbag_writer import BagWriter, CameraDescription
from app.errors import AppError, OutputError
from app.frames import DepthFrame, Failure, HandEstimate

WAIT_S = 0.1
QUEUE_S = 2.0  # of frames that may wait for the disk
QUEUE_BYTES = 160 << 20  # and no more than these
QUEUE_LEAST = 8  # frames
LOOK_S = 1.0  # between two looks whether the file is still there
JOIN_S = 5.0
OPEN_S = 10.0


class RecorderState(Enum):
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    FAULTED = "faulted"  # what was written is kept


@dataclass(frozen=True, slots=True)
class RecorderStats:
    """What there is so far."""

    frames: int = 0  # given to the file
    dropped: int = 0  # that the disk was too slow for
    seconds: float = 0.0  # from the first frame to the last
    size: int = 0  # bytes in the file


class Recorder:
    """Records one file, once. Methods may be called from any thread and return at once, but for
    `wait_open`, `take_all` and `stop`.

    on_failure: called on the recorder's thread when the recording has stopped by itself. joints:
    write `joints_beside(path)` too, from what `add_joints` is given.
    """

    def __init__(
        self,
        path: Path | str,
        info: StreamInfo,
        joints: bool = True,
        on_failure: Callable[[Failure], None] | None = None,
    ):
        self.path, self._info, self._on_failure = Path(path), info, on_failure
        self._frames: Mailbox[DepthFrame] = Mailbox(queue_length(info))
        self._joints = RecordedJoints(self.path, info) if joints else None
        self._clock = RecordClock(info)
        self._opened = threading.Event()  # or failed to
        self._thread: threading.Thread | None = None
        self.state = RecorderState.STOPPED
        self.error: AppError | None = None  # why it stopped by itself
        self._stats = RecorderStats()

    @property
    def weights(self) -> str:
        """Of the network that finds the joints; said in the file beside the recording."""
        return "" if self._joints is None else self._joints.weights

    @weights.setter
    def weights(self, name: str) -> None:
        if self._joints is not None:
            self._joints.weights = name

    @property
    def stats(self) -> RecorderStats:
        return replace(self._stats, dropped=self._frames.dropped)

    @property
    def alive(self) -> bool:
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Make the file, on a thread of its own. Once only."""
        self.state = RecorderState.STARTING
        self._thread = threading.Thread(target=self._run, name="recorder", daemon=True)
        self._thread.start()

    def wait_open(self) -> None:
        """Wait until the file is there. Raises OutputError where it cannot be made."""
        if not self._opened.wait(OPEN_S):
            raise OutputError(f"{self.path} cannot be written: the disk does not answer")
        if self.error is not None:
            raise self.error

    def take(self, frame: DepthFrame) -> None:
        """Record a frame; where too many wait the oldest of them is dropped and counted."""
        self._frames.put(frame)

    def take_all(self, frame: DepthFrame) -> None:
        """The same without a drop: waits for room while the recorder is alive."""
        while self.alive and not self._frames.put_wait(frame, WAIT_S):
            if self._frames.closed:
                return

    def add_joints(self, estimate: HandEstimate) -> None:
        """Write the joints of a frame that was taken, beside the recording."""
        if self._joints is not None:
            self._joints.add(estimate)

    def close(self) -> None:
        """Write what is left and end, without being waited for."""
        self._frames.close()

    def stop(self, timeout_s: float = JOIN_S) -> bool:
        """Write what is left, close the file, and wait for the thread. True: it has ended."""
        self.close()
        if self._thread is None or self._thread is threading.current_thread():
            return self._thread is None
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # --- the thread ---------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            self._record()
            self.state = RecorderState.STOPPED
        except AppError as error:
            self._fail(error)
        except Exception as error:  # the one place where this worker catches: a fault becomes data
            self._fail(OutputError(f"the recording failed: {type(error).__name__}: {error}"))
        finally:
            self._frames.close()
            self._opened.set()

    def _record(self) -> None:
        bag = BagWriter(self.path, describe(self._info))
        try:
            if self._joints is not None:
                self._joints.open()
            self.state = RecorderState.RUNNING
            self._opened.set()
            self._write_all(bag)
            bag.close()
        except OutputError as error:
            raise self._kept(bag, error) from None
        finally:
            if self._joints is not None:
                self._joints.close()
            self._stats = replace(self._stats, frames=bag.kept, size=bag.size)
            if not bag.kept:
                self._discard()

    def _write_all(self, bag: BagWriter) -> None:
        looked_s = monotonic()
        while not (self._frames.closed and not len(self._frames)):
            frame = self._frames.get(WAIT_S)
            if frame is not None:
                self._write(bag, frame)
            else:
                bag.flush()
                self._stats = replace(self._stats, size=bag.size)
            if self._joints is not None:
                self._joints.write()
            if monotonic() - looked_s > LOOK_S:
                looked_s = monotonic()
                if not bag.in_place:
                    raise OutputError(f"{self.path} has gone: deleted, moved or unplugged")

    def _write(self, bag: BagWriter, frame: DepthFrame) -> None:
        k = self._info.intrinsics
        if frame.depth_raw.shape != (k.height, k.width) or frame.intrinsics != k:
            raise OutputError(f"{self.path}: the camera's picture has changed")
        number, t_s = bag.frames, self._clock.stamp(frame)
        bag.write(replace(frame, t_s=t_s))
        if self._joints is not None:
            self._joints.note(frame, number, t_s)
        self._stats = RecorderStats(number + 1, 0, self._clock.seconds, bag.size)

    def _discard(self) -> None:
        """Nothing was recorded: leave no file that was made here."""
        with suppress(OSError):  # the folder has gone, and the file with it
            self.path.unlink(missing_ok=True)
            if self._joints is not None and self._joints.opened:
                self._joints.path.unlink(missing_ok=True)

    def _kept(self, bag: BagWriter, error: OutputError) -> OutputError:
        """Finish the file as well as may be; returns what to tell the user."""
        hint = error.hint
        try:
            bag.close()
        except OutputError as worse:
            hint = worse.hint
        if not bag.kept:
            return error
        return OutputError(f"{error.message}; {bag.kept} frames are kept", hint)

    def _fail(self, error: AppError) -> None:
        self.error, self.state = error, RecorderState.FAULTED
        if self._on_failure is not None:
            self._on_failure(Failure("recorder", str(error), traceback.format_exc()))


def queue_length(info: StreamInfo) -> int:
    """Frames of this source that may wait."""
    size = 2 * info.intrinsics.width * info.intrinsics.height
    return max(QUEUE_LEAST, min(round(QUEUE_S * info.fps), QUEUE_BYTES // size))


def describe(info: StreamInfo) -> CameraDescription:
    """What the recording says about the camera."""
    return CameraDescription(
        info.intrinsics,
        info.depth_unit_mm,
        max(1, round(info.fps)),
        info.name,
        info.serial or "0",
    )
