"""From worker threads to the GUI thread: a mailbox that fills, and one signal without a payload.

A queued signal that carries frames piles up without bound when the window is slow. Here the newest
value waits in the mailbox, and at most one signal is on its way however often the mailbox is
filled.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.threads.mailbox import Mailbox

T = TypeVar("T")


class _Bell(QObject):
    rung = Signal()


class Bridge(Generic[T]):
    """Workers put into `mailbox`; then the slot of `connect` runs once in the GUI thread.

    `rest_ms`: the slot runs at most once in this time, whatever the rate of the puts.
    """

    def __init__(self, capacity: int = 1, rest_ms: int = 0):
        self._bell: _Bell | None = _Bell()
        self._bell.rung.connect(self._answer)
        self._slot: Callable[[], None] | None = None
        self._rest = QTimer(self._bell, singleShot=True, timerType=Qt.TimerType.PreciseTimer)
        self._rest.setInterval(rest_ms)
        self._rest.timeout.connect(self._rested)
        self.mailbox: Mailbox[T] = Mailbox(capacity, notify=self._ring)

    def connect(self, slot: Callable[[], None]) -> None:
        """Call `slot()` in the GUI thread after one or more puts into an empty mailbox."""
        self._slot = slot

    def take(self) -> T | None:
        """The oldest waiting value, or None; does not wait. GUI thread."""
        return self.mailbox.get(0.0)

    def take_all(self) -> list[T]:
        """Every waiting value, oldest first."""
        values = []
        while (value := self.take()) is not None:
            values.append(value)
        return values

    def close(self) -> None:
        """No more values and no more signals. GUI thread."""
        self._rest.stop()
        self._slot = self._bell = None
        self.mailbox.close()

    def _ring(self) -> None:
        bell = self._bell  # the worker's own reference keeps it alive while it emits
        if bell is not None:
            bell.rung.emit()

    def _answer(self) -> None:
        if self._slot is None or self._rest.isActive():
            return  # the value stays in the mailbox; `_rested` looks there
        if self._rest.interval():
            self._rest.start()
        self._slot()

    def _rested(self) -> None:
        if len(self.mailbox):
            self._answer()
