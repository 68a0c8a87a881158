"""One specimen of every kind of source, for the contract that all of them keep.

Recordings are written here, the demo is itself, pyk4a has a stand-in. The libraries of RealSense
and Kinect v1 run in processes of their own: `python -m tests.capture.specimens WORD FOLDER`.
"""

from __future__ import annotations

import faulthandler
import os
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np

from app.capture import registry
from app.capture.base import DepthSource
from app.capture.recorder.rosbag_writer import BagWriter, CameraDescription
from app.cv import cv2
from app.frames import DepthFrame, Intrinsics, read_only
from tests.capture.contract import Specimen, hold_to
from tests.capture.recordings.db3_file import write_db3
from tests.capture.recordings.mkv_file import write_mkv
from tests.capture.recordings.ros.ros_files import write_ros2

LIMIT_S = 110.0


def pictures(count: int, height: int, width: int) -> np.ndarray:
    """uint16 [count, height, width]: every pixel different from frame to frame."""
    return np.random.default_rng(3).integers(1, 60_000, (count, height, width), np.uint16)


def write_bag(path: Path) -> Path:
    camera = Intrinsics(16, 12, 20.0, 21.0, 7.5, 5.5)
    with BagWriter(path, CameraDescription(camera, 0.125)) as bag:
        for index, raw in enumerate(pictures(6, 12, 16)):
            bag.write(DepthFrame(index, 0, index / 30, 0.0, read_only(raw), camera, 0.125))
    return path


def write_npz(path: Path) -> Path:
    np.savez(path, depth_mm=pictures(6, 12, 16), intrinsics=np.array([20.0, 21.0, 7.5, 5.5]))
    return path


def write_npy(path: Path) -> Path:
    np.save(path, pictures(6, 12, 16))
    return path


def write_zip(path: Path) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(write_bag(path.with_suffix(".bag")), "deeper/down/a.bag")
    return path


def write_folder(path: Path) -> Path:
    path.mkdir()
    for index, raw in enumerate(pictures(6, 12, 16)):
        cv2.imwrite(str(path / f"{index}.png"), raw)
    return path


def cut_off(path: Path, size: int = 100) -> Path:
    """The beginning of a file alone, under another name."""
    short = path.with_name(f"short_{path.name}")
    short.write_bytes(path.read_bytes()[:size])
    return short


def of_file(path: Path, broken: Path | None = None) -> Specimen:
    def open_it(path: Path) -> DepthSource:
        return registry.open_source(str(path))

    return Specimen(lambda: open_it(path), lambda: open_it(broken or cut_off(path)))


def folder_specimen(folder: Path) -> Specimen:
    empty = folder / "empty"
    empty.mkdir()
    return of_file(write_folder(folder / "pictures"), empty)


def ros_folder_specimen(folder: Path) -> Specimen:
    path = write_ros2(folder / "rosbag2", pictures(6, 12, 16), "sqlite3").parent
    empty = folder / "nothing"
    empty.mkdir()
    (empty / "metadata.yaml").write_text("rosbag2_bagfile_information:\n")
    return of_file(path, empty)


# By the name that --list-sensors gives
IN_PROCESS: dict[str, Callable[[Path], Specimen]] = {
    "RealSense .bag": lambda folder: of_file(write_bag(folder / "a.bag")),
    "RealSense .db3": lambda folder: of_file(write_db3(folder / "a.db3", pictures(6, 24, 32))),
    "Azure Kinect .mkv": lambda folder: of_file(write_mkv(folder / "a.mkv", pictures(6, 288, 320))),
    "ROS .mcap": lambda folder: of_file(write_ros2(folder / "a", pictures(6, 12, 16), "mcap")),
    "ROS 2 folder": ros_folder_specimen,
    ".npz": lambda folder: of_file(write_npz(folder / "a.npz")),
    "zipped recording": lambda folder: of_file(write_zip(folder / "a.zip")),
    ".npy": lambda folder: of_file(write_npy(folder / "a.npy")),
    "folder of 16-bit PNG": folder_specimen,
    "demo": lambda folder: Specimen(lambda: registry.open_source("demo:60")),
}
APART = ("realsense", "kinect1")


def software_realsense(folder: Path) -> Specimen:
    from tests.capture.cameras.software_camera import Plug, Pusher, SoftwareCamera  # isort: skip
    from app.capture.cameras.realsense import RealSenseSource
    from app.capture.cameras.realsense_choice import StreamChoice

    camera = SoftwareCamera((320, 240, 60))
    Pusher(camera, 60).start()
    choice = StreamChoice("", 320, 240, 60)
    return Specimen(
        lambda: RealSenseSource(choice, Plug(camera).attach),
        lambda: RealSenseSource(choice, Plug().attach),
    )


def played_kinect(folder: Path) -> Specimen:
    from app.capture.cameras.kinect1 import Kinect1Source
    from tests.capture.cameras.fakenect import find_fakenect, write_dump

    write_dump(folder / "dump", 30, 30.0)
    os.environ["FAKENECT_PATH"], os.environ["FAKENECT_LOOP"] = str(folder / "dump"), "1"
    library = find_fakenect()
    return Specimen(lambda: Kinect1Source(library), lambda: Kinect1Source("/no/library.so"))


if __name__ == "__main__":
    faulthandler.dump_traceback_later(LIMIT_S, exit=True)
    make = {"realsense": software_realsense, "kinect1": played_kinect}[sys.argv[1]]
    hold_to(make(Path(sys.argv[2])))
    print("kept")
    sys.stdout.flush()
    os._exit(0)  # threads of the cameras' libraries need not end by themselves
