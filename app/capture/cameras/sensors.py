"""The live cameras: which of them answers, why another does not, and how far each is checked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.capture.cameras.usb import (
    FoundCamera,
    PermissionMissing,
    UsbDevice,
    UsbModel,
    find_devices,
    watchable,
)
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
    cameras: tuple[FoundCamera, ...] = ()  # those that can be told apart


@dataclass(frozen=True, slots=True)
class InUse:
    """A camera that streams: its library is not asked meanwhile, it might disturb the stream."""

    spec: str  # the back end's word
    camera: FoundCamera
    known: tuple[FoundCamera, ...] = ()  # what its library said before


FindCamera = Callable[[], str | None]  # serial of a RealSense that answers, or None


def camera_statuses(
    find_camera: FindCamera | None = None, in_use: InUse | None = None
) -> list[BackendStatus]:
    """A line for every live back end. Never raises. find_camera: looks for a RealSense."""
    find = _find_realsense if find_camera is None else lambda: _as_cameras(find_camera())
    lines = (
        ("RealSense", "realsense", find, SOFTWARE_CAMERA),
        ("Kinect v1", "kinect1", lambda: _as_cameras(_find_kinect1()), FAKENECT),
        ("Azure Kinect", "azure", lambda: _as_cameras(_find_azure()), NOT_CHECKED),
    )
    return [
        *(
            _status_in_use(name, in_use, checked)
            if in_use is not None and in_use.spec == spec
            else _status(name, spec, look, checked)
            for name, spec, look, checked in lines
        ),
        BackendStatus(
            "Kinect v2", False, "not supported: no driver is packaged for it", "not supported"
        ),
        BackendStatus(
            "Orbbec", False, "not supported: its library forces an old numpy", "not supported"
        ),
    ]


def first_camera(find_camera: FindCamera | None = None) -> str | None:
    """SOURCE of the first camera that answers; None: none does."""
    serial = _asked(find_camera or _find_first_realsense)
    if serial is not None:
        return f"realsense:{serial}" if serial else "realsense"
    if _asked(_find_kinect1) is not None:
        return "kinect1"
    return "azure" if _asked(_find_azure) is not None else None


def find_plugged_in() -> tuple[tuple[str, UsbDevice], ...] | None:
    """Every camera of a kind that is known here, with its back end's word, as the kernel sees them:
    no library is asked, which takes milliseconds. None: this system does not say."""
    if not watchable():
        return None
    return tuple(
        (spec, device) for spec, model in _usb_models().items() for device in find_devices(model)
    )


def _status(
    name: str, spec: str, find: Callable[[], Sequence[FoundCamera]], checked: str
) -> BackendStatus:
    try:
        found = tuple(find())
    except (BackendMissing, PermissionMissing) as error:
        return BackendStatus(name, False, str(error), checked, spec)
    if not found:
        return BackendStatus(name, False, "no camera answers", checked, spec)
    named = tuple(camera for camera in found if camera.serial)
    serials = ", ".join(camera.serial for camera in named)
    reason = f"camera {serials}" if named else "a camera answers"
    return BackendStatus(name, True, reason, checked, spec, named)


def _status_in_use(name: str, in_use: InUse, checked: str) -> BackendStatus:
    """What the kernel says of a back end whose library is busy."""
    known = (in_use.camera, *in_use.known)
    plugged_in = find_plugged_in()
    if plugged_in is None:
        cameras: tuple[FoundCamera, ...] = (in_use.camera,)
    else:
        devices = [device for spec, device in plugged_in if spec == in_use.spec]
        cameras = tuple(_recognise(device, known, len(devices) == 1) for device in devices)
    reason = "in use" if cameras else "in use, and unplugged: it is waited for"
    return BackendStatus(name, True, reason, checked, in_use.spec, cameras)


def _recognise(device: UsbDevice, known: Sequence[FoundCamera], alone: bool) -> FoundCamera:
    """Which camera a device of the kernel's list is; the only one is the one that streams."""
    for camera in known:
        if device.serial and device.serial in (camera.usb_serial, camera.serial):
            return camera
    return known[0] if alone else FoundCamera(device.name, usb_serial=device.serial)


def _as_cameras(serial: str | None) -> tuple[FoundCamera, ...]:
    return () if serial is None else (FoundCamera("RealSense", serial),)


def _asked(find: FindCamera) -> str | None:
    try:
        return find()
    except (BackendMissing, PermissionMissing):
        return None


def _find_realsense() -> tuple[FoundCamera, ...]:
    from app.capture.cameras.realsense_device import find_cameras

    return find_cameras()


def _find_first_realsense() -> str | None:
    return next((camera.serial for camera in _find_realsense()), None)


def _find_kinect1() -> str | None:
    from app.capture.cameras.kinect1 import find_kinect

    return "" if find_kinect() else None


def _find_azure() -> str | None:
    from app.capture.cameras.azure_live import find_azure

    return "" if find_azure() else None


def _usb_models() -> dict[str, UsbModel]:
    from app.capture.cameras import azure_live, kinect1, realsense_device

    return {"realsense": realsense_device.USB, "kinect1": kinect1.USB, "azure": azure_live.USB}
