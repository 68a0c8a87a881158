"""Script: record synthetic depth and colour with librealsense's own recorder. In its own process.

record_with_librealsense.py OUT FRAMES COMPRESS(0|1). OUT is a .bag with librealsense < 2.58, a .db3
with newer ones; beside it comes an .npz with the depth that was pushed.
"""

import gc
import os
import sys
import tempfile

os.environ["RS2_RUM_CLOUD_ENABLED"] = "0"
os.environ["HOME"] = tempfile.mkdtemp()

import numpy as np
import pyrealsense2 as rs

WIDTH, HEIGHT, FPS, UNIT_M = 640, 480, 30, 0.00025
LENS = [0.01, -0.02, 0.001, 0.002, 0.003]


def add_stream(device, kind, form, size, name, uid):
    sensor = device.add_sensor(name)
    k = rs.intrinsics()
    k.width, k.height, k.fx, k.fy, k.ppx, k.ppy = WIDTH, HEIGHT, 380.5, 381.25, 320.1, 240.2
    k.model, k.coeffs = rs.distortion.brown_conrady, LENS
    stream = rs.video_stream()
    stream.type, stream.index, stream.uid, stream.fps = kind, 0, uid, FPS
    stream.width, stream.height, stream.bpp, stream.fmt = WIDTH, HEIGHT, size, form
    stream.intrinsics = k
    return sensor, sensor.add_video_stream(stream, True)


def push(sensor, profile, pixels, size, index):
    frame = rs.software_video_frame()
    frame.pixels, frame.stride, frame.bpp = pixels, WIDTH * size, size
    frame.timestamp, frame.frame_number = 5000.0 + index * 1000.0 / FPS, index
    frame.domain, frame.profile = (
        rs.timestamp_domain.hardware_clock,
        profile.as_video_stream_profile(),
    )
    if size == 2:
        frame.depth_units = UNIT_M
    sensor.on_video_frame(frame)


def main(out: str, count: int, compress: bool) -> None:
    device = rs.software_device()
    device.register_info(rs.camera_info.name, "Software camera")
    device.register_info(rs.camera_info.serial_number, "SW-2577")
    device.register_info(rs.camera_info.product_line, "D400")
    depth = add_stream(device, rs.stream.depth, rs.format.z16, 2, "Stereo Module", 1)
    depth[0].add_read_only_option(rs.option.depth_units, UNIT_M)
    colour = add_stream(device, rs.stream.color, rs.format.rgb8, 3, "RGB Camera", 2)
    device.create_matcher(rs.matchers.default)
    recorder = rs.recorder(out, device, compress)
    queue = rs.frame_queue(2 * count + 10, True)
    sensors = list(recorder.query_sensors())
    for sensor in sensors:
        sensor.open(sensor.get_stream_profiles()[0])
        sensor.start(queue)
    rng = np.random.default_rng(9)
    pushed = []
    for index in range(count):
        pixels = rng.integers(0, 65536, (HEIGHT, WIDTH), np.uint16)
        pushed.append(pixels)
        push(*depth, pixels, 2, index)
        push(*colour, np.full((HEIGHT, WIDTH, 3), index, np.uint8), 3, index)
    for sensor in sensors:
        sensor.stop()
        sensor.close()
    del recorder, sensors, sensor, queue
    gc.collect()  # the file is finished when the recorder goes
    np.savez(os.path.splitext(out)[0] + ".npz", depth=np.array(pushed))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3] == "1")
