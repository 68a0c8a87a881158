"""From the SOURCE of the command line to a source of frames; and what every back end can do here.

A file is recognised by its first bytes, never by its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

from app.capture.base import DEFAULT_FPS, BadSource, DepthSource, read_head
from app.capture.cameras.realsense_choice import parse_choice
from app.capture.cameras.sensors import (
    BackendStatus,
    FindCamera,
    InUse,
    camera_statuses,
    first_camera,
)
from app.capture.reconnect import ReconnectingSource
from app.errors import NotARecording

BAG_MAGIC = b"#ROSBAG V2.0"
SQLITE_MAGIC = b"SQLite format 3\0"
MATROSKA_MAGIC = b"\x1a\x45\xdf\xa3"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")


def open_source(
    spec: str | None = None,
    find_camera: FindCamera | None = None,
    colour: bool = False,
    reconnect: bool = False,
    complete: Callable[[str], str] = str,
) -> DepthSource:
    """The source that `spec` names, not yet started: `open()` it in the thread that reads from it.

    None: the first sensor that answers, else the demo. colour: frames carry the colour picture too,
    where there is one (recordings of cameras). reconnect: a camera that is pulled is waited for.
    complete: adds what is wanted of a camera to the SOURCE of the one that was found.
    Raises BadSource (exit code 2) or another CaptureError (3).
    """
    if spec is None:
        found = first_camera(find_camera)
        spec = complete(found) if found is not None else "demo"
    kind, _, argument = spec.partition(":")
    if kind == "demo":
        return _demo(_parse_fps(argument) if ":" in spec else DEFAULT_FPS)
    camera = _open_camera(spec)
    if camera is not None:
        return ReconnectingSource(camera) if reconnect else camera
    if not spec:
        raise BadSource("SOURCE is empty")
    return _open_path(Path(spec), colour)


def list_sensors(
    find_camera: FindCamera | None = None, in_use: InUse | None = None
) -> list[BackendStatus]:
    """Every back end: available or why not, and how far it has been checked. Never raises.

    in_use: the camera that streams meanwhile; its library is left alone.
    """
    return [
        *camera_statuses(find_camera, in_use),
        BackendStatus("RealSense .bag", True, "built in", "pixel by pixel against librealsense"),
        BackendStatus("RealSense .db3", True, "built in", "pixel by pixel against librealsense"),
        BackendStatus("Azure Kinect .mkv", True, "built in", "pixel by pixel against libk4arecord"),
        BackendStatus(".npz", True, "built in", "recordings"),
        BackendStatus("folder of 16-bit PNG", True, "built in", "recordings"),
        BackendStatus("demo", True, "built in", "against its own joints", "demo"),
    ]


def _open_camera(spec: str) -> DepthSource | None:
    """The live camera that `spec` names; None: it names none."""
    kind, _, argument = spec.partition(":")
    if kind == "realsense":
        if ":" in spec and not argument:
            raise BadSource("realsense: needs something after the colon, or no colon")
        from app.capture.cameras.realsense import RealSenseSource

        return RealSenseSource(parse_choice(argument) if argument else None)
    if spec == "kinect1":
        from app.capture.cameras.kinect1 import Kinect1Source

        return Kinect1Source()
    if spec == "azure":
        from app.capture.cameras.azure_live import AzureSource

        return AzureSource()
    return None


def _open_path(path: Path, colour: bool) -> DepthSource:
    if _is_folder(path):
        from app.capture.recordings.images import PngSource

        return PngSource(path)
    head = read_head(path, 64)
    if head.startswith(BAG_MAGIC):
        from app.capture.recordings.rosbag import BagSource

        return BagSource(path, colour)
    if head.startswith(ZIP_MAGICS):
        from app.capture.recordings.npz import NpzSource

        return NpzSource(path)
    if head.startswith(SQLITE_MAGIC):
        from app.capture.recordings.realsense_db3 import Db3Source

        return Db3Source(path, colour)
    if head.startswith(MATROSKA_MAGIC):
        from app.capture.recordings.azure_recording import AzureRecording

        return AzureRecording(path, colour)
    raise NotARecording(
        f"{path} is not a recording this program understands",
        "it reads .bag, .db3, .mkv of an Azure Kinect, .npz and folders of 16-bit PNG",
    )


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name the system refuses; `check_file` says why
        return False


def _parse_fps(text: str) -> float:
    try:
        fps = float(text)
    except ValueError:
        fps = math.nan
    if not 1 <= fps <= 240:
        raise BadSource(f"demo:{text} is not possible", "demo:FPS takes 1 to 240 frames a second")
    return fps


def _demo(fps: float) -> DepthSource:
    from app.capture.demo import SyntheticSource

    return SyntheticSource(fps=fps)
