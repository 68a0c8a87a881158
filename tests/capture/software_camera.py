"""Script: a software camera of librealsense, read by `RealSenseSource`. In its own process.

software_camera.py FPS FRAMES: pushes frames, stops pushing (as a pulled plug does), and prints one
JSON line with what arrived.
"""

import faulthandler
import json
import os
import sys
import tempfile
import threading
import time

os.environ["HOME"] = tempfile.mkdtemp()  # librealsense writes usage statistics there
import numpy as np

from app.capture.realsense import RealSenseSource, load_library
from app.errors import Disconnected

WIDTH, HEIGHT, UNIT_M = 320, 240, 0.000125
rs = load_library()


def picture(index: int) -> np.ndarray:
    """Every pixel depends on the frame's number."""
    ramp = np.arange(WIDTH * HEIGHT, dtype=np.uint32).reshape(HEIGHT, WIDTH)
    return ((ramp * 7 + index * 131) % 65521).astype(np.uint16)


class SoftwareCamera:
    def __init__(self, fps: int):
        self.device = rs.software_device()
        self.device.register_info(rs.camera_info.name, "Software camera")
        self.device.register_info(rs.camera_info.serial_number, "SW-1")
        self._sensor = self.device.add_sensor("Stereo Module")
        stream = rs.video_stream()
        stream.type, stream.index, stream.uid = rs.stream.depth, 0, 1
        stream.width, stream.height, stream.fps = WIDTH, HEIGHT, fps
        stream.bpp, stream.fmt = 2, rs.format.z16
        stream.intrinsics = self._intrinsics()
        self._profile = self._sensor.add_video_stream(stream, True)
        self._sensor.add_read_only_option(rs.option.depth_units, UNIT_M)
        self.device.create_matcher(rs.matchers.default)

    def push(self, index: int) -> None:
        frame = rs.software_video_frame()
        frame.pixels = picture(index)
        frame.stride, frame.bpp, frame.frame_number = 2 * WIDTH, 2, index
        frame.timestamp, frame.domain = 1000.0 * index, rs.timestamp_domain.hardware_clock
        frame.depth_units = UNIT_M
        frame.profile = self._profile.as_video_stream_profile()
        self._sensor.on_video_frame(frame)

    @staticmethod
    def _intrinsics():
        k = rs.intrinsics()
        k.width, k.height, k.fx, k.fy, k.ppx, k.ppy = WIDTH, HEIGHT, 200.0, 201.0, 160.5, 119.5
        k.model, k.coeffs = rs.distortion.brown_conrady, [0.0] * 5
        return k


def main(fps: int, count: int) -> dict:
    camera = SoftwareCamera(fps)
    source = RealSenseSource(
        width=WIDTH,
        height=HEIGHT,
        fps=fps,
        attach=lambda _, pipe, __: pipe.set_device(camera.device),
    )
    info = source.open()
    stop = threading.Event()

    def push_all() -> None:
        began = time.monotonic()
        for index in range(count):
            camera.push(index)
            stop.wait(max(0.0, began + (index + 1) / fps - time.monotonic()))

    pusher = threading.Thread(target=push_all)
    pusher.start()
    stamps, right, writable, last = [], 0, 0, time.monotonic()
    try:
        while True:
            frame = source.read(0.1)
            if frame is not None:
                last = time.monotonic()
                number = round(frame.t_s)
                stamps.append(number)
                right += np.array_equal(frame.depth_raw, picture(number))
                writable += frame.depth_raw.flags.writeable
    except Disconnected as error:
        message = str(error)
    silent_s = time.monotonic() - last
    stop.set()
    pusher.join()
    began = time.monotonic()
    source.close()
    source.close()
    return {
        "name": info.name,
        "serial": info.serial,
        "fps": info.fps,
        "unit_mm": info.depth_unit_mm,
        "intrinsics": [info.intrinsics.fx, info.intrinsics.fy, info.intrinsics.cx],
        "live": info.live,
        "numbers": stamps,
        "right": int(right),
        "writable": int(writable),
        "message": message,
        "silent_s": silent_s,
        "close_s": time.monotonic() - began,
        "threads": threading.active_count(),
    }


if __name__ == "__main__":
    faulthandler.dump_traceback_later(50, exit=True)
    print(json.dumps(main(int(sys.argv[1]), int(sys.argv[2]))))
