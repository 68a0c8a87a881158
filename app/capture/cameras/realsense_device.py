"""librealsense and the cameras on it: loading, looking, permission, and what a camera offers."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import ModuleType
from typing import Any, TypeVar

from app.capture.cameras.realsense_choice import Profile
from app.capture.usb import FoundCamera, UsbModel, check_permission
from app.errors import BackendMissing, SourceNotFound

T = TypeVar("T")

USB = UsbModel(0x8086, word="RealSense")
RULES = (
    "copy 99-realsense-libusb.rules of librealsense to /etc/udev/rules.d, "
    "run udevadm control --reload-rules, and plug it in again"
)


def load_library() -> ModuleType:
    """pyrealsense2, its usage statistics switched off; BackendMissing with the reason."""
    os.environ["RS2_RUM_CLOUD_ENABLED"] = "0"
    try:
        import pyrealsense2
    except ImportError as error:
        if "libusb" in str(error):
            raise BackendMissing(
                "librealsense needs libusb", "apt-get install libusb-1.0-0"
            ) from None
        raise BackendMissing("pyrealsense2 is not installed", "pip install pyrealsense2") from None
    statistics = getattr(pyrealsense2, "rum", None)  # since 2.59
    if statistics is not None and statistics.is_cloud_enabled():
        statistics.set_cloud_enabled(False)
    return pyrealsense2


def find_device(rs: ModuleType, serial: str = "", preferred: str = "") -> Any:
    """The connected camera with `serial`, else the preferred one, else the first; None: none.

    Empty: any. Raises PermissionMissing for a camera that is plugged in and may not be opened.
    """
    devices = _connected(rs, lambda device: device)
    if serial:
        return devices.get(serial)
    return devices.get(preferred) or next(iter(devices.values()), None)


def find_cameras() -> tuple[FoundCamera, ...]:
    """Every connected camera. Raises BackendMissing, PermissionMissing."""
    rs = load_library()
    info = rs.camera_info

    def describe(device: Any) -> FoundCamera:
        usb_serial = told(device, info.asic_serial_number)
        name, serial = told(device, info.name, "RealSense"), told(device, info.serial_number)
        return FoundCamera(name, serial, usb_serial)

    return tuple(_connected(rs, describe).values())


def _connected(rs: ModuleType, take: Callable[[Any], T]) -> dict[str, T]:
    """What `take` makes of every connected camera, by serial. Raises PermissionMissing."""
    try:
        found = {
            told(d, rs.camera_info.serial_number): take(d) for d in rs.context().query_devices()
        }
    except RuntimeError:  # a camera that goes while it is being asked
        found = {}
    if not found:
        check_permission(USB, RULES)
    return found


def require_device(rs: ModuleType, serial: str, preferred: str) -> Any:
    """`find_device`, or SourceNotFound."""
    device = find_device(rs, serial, preferred)
    if device is None:
        wanted = f" with serial {serial}" if serial else ""
        raise SourceNotFound(f"no RealSense camera{wanted} answers", "see --list-sensors")
    return device


def offered_profiles(device: Any, stream: Any, form: Any) -> set[Profile]:
    """Every (width, height, fps) of a stream in a format."""
    found = set()
    for sensor in device.query_sensors():
        for profile in sensor.get_stream_profiles():
            if profile.stream_type() == stream and profile.format() == form:
                video = profile.as_video_stream_profile()
                found.add((video.width(), video.height(), video.fps()))
    return found


def told(device: Any, field: Any, otherwise: str = "") -> str:
    """What a device says of itself, where it says it."""
    return device.get_info(field) if device.supports(field) else otherwise
