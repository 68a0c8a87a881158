"""Cyclic garbage is collected in the GUI thread alone.

Python collects in whichever thread happens to allocate, and widgets hang in cycles: one that a
worker thread destroys takes the program down with a segmentation fault. So automatic collection is
off while a window lives, and a timer of the GUI thread looks after it.
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

from app.memory import trim_memory

INTERVAL_MS = 500
TRIM_MS = 30_000  # what was freed goes back to the system


class GarbageCollector(QObject):
    """From `start` on; `stop` gives the interpreter its own way back."""

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self._timer = QTimer(self, interval=INTERVAL_MS)
        self._timer.timeout.connect(self.collect)
        self._trimming = QTimer(self, interval=TRIM_MS)
        self._trimming.timeout.connect(trim_memory)

    def start(self) -> None:
        """What is there now, modules above all, is not looked at again: collecting stays short."""
        gc.collect()
        gc.freeze()
        gc.disable()
        self._timer.start()
        self._trimming.start()

    def stop(self) -> None:
        self._timer.stop()
        self._trimming.stop()
        gc.enable()
        gc.unfreeze()

    def collect(self) -> None:
        """The oldest generation that is full, as the interpreter would."""
        counted = zip(gc.get_count(), gc.get_threshold(), strict=True)
        full = [generation for generation, (n, most) in enumerate(counted) if n > most]
        if full:
            gc.collect(full[-1])
