"""A software camera of librealsense, and a plug to pull. Import it in a process of its own only."""

import os
import tempfile
import threading
import time

os.environ["HOME"] = tempfile.mkdtemp()  # librealsense writes usage statistics there
import numpy as np

from app.capture.cameras.realsense_device import load_library
from app.errors import SourceNotFound

UNIT_M = 0.000125
FOCAL = (200.0, 201.0, 160.5, 119.5)
rs = load_library()


def picture(index: int, width: int = 320, height: int = 240) -> np.ndarray:
    """uint16 [height, width]: every pixel depends on the frame's number."""
    ramp = np.arange(width * height, dtype=np.uint32).reshape(height, width)
    return ((ramp * 7 + index * 131) % 65521).astype(np.uint16)


class SoftwareCamera:
    """Offers depth in `profiles` (width, height, fps), and colour of the first one's size."""

    def __init__(self, *profiles, serial="SW-1", usb="3.2", colour=False, options=()):
        self.device = rs.software_device()
        info = rs.camera_info
        for field, text in (
            (info.name, "Software camera"),
            (info.serial_number, serial),
            (info.usb_type_descriptor, usb),
        ):
            self.device.register_info(field, text)
        self.depth = self.device.add_sensor("Stereo Module")
        self._profiles = {
            profile: self.depth.add_video_stream(
                _stream(rs.stream.depth, rs.format.z16, 2, profile, uid), uid == 1
            )
            for uid, profile in enumerate(profiles, 1)
        }
        self.depth.add_read_only_option(rs.option.depth_units, UNIT_M)
        for option, high in options:
            span = rs.option_range()
            span.min, span.max, span.step, span.default = 0, high, 1, 0
            self.depth.add_option(option, span, True)
        self.size = profiles[0][:2]
        if colour:
            self.colour = self.device.add_sensor("RGB Camera")
            stream = _stream(rs.stream.color, rs.format.rgb8, 3, profiles[0], 50)
            self._colour_profile = self.colour.add_video_stream(stream, True)
            same = rs.extrinsics()
            same.rotation, same.translation = [1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0]
            for profile in self._profiles.values():
                profile.register_extrinsics_to(self._colour_profile, same)
        self.device.create_matcher(rs.matchers.default)

    def push(self, index: int, pixels: np.ndarray | None = None, profile=None) -> None:
        pixels = picture(index, *self.size) if pixels is None else pixels
        which = self._profiles[profile or next(iter(self._profiles))]
        frame = _frame(pixels, 2, index, which)
        frame.depth_units = UNIT_M
        self.depth.on_video_frame(frame)

    def push_colour(self, index: int, pixels: np.ndarray) -> None:
        self.colour.on_video_frame(_frame(pixels, 3, index, self._colour_profile))


def _stream(kind, form, size, profile, uid):
    stream = rs.video_stream()
    stream.type, stream.index, stream.uid = kind, 0, uid
    stream.width, stream.height, stream.fps = profile
    stream.bpp, stream.fmt = size, form
    k = rs.intrinsics()
    k.width, k.height = profile[:2]
    k.fx, k.fy, k.ppx, k.ppy = FOCAL
    k.model, k.coeffs = rs.distortion.brown_conrady, [0.0] * 5
    stream.intrinsics = k
    return stream


def _frame(pixels, size, index, profile):
    frame = rs.software_video_frame()
    frame.pixels = pixels
    frame.stride, frame.bpp, frame.frame_number = size * pixels.shape[1], size, index
    frame.timestamp, frame.domain = 1000.0 * index, rs.timestamp_domain.hardware_clock
    frame.profile = profile.as_video_stream_profile()
    return frame


class Plug:
    """Cameras that are plugged in: `attach` is what RealSenseSource looks for devices by."""

    def __init__(self, *cameras: SoftwareCamera):
        self.cameras = {camera.device.get_info(rs.camera_info.serial_number): camera
                        for camera in cameras}  # fmt: skip
        self.attached: SoftwareCamera | None = None

    def attach(self, _, pipeline, config, serial, preferred):
        found = self.cameras.get(serial or preferred)
        if found is None and not serial:
            found = next(iter(self.cameras.values()), None)
        if found is None:
            raise SourceNotFound("no RealSense camera answers")
        pipeline.set_device(found.device)
        self.attached = found
        return found.device


class Pusher(threading.Thread):
    """Pushes `count` frames at a rate, or until `stop`."""

    def __init__(self, camera: SoftwareCamera, fps: float, count: int = 10**9, pictures=()):
        super().__init__(daemon=True)
        self._camera, self._fps, self._count = camera, fps, count
        self._pictures, self._stopping = pictures, threading.Event()
        self.pushed = 0

    def run(self) -> None:
        began = time.monotonic()
        for index in range(self._count):
            ready = self._pictures[index % len(self._pictures)] if self._pictures else None
            self._camera.push(index, ready)
            self.pushed += 1
            if self._stopping.wait(max(0.0, began + (index + 1) / self._fps - time.monotonic())):
                return

    def stop(self) -> None:
        self._stopping.set()
        self.join()
