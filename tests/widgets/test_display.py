"""Displays that are named and not there, or there and not good: none is left to Qt."""

from __future__ import annotations

import os
import shutil
import socket
import struct
import tempfile
import threading
from collections.abc import Iterator
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest

from app.config import ConfigError
from widgets import display_servers
from widgets.display import choose_display

NAMES = ("QT_QPA_PLATFORM", "DISPLAY", "WAYLAND_DISPLAY", "WAYLAND_SOCKET", "XDG_SESSION_TYPE")
X_SUCCESS = struct.pack("<BxHHH", 1, 11, 0, 8) + bytes(32)
X_REFUSAL = struct.pack("<BBHHH", 0, 8, 11, 0, 2) + b"go away!"


class Server:
    """Listens on a socket; to each client it says `answer`, or nothing and keeps the line open."""

    def __init__(self, address: str, answer: bytes | None):
        self._answer, self._clients = answer, []
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.bind(address)
        self._socket.listen()
        threading.Thread(target=self._serve, daemon=True, name="fake display").start()

    def _serve(self) -> None:
        while True:
            try:
                client, _ = self._socket.accept()
            except OSError:  # closed
                return
            self._clients.append(client)
            if self._answer is not None:
                client.recv(12)
                client.sendall(self._answer)

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        for closing in (self._socket, *self._clients):
            closing.close()


class Desk:
    """The environment of a session, with displays that the tests put there."""

    def __init__(self, folder: Path, monkeypatch):
        self.folder, self._monkeypatch = folder, monkeypatch
        self.servers: list[Server] = []

    def name(self, **values: str) -> None:
        for key, value in values.items():
            self._monkeypatch.setenv(key, value)

    def wayland(self, answer: bytes | None = b"done") -> None:
        self.servers.append(Server(str(self.folder / "wayland-5"), answer))
        self.name(WAYLAND_DISPLAY="wayland-5")

    def x(self, answer: bytes | None = X_SUCCESS) -> None:
        number = 100_000 + os.getpid()
        self.servers.append(Server(f"\0/tmp/.X11-unix/X{number}", answer))
        self.name(DISPLAY=f":{number}")

    def platform(self) -> str | None:
        """What Qt is left with."""
        choose_display()
        return os.environ.get("QT_QPA_PLATFORM")


@pytest.fixture
def desk(monkeypatch) -> Iterator[Desk]:
    for name in NAMES:
        monkeypatch.setenv(name, "")  # so that it is put back
        monkeypatch.delenv(name)
    folder = Path(tempfile.mkdtemp(prefix="desk-"))  # a socket's path may not be long
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    desk = Desk(folder, monkeypatch)
    yield desk
    for server in desk.servers:
        server.close()
    shutil.rmtree(folder)


def refusal() -> str:
    with pytest.raises(ConfigError) as caught:
        choose_display()
    assert "--headless" in caught.value.hint
    return caught.value.message


def test_where_both_answer_nothing_is_changed(desk):
    desk.x()
    desk.wayland()
    assert desk.platform() is None


@pytest.mark.parametrize("kind", ["x", "wayland"])
def test_one_alone_is_enough(desk, kind):
    getattr(desk, kind)()
    assert desk.platform() is None


def test_a_good_display_beside_a_stale_wayland_is_used(desk):
    desk.x()
    desk.name(WAYLAND_DISPLAY="wayland-9", XDG_SESSION_TYPE="wayland")
    assert desk.platform() == "xcb"


def test_a_good_wayland_beside_a_stale_display_is_used(desk):
    desk.wayland()
    desk.name(DISPLAY=":7654")
    assert desk.platform() == "wayland"


@pytest.mark.parametrize("forced", ["wayland", "wayland-egl;wayland", "bogus", "linuxfb:fb=/none"])
def test_a_forced_platform_that_cannot_be_gives_way_to_a_good_display(desk, forced):
    desk.x()
    desk.name(QT_QPA_PLATFORM=forced)
    assert desk.platform() == "xcb"


def test_of_several_forced_ones_the_one_that_works_is_taken(desk):
    desk.wayland()
    desk.name(QT_QPA_PLATFORM="xcb;wayland")
    assert desk.platform() == "wayland"


@pytest.mark.parametrize("forced", ["offscreen", "minimal"])
def test_what_needs_no_screen_is_left_alone(desk, forced):
    desk.name(QT_QPA_PLATFORM=forced, DISPLAY=":7654")
    assert desk.platform() == forced


def test_a_compositor_without_a_runtime_folder_is_not_found(desk, monkeypatch):
    desk.wayland()
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert "without XDG_RUNTIME_DIR" in refusal()


def test_a_compositor_is_found_by_its_whole_path(desk, monkeypatch):
    desk.wayland()
    desk.name(WAYLAND_DISPLAY=str(desk.folder / "wayland-5"))
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert desk.platform() is None


def test_servers_that_never_answer_are_not_waited_for(desk, monkeypatch):
    monkeypatch.setattr(display_servers, "PATIENCE_S", 0.2)
    desk.x(None)
    desk.wayland(None)
    line = refusal()
    assert "DISPLAY=:" in line
    assert "WAYLAND_DISPLAY=wayland-5 does not answer" in line


def test_a_server_that_lets_nobody_in_is_said_once(desk, capfd):
    desk.x(X_REFUSAL)
    assert "gives no connection" in refusal()
    assert capfd.readouterr().err == ""


def test_a_missing_library_of_qt_is_named(desk, monkeypatch):
    desk.x()
    plugin = desk.folder / "Qt" / "plugins" / "platforms" / "libqxcb.so"
    plugin.parent.mkdir(parents=True)
    plugin.write_text("no library")
    spec = ModuleSpec("PySide6", None, is_package=True)
    spec.submodule_search_locations = [str(desk.folder)]
    monkeypatch.setattr(display_servers, "find_spec", lambda name: spec)
    assert "Qt needs a library that is missing" in refusal()
    assert "libqxcb.so" in refusal()
