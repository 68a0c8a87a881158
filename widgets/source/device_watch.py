"""Keeps the list of cameras as it is while somebody looks at it; asks in a thread of its own.

Cheap and safe at every look: what the kernel says is plugged in. The cameras' libraries are asked
only when that has changed, or where the kernel does not say, and never the one whose camera streams
or while a source is being opened: a library may disturb a stream, or hang.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from PySide6.QtCore import QObject, QTimer, Signal

from app.capture.backend import BackendStatus
from app.capture.registry import find_plugged_in, list_sensors
from app.capture.sensors import InUse
from app.capture.usb import FoundCamera
from widgets.parts.bridge import Bridge

LOOK_MS = 2500
PATIENCE = 4  # looks after which a library that does not answer is told
SELDOM = 4  # looks for each that asks the libraries where the kernel says nothing
AGAIN = 3  # looks after a change: a camera answers some seconds after it was plugged in
JOIN_S = 2.0

Look = Callable[[InUse | None], list[BackendStatus]]


@dataclass(frozen=True, slots=True)
class Found:
    """What one look has brought; statuses None: as before."""

    plugged_in: object
    statuses: list[BackendStatus] | None


class DeviceWatch(QObject):
    """seen: is the list looked at? opening: is a source being opened? in_use: what streams."""

    found = Signal(object)  # list[BackendStatus]
    stuck = Signal()  # a library does not come back

    def __init__(
        self,
        seen: Callable[[], bool],
        opening: Callable[[], bool],
        in_use: Callable[[], InUse | None],
        look: Look = list_sensors,
    ):
        super().__init__()
        self.look, self.find_plugged_in = look, find_plugged_in
        self._seen, self._opening, self._in_use = seen, opening, in_use
        self._bridge: Bridge[Found] = Bridge()
        self._bridge.connect(self._on_found)
        self._thread: threading.Thread | None = None
        self._waited = 0  # looks that found the last one still busy
        self._looks = 0
        self._plugged_in: object = ()
        self._stream: InUse | None = None
        self._known: dict[str, FoundCamera] = {}
        self._again = 0
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._tick)

    def ask(self) -> None:
        """Ask everything, as soon as that may be, and go on watching."""
        self._again = max(self._again, 1)
        self._timer.start()
        self._tick()

    def close(self) -> None:
        self._timer.stop()
        self._bridge.close()
        if self._thread is not None:
            self._thread.join(JOIN_S)

    # --- inside -------------------------------------------------------------------------------

    def _tick(self) -> None:
        if not self._seen() or self._opening():
            return
        if self._thread is not None and self._thread.is_alive():
            self._waited += 1
            if self._waited == PATIENCE:
                self.stuck.emit()
            return
        stream, before, self._waited = self._in_use(), self._stream, 0
        self._looks += 1
        blind = self._plugged_in is None and stream is None
        everything = self._again > 0 or stream != before or (blind and self._looks % SELDOM == 0)
        self._again, self._stream = max(self._again - 1, 0), stream
        if before is not None and stream is None:
            self._again = AGAIN  # it may still be closing: its library is left alone once more
            return
        if stream is not None:
            stream = replace(stream, known=tuple(self._known.values()))
        given = stream, everything, self._plugged_in
        self._thread = threading.Thread(None, self._find, "sensors", given, daemon=True)
        self._thread.start()

    def _find(self, stream: InUse | None, everything: bool, before: object) -> None:
        """In the thread."""
        plugged_in = self.find_plugged_in()
        statuses = self.look(stream) if everything or plugged_in != before else None
        self._bridge.mailbox.put(Found(plugged_in, statuses))

    def _on_found(self) -> None:
        found = self._bridge.take()
        if found is None:
            return
        if found.plugged_in != self._plugged_in:
            self._plugged_in, self._again = found.plugged_in, AGAIN
        if found.statuses is not None:
            cameras = [camera for status in found.statuses for camera in status.cameras]
            self._known |= {camera.serial: camera for camera in cameras if camera.serial}
            self.found.emit(found.statuses)
