"""Writes a `.bag` that librealsense plays: depth with its unit, intrinsics, lens, times and serial.

Pure Python. The layout is that of librealsense's own recorder, format version 4; each Image carries
librealsense's extra float32, the frame's depth unit in metres. Measured with versions 2.57.7 and
2.59.1: it plays LZ4 in the one form made here, refuses the one `rosbags` makes, and crashes on bz2.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.capture.recorder.bag_definitions import (
    CAMERA_INFO,
    FLOAT32,
    IMAGE,
    KEY_VALUE,
    STREAM_INFO,
    STRING,
    TRANSFORM,
    UINT32,
    Definition,
)
from app.capture.recorder.bag_output import BagOutput, Data
from app.errors import OutputError, reason_of
from app.frames import DepthFrame, Intrinsics

DEVICE = "/device_0"
SENSOR = f"{DEVICE}/sensor_0"
DEPTH = f"{SENSOR}/Depth_0"
DEPTH_IMAGES = f"{DEPTH}/image/data"
FORMAT_VERSION = 4
STATIC_NS = 1  # librealsense stamps what describes the camera with one nanosecond
FIRST_NS = 1_000_000
REPAIR = "python main.py --repair FILE adds its index"


@dataclass(frozen=True, slots=True)
class CameraDescription:
    """What the recording says about the camera."""

    intrinsics: Intrinsics
    depth_unit_mm: float
    fps: int = 30
    name: str = "Depth camera"
    serial: str = "0"
    product_line: str = "D400"
    sensor: str = "Stereo Module"  # librealsense knows depth sensors by their names


class BagWriter:
    """A recording being written. `write` frames in order, then `close`; or use it in a `with`.

    Every method raises OutputError where the disk refuses; what was written before stays.
    """

    def __init__(self, path: Path | str, camera: CameraDescription, compress: bool = True):
        """Raises OutputError where the file exists or cannot be made."""
        self.path, self._camera = Path(path), camera
        self._start_s: float | None = None
        self._last_ns = FIRST_NS
        self.frames = 0
        try:
            self._output = BagOutput(self.path, compress)
        except FileExistsError:
            raise OutputError(f"{self.path} exists already") from None
        except (OSError, ValueError) as error:  # ValueError: a NUL in the name
            raise self._failed(error) from None
        self._describe()

    @property
    def kept(self) -> int:
        """Frames that are in the file; `frames` counts those that wait as well."""
        return self._output.count(DEPTH_IMAGES)

    @property
    def size(self) -> int:
        """Bytes in the file so far."""
        return self._output.size

    def write(self, frame: DepthFrame) -> None:
        """Add a frame; it reaches the file within a tenth of a second if `flush` is called."""
        if self._start_s is None:
            self._start_s = frame.t_s
        after_s = frame.t_s - self._start_s
        now_ns = FIRST_NS + round(after_s * 1e9) if np.isfinite(after_s) else self._last_ns
        now_ns = max(now_ns, self._last_ns + 1 if self.frames else FIRST_NS)  # never backwards
        self._put(DEPTH_IMAGES, IMAGE, _image(self.frames, frame), now_ns)
        for key, value in (
            ("system_time", f"{frame.t_s * 1e3:.6f}"),
            ("timestamp_domain", "Hardware Clock"),
            ("Frame Counter", str(self.frames)),
        ):
            self._put(f"{DEPTH}/image/metadata", KEY_VALUE, (_text(key), _text(value)), now_ns)
        self._last_ns, self.frames = now_ns, self.frames + 1
        self._guarded(self._output.flush_if_due)

    def flush(self) -> None:
        """Write what waits for company; call it now and then while no frames come."""
        self._guarded(self._output.flush)

    def close(self) -> None:
        """Write the index; a file without one is read only by this program."""
        try:
            self._output.close()
        except OSError as error:
            raise OutputError(
                f"{self.path} cannot be finished: {reason_of(error)}", REPAIR
            ) from None

    def abort(self) -> None:
        """Let go of the file as it is."""
        self._output.abandon()

    @property
    def in_place(self) -> bool:
        """Whether the file is still where it was made."""
        return self._output.is_at(self.path)

    def __enter__(self) -> BagWriter:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _describe(self) -> None:
        camera = self._camera
        put = self._put
        put("/file_version", UINT32, (struct.pack("<I", FORMAT_VERSION),))
        info = struct.pack("<I", camera.fps) + _text("mono16") + b"\1"
        put(f"{DEPTH}/info", STREAM_INFO, (info,))
        put(f"{DEPTH}/info/camera_info", CAMERA_INFO, (_camera_info(camera.intrinsics),))
        for key, value in (
            ("Name", camera.name),
            ("Serial Number", camera.serial),
            ("Product Line", camera.product_line),
        ):
            put(f"{DEVICE}/info", KEY_VALUE, (_text(key), _text(value)))
        put(f"{SENSOR}/info", KEY_VALUE, (_text("Name"), _text(camera.sensor)))
        unit = struct.pack("<f", camera.depth_unit_mm / 1000)
        put(f"{SENSOR}/option/Depth_Units/value", FLOAT32, (unit,))
        about = _text("Number of meters represented by a single depth unit")
        put(f"{SENSOR}/option/Depth_Units/description", STRING, (about,))
        put(f"{DEPTH}/tf/0", TRANSFORM, (struct.pack("<7d", 0, 0, 0, 0, 0, 0, 1),))
        self.flush()

    def _put(
        self, topic: str, kind: Definition, parts: Sequence[Data], time_ns: int = STATIC_NS
    ) -> None:
        self._guarded(lambda: self._output.put(topic, kind, time_ns, parts))

    def _guarded(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OSError as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> OutputError:
        return OutputError(f"{self.path} cannot be written: {reason_of(error)}")


def _image(number: int, frame: DepthFrame) -> tuple[Data, ...]:
    """In pieces: the pixels are the frame's own."""
    pixels = np.ascontiguousarray(frame.depth_raw, "<u2")
    height, width = pixels.shape
    before = (
        _header(number, frame.t_s, "1"),
        struct.pack("<II", height, width),
        _text("mono16"),
        struct.pack("<BII", 0, 2 * width, pixels.nbytes),
    )
    unit = struct.pack("<f", frame.depth_unit_mm / 1000)
    return b"".join(before), pixels.data.cast("B"), unit


def _camera_info(k: Intrinsics) -> bytes:
    matrix = (k.fx, 0, k.cx, 0, k.fy, k.cy, 0, 0, 1)
    return b"".join(
        (
            _header(0, 0.0, ""),
            struct.pack("<II", k.height, k.width),
            _text("Brown Conrady"),
            struct.pack("<I5d", 5, *k.distortion),
            struct.pack("<9d", *matrix),
            bytes(8 * (9 + 12) + 4 * 6 + 1),  # R, P, binning and region of interest: not used
        )
    )


def _header(number: int, t_s: float, frame_id: str) -> bytes:
    t_s = min(max(t_s, 0.0), 2.0**32 - 1) if np.isfinite(t_s) else 0.0
    seconds, nanoseconds = divmod(round(t_s * 1e9), 10**9)
    return struct.pack("<III", number, seconds, nanoseconds) + _text(frame_id)


def _text(value: str) -> bytes:
    data = value.encode()
    return struct.pack("<I", len(data)) + data
