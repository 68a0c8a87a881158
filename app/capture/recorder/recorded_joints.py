"""The joints beside a recording, with the recording's own frame numbers and times.

The file grows on disk as the recording does, so that a kill costs little.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from app.capture import base
from app.capture.base import StreamInfo
from app.errors import OutputError, reason_of
from app.export.joints import CsvJoints, make_header
from app.export.track import FrameJoints, rows_of
from app.frames import Frame, FrameResult
from app.outputs import write_atomically
from app.threads.mailbox import Mailbox

WAITING = 256  # estimates whose rows are not written yet
REMEMBERED = 1024  # frames whose estimates may still come

Rows = tuple[tuple[int, int], tuple[FrameJoints, ...]]  # (epoch, index) of the frame, its hands


def joints_beside(path: Path) -> Path:
    """FILE.bag -> FILE.joints.csv."""
    return path.with_suffix(".joints.csv")


class GrowingText:
    """A new text file; every line is in it as soon as it was written."""

    def __init__(self, path: Path):
        """Raises OutputError where the file exists or cannot be made."""
        self.path = path
        try:
            self._file = open(path, "x", encoding="utf-8", newline="", buffering=1)  # noqa: SIM115 - `close` closes
        except FileExistsError:
            raise OutputError(f"{path} exists already") from None
        except (OSError, ValueError) as error:
            raise OutputError(f"{path} cannot be written: {reason_of(error)}") from None

    def write(self, content: str) -> None:
        """Add text; a whole line is in the file at once."""
        try:
            self._file.write(content)
        except OSError as error:
            raise OutputError(f"{self.path} cannot be written: {reason_of(error)}") from None

    def commit(self) -> None:
        """Close the file."""
        try:
            self._file.close()
        except OSError as error:
            raise OutputError(f"{self.path} cannot be finished: {reason_of(error)}") from None


class RecordedJoints:
    """`add` may be called from any thread, everything else from the recorder's.

    An estimate waits until its frame is in the recording; of a frame that was dropped there is no
    row.
    """

    def __init__(self, recording: Path, info: StreamInfo, weights: str = ""):
        self.path, self._info = joints_beside(recording), info
        self._rows: Mailbox[Rows] = Mailbox(WAITING)
        self._numbers: dict[tuple[int, int], tuple[int, float]] = {}  # (epoch, index) -> recorded
        self._last = (-1, -1)  # of the frame recorded last
        self._next: Rows | None = None
        self._file: GrowingText | None = None  # from `open` on
        self._writer: CsvJoints | None = None
        self._weights = weights  # of the network that finds the joints

    @property
    def opened(self) -> bool:
        """The file was made here."""
        return self._file is not None

    def open(self) -> None:
        """Make the file. Raises OutputError."""
        self._file = GrowingText(self.path)

    def add(self, result: FrameResult) -> None:
        """Leave what was made of a frame; where too many wait the oldest is dropped."""
        key = (result.frame.epoch, result.frame.index)
        self._rows.put((key, rows_of(result)))

    def note(self, frame: Frame, number: int, t_s: float) -> None:
        """A frame is in the recording under this number and time."""
        self._last = (frame.epoch, frame.index)
        self._numbers[self._last] = (number, t_s)
        while len(self._numbers) > REMEMBERED:
            del self._numbers[next(iter(self._numbers))]

    def write(self) -> None:
        """Write the rows of all estimates whose frames are recorded. Raises OutputError."""
        while (rows := self._next or self._rows.get(0.0)) is not None:
            key, hands = rows
            if key > self._last:
                self._next = rows  # its frame is still in the queue
                return
            self._next = None
            if key in self._numbers:
                number, t_s = self._numbers.pop(key)
                for joints in hands:
                    self._begin().write(replace(joints, index=number, t_s=t_s))

    def close(self) -> None:
        """Write what is left. Raises OutputError."""
        if self._file is not None:
            try:
                self.write()
                self._begin()
            finally:
                self._file.commit()

    def _begin(self) -> CsvJoints:
        """The writer; the first time it says what the rows are."""
        if self._writer is None:
            info = self._info
            header = make_header(info.name, info.intrinsics, info.depth_unit_mm, self._weights)
            self._writer = CsvJoints(base.opened(self._file), header)
        return self._writer


def trim_joints(path: Path, frames: int) -> None:
    """Take away a row that was cut in half, and rows of frames that the recording has lost.

    Raises OutputError.
    """
    if not path.exists():
        return
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines(keepends=True)
        kept = [line for line in lines if line.endswith("\n") and _frame_of(line) < frames]
        if kept != lines:
            write_atomically(path, "".join(kept))
    except OSError as error:
        raise OutputError(f"{path} cannot be repaired: {reason_of(error)}") from None


def _frame_of(line: str) -> int:
    """-1: this line is no row."""
    first = line.partition(",")[0]
    return int(first) if first.isdecimal() else -1
