"""Assembles `samples/sr305_hand.bag`.

    python -m app.capture.recorder.make_sample SOURCE.npz OUT.bag

SOURCE.npz: `depth_raw` uint16 [N, H, W], `depth_unit_mm`, `intrinsics` fx fy cx cy, and `files`,
names such as `20210326-230536/30.png`: the recording, and the frame's number in it at 30 a second.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np

from app.capture.base import checked_intrinsics
from app.capture.recorder.rosbag_writer import BagWriter, CameraDescription
from app.command_line import exit_code_of
from app.frames import DepthFrame

FPS = 30
GAP_S = 5.0  # between two recordings: long enough that nothing is tracked across it
START_S = 1.0


def frame_times(files: list[str]) -> list[float]:
    """Seconds of each frame: true spacing within a recording, GAP_S between two."""
    times: list[float] = []
    before = ""
    for name in files:
        recording, _, picture = name.partition("/")
        number_s = int(picture.partition(".")[0]) / FPS
        if recording != before:
            start_s = times[-1] + GAP_S - number_s if times else START_S - number_s
        times.append(start_s + number_s)
        before = recording
    return times


def make_sample(source: Path, target: Path) -> int:
    """Write the recording; returns how many frames it holds."""
    with np.load(source, allow_pickle=False) as data:
        depth, unit_mm = data["depth_raw"], float(data["depth_unit_mm"])
        fx, fy, cx, cy = map(float, data["intrinsics"])
        times = frame_times([str(name) for name in data["files"]])
    k = checked_intrinsics(depth.shape[2], depth.shape[1], fx, fy, cx, cy)
    camera = CameraDescription(
        k, unit_mm, FPS, "Intel RealSense SR305", "0", "SR300", "Coded-Light Depth Sensor"
    )
    with BagWriter(target, camera) as bag:
        for index, (raw, t_s) in enumerate(zip(depth, times, strict=True)):
            bag.write(DepthFrame(index, 0, t_s, t_s, raw, k, unit_mm))
    return len(depth)


def main() -> int:
    parser = argparse.ArgumentParser(description="assemble the sample recording")
    parser.add_argument("source", type=Path)
    parser.add_argument("target", type=Path)
    arguments = parser.parse_args()
    return exit_code_of(parser.prog, lambda: _run(arguments))


def _run(arguments: argparse.Namespace) -> int:
    frames = make_sample(arguments.source, arguments.target)
    print(f"{frames} frames, {arguments.target.stat().st_size / 1e6:.2f} MB: {arguments.target}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
