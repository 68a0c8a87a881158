"""One interface for every source of depth frames, and the checks that all of them share."""

from __future__ import annotations

import math
import os
import stat
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np

from app.capture.controls import Control
from app.errors import CaptureError, NotARecording, SourceNotFound, reason_of
from app.frames import DepthFrame, Frame, Intrinsics

MAX_SIDE = 4096  # pixels; no depth camera comes near, so a larger claim in a file is damage
DEFAULT_FPS = 30.0

T = TypeVar("T")
Kind = Literal["camera", "recording", "pictures", "demo"]
Distortion = tuple[float, float, float, float, float]  # k1 k2 p1 p2 k3


class Damaged(Exception):
    """A part of a recording that cannot be read. Never leaves this package."""


class EndOfStream(Exception):
    """`read` was called after the last frame of a recording. Not an error: seek, or close."""


class BadSource(CaptureError):
    """SOURCE is not written as the command line says."""

    exit_code = 2


@dataclass(frozen=True, slots=True)
class StreamInfo:
    """What is known about a source once it is open."""

    name: str  # for the user: "Intel RealSense SR305", "hand.npz"
    kind: Kind
    intrinsics: Intrinsics
    depth_unit_mm: float
    fps: float  # nominal; the frames' own times count
    n_frames: int | None = None  # None: endless, or not known before the end
    duration_s: float | None = None  # last frame's time minus the first's
    seekable: bool = False
    serial: str = ""
    note: str = ""  # something the user should know, e.g. that a focal length was assumed
    start_s: float = 0.0  # device time of the first frame

    @property
    def live(self) -> bool:
        """The source sets the pace itself: a camera."""
        return self.kind == "camera"


class DepthSource(ABC):
    """A source of depth frames, used by one thread at a time.

    `open`, then `read` until `EndOfStream`, then `close`; as a context manager it opens and closes
    itself. A source that was closed may be opened again. Frames come with epoch 0: the player
    numbers epochs.
    """

    @abstractmethod
    def open(self) -> StreamInfo:
        """Start the source. Raises a CaptureError, and nothing else, where that fails."""

    @abstractmethod
    def read(self, timeout_s: float = 0.2) -> Frame | None:
        """The next frame, or None when none came within `timeout_s`.

        Raises EndOfStream after the last frame, EndedEarly where a damaged recording gives no more,
        Disconnected when a camera has gone.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of everything. Safe to call twice, and after a failure."""

    @property
    @abstractmethod
    def position(self) -> int:
        """Index of the frame that `read` gives next."""

    def seek(self, index: int) -> None:
        """Go on reading at frame `index`, held within the recording. CaptureError for a camera."""
        raise CaptureError("this source cannot seek")

    def index_at(self, seconds: float) -> int:
        """Index of the first frame at or after `seconds` from the start of the recording."""
        raise CaptureError("this source cannot seek")

    @property
    def generation(self) -> int:
        """Grows when a camera that had gone is back: its clock may have begun anew."""
        return 0

    @property
    def reopened(self) -> StreamInfo | None:
        """What a camera that had gone says of itself since it is back; None: it never went."""
        return None

    @property
    def waiting(self) -> bool:
        """The camera has gone and is looked for."""
        return False

    @property
    def lost(self) -> int:
        """Frames that the camera made and that never reached us."""
        return 0

    @property
    def controls(self) -> tuple[Control, ...]:
        """What can be set on this camera, as it stands now. Any thread may ask."""
        return ()

    def set_control(self, name: str, value: float) -> None:
        """Set one of `controls`, soon; any thread may order it. `refusal` says what did not go."""
        raise CaptureError("this source has nothing to set")

    @property
    def refusal(self) -> str:
        """What the camera said to the last order, where it refused it; else empty."""
        return ""

    def frames(self, timeout_s: float = 0.2) -> Iterator[Frame]:
        """Every frame from here to the end, in order. EndedEarly and other errors pass through."""
        while True:
            try:
                frame = self.read(timeout_s)
            except EndOfStream:
                return
            if frame is not None:
                yield frame

    def depth_frames(self, timeout_s: float = 0.2) -> Iterator[DepthFrame]:
        """Those of `frames` that have depth."""
        for frame in self.frames(timeout_s):
            if isinstance(frame, DepthFrame):
                yield frame

    def __enter__(self) -> DepthSource:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def arrival_s() -> float:
    """`t_host_s` of a frame that has just arrived."""
    return time.monotonic()


def check_file(path: Path) -> int:
    """Size in bytes of a plain, non-empty file; a CaptureError says what it is instead.

    Pipes, sockets and devices are refused before they are opened: opening one may block for ever.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        raise SourceNotFound(f"there is no file {path}") from None
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise SourceNotFound(f"{path} cannot be opened: {reason_of(error)}") from None
    if stat.S_ISDIR(status.st_mode):
        raise NotARecording(f"{path} is a folder, not a recording")
    if not stat.S_ISREG(status.st_mode):
        raise NotARecording(f"{path} is not a plain file")
    if status.st_size == 0:
        raise NotARecording(f"{path} is empty")
    return status.st_size


def read_head(path: Path, size: int) -> bytes:
    """The first `size` bytes of a file that `check_file` accepts."""
    check_file(path)
    try:
        with path.open("rb") as file:
            return file.read(size)
    except OSError as error:
        raise CaptureError(f"{path} cannot be read: {reason_of(error)}") from None


def checked_intrinsics(
    width: int,
    height: int,
    fx: float,
    fy: float,
    cx: float,
    cy: float,
    distortion: tuple[float, ...] = (),
) -> Intrinsics:
    """Intrinsics from numbers nobody vouches for; NotARecording where no camera has such."""
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise NotARecording(f"an image of {width} x {height} pixels is not believable")
    if not all(map(math.isfinite, (fx, fy, cx, cy, *distortion))):
        raise NotARecording("the camera's intrinsics are not finite numbers")
    if not (0 < fx <= 100 * MAX_SIDE and 0 < fy <= 100 * MAX_SIDE):
        raise NotARecording(f"focal lengths of {fx:g} and {fy:g} pixels are not believable")
    if not (abs(cx) <= 10 * MAX_SIDE and abs(cy) <= 10 * MAX_SIDE):
        raise NotARecording(f"an optical centre at {cx:g}, {cy:g} pixels is not believable")
    if any(abs(value) > 100 for value in distortion):
        raise NotARecording("the lens coefficients are not believable")
    five = five_of(distortion)
    return Intrinsics(int(width), int(height), float(fx), float(fy), float(cx), float(cy), five)


def five_of(coefficients: Sequence[float]) -> Distortion:
    """The first five of a lens's coefficients; those that are not there are zero."""
    k1, k2, p1, p2, k3 = (*map(float, coefficients[:5]), *(0.0,) * 5)[:5]
    return k1, k2, p1, p2, k3


def opened(thing: T | None) -> T:
    """What a source holds while it is open. Raises CaptureError where it is not."""
    if thing is None:
        raise CaptureError("the source is not open")
    return thing


def checked_depth_unit_mm(unit_mm: float) -> float:
    """Millimetres of one raw step; raises NotARecording outside 0.1 micrometre .. 100 mm."""
    if not (math.isfinite(unit_mm) and 1e-4 <= unit_mm <= 100.0):
        raise NotARecording(f"a depth unit of {unit_mm:g} mm is not believable")
    return float(unit_mm)


def metres_to_mm(unit_m: float) -> float:
    """Librealsense's float32 in metres as mm without its rounding: 0.125, not 0.12499999."""
    return checked_depth_unit_mm(float(str(np.float32(unit_m))) * 1000.0)
