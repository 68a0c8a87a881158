"""Which back end can do what here: which camera answers, why another does not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.capture.backend import Backend, BackendStatus
from app.capture.usb import (
    FoundCamera,
    PermissionMissing,
    UsbDevice,
    find_devices,
    watchable,
)
from app.errors import BackendMissing


@dataclass(frozen=True, slots=True)
class InUse:
    """A camera that streams: its library is not asked meanwhile, it might disturb the stream."""

    spec: str  # the back end's word
    camera: FoundCamera
    known: tuple[FoundCamera, ...] = ()  # what its library said before


def status_of(backend: Backend, in_use: InUse | None = None) -> BackendStatus:
    """The line of one back end. Asks its library, unless a camera of it streams. Never raises."""
    if not backend.is_camera:
        available = backend.open is not None
        return BackendStatus(backend.name, available, backend.reason, backend.checked, backend.word)
    if in_use is not None and in_use.spec == backend.word:
        return _status_in_use(backend, in_use)
    try:
        found = _find(backend)
    except (BackendMissing, PermissionMissing) as error:
        return _camera_status(backend, False, str(error))
    if not found:
        return _camera_status(backend, False, "no camera answers")
    named = tuple(camera for camera in found if camera.serial)
    serials = ", ".join(camera.serial for camera in named)
    return _camera_status(
        backend, True, f"camera {serials}" if named else "a camera answers", named
    )


def first_camera(backends: Iterable[Backend]) -> str | None:
    """SOURCE of the first camera that answers; None: none does."""
    for backend in backends:
        try:
            found = _find(backend)
        except (BackendMissing, PermissionMissing):
            continue
        if found:
            serial = found[0].serial if backend.by_serial else ""
            return f"{backend.word}:{serial}" if serial else backend.word
    return None


def find_plugged_in(backends: Iterable[Backend]) -> tuple[tuple[str, UsbDevice], ...] | None:
    """Every camera of a kind that is known here, with its back end's word, as the kernel sees them.

    No library is asked, which takes milliseconds. None: this system does not say.
    """
    if not watchable():
        return None
    kinds = [(backend.word, backend.usb) for backend in backends if backend.usb is not None]
    return tuple((word, device) for word, model in kinds for device in find_devices(model))


def _find(backend: Backend) -> tuple[FoundCamera, ...]:
    return () if backend.find is None else tuple(backend.find())


def _camera_status(
    backend: Backend, available: bool, reason: str, cameras: tuple[FoundCamera, ...] = ()
) -> BackendStatus:
    return BackendStatus(
        backend.name, available, reason, backend.checked, backend.word, cameras, backend.by_serial
    )


def _status_in_use(backend: Backend, in_use: InUse) -> BackendStatus:
    """What the kernel says of a back end whose library is busy."""
    known = (in_use.camera, *in_use.known)
    plugged_in = find_plugged_in([backend])
    if plugged_in is None or backend.usb is None:
        cameras: tuple[FoundCamera, ...] = (in_use.camera,)
    else:
        alone = len(plugged_in) == 1
        cameras = tuple(_recognise(device, known, alone) for _, device in plugged_in)
    reason = "in use" if cameras else "in use, and unplugged: it is waited for"
    return _camera_status(backend, True, reason, cameras)


def _recognise(device: UsbDevice, known: Sequence[FoundCamera], alone: bool) -> FoundCamera:
    """Which camera a device of the kernel's list is; the only one is the one that streams."""
    for camera in known:
        if device.serial and device.serial in (camera.usb_serial, camera.serial):
            return camera
    return known[0] if alone else FoundCamera(device.name, usb_serial=device.serial)
