"""libfreenect, the open driver of Kinect v1, by ctypes: raw disparity and the device's calibration.

The C library calls back in the thread that processes its events, so everything here belongs to one
thread. Depth is asked for as 11 bits a pixel, the only form that its test double `fakenect` and
every device give alike. Source: libfreenect.h and libfreenect_registration.h of version 0.5.
"""

from __future__ import annotations

import ctypes as c
import sys
import time
from collections import deque
from dataclasses import dataclass

import numpy as np

from app.errors import BackendMissing, CaptureError, Disconnected, SourceNotFound

WIDTH, HEIGHT, FPS = 640, 480, 30.0
NO_VALUE = 2047  # disparity where nothing was measured
N_RAW = 2048
TICKS_PER_S = 60e6
NAMES = ("libfreenect.so.0.5", "libfreenect.so.0", "libfreenect.so")
HINT = "apt-get install libfreenect0.5"
CAMERA, MEDIUM, DEPTH_11BIT, FATAL = 2, 1, 0, 0  # enumerations of libfreenect.h
MOST_QUEUED = 30  # frames: a second

FrameCallback = c.CFUNCTYPE(None, c.c_void_p, c.c_void_p, c.c_uint32)


class FrameMode(c.Structure):
    _fields_ = (
        *((name, c.c_int32) for name in ("reserved", "resolution", "format", "bytes")),
        *((name, c.c_int16) for name in ("width", "height")),
        *((name, c.c_int8) for name in ("bits", "padding", "fps", "valid")),
    )


class Timeval(c.Structure):
    _fields_ = (("seconds", c.c_long), ("microseconds", c.c_long))


class ZeroPlane(c.Structure):
    _fields_ = tuple(
        (name, c.c_float) for name in ("emitter_cm", "colour_cm", "reference_cm", "pixel_mm")
    )


class Registration(c.Structure):
    _fields_ = (
        ("info", c.c_int32 * 29),
        ("padding", c.c_uint16 * 3),
        ("zero_plane", ZeroPlane),
        ("shift", c.c_double),
        ("raw_to_mm", c.POINTER(c.c_uint16)),
        ("depth_to_colour", c.c_void_p),
        ("table", c.c_void_p),
    )


@dataclass(frozen=True, slots=True)
class Calibration:
    """What a device says about itself."""

    raw_to_mm: np.ndarray  # uint16 [2048], 0 = no reading
    focal_px: float


def load_library(path: str | None = None) -> c.CDLL:
    """libfreenect, or the library at `path`, its functions declared. Raises BackendMissing."""
    if path is None and not sys.platform.startswith("linux"):
        raise BackendMissing("Kinect v1 works on Linux only: libfreenect has no package elsewhere")
    for name in (path,) if path else NAMES:
        try:
            return _declare(c.CDLL(name))
        except OSError:
            continue
        except AttributeError as error:
            raise BackendMissing(f"{name} is too old for this program: {error}", HINT) from None
    raise BackendMissing("libfreenect is not installed", HINT)


def _declare(library: c.CDLL) -> c.CDLL:
    handle, pointer = c.c_void_p, c.POINTER
    forms = {
        "init": (pointer(handle), handle),
        "shutdown": (handle,),
        "set_log_level": (handle, c.c_int),
        "select_subdevices": (handle, c.c_int),
        "num_devices": (handle,),
        "open_device": (handle, pointer(handle), c.c_int),
        "close_device": (handle,),
        "find_depth_mode": (c.c_int, c.c_int),
        "set_depth_mode": (handle, FrameMode),
        "set_depth_callback": (handle, FrameCallback),
        "start_depth": (handle,),
        "stop_depth": (handle,),
        "process_events_timeout": (handle, pointer(Timeval)),
    }
    for name, arguments in forms.items():
        getattr(library, f"freenect_{name}").argtypes = arguments
    library.freenect_set_log_level.restype = library.freenect_set_depth_callback.restype = None
    library.freenect_find_depth_mode.restype = FrameMode
    if hasattr(library, "freenect_copy_registration"):  # fakenect has none
        library.freenect_copy_registration.argtypes = (handle,)
        library.freenect_copy_registration.restype = Registration
        library.freenect_destroy_registration.argtypes = (pointer(Registration),)
    return library


def count_devices(library: c.CDLL) -> int:
    """Cameras that answer; 0 too where USB cannot be asked."""
    context = c.c_void_p()
    if library.freenect_init(c.byref(context), None) < 0:
        return 0
    try:
        library.freenect_set_log_level(context, FATAL)
        library.freenect_select_subdevices(context, CAMERA)
        return max(library.freenect_num_devices(context), 0)
    finally:
        library.freenect_shutdown(context)


class KinectCamera:
    """The first Kinect v1, streaming from its construction to `close`.

    Raises SourceNotFound where there is none, CaptureError where it does not start.
    """

    def __init__(self, library: c.CDLL):
        self._library = library
        self._context, self._device = c.c_void_p(), c.c_void_p()
        self._streaming = False
        self._frames: deque[tuple[int, np.ndarray]] = deque(maxlen=MOST_QUEUED)
        self._callback = FrameCallback(self._take)  # kept: C holds no reference
        self.lost = 0  # frames that came while a second of them waited unread
        try:
            self._start()
        except CaptureError:
            self.close()
            raise

    def _start(self) -> None:
        api = self._library
        self._must(api.freenect_init(c.byref(self._context), None), "USB cannot be opened")
        api.freenect_set_log_level(self._context, FATAL)
        api.freenect_select_subdevices(self._context, CAMERA)
        if api.freenect_num_devices(self._context) < 1:
            raise SourceNotFound("no Kinect v1 answers", "it needs its own power supply too")
        opened = api.freenect_open_device(self._context, c.byref(self._device), 0)
        self._must(opened, "the Kinect cannot be opened: another program may have it")
        mode = api.freenect_find_depth_mode(MEDIUM, DEPTH_11BIT)
        self._must(mode.valid - 1, "the Kinect has no depth of 640 x 480")
        self._must(api.freenect_set_depth_mode(self._device, mode), "the Kinect refuses its mode")
        api.freenect_set_depth_callback(self._device, self._callback)
        self._must(api.freenect_start_depth(self._device), "the Kinect does not start")
        self._streaming = True

    def calibration(self) -> Calibration | None:
        """The device's own; None: this library does not offer it, or it is not believable."""
        if not hasattr(self._library, "freenect_copy_registration"):
            return None
        found = self._library.freenect_copy_registration(self._device)
        try:
            if not found.raw_to_mm:
                return None
            table = np.ctypeslib.as_array(found.raw_to_mm, (N_RAW,)).copy()
            plane = found.zero_plane
            if plane.pixel_mm <= 0 or not 50 < plane.reference_cm < 300:
                return None
            table[NO_VALUE] = 0
            return Calibration(table, float(plane.reference_cm / (2 * plane.pixel_mm)))
        finally:
            self._library.freenect_destroy_registration(c.byref(found))

    def read(self, timeout_s: float) -> tuple[int, np.ndarray] | None:
        """(device time in ticks of 60 MHz, uint16 [480, 640] disparity), or None in time.

        Raises Disconnected where USB fails.
        """
        give_up_s = time.monotonic() + timeout_s
        while not self._frames:
            left_s = give_up_s - time.monotonic()
            if left_s <= 0:
                return None
            wait = Timeval(0, max(1000, min(int(left_s * 1e6), 100_000)))
            if self._library.freenect_process_events_timeout(self._context, c.byref(wait)) < 0:
                raise Disconnected("the Kinect stopped answering", "plug it in again")
        return self._frames.popleft()

    def close(self) -> None:
        """Stop and let go. Safe to call twice."""
        if self._streaming:
            self._streaming = False
            self._library.freenect_stop_depth(self._device)
        if self._device:
            self._library.freenect_close_device(self._device)
            self._device = c.c_void_p()
        if self._context:
            self._library.freenect_shutdown(self._context)
            self._context = c.c_void_p()

    def _take(self, _: int, address: int, ticks: int) -> None:
        """Called by C while it processes events: the buffer is C's, so it is copied."""
        pixels = (c.c_uint16 * (WIDTH * HEIGHT)).from_address(address)
        self.lost += len(self._frames) == MOST_QUEUED
        self._frames.append((ticks, np.ctypeslib.as_array(pixels).reshape(HEIGHT, WIDTH).copy()))

    def _must(self, result: int, message: str) -> None:
        if result < 0:
            raise CaptureError(message)
