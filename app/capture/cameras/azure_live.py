"""A live Azure Kinect through the optional extra `azure` (pyk4a-bundle). Not checked with a device.

That package carries Microsoft's library and its depth engine, but was compiled for numpy 1. Checked
without a device: the library loads, counts none, and refuses to open one without a crash; reading
is checked with a stand-in for its module.
"""

from __future__ import annotations

import os
import platform
import sys
import time
from types import ModuleType
from typing import Any

import numpy as np

from app.capture.backend import Backend
from app.capture.base import DepthSource, StreamInfo, arrival_s, checked_intrinsics, opened
from app.capture.lens import forward_distortion
from app.capture.usb import FoundCamera, UsbModel, check_permission
from app.errors import BackendMissing, CaptureError, Disconnected, SourceNotFound
from app.extras import hint_for
from app.frames import DepthFrame, read_only

SILENCE_S = 1.0  # no frame for so long: the camera has gone
START_S = 5.0
WAIT_MS = 100
FPS = 30.0
EXTRA = f"{hint_for('azure')} in a virtual environment of its own: it needs numpy 1"
USB = UsbModel(0x045E, (0x097C, 0x097D))  # depth and colour of an Azure Kinect
RULES = "Microsoft's udev rules for the Azure Kinect allow it; then plug it in again"


def load_library() -> ModuleType:
    """pyk4a; BackendMissing with the reason: system, package or numpy."""
    if platform.machine() not in ("x86_64", "AMD64") or sys.platform == "darwin":
        raise BackendMissing("the Azure Kinect's library is for Linux and Windows on x86-64 only")
    os.environ.setdefault("K4A_ENABLE_LOG_TO_STDOUT", "0")  # failures are told by us
    try:
        import pyk4a
    except ModuleNotFoundError:
        raise BackendMissing("pyk4a is not installed", EXTRA) from None
    except (ImportError, AttributeError) as error:  # AttributeError: numpy 2 without its old C API
        if int(np.__version__.partition(".")[0]) >= 2:
            raise BackendMissing(
                f"pyk4a does not work with numpy {np.__version__}", EXTRA
            ) from None
        raise BackendMissing(f"pyk4a cannot be loaded: {error}") from None
    return pyk4a


def find_azure() -> bool:
    """Does an Azure Kinect answer? BackendMissing; PermissionMissing for one that may not."""
    library = load_library()
    check_permission(USB, RULES)
    return library.connected_device_count() > 0


class AzureSource(DepthSource):
    """Depth of the first Azure Kinect: narrow view, 640 x 576, 30 frames a second, millimetres."""

    def __init__(self) -> None:
        self._library: ModuleType | None = None
        self._device: Any = None
        self._info: StreamInfo | None = None
        self._next, self._deadline_s = 0, 0.0

    def open(self) -> StreamInfo:
        k4a = self._library = load_library()
        self.close()
        check_permission(USB, RULES)
        if k4a.connected_device_count() < 1:
            raise SourceNotFound("no Azure Kinect answers", "it needs USB 3 and its power supply")
        config = k4a.Config(
            color_resolution=k4a.ColorResolution.OFF,
            depth_mode=k4a.DepthMode.NFOV_UNBINNED,
            camera_fps=k4a.FPS.FPS_30,
            synchronized_images_only=False,
        )
        device = k4a.PyK4A(config=config)
        try:
            device.start()
            self._device = device
            self._info = self._describe(k4a, device)
        except (k4a.K4AException, ValueError) as error:
            self.close()
            reason = str(error) or "another program may have it"
            raise CaptureError(f"the Azure Kinect does not start: {reason}") from None
        self._next = 0
        self._deadline_s = time.monotonic() + START_S
        return self._info

    def read(self, timeout_s: float = 0.2) -> DepthFrame | None:
        if self._device is None:
            raise CaptureError("the Azure Kinect is not open")
        give_up_s = time.monotonic() + timeout_s
        while (left_s := give_up_s - time.monotonic()) > 0:
            frame = self._poll(max(1, min(WAIT_MS, round(left_s * 1000))))
            if frame is not None:
                return frame
            if time.monotonic() > self._deadline_s:
                raise Disconnected("the Azure Kinect stopped sending frames", "plug it in again")
        return None

    def close(self) -> None:
        device, self._device = self._device, None
        if device is not None:
            try:
                device.stop()
            except opened(self._library).K4AException:  # it had gone by itself
                return

    @property
    def position(self) -> int:
        return self._next

    def _poll(self, wait_ms: int) -> DepthFrame | None:
        try:
            capture = self._device.get_capture(wait_ms)
            depth = capture.depth
        except opened(self._library).K4ATimeoutException:
            return None
        except opened(self._library).K4AException as error:
            raise Disconnected(f"the Azure Kinect failed: {error}", "plug it in again") from None
        if depth is None:
            return None  # a capture of the infrared image alone
        self._deadline_s = time.monotonic() + SILENCE_S
        index, self._next = self._next, self._next + 1
        t_s = capture.depth_timestamp_usec * 1e-6
        raw = read_only(np.array(depth, np.uint16))  # the buffer is the library's
        return DepthFrame(index, 0, t_s, arrival_s(), raw, opened(self._info).intrinsics)

    def _describe(self, k4a: ModuleType, device: Any) -> StreamInfo:
        found, depth = device.calibration, k4a.CalibrationType.DEPTH
        matrix = found.get_camera_matrix(depth)
        pinhole = checked_intrinsics(
            640, 576, matrix[0][0], matrix[1][1], matrix[0][2], matrix[1][2]
        )
        lens = tuple(map(float, found.get_distortion_coefficients(depth)))
        intrinsics, note = forward_distortion(pinhole, "rational", lens)
        serial = device.serial
        return StreamInfo("Azure Kinect", "camera", intrinsics, 1.0, FPS, serial=serial, note=note)


BACKEND = Backend(
    "Azure Kinect",
    "not checked: only that its library loads and finds nothing",
    form="azure",
    about="a live Azure Kinect, through pyk4a",
    open=lambda _: AzureSource(),
    word="azure",
    find=lambda: [FoundCamera("Azure Kinect")] if find_azure() else [],
    usb=USB,
)
