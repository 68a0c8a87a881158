"""What is plugged in and whether it may be opened: asked of the kernel, without any camera library.

A camera without its udev rule is there but may not be opened, and libraries then say that there is
none. Linux only; elsewhere nothing is found, and nobody is told anything wrong.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from app.errors import CaptureError

SYSTEM, NODES = Path("/sys/bus/usb/devices"), Path("/dev/bus/usb")


class PermissionMissing(CaptureError):
    """The camera is plugged in, but this user may not open it."""


@dataclass(frozen=True, slots=True)
class UsbModel:
    """A kind of device: its vendor, and its product numbers or a word of its product's name."""

    vendor: int
    products: tuple[int, ...] = ()
    word: str = ""


@dataclass(frozen=True, slots=True)
class FoundCamera:
    """One camera that is plugged in."""

    name: str
    serial: str = ""  # by which SOURCE names it; empty: not known
    usb_serial: str = ""  # what the kernel knows it by; on some cameras it is another number


@dataclass(frozen=True, slots=True)
class UsbDevice:
    name: str
    serial: str
    node: Path  # the file that a program opens
    speed_mbit: int  # 480: USB 2; 5000 and more: USB 3; 0: not said

    @property
    def permitted(self) -> bool:
        return os.access(self.node, os.R_OK | os.W_OK)


def find_devices(model: UsbModel, system: Path = SYSTEM, nodes: Path = NODES) -> list[UsbDevice]:
    """Every device of this kind that is plugged in. Never raises."""
    try:
        folders = sorted(system.iterdir())
    except OSError:
        return []
    return [device for folder in folders if (device := _read_device(folder, nodes, model))]


def watchable(system: Path = SYSTEM) -> bool:
    """Does this system say what is plugged in? One without a USB bus does, too: nothing."""
    return system.parents[1].is_dir()


def check_permission(
    model: UsbModel, hint: str, system: Path = SYSTEM, nodes: Path = NODES
) -> None:
    """Raises PermissionMissing, with `hint`, where such devices are there and none may be used."""
    found = find_devices(model, system, nodes)
    if found and not any(device.permitted for device in found):
        first = found[0]
        raise PermissionMissing(
            f"{first.name} is plugged in, but you may not open it ({first.node})", hint
        )


def _read_device(folder: Path, nodes: Path, model: UsbModel) -> UsbDevice | None:
    vendor = _number(_read(folder / "idVendor"), 16)
    product = _number(_read(folder / "idProduct"), 16)
    name = _read(folder / "product")
    wanted = product in model.products or bool(model.word and model.word in name)
    if vendor != model.vendor or not wanted:
        return None
    bus, number = (_number(_read(folder / part), 10) for part in ("busnum", "devnum"))
    speed = _number(_read(folder / "speed"), 10)
    node = nodes / f"{bus:03d}" / f"{number:03d}"
    return UsbDevice(name or folder.name, _read(folder / "serial"), node, speed)


def _read(path: Path) -> str:
    try:
        return path.read_text("utf-8", "replace").strip()
    except OSError:  # not a device, or unplugged at this moment
        return ""


def _number(text: str, base: int) -> int:
    try:
        return int(text, base)
    except ValueError:  # low-speed devices say "1.5"
        return 0
