"""How the tools that drive a window wait for it: its events go on being served."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QEventLoop, QTimer

LOOK_S = 0.005  # between two looks


def pause(seconds: float) -> None:
    """As the program waits, without polling: `QApplication.quit` would close the window."""
    until = QEventLoop()
    QTimer.singleShot(int(seconds * 1000), until.quit)
    until.exec()


def wait_until(reached: Callable[[], bool], patience_s: float) -> bool:
    """False: it was not reached in that time."""
    end = time.monotonic() + patience_s
    while not reached():
        if time.monotonic() > end:
            return False
        pause(LOOK_S)
    return True
