"""The main window: builds the controllers of the areas and puts their widgets together."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from app.config import Options
from app.frames import Frame
from app.resources import cache_folder
from app.session import Session
from widgets.controller import Controller
from widgets.explorer.explore_control import ExploreControl
from widgets.garbage import GarbageCollector
from widgets.hand.hand_control import HandControl
from widgets.hub import Hub
from widgets.layout import add_bottom_bar, add_dock, arrange_docks, restore_layout, save_layout
from widgets.menus import connect_commands, fill_menu_bar, make_actions
from widgets.parts import settings
from widgets.parts.icons import icon
from widgets.parts.theme import apply_theme
from widgets.parts.toast import Toasts
from widgets.playback.playback_control import PlaybackControl
from widgets.recording.analysis_control import AnalysisControl
from widgets.recording.record_control import RecordControl
from widgets.shell.crash_report import CrashReports
from widgets.shell.drop_target import DropTarget
from widgets.shell.model_control import ModelControl
from widgets.shell.outlet_control import OutletControl
from widgets.shell.shell_control import ShellControl
from widgets.shell.tour_control import TourControl
from widgets.source.source_control import SourceControl
from widgets.source.stream_memory import StreamMemory
from widgets.source.thumbnails import Thumbnails
from widgets.views.synthesis_window import SynthesisWindow
from widgets.views.view_control import ViewControl

TOUR_AFTER_MS = 800  # the window has its places by then


class MainWindow(QMainWindow):
    """One window, one session; `make_session` takes what `Session` takes first."""

    def __init__(
        self,
        options: Options | None = None,
        store: QSettings | None = None,
        make_session: Callable[..., Session] = Session,
    ):
        super().__init__()
        self.options = options or Options()
        self.store = store if store is not None else settings.open_settings()
        beside = Path(self.store.fileName()).with_name("thumbnails")  # of settings that were given
        self._pictures = Thumbnails(cache_folder("thumbnails") if store is None else beside)
        self.setWindowTitle("Crossing Nets Live")
        self.setWindowIcon(icon("app"))
        self.setAcceptDrops(True)
        self.setMinimumSize(880, 600)
        self.large_synthesis: SynthesisWindow | None = None
        self.painted = 0  # frames that reached the screen
        self.streams = StreamMemory()
        self.hub = Hub(self.options, partial(make_session, complete=self.streams.complete))
        self.session = self.hub.session
        self.actions_by_name = make_actions(self)
        self._build_controllers()
        self._connect()
        self._lay_out()
        for controller in self.controllers:
            controller.restore(self.store)
        restore_layout(self, self.docks, self.store)

    # --- putting it together ------------------------------------------------------------------

    def _build_controllers(self) -> None:
        hub, actions, store = self.hub, self.actions_by_name, self.store
        self._centre = QWidget()
        self.toasts = Toasts(self._centre)
        self.views = ViewControl(hub, actions)
        self.explore = ExploreControl(hub, actions)
        self.playback = PlaybackControl(hub, actions)
        self.record = RecordControl(hub, actions, store)
        self.analysis = AnalysisControl(hub, actions, self)
        self.hand = HandControl(hub, actions, store)
        self.source = SourceControl(hub, actions, self, store, self.streams, self._pictures)
        self.model = ModelControl(hub, actions, self)
        self.outlet = OutletControl(hub, actions)
        others: list[Controller] = [
            self.views, self.explore, self.playback, self.record, self.analysis, self.hand,
            self.source, self.model, self.outlet,
        ]  # fmt: skip
        pages = [page for controller in others for page in controller.pages()]
        self.shell = ShellControl(hub, actions, self, self.toasts, pages)
        self.tour = TourControl(hub, actions, self, self.views.depth, self.playback.transport)
        self.controllers = [*others, self.shell, self.tour]
        takers = {".safetensors": self.model.load, ".json": self.explore.open_latents}
        self.drop = DropTarget(self, takers, self.open)
        self.depth_view, self.depth_bar = self.views.depth, self.views.bar
        self.skeleton = self.views.skeleton
        self.latents, self.synthesis = self.explore.latents, self.explore.synthesis
        self.transport = self.playback.transport
        self.status, self.performance = self.shell.status, self.shell.performance

    def _connect(self) -> None:
        """Commands with their actions, and the few words that the areas have for each other."""
        own: dict[str, Callable[[], object]] = {
            "quit": self.close,
            "full_screen": self.toggle_full_screen,
            "reset_layout": self.reset_layout,
            "synthesis_large": self.show_large_synthesis,
        }
        for commands in (own, *(controller.commands() for controller in self.controllers)):
            connect_commands(self.actions_by_name, commands)
        self.source.hints_changed.connect(self.shell.general.show_hints)
        self.shell.general.hints_changed.connect(self.source.set_hints)
        self.shell.general.reset_wanted.connect(self.reset_layout)
        self.analysis.track_changed.connect(self.playback.show_track)
        self.playback.range_changed.connect(self.analysis.show_range)
        self.hand.warned.connect(self.views.warn)
        self.hand.checked.connect(self.views.show_findings)
        self.hand.point_wanted.connect(self.views.start_aiming)
        self.outlet.page_wanted.connect(lambda title: self.shell.show_preferences().choose(title))
        self.synthesis.large_wanted.connect(self.show_large_synthesis)
        self.hub.painted.connect(self._count_painted)
        self.depth_bar.changed.connect(lambda style: self.explore.restyle(style.map))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self._centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.source.hint)
        column.addWidget(self.depth_bar)
        column.addWidget(self.depth_view, 1)
        self.setCentralWidget(self._centre)
        plans = [plan for controller in self.controllers for plan in controller.docks()]
        self.docks = [add_dock(self, plan) for plan in plans]
        self.transport.add_at_end(self.record.bar)
        add_bottom_bar(self, "Playback", self.transport)
        self.setStatusBar(self.status)
        self.status.insertPermanentWidget(1, self.outlet.chip)
        switches = [dock.toggleViewAction() for dock in self.docks]
        fill_menu_bar(self, self.actions_by_name, switches)

    # --- life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Load the network and open the source; both on their own threads."""
        self.hub.start()
        for controller in self.controllers:
            controller.begin()
        self.open(self.options.source)

    def closeEvent(self, event) -> None:
        for controller in self.controllers:
            controller.save(self.store)
        save_layout(self, self.store)
        self.store.sync()
        self.hub.close()
        for controller in self.controllers:
            controller.close()
        super().closeEvent(event)

    def open(self, spec: str | None) -> None:
        """Open what SOURCE of the command line names; the present one stays until it is there."""
        self.hub.open(spec)

    def load_weights(self, path: str) -> None:
        """Other weights; where they are bad the present ones stay."""
        self.model.load(path)

    # --- small things -------------------------------------------------------------------------

    def reset_layout(self) -> None:
        """Put every panel back to its first place."""
        arrange_docks(self, self.docks)

    def show_large_synthesis(self) -> None:
        """Crop, synthesis and difference in a window of their own."""
        self.large_synthesis = self.large_synthesis or SynthesisWindow(self.synthesis)
        self.large_synthesis.show()
        self.large_synthesis.raise_()

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def _count_painted(self, _: Frame) -> None:
        self.painted += 1
        if self.options.frames is not None and self.painted >= self.options.frames:
            QTimer.singleShot(0, self.close)

    def dragEnterEvent(self, event) -> None:
        self.drop.enter(event)

    def dragLeaveEvent(self, event) -> None:
        self.drop.leave()

    def dropEvent(self, event) -> None:
        self.drop.take(event)


def run_window(options: Options) -> int:
    """Open the window and run it to the end; returns the exit code."""
    running = QApplication.instance()
    application = running if isinstance(running, QApplication) else QApplication(sys.argv[:1])
    application.setApplicationName("Crossing Nets Live")
    apply_theme(application)
    window = MainWindow(options)
    folder = Path(window.store.fileName()).with_name("reports")
    reports = CrashReports(folder, lambda: f"source {window.session.spec}, {options}")
    reports.install()
    window.shell.watch(reports)
    for number in (signal.SIGINT, signal.SIGTERM):  # seen at the next tick of a timer, or while
        signal.signal(number, lambda *_: QTimer.singleShot(0, window.close))  # a widget paints
    window.show()
    QTimer.singleShot(0, window.start)
    if options.frames is None:  # somebody stays
        QTimer.singleShot(TOUR_AFTER_MS, window, window.tour.offer)
    garbage = GarbageCollector()
    garbage.start()
    try:
        return application.exec()
    finally:
        garbage.stop()
        reports.remove()
