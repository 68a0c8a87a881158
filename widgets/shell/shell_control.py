"""What surrounds the views: messages, figures, looks, preferences, help, crash reports."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QSettings, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget

from app.capture.base import StreamInfo
from app.errors import OutputError
from app.frames import Failure, Frame, FrameResult
from app.memory import memory_mb
from app.outputs import OutputFile
from app.session import NetworkReady
from widgets.controller import Controller, DockPlan
from widgets.hub import Hub
from widgets.menus import Actions
from widgets.parts import file_dialogs, theme
from widgets.parts.rate import Rate
from widgets.parts.toast import Toasts
from widgets.shell.about import About
from widgets.shell.crash_report import EARLIER, CrashReports, Report
from widgets.shell.guide import Guide
from widgets.shell.log_view import LogView
from widgets.shell.performance_view import Figures, PerformanceView
from widgets.shell.preferences import GeneralPage, Preferences
from widgets.shell.shortcut_sheet import ShortcutSheet
from widgets.shell.status_line import StatusLine

NO_CAMERA = "No camera answers: this is the demo hand. Ctrl+O opens a recording."
TITLES = {  # by stage and whether work ended there
    ("capture", True): "This source cannot be read",
    ("capture", False): "The recording is damaged",
    ("camera", True): "This camera cannot be read",
    ("camera", False): "Trouble with the camera",
    ("estimator", True): "The hand cannot be estimated",
    ("watchdog", False): "A part of the program did not respond",
    ("weights", False): "These weights cannot be used; the present model stays",
    ("refinement", False): "These weights do not allow refinement",
}


class ShellControl(Controller):
    """Owns status line, performance and log docks, toasts, sheet, preferences.

    window: parent of dialogs. toasts: where messages appear. pages: of the other areas, title and
    widget, for the preferences.
    """

    def __init__(
        self,
        hub: Hub,
        actions: Actions,
        window: QMainWindow,
        toasts: Toasts,
        pages: Sequence[tuple[str, QWidget]],
    ):
        super().__init__(hub, actions)
        self._window, self._other_pages = window, pages
        self.toasts, self.log = toasts, LogView()
        self.status, self.performance = StatusLine(), PerformanceView()
        self.general = GeneralPage()
        self.sheet: ShortcutSheet | None = None
        self.preferences: Preferences | None = None
        self.about: About | None = None
        self.guide: Guide | None = None
        self.reports: CrashReports | None = None
        self.theme = "dark"
        self._model = "none"
        self._rates = {name: Rate() for name in ("in", "estimated", "painted")}
        self._painted = 0
        self._connect()

    def _connect(self) -> None:
        hub = self.hub
        hub.estimated.connect(self.performance.add)
        hub.painted.connect(self._on_painted)
        hub.shown.connect(self._show_hands)
        hub.figures_due.connect(self._show_figures)
        hub.source_changed.connect(self._on_source)
        hub.network_ready.connect(self._on_network)
        hub.failed.connect(self._on_failure)
        hub.said.connect(self.toasts.show)
        hub.source_left.connect(self.toasts.dismiss_all)  # they stay in the log
        self.toasts.added.connect(self.log.add)
        self.toasts.counted.connect(self.log.recount)
        self.log.save_wanted.connect(self._save_log)
        self.general.theme_changed.connect(self.set_theme)
        QApplication.styleHints().colorSchemeChanged.connect(self._on_desktop_theme)

    # --- what the window asks of every area ---------------------------------------------------

    def docks(self) -> list[DockPlan]:
        return [
            DockPlan("Performance", self.performance, "bottom", at_first=False),
            DockPlan("Log", self.log, "bottom", at_first=False),
        ]

    def commands(self) -> dict[str, Callable[[], object]]:
        return {
            "preferences": self.show_preferences,
            "guide": self.show_guide,
            "shortcuts": self.toggle_sheet,
            "reports": self.show_reports,
            "about": self.show_about,
            **{f"theme_{name}": partial(self.set_theme, name) for name in theme.THEMES},
        }

    def pages(self) -> list[tuple[str, QWidget]]:
        return [("General", self.general)]

    def begin(self) -> None:
        self.actions[f"theme_{self.theme}"].setChecked(True)

    def restore(self, store: QSettings) -> None:
        saved = str(store.value("theme", self.theme))
        if saved in theme.THEMES:
            self.set_theme(saved)

    def save(self, store: QSettings) -> None:
        store.setValue("theme", self.theme)

    # --- what the user does -------------------------------------------------------------------

    def set_theme(self, name: str) -> None:
        """Wear one of `theme.THEMES`, at once and at the next start."""
        self.theme = name
        application = QApplication.instance()
        if isinstance(application, QApplication):
            theme.apply_theme(application, name)
        self.actions[f"theme_{name}"].setChecked(True)
        self.general.show_theme(name)

    def toggle_sheet(self) -> None:
        self.sheet = self.sheet or ShortcutSheet(self._window)
        self.sheet.setVisible(not self.sheet.isVisible())

    def show_preferences(self) -> Preferences:
        """Open the dialog, in front; returns it."""
        if self.preferences is None:
            pages = [*self.pages(), *self._other_pages]
            self.preferences = Preferences(pages, self._window)
        self.preferences.show()
        self.preferences.raise_()
        self.preferences.activateWindow()
        return self.preferences

    def show_guide(self) -> None:
        """Open the documents that come with the program, in front."""
        self.guide = self.guide or Guide(self._window)
        self.guide.show()
        self.guide.raise_()
        self.guide.activateWindow()

    def show_about(self) -> None:
        if self.about is not None:
            self.about.close()
            self.about.deleteLater()
        self.about = About(self._model, self._window)
        self.about.show()

    def watch(self, reports: CrashReports) -> None:
        """Say in the window what these reports find."""
        self.reports = reports
        reports.crashed.connect(self._on_crash)
        left = reports.watch_faults()
        if left:
            text = f"{left.splitlines()[0]}. Where it was: {reports.folder / EARLIER}"
            self.hub.say("warning", "The program crashed last time", text, left)

    def show_reports(self) -> None:
        """Open the folder of crash reports."""
        folder = self.reports.folder if self.reports is not None else None
        if folder is None or not any((*folder.glob("report-*.txt"), *folder.glob(EARLIER))):
            self.hub.say("info", "There are no crash reports")
        elif not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
            self.hub.say("info", "Crash reports", str(folder))

    def _save_log(self, text: str) -> None:
        path = file_dialogs.ask_save(self._window, "Save log", "log.txt", "Text (*.txt)")
        if not path:
            return
        try:
            with OutputFile(path) as output:
                output.write(text)
                output.commit()
        except OutputError as error:
            self.hub.say("error", "The log could not be saved", str(error))
        else:
            self.hub.say("info", "Log written", str(Path(path)))

    # --- what happens -------------------------------------------------------------------------

    def _on_desktop_theme(self) -> None:
        if self.theme == "system":
            self.set_theme("system")

    def _show_hands(self, result: FrameResult) -> None:
        self.status.show_hands([hand.hand for hand in result.hands])

    def _show_figures(self) -> None:
        player = self.hub.session.player
        if player is None:
            return
        stats, counted = self.hub.session.estimator.stats(), player.stats
        figures = Figures(
            fps_in=self._rates["in"].fps(counted.frames_in),
            fps_estimated=self._rates["estimated"].fps(stats.frames_estimated),
            fps_painted=self._rates["painted"].fps(self._painted),
            dropped=self.hub.session.dropped,
            faulty=counted.faults.total,
            memory_mb=memory_mb(),
            faults=counted.faults.describe(),
        )
        self.status.show_figures(figures.fps_in, stats, figures.dropped)
        self.performance.refresh(stats, figures)

    def _on_painted(self, frame: Frame) -> None:
        self._painted += 1
        now = time.monotonic()
        if not self.hub.exploring:
            self.performance.add_painted(now, (now - frame.t_host_s) * 1e3)

    def _on_source(self, info: StreamInfo) -> None:
        self.toasts.settle("source")
        self.performance.clear()
        self.status.source.setText(info.name + (f"  ·  {info.note}" if info.note else ""))
        if self.hub.session.spec is None and info.kind == "demo":
            self.status.source.setText(NO_CAMERA)

    def _on_network(self, ready: NetworkReady) -> None:
        self._model = ready.describe()
        self.toasts.settle("network")

    def _on_failure(self, failure: Failure) -> None:
        title = TITLES.get((failure.stage, failure.fatal), "Something went wrong")
        kind = "error" if failure.fatal else "warning"
        attempt = self.hub.attempt_after(failure)
        self.hub.say(kind, title, failure.message, failure.detail, attempt)

    def _on_crash(self, report: Report) -> None:
        where = f"Report: {report.path}" if report.path is not None else "No report was written."
        text = f"{report.title}. The program goes on. {where}"
        self.hub.say("error", "An internal error occurred", text, report.text)
