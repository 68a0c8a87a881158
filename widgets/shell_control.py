"""What surrounds the views: opening things, messages, figures, help."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QMainWindow

from app.capture.base import StreamInfo
from app.frames import DepthFrame, Failure, HandEstimate
from widgets import file_dialogs, settings
from widgets.controller import Controller, DockPlan
from widgets.hub import Hub
from widgets.memory import memory_mb
from widgets.menus import ShortcutSheet
from widgets.performance_view import Figures, PerformanceView
from widgets.rate import Rate
from widgets.status_line import StatusLine
from widgets.toast import Toasts

NO_CAMERA = "No camera answers: this is the demo hand. Ctrl+O opens a recording."
TITLES = {  # by stage and whether work ended there
    ("capture", True): "This source cannot be read",
    ("capture", False): "The recording is damaged",
    ("estimator", True): "The hand cannot be estimated",
    ("weights", False): "These weights cannot be loaded",
}


class ShellControl(Controller):
    """Owns status line, performance dock, toasts and the shortcut sheet.

    window: parent of dialogs, and what bears the title. toasts: where messages appear.
    """

    def __init__(self, hub: Hub, window: QMainWindow, toasts: Toasts, store: QSettings):
        super().__init__(hub)
        self._window, self._store = window, store
        self.toasts = toasts
        self.status, self.performance = StatusLine(), PerformanceView()
        self.sheet: ShortcutSheet | None = None
        self._rates = {name: Rate() for name in ("in", "estimated", "painted")}
        self._painted = 0
        hub.estimated.connect(self.performance.add)
        hub.painted.connect(self._on_painted)
        hub.shown.connect(self._show_hand)
        hub.figures_due.connect(self._show_figures)
        hub.source_changed.connect(self._on_source)
        hub.failed.connect(self._on_failure)
        hub.said.connect(toasts.show)

    def docks(self) -> list[DockPlan]:
        return [DockPlan("Performance", self.performance, "right", at_first=False)]

    def commands(self) -> dict[str, Callable[[], object]]:
        window = self._window
        return {
            "open_file": lambda: self.open_if(file_dialogs.ask_recording(window)),
            "open_folder": lambda: self.open_if(file_dialogs.ask_folder(window)),
            "open_demo": lambda: self.hub.open("demo"),
            "open_camera": lambda: self.hub.open("realsense"),
            "open_weights": lambda: self.load_weights(file_dialogs.ask_weights(window)),
            "shortcuts": self.toggle_sheet,
            "about": lambda: file_dialogs.show_about(window),
        }

    def begin(self) -> None:
        self.actions["recent"].menu().aboutToShow.connect(self._fill_recent)

    def open_if(self, path: str) -> None:
        if path:
            self.hub.open(path)

    def load_weights(self, path: str) -> None:
        if path:
            self.hub.session.load_weights(path)

    def drop(self, path: str) -> None:
        """A file or folder was dropped on the window."""
        if path.endswith(".safetensors"):
            self.load_weights(path)
        else:
            self.hub.open(path)

    def toggle_sheet(self) -> None:
        self.sheet = self.sheet or ShortcutSheet(self._window)
        self.sheet.setVisible(not self.sheet.isVisible())

    def _show_hand(self, estimate: HandEstimate) -> None:
        self.status.show_hand(estimate.hand)

    def _show_figures(self) -> None:
        player = self.hub.session.player
        if player is None:
            return
        stats, counted = self.hub.session.estimator.stats(), player.stats
        figures = Figures(
            fps_in=self._rates["in"].fps(counted.frames_in),
            fps_estimated=self._rates["estimated"].fps(stats.frames_estimated),
            fps_painted=self._rates["painted"].fps(self._painted),
            dropped=counted.dropped,
            memory_mb=memory_mb(),
        )
        self.status.show_figures(figures.fps_in, stats, figures.dropped)
        self.performance.refresh(stats, figures)

    def _on_painted(self, frame: DepthFrame) -> None:
        self._painted += 1
        now = time.monotonic()
        if not self.hub.exploring:
            self.performance.add_painted(now, (now - frame.t_host_s) * 1e3)

    def _on_source(self, info: StreamInfo) -> None:
        spec = self.hub.session.spec
        self.performance.clear()
        self.status.source.setText(info.name + (f"  ·  {info.note}" if info.note else ""))
        self._window.setWindowTitle(f"{info.name} – Crossing Nets Live")
        if spec is None and info.kind == "demo":
            self.status.source.setText(NO_CAMERA)
        elif spec is not None and Path(spec).exists():
            settings.add_recent(self._store, spec)

    def _on_failure(self, failure: Failure) -> None:
        title = TITLES.get((failure.stage, failure.fatal), "Something went wrong")
        kind = "error" if failure.fatal else "warning"
        self.hub.say(kind, title, failure.message, failure.detail)

    def _fill_recent(self) -> None:
        menu = self.actions["recent"].menu()
        menu.clear()
        for path in settings.recent_files(self._store):
            menu.addAction(path, lambda path=path: self.hub.open(path))
        if menu.isEmpty():
            menu.addAction("Nothing yet").setEnabled(False)
