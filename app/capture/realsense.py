"""A live RealSense camera through `rs.pipeline`.

What keeps librealsense from hanging was measured: only waits with a time limit, no Python callback,
no `pause`; every frame is copied at once; start and stop in the thread that reads. The pipeline
fills a queue that we give it: by itself it keeps one frame, and a busy machine then loses some.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np

from app.capture.base import (
    DepthSource,
    StreamInfo,
    arrival_s,
    checked_intrinsics,
    metres_to_mm,
)
from app.capture.lens import forward_distortion
from app.errors import BackendMissing, CaptureError, Disconnected, NoDepthStream, SourceNotFound
from app.frames import DepthFrame, read_only

SILENCE_S = 1.0  # no frame for so long: the camera has gone
START_S = 5.0  # a physical camera may take seconds to its first frame
POLL_MS = 100
QUEUE = 16  # frames

Attach = Callable[[ModuleType, Any, Any], None]  # (library, pipeline, config): choose the device


def load_library() -> ModuleType:
    """pyrealsense2, its usage statistics kept off the network; BackendMissing with the reason."""
    os.environ["RS2_RUM_CLOUD_ENABLED"] = "0"
    try:
        import pyrealsense2
    except ImportError as error:
        if "libusb" in str(error):
            raise BackendMissing(
                "librealsense needs libusb", "apt-get install libusb-1.0-0"
            ) from None
        raise BackendMissing("pyrealsense2 is not installed", "pip install pyrealsense2") from None
    return pyrealsense2


def find_camera(serial: str | None = None) -> str | None:
    """Serial of the connected camera with that serial, or of the first one; None: there is none."""
    rs = load_library()
    try:
        devices = rs.context().query_devices()
        found = [device.get_info(rs.camera_info.serial_number) for device in devices]
    except RuntimeError:  # a camera that goes while it is being asked
        return None
    return next((one for one in found if serial in (None, one)), None)


class RealSenseSource(DepthSource):
    """Depth of a RealSense. `attach` chooses the device: by default the camera with `serial`."""

    def __init__(
        self,
        serial: str | None = None,
        width: int = 640,
        height: int = 480,
        fps: int = 30,
        attach: Attach | None = None,
    ):
        self._serial, self._size, self._fps = serial, (width, height), fps
        self._attach = attach or self._attach_camera
        self._pipeline: Any = None
        self._queue: Any = None
        self._info: StreamInfo | None = None
        self._next, self._last_number, self._deadline_s = 0, -1, 0.0

    def open(self) -> StreamInfo:
        rs = load_library()
        self.close()
        pipeline, config = rs.pipeline(), rs.config()
        try:
            self._attach(rs, pipeline, config)
            config.enable_stream(rs.stream.depth, *self._size, rs.format.z16, self._fps)
            queue = rs.frame_queue(QUEUE)
            profile = pipeline.start(config, queue)
            self._pipeline, self._queue = pipeline, queue
            self._info = self._describe(rs, profile)
        except RuntimeError as error:
            self.close()
            raise CaptureError(f"the RealSense does not start: {error}") from None
        except CaptureError:
            self.close()
            raise
        self._next, self._last_number = 0, -1
        self._deadline_s = time.monotonic() + START_S
        return self._info

    def read(self, timeout_s: float = 0.2) -> DepthFrame | None:
        if self._pipeline is None:
            raise CaptureError("the camera is not open")
        give_up_s = time.monotonic() + timeout_s
        while (left_s := give_up_s - time.monotonic()) > 0:
            depth = self._poll(max(1, min(POLL_MS, round(left_s * 1000))))
            if depth is not None:
                return self._frame(depth)
            if time.monotonic() > self._deadline_s:
                raise Disconnected("the RealSense stopped sending frames", "plug it in again")
        return None

    def close(self) -> None:
        pipeline, self._pipeline, self._queue = self._pipeline, None, None
        if pipeline is not None:
            try:
                pipeline.stop()
            except RuntimeError:  # it had stopped by itself: the camera was pulled
                return

    @property
    def position(self) -> int:
        return self._next

    def _attach_camera(self, rs: ModuleType, pipeline: Any, config: Any) -> None:
        serial = find_camera(self._serial)
        if serial is None:
            wanted = f" with serial {self._serial}" if self._serial else ""
            raise SourceNotFound(f"no RealSense camera{wanted} answers", "see --list-sensors")
        config.enable_device(serial)

    def _describe(self, rs: ModuleType, profile: Any) -> StreamInfo:
        device = profile.get_device()
        streams = profile.get_streams()
        stream = next((s for s in streams if s.stream_type() == rs.stream.depth), None)
        if stream is None:
            raise NoDepthStream("this RealSense gives no depth")
        k = stream.as_video_stream_profile().get_intrinsics()
        pinhole = checked_intrinsics(k.width, k.height, k.fx, k.fy, k.ppx, k.ppy)
        intrinsics, note = forward_distortion(pinhole, k.model.name, tuple(k.coeffs))
        return StreamInfo(
            name=_told(device, rs.camera_info.name, "RealSense"),
            kind="camera",
            intrinsics=intrinsics,
            depth_unit_mm=metres_to_mm(device.first_depth_sensor().get_depth_scale()),
            fps=float(stream.fps()),
            serial=_told(device, rs.camera_info.serial_number, ""),
            note=note,
        )

    def _poll(self, wait_ms: int) -> Any:
        """The next depth frame that was not seen before, or None."""
        try:
            arrived, frame = self._queue.try_wait_for_frame(wait_ms)
            depth = frame.as_frameset().get_depth_frame() if arrived else None
            if not depth or depth.get_frame_number() == self._last_number:
                return None  # librealsense repeats one stream's frame while another advances
        except RuntimeError as error:
            raise Disconnected(f"the RealSense failed: {error}", "plug it in again") from None
        self._last_number = depth.get_frame_number()
        self._deadline_s = time.monotonic() + SILENCE_S
        return depth

    def _frame(self, depth: Any) -> DepthFrame:
        raw = np.asanyarray(depth.get_data()).copy()  # a view would starve the stream
        t_s, index = depth.get_timestamp() / 1000.0, self._next
        self._next += 1
        k, unit_mm = self._info.intrinsics, self._info.depth_unit_mm
        return DepthFrame(index, 0, t_s, arrival_s(), read_only(raw), k, unit_mm)


def _told(device: Any, field: Any, otherwise: str) -> str:
    return device.get_info(field) if device.supports(field) else otherwise
