"""The thread that records: frames of any source to a `.bag`, and their joints beside it.

Capture never waits for the disk: `take` leaves a frame in a bounded queue, and what does not fit is
dropped and counted. A kill loses what waits there, which is nothing unless the disk stands still,
and the tenth of a second that is being gathered.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from enum import Enum
from pathlib import Path
from time import monotonic

from app.capture.base import StreamInfo
from app.capture.recorder.record_clock import RecordClock
from app.capture.recorder.recorded_joints import RecordedJoints, trim_joints
from app.capture.recorder.rosbag_writer import BagWriter, CameraDescription
from app.errors import AppError, OutputError
from app.frames import DepthFrame, Failure, Frame, FrameResult
from app.threads.mailbox import Mailbox
from app.threads.sink import Sink

WAIT_S = 0.1
QUEUE_S = 2.0  # of frames that may wait for the disk
QUEUE_BYTES = 160 << 20  # and no more than these
QUEUE_LEAST = 8  # frames
LOOK_S = 1.0  # between two looks whether the file is still there


class RecorderState(Enum):
    STOPPED = "stopped"
    STARTING = "starting"
    RUNNING = "running"
    FAULTED = "faulted"  # what was written is kept


@dataclass(frozen=True, slots=True)
class RecorderStats:
    """What there is so far."""

    frames: int = 0  # given to the file
    dropped: int = 0  # that the disk was too slow for, or that were waiting when it failed
    seconds: float = 0.0  # from the first frame to the last
    size: int = 0  # bytes in the file


class Recorder(Sink[Frame]):
    """Records one file, once.

    Methods may be called from any thread and return at once, but for `wait_open`, `take_all` and
    `stop`. on_failure: called on the recorder's thread when the recording has stopped by itself.
    joints: write `joints_beside(path)` too, from what `add_joints` is given. weights: of the
    network that finds them, said there.
    """

    name, work, join_s = "recorder", "the recording", 5.0

    def __init__(
        self,
        path: Path | str,
        info: StreamInfo,
        joints: bool = True,
        on_failure: Callable[[Failure], object] | None = None,
        weights: str = "",
    ):
        super().__init__(Mailbox(queue_length(info)), on_failure)
        self.path, self._info = Path(path), info
        self.slow = f"{self.path} cannot be written: the disk does not answer"
        self._joints = RecordedJoints(self.path, info, weights) if joints else None
        self._clock = RecordClock(info)
        self.state = RecorderState.STOPPED
        self._stats = RecorderStats()
        self._got = 0  # frames taken from the box

    @property
    def stats(self) -> RecorderStats:
        lost = 0 if self.alive else len(self._box) + self._got - self._stats.frames
        return replace(self._stats, dropped=self._box.dropped + lost)

    def start(self) -> None:
        """Make the file, on a thread of its own. Once only."""
        self.state = RecorderState.STARTING
        super().start()

    def take(self, frame: Frame) -> bool:
        """Record a frame; where too many wait the oldest of them is dropped and counted.

        False: it has ended, this frame is nobody's.
        """
        return self._box.put(frame)

    def take_all(self, frame: Frame) -> bool:
        """The same without a drop: waits for room while the recorder is alive."""
        return self._put_all(frame)

    def add_joints(self, result: FrameResult) -> None:
        """Write the joints of a frame that was taken, beside the recording."""
        if self._joints is not None:
            self._joints.add(result)

    # --- the thread ---------------------------------------------------------------------------

    def _work(self) -> None:
        self._record()
        self.state = RecorderState.STOPPED

    def _record(self) -> None:
        bag = BagWriter(self.path, describe(self._info))
        try:
            if self._joints is not None:
                self._joints.open()
            self.state = RecorderState.RUNNING
            self._opened.set()
            self._write_all(bag)
            bag.close()
            self._close_joints()
        except OutputError as error:
            with suppress(OutputError):  # the first trouble is the one to tell
                self._close_joints()
            raise self._kept(bag, error) from None
        finally:
            self._stats = replace(self._stats, frames=bag.kept, size=bag.size)
            if not bag.kept:
                self._discard()

    def _close_joints(self) -> None:
        if self._joints is not None:
            self._joints.close()

    def _write_all(self, bag: BagWriter) -> None:
        looked_s = monotonic()
        while not (self._box.closed and not len(self._box)):
            frame = self._box.get(WAIT_S)
            if frame is not None:
                self._got += 1
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

    def _write(self, bag: BagWriter, frame: Frame) -> None:
        if not isinstance(frame, DepthFrame):
            raise OutputError(f"{self.path}: a picture without depth cannot be recorded")
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
        if self._joints is not None:
            with suppress(OutputError):  # rows of frames that made room for the index
                trim_joints(self._joints.path, bag.kept)
        return OutputError(f"{error.message}; {bag.kept} frames are kept", hint)

    def _fail(self, error: AppError) -> None:
        self.state = RecorderState.FAULTED
        super()._fail(error)


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
