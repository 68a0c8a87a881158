"""A live Kinect v1 (Xbox 360) through libfreenect: disparity to millimetres.

Driven by Debian's libfreenect and checked with its test double `fakenect`, not with a physical one.
The device's own table is used where it offers one. The formula is libfreenect's (registration.c):
with s = (raw - 800) / 4 - 0.375 and m = s * pixel, z = m * reference / (emitter - m) + reference.
"""

from __future__ import annotations

import time

import numpy as np

from app.capture.backend import Backend
from app.capture.base import DepthSource, StreamInfo, arrival_s
from app.capture.cameras.libfreenect import (
    FPS,
    HEIGHT,
    N_RAW,
    NO_VALUE,
    TICKS_PER_S,
    WIDTH,
    KinectCamera,
    count_devices,
    load_library,
)
from app.capture.usb import FoundCamera, UsbModel, check_permission
from app.errors import CaptureError, Disconnected
from app.frames import DepthFrame, Intrinsics, read_only

SILENCE_S = 1.0  # no frame for so long: the camera has gone
START_S = 5.0
MOST_MM = 10_000  # libfreenect's own limit
EMITTER_CM, REFERENCE_CM, PIXEL_MM = 7.5, 120.0, 0.1042  # of the zero plane of a typical unit
FOCAL_PX = REFERENCE_CM / (2 * PIXEL_MM)
USB = UsbModel(0x045E, (0x02AE, 0x02BF))  # the cameras of Kinect for Xbox 360 and for Windows
RULES = "apt-get install libfreenect0.5 brings the udev rule; then plug it in again"


def nominal_table() -> np.ndarray:
    """uint16 [2048]: mm of each disparity for a typical unit, 0 = no reading."""
    raw = np.arange(N_RAW, dtype=np.float64)
    m = ((raw - 800) / 4 - 0.375) * PIXEL_MM
    with np.errstate(divide="ignore"):
        mm = 10 * (m * REFERENCE_CM / (EMITTER_CM - m) + REFERENCE_CM)
    believable = (mm > 0) & (mm < MOST_MM) & (raw != NO_VALUE)
    return np.where(believable, np.rint(mm), 0).astype(np.uint16)


class Kinect1Source(DepthSource):
    """Depth of the first Kinect v1. library: a file to load instead of what is installed."""

    def __init__(self, library: str | None = None):
        self._path = library
        self._camera: KinectCamera | None = None
        self._table = nominal_table()
        self._intrinsics = _camera_of(FOCAL_PX)
        self._next, self._ticks = 0, 0
        self._last_ticks: int | None = None
        self._deadline_s = 0.0

    def open(self) -> StreamInfo:
        library = load_library(self._path)
        self.close()
        if self._path is None:
            check_permission(USB, RULES)
        self._camera = KinectCamera(library)
        found = self._camera.calibration()
        self._table = nominal_table() if found is None else found.raw_to_mm
        self._intrinsics = _camera_of(FOCAL_PX if found is None else found.focal_px)
        self._reset()
        note = "" if found else "this Kinect gave no calibration: typical numbers are used"
        return StreamInfo("Kinect v1", "camera", self._intrinsics, 1.0, FPS, note=note)

    def read(self, timeout_s: float = 0.2) -> DepthFrame | None:
        found = self.read_disparity(timeout_s)
        if found is None:
            return None
        t_s, disparity = found
        index, self._next = self._next, self._next + 1
        depth = read_only(self._table[np.minimum(disparity, NO_VALUE)])
        return DepthFrame(index, 0, t_s, arrival_s(), depth, self._intrinsics)

    def read_disparity(self, timeout_s: float = 0.2) -> tuple[float, np.ndarray] | None:
        """(device time in seconds, uint16 [480, 640] as the sensor gave it), or None in time."""
        if self._camera is None:
            raise CaptureError("the Kinect is not open")
        found = self._camera.read(timeout_s)
        if found is None:
            if time.monotonic() > self._deadline_s:
                raise Disconnected("the Kinect stopped sending frames", "plug it in again")
            return None
        ticks, disparity = found
        self._deadline_s = time.monotonic() + SILENCE_S
        if self._last_ticks is not None:  # the counter starts anew every 72 s
            self._ticks += (ticks - self._last_ticks) % 2**32
        self._last_ticks = ticks
        return self._ticks / TICKS_PER_S, disparity

    def close(self) -> None:
        camera, self._camera = self._camera, None
        if camera is not None:
            camera.close()

    @property
    def position(self) -> int:
        return self._next

    def _reset(self) -> None:
        self._next, self._ticks, self._last_ticks = 0, 0, None
        self._deadline_s = time.monotonic() + START_S


def find_kinect() -> bool:
    """Does a Kinect v1 answer? Raises BackendMissing, or PermissionMissing for one that may not."""
    library = load_library()
    check_permission(USB, RULES)
    return count_devices(library) > 0


def _camera_of(focal_px: float) -> Intrinsics:
    return Intrinsics(WIDTH, HEIGHT, focal_px, focal_px, (WIDTH - 1) / 2, (HEIGHT - 1) / 2)


BACKEND = Backend(
    "Kinect v1",
    "fakenect: the real libfreenect, not a physical Kinect",
    form="kinect1",
    about="a live Kinect for Xbox 360, through libfreenect",
    open=lambda _: Kinect1Source(),
    word="kinect1",
    find=lambda: [FoundCamera("Kinect v1")] if find_kinect() else [],
    usb=USB,
)
