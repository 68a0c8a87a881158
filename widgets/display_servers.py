"""Does a display server answer, and can Qt's plugin for it be loaded? Each wait has a limit.

Asked before Qt is loaded. Every function returns one line saying why not, or None. What they ask is
what Qt will ask: libxcb itself knows hosts, screens and who may connect.
"""

from __future__ import annotations

import ctypes
import os
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

PATIENCE_S = 3.0
START_S = 30.0  # of Qt in a process of its own, on a busy machine
_WL_SYNC = struct.pack("=III", 1, 12 << 16, 2)  # wl_display.sync, the answer as object 2
_MISSING = "Qt needs a library that is missing ({})"
_START_QT = """
import resource, sys
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
from PySide6.QtGui import QGuiApplication
sys.exit(QGuiApplication(["probe"]).primaryScreen() is None)
"""


def wayland_problem() -> str | None:
    """The compositor of WAYLAND_DISPLAY must answer a wl_display.sync."""
    if os.environ.get("WAYLAND_SOCKET"):  # a connection that is open already, and good for one use
        return None
    given = os.environ.get("WAYLAND_DISPLAY")
    name = f"WAYLAND_DISPLAY={given}" if given else "the Wayland display wayland-0"
    path = Path(os.environ.get("XDG_RUNTIME_DIR", ""), given or "wayland-0")
    if not path.is_absolute():
        return f"{name} cannot be found without XDG_RUNTIME_DIR"
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as asking:
        asking.settimeout(PATIENCE_S)
        try:
            asking.connect(str(path))
            asking.sendall(_WL_SYNC)
            answered = bool(asking.recv(1))
        except OSError:
            answered = False
    return plugin_problem("wayland") if answered else f"{name} does not answer"


def x_problem() -> str | None:
    """The X server of DISPLAY must let libxcb in."""
    name = os.environ.get("DISPLAY")
    if not name:
        return "DISPLAY is not set"
    errors: list[int | str] = []  # filled by the thread: 0 where the connection is good

    def ask() -> None:
        try:
            xcb = ctypes.CDLL("libxcb.so.1")
        except OSError as error:
            errors.append(str(error))
            return
        xcb.xcb_connect.restype = ctypes.c_void_p
        connection = ctypes.c_void_p(xcb.xcb_connect(name.encode(), None))
        errors.append(xcb.xcb_connection_has_error(connection))
        xcb.xcb_disconnect(connection)

    asking = threading.Thread(target=ask, daemon=True, name="display probe")
    with _silence():
        asking.start()
        asking.join(PATIENCE_S)
    error = errors[0] if errors else 1
    if isinstance(error, str):
        return _MISSING.format(error)
    return f"DISPLAY={name} gives no connection" if error else plugin_problem("xcb")


@contextmanager
def _silence() -> Iterator[None]:
    """No line of libxcb's own on stderr."""
    sys.stderr.flush()
    kept, nowhere = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def plugin_problem(name: str) -> str | None:
    """A system library that Qt's plugin `libq<name>.so` lacks; None also where Qt is elsewhere."""
    found = find_spec("PySide6")
    folders = found.submodule_search_locations if found is not None else None
    for folder in folders or ():
        plugin = Path(folder, "Qt", "plugins", "platforms", f"libq{name}.so")
        if plugin.exists():
            try:
                ctypes.CDLL(str(plugin))
            except OSError as error:
                return _MISSING.format(error)
    return None


def start_problem(name: str) -> str | None:
    """Qt is started on platform `name` in a process of its own, which it may abort."""
    try:
        done = subprocess.run(
            [sys.executable, "-c", _START_QT],
            env=os.environ | {"QT_QPA_PLATFORM": name},
            capture_output=True, timeout=START_S, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return f"Qt does not start on {name}"
    return f"Qt does not start on {name}" if done.returncode else None
