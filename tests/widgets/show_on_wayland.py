"""Script: the window on a Wayland desktop, FOLDER gets the desktop's picture and the window's own.

The sample recording stands at one frame, with the 3-D hand over its readings. Prints where the
views lie: name, left, top, width, height. Returns 1 where that was not reached in time.
"""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QPoint, QProcess, QTimer
from PySide6.QtWidgets import QApplication

from app.config import Options
from app.resources import SAMPLE
from widgets.main_window import MainWindow
from widgets.parts.theme import apply_theme
from widgets.tools.waiting import pause, wait_until

FRAME = 3
PATIENCE_S = 240.0


def main(folder: Path) -> int:
    """Show it and take both pictures; returns the exit code."""
    application = QApplication(sys.argv[:1])
    apply_theme(application)
    window = MainWindow(Options(source=str(SAMPLE)))
    window.showFullScreen()
    window.start()
    try:
        return take_pictures(window, folder)
    finally:
        window.close()


def take_pictures(window: MainWindow, folder: Path) -> int:
    """The frame on the screen, then the desktop as its compositor puts it together."""
    arrived = wait_until(lambda: window.hub.last is not None, PATIENCE_S)
    window.hub.pause()
    window.hub.seek_frame(FRAME)
    arrived = arrived and wait_until(lambda: stands_at(window, FRAME), PATIENCE_S)
    window.toasts.dismiss_all()
    pause(1.0)
    arrived = arrived and shoot(window, folder)
    window.grab().save(str(folder / "window.png"))
    for name in ("depth_view", "skeleton", "synthesis"):
        view = getattr(window, name)
        corner = view.mapTo(window, QPoint(0, 0))
        print(name, corner.x(), corner.y(), view.width(), view.height())
    print("platform", QApplication.platformName())
    return 0 if arrived else 1


def shoot(window: MainWindow, folder: Path) -> bool:
    """The desktop's picture; what does not change meanwhile may be missing in it."""
    moving = QTimer(window, interval=40)
    moving.timeout.connect(window.update)
    moving.start()
    shooting = QProcess()
    shooting.setWorkingDirectory(str(folder))
    shooting.start("weston-screenshooter")
    ended = wait_until(lambda: shooting.state() == QProcess.ProcessState.NotRunning, PATIENCE_S)
    moving.stop()
    return ended and shooting.exitCode() == 0


def stands_at(window: MainWindow, frame: int) -> bool:
    """Is the hand of this frame shown?"""
    seen, result = window.depth_view.frame, window.depth_view.result
    return seen is not None and seen.index == frame and result is not None and result.detected


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
