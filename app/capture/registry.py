"""From the SOURCE of the command line to a source of frames; and what every back end can do here.

A file is recognised by its first bytes, never by its name.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.capture.base import DEFAULT_FPS, BadSource, DepthSource, read_head
from app.errors import BackendMissing, NotARecording

BAG_MAGIC = b"#ROSBAG V2.0"
SQLITE_MAGIC = b"SQLite format 3\0"
MATROSKA_MAGIC = b"\x1a\x45\xdf\xa3"
ZIP_MAGICS = (b"PK\x03\x04", b"PK\x05\x06")

KINECT1_REASON = "Kinect v1 through libfreenect is not supported yet"
AZURE_REASON = "Azure Kinect, live, is not supported yet"
KINECT2_REASON = "not supported: there is no packaged driver to build on"
ORBBEC_REASON = "not supported: its library forces an old numpy on this program"


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """One line of `--list-sensors`."""

    name: str
    available: bool
    reason: str  # what answers, or why it is not available
    checked: str  # how far it has been checked


FindCamera = Callable[[], str | None]  # serial of a RealSense that answers, or None


def open_source(
    spec: str | None = None, find_camera: FindCamera | None = None, colour: bool = False
) -> DepthSource:
    """The source that `spec` names, not yet started: `open()` it in the thread that reads from it.

    None: the first sensor that answers, else the demo. colour: frames carry the colour picture too,
    where there is one (recordings of cameras).
    Raises BadSource (exit code 2) or another CaptureError (3).
    """
    if spec is None:
        serial = (find_camera or _find_realsense)()
        return _realsense(serial) if serial is not None else _demo(DEFAULT_FPS)
    kind, _, argument = spec.partition(":")
    if kind == "demo":
        return _demo(_parse_fps(argument) if ":" in spec else DEFAULT_FPS)
    if kind == "realsense":
        if ":" in spec and not argument:
            raise BadSource("realsense: needs a serial number after the colon, or no colon")
        return _realsense(argument or None)
    if spec == "kinect1":
        raise BackendMissing(KINECT1_REASON)
    if spec == "azure":
        raise BackendMissing(AZURE_REASON)
    if not spec:
        raise BadSource("SOURCE is empty")
    return _open_path(Path(spec), colour)


def list_sensors(find_camera: FindCamera | None = None) -> list[BackendStatus]:
    """Every back end: available or why not, and how far it has been checked. Never raises."""
    return [
        _realsense_status(find_camera or _find_realsense),
        BackendStatus("RealSense .bag", True, "built in", "pixel by pixel against librealsense"),
        BackendStatus("RealSense .db3", True, "built in", "pixel by pixel against librealsense"),
        BackendStatus("Azure Kinect .mkv", True, "built in", "pixel by pixel against libk4arecord"),
        BackendStatus(".npz", True, "built in", "recordings"),
        BackendStatus("folder of 16-bit PNG", True, "built in", "recordings"),
        BackendStatus("demo", True, "built in", "checked"),
        BackendStatus("Kinect v1", False, KINECT1_REASON, "not checked"),
        BackendStatus("Azure Kinect", False, AZURE_REASON, "not checked"),
        BackendStatus("Kinect v2", False, KINECT2_REASON, "not supported"),
        BackendStatus("Orbbec", False, ORBBEC_REASON, "not supported"),
    ]


def _open_path(path: Path, colour: bool) -> DepthSource:
    if _is_folder(path):
        from app.capture.images import PngSource

        return PngSource(path)
    head = read_head(path, 64)
    if head.startswith(BAG_MAGIC):
        from app.capture.rosbag import BagSource

        return BagSource(path, colour)
    if head.startswith(ZIP_MAGICS):
        from app.capture.npz import NpzSource

        return NpzSource(path)
    if head.startswith(SQLITE_MAGIC):
        from app.capture.realsense_db3 import Db3Source

        return Db3Source(path, colour)
    if head.startswith(MATROSKA_MAGIC):
        from app.capture.azure_recording import AzureRecording

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
    from app.capture.synthetic import SyntheticSource

    return SyntheticSource(fps=fps)


def _realsense(serial: str | None) -> DepthSource:
    from app.capture.realsense import RealSenseSource

    return RealSenseSource(serial)


def _find_realsense() -> str | None:
    from app.capture.realsense import find_camera

    try:
        return find_camera()
    except BackendMissing:
        return None


def _realsense_status(find: FindCamera) -> BackendStatus:
    from app.capture.realsense import load_library

    checked = "driven by librealsense; checked with a software camera, not with a physical one"
    try:
        load_library()
    except BackendMissing as error:
        return BackendStatus("RealSense", False, str(error), checked)
    serial = find()
    if serial is None:
        return BackendStatus("RealSense", False, "no camera answers", checked)
    return BackendStatus("RealSense", True, f"camera {serial}", checked)
