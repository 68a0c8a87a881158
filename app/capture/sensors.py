"""The live cameras: which of them answers, why another does not, and how far each is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.capture.usb import PermissionMissing
from app.errors import BackendMissing

SOFTWARE_CAMERA = "software camera: the real librealsense, not a physical camera"
FAKENECT = "fakenect: the real libfreenect, not a physical Kinect"
NOT_CHECKED = "not checked: only that its library loads and finds nothing"


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """One line of `--list-sensors`."""

    name: str
    available: bool
    reason: str  # what answers, or why it is not available
    checked: str  # how far it has been checked
    spec: str = ""  # the SOURCE that opens it, where a word does


FindCamera = Callable[[], str | None]  # serial of a RealSense that answers, or None


def camera_statuses(find_camera: FindCamera | None = None) -> list[BackendStatus]:
    """A line for every live back end. Never raises. find_camera: looks for a RealSense."""
    return [
        _status("RealSense", "realsense", find_camera or _find_realsense, SOFTWARE_CAMERA),
        _status("Kinect v1", "kinect1", _find_kinect1, FAKENECT),
        _status("Azure Kinect", "azure", _find_azure, NOT_CHECKED),
        BackendStatus(
            "Kinect v2", False, "not supported: no driver is packaged for it", "not supported"
        ),
        BackendStatus(
            "Orbbec", False, "not supported: its library forces an old numpy", "not supported"
        ),
    ]


def first_camera(find_camera: FindCamera | None = None) -> str | None:
    """SOURCE of the first camera that answers; None: none does."""
    serial = _asked(find_camera or _find_realsense)
    if serial is not None:
        return f"realsense:{serial}" if serial else "realsense"
    if _asked(_find_kinect1) is not None:
        return "kinect1"
    return "azure" if _asked(_find_azure) is not None else None


def _status(name: str, spec: str, find: FindCamera, checked: str) -> BackendStatus:
    try:
        found = find()
    except (BackendMissing, PermissionMissing) as error:
        return BackendStatus(name, False, str(error), checked, spec)
    if found is None:
        return BackendStatus(name, False, "no camera answers", checked, spec)
    return BackendStatus(name, True, f"camera {found}".strip(), checked, spec)


def _asked(find: FindCamera) -> str | None:
    try:
        return find()
    except (BackendMissing, PermissionMissing):
        return None


def _find_realsense() -> str | None:
    from app.capture.realsense_device import find_camera

    return find_camera()


def _find_kinect1() -> str | None:
    from app.capture.kinect1 import find_kinect

    return "" if find_kinect() else None


def _find_azure() -> str | None:
    from app.capture.azure_live import find_azure

    return "" if find_azure() else None
