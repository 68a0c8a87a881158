"""Is there a screen to open a window on?

Asked before Qt is loaded, because Qt aborts the process where there is none.
"""

from __future__ import annotations

import os
import socket
import sys
from collections.abc import Mapping


def display_problem(
    environment: Mapping[str, str] = os.environ, platform: str = sys.platform
) -> str | None:
    """One line saying why no window can open; None: one can, or Qt was told its platform."""
    if not platform.startswith("linux") or environment.get("QT_QPA_PLATFORM"):
        return None
    if environment.get("WAYLAND_DISPLAY"):
        return None
    name = environment.get("DISPLAY")
    if not name:
        return "neither DISPLAY nor WAYLAND_DISPLAY is set"
    if not _x_server_answers(name):
        return f"the display {name} does not answer"
    return None


def _x_server_answers(name: str) -> bool:
    """Connect to the server of DISPLAY `host:number.screen`; other forms are left to Qt."""
    host, _, number = name.rpartition(":")
    number = number.split(".")[0]
    if not number.isdigit():
        return True
    if host in ("", "unix"):
        path = f"/tmp/.X11-unix/X{number}"
        return any(_connects(socket.AF_UNIX, address) for address in (path, "\0" + path))
    return _connects(socket.AF_INET, (host, 6000 + int(number)))


def _connects(family: int, address: str | tuple[str, int]) -> bool:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.settimeout(1.0)
        try:
            probe.connect(address)
        except OSError:
            return False
    return True
