"""Script: play a recording through `rs.pipeline` and save what came. Run in a process of its own.

replay_with_librealsense.py FILE OUT.npz
"""

import os
import sys
import tempfile

os.environ["RS2_RUM_CLOUD_ENABLED"] = "0"
os.environ["HOME"] = tempfile.mkdtemp()  # librealsense writes usage statistics there

import numpy as np
import pyrealsense2 as rs


def main(path: str, out: str) -> None:
    pipeline, config = rs.pipeline(), rs.config()
    config.enable_device_from_file(path, repeat_playback=False)
    config.enable_stream(rs.stream.depth)  # one stream alone: no frame is lost
    playback = config.resolve(rs.pipeline_wrapper(pipeline)).get_device().as_playback()
    playback.set_real_time(False)
    profile = pipeline.start(config)
    k = profile.get_stream(rs.stream.depth).as_video_stream_profile().get_intrinsics()
    device = profile.get_device()
    frames, times, numbers = [], [], []
    silent = 0
    while silent < 20:
        arrived, frameset = pipeline.try_wait_for_frames(250)
        silent = 0 if arrived else silent + 1
        if not arrived:
            if playback.current_status() == rs.playback_status.stopped:
                break
            continue
        depth = frameset.get_depth_frame()
        if not depth or (numbers and depth.get_frame_number() == numbers[-1]):
            continue
        frames.append(np.asanyarray(depth.get_data()).copy())
        times.append(depth.get_timestamp() / 1000.0)
        numbers.append(depth.get_frame_number())
    pipeline.stop()
    np.savez(
        out,
        depth=np.array(frames),
        t_s=np.array(times),
        intrinsics=np.array([k.fx, k.fy, k.ppx, k.ppy]),
        scale_m=device.first_depth_sensor().get_depth_scale(),
        name=device.get_info(rs.camera_info.name),
        serial=device.get_info(rs.camera_info.serial_number),
        version=rs.__version__ if hasattr(rs, "__version__") else "",
    )


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
