"""The main window: puts the widgets together and connects them with the session."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow, QVBoxLayout, QWidget

from app.capture.player import PlayerState
from app.config import Options
from app.frames import DepthFrame, Failure, HandEstimate
from widgets import settings
from widgets.bridge import Bridge
from widgets.commands import window_commands
from widgets.depth_bar import DepthBar
from widgets.depth_view import DepthView
from widgets.explorer import Request, SpaceReady
from widgets.icons import icon
from widgets.latent_panel import LatentPanel
from widgets.layout import add_bottom_bar, add_dock, arrange_docks, restore_layout, save_layout
from widgets.menus import ShortcutSheet, build_menus, insert_dock_switches
from widgets.performance_view import PerformanceView
from widgets.rate import Rate
from widgets.session import Change, Session
from widgets.skeleton_view import SkeletonView
from widgets.status_line import StatusLine
from widgets.synthesis_view import Comparison, SynthesisView
from widgets.theme import apply_theme
from widgets.toast import Toasts
from widgets.transport import TransportBar

REST_MS = 14  # the views are filled at most about 60 times a second
FIGURES_MS = 500
PREVIEW_MS = 33
NO_CAMERA = "No camera answers: this is the demo hand. Ctrl+O opens a recording."
TITLES = {  # by stage and whether work ended there
    ("capture", True): "This source cannot be read",
    ("capture", False): "The recording is damaged",
    ("estimator", True): "The hand cannot be estimated",
    ("weights", False): "These weights cannot be loaded",
}


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
        self.setWindowTitle("Crossing Nets Live")
        self.setWindowIcon(icon("app"))
        self.setAcceptDrops(True)
        self.painted = 0  # frames that reached the screen
        self._estimates: Bridge[HandEstimate] = Bridge(rest_ms=REST_MS)
        self._imagined: Bridge[HandEstimate] = Bridge(rest_ms=REST_MS)
        self._events: Bridge = Bridge(capacity=64)
        self._last: HandEstimate | None = None  # of the source, also while exploring
        self._resume = False  # play on when exploring ends
        self._sheet: ShortcutSheet | None = None
        self._rate = Rate()
        self._build()
        mailboxes = (self._estimates.mailbox, self._imagined.mailbox, self._events.mailbox)
        self.session = make_session(self.options, *mailboxes)
        self._connect()
        self._restore()

    # --- putting it together ------------------------------------------------------------------

    def _build(self) -> None:
        self.depth, self.depth_bar = DepthView(), DepthBar()
        self.skeleton, self.synthesis, self.latents = SkeletonView(), SynthesisView(), LatentPanel()
        self.transport, self.status = TransportBar(), StatusLine()
        self.performance = PerformanceView()
        centre = QWidget()
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.depth_bar)
        column.addWidget(self.depth, 1)
        self.setCentralWidget(centre)
        self.docks = [
            add_dock(self, "Latent explorer", self.latents, "left"),
            add_dock(self, "Skeleton", self.skeleton, "right"),
            add_dock(self, "Synthesis", self.synthesis, "right"),
            add_dock(self, "Performance", self.performance, "right", hidden=True),
        ]
        add_bottom_bar(self, "Playback", self.transport)
        self.setStatusBar(self.status)
        self.toasts = Toasts(centre)
        self.actions_by_name = build_menus(self, window_commands(self))
        switches = [dock.toggleViewAction() for dock in self.docks]
        insert_dock_switches(self, self.actions_by_name["docks"], switches)
        self.actions_by_name["recent"].menu().aboutToShow.connect(self._fill_recent)
        self.setMinimumSize(880, 600)
        self.depth.clear("Opening…")

    def _connect(self) -> None:
        self._estimates.connect(self._on_estimate)
        self._imagined.connect(self._on_imagined)
        self._events.connect(self._on_events)
        session, transport, latents = self.session, self.transport, self.latents
        transport.play_wanted.connect(self._play)
        transport.steps_wanted.connect(lambda n: self._order("step", n))
        transport.seek_wanted.connect(lambda k: self._order("seek_frame", k))
        transport.speed_wanted.connect(session.set_speed)
        transport.loop_wanted.connect(session.set_loop)
        latents.changed.connect(self._imagine)
        latents.mode_changed.connect(self._on_mode)
        self.depth.pointed.connect(self._point_at)
        self.depth.frame_painted.connect(self._count_painted)
        self.depth_bar.changed.connect(self._restyle)
        self._figures = QTimer(self, interval=FIGURES_MS)
        self._figures.timeout.connect(self._show_figures)
        self._preview = QTimer(self, interval=PREVIEW_MS)
        self._preview.timeout.connect(self._show_preview)

    # --- life ---------------------------------------------------------------------------------

    def start(self) -> None:
        """Load the network and open the source; both on their own threads."""
        self._figures.start()
        self._preview.start()
        self.session.start()
        self.transport.set_speed(self.options.playback.speed)
        self.transport.loop.setChecked(self.options.playback.loop)
        self.actions_by_name[f"hand_{self.options.estimator.hand}"].setChecked(True)
        self.open(self.options.source)

    def closeEvent(self, event) -> None:
        self.latents.stop()
        self._figures.stop()
        self._preview.stop()
        self._save()
        for bridge in (self._estimates, self._imagined, self._events):
            bridge.close()
        self.session.close()
        self.skeleton.shutdown()
        super().closeEvent(event)

    def reset_layout(self) -> None:
        """Every dock where it was the first time."""
        arrange_docks(self, self.docks)

    def _restore(self) -> None:
        self.depth_bar.restore(settings.read_group(self.store, "depth"))
        self._restyle(self.depth_bar.values())
        restore_layout(self, self.docks, self.store)

    def _save(self) -> None:
        save_layout(self, self.store)
        settings.write_group(self.store, "depth", self.depth_bar.values())
        self.store.sync()

    # --- the source ---------------------------------------------------------------------------

    def open(self, spec: str | None) -> None:
        """Open what SOURCE of the command line names; the present one stays until it is there."""
        if self.session.player is None:
            self.depth.clear("Opening…")
        self.session.open(spec)

    def open_if(self, path: str) -> None:
        if path:
            self.open(path)

    def load_weights(self, path: str) -> None:
        if path:
            self.session.load_weights(path)

    def _order(self, command: str, *values: int) -> None:
        player = self.session.player
        if player is not None:
            self.latents.explore(False)
            getattr(player, command)(*values)

    def _play(self, wanted: bool) -> None:
        player = self.session.player
        if player is not None and player.state in (PlayerState.FAULTED, PlayerState.STOPPED):
            self.open(self.session.spec)  # the camera may be back
        else:
            self._order("play" if wanted else "pause")

    def _point_at(self, column: int, row: int) -> None:
        if not self.latents.exploring:
            self.session.estimator.point_at((column, row))

    # --- what the threads say -----------------------------------------------------------------

    def _on_estimate(self) -> None:
        estimate = self._estimates.take()
        if estimate is None:
            return
        self._last = estimate
        self.performance.add(estimate)
        self._show_place(estimate.frame)
        self.latents.follow(estimate)
        if not self.latents.exploring:
            self._show(estimate)

    def _show_place(self, frame: DepthFrame) -> None:
        info = self.session.info
        self.transport.show_position(frame.index, frame.t_s - (info.start_s if info else 0.0))

    def _on_imagined(self) -> None:
        estimate = self._imagined.take()
        if estimate is not None and self.latents.exploring:
            self._show(estimate)

    def _show(self, estimate: HandEstimate) -> None:
        self.depth.set_estimate(estimate)
        self.skeleton.set_joints(estimate.joints_mm)
        self.status.show_hand(estimate.hand)
        crop = estimate.crop
        if crop is None:
            self.synthesis.show_comparison(Comparison(None, None))
            return
        flip = slice(None, None, -1 if crop.mirrored else 1)  # left hands look like left hands
        frozen = not self.latents.exploring or self.latents.frozen is not None
        seen = crop.image[:, flip] if frozen else None
        made = None if estimate.synthesised is None else estimate.synthesised[:, flip]
        self.synthesis.show_comparison(Comparison(seen, made, crop.cube_mm))

    def _show_preview(self) -> None:
        frame = self.session.preview()
        if frame is not None and not self.latents.exploring:
            self.depth.set_frame(frame)
            self._show_place(frame)

    def _show_figures(self) -> None:
        player = self.session.player
        if player is not None:
            fps = self._rate.fps(player.stats.frames_in)
            stats = self.session.estimator.stats()
            self.status.show_figures(fps, stats, player.stats.dropped)
            self.performance.refresh(stats)

    def _on_events(self) -> None:
        for event in self._events.take_all():
            if isinstance(event, Failure):
                self._on_failure(event)
            elif isinstance(event, SpaceReady):
                self.latents.set_space(event.space, event.directions)
            elif isinstance(event, Change):
                before = self.session.player
                state = self.session.absorb(event)
                if self.session.player is not before:
                    self._on_source()
                if state is not None:
                    self.transport.show_state(state)

    def _on_source(self) -> None:
        info, spec = self.session.info, self.session.spec
        self.latents.forget_live()
        self.performance.clear()
        self.depth.forget_range()
        self.latents.explore(False)
        self.transport.show_source(info)
        self.status.source.setText(info.name + (f"  ·  {info.note}" if info.note else ""))
        self.setWindowTitle(f"{info.name} – Crossing Nets Live")
        if spec is None and info.kind == "demo":
            self.status.source.setText(NO_CAMERA)
        elif spec is not None and Path(spec).exists():
            settings.add_recent(self.store, spec)

    def _on_failure(self, failure: Failure) -> None:
        title = TITLES.get((failure.stage, failure.fatal), "Something went wrong")
        kind = "error" if failure.fatal else "warning"
        if failure.stage == "estimator":
            self.latents.say_no_network()
        self.toasts.show(kind, title, failure.message, failure.detail)
        if self.session.player is None:
            self.depth.clear("Nothing is open", "Ctrl+O opens a recording, Ctrl+D the demo hand.")

    # --- exploring ----------------------------------------------------------------------------

    def _on_mode(self, exploring: bool) -> None:
        self.skeleton.recentre()
        self.depth.restyle(caption="Explore: the hand of the sliders" if exploring else "")
        self.synthesis.crop_caption = "Frozen crop" if exploring else "Crop"
        self.synthesis.crop_hint = "Freeze a live hand to compare" if exploring else "–"
        player = self.session.player
        if exploring:
            self._resume = player is not None and player.state is PlayerState.RUNNING
            if self._resume and not self.session.info.live:
                player.pause()
        else:
            if self._last is not None:
                self._show(self._last)
            if self._resume and player is not None:
                player.play()
            self._resume = False

    def _imagine(self) -> None:
        frozen = self.latents.frozen
        crop = frozen.crop if frozen is not None else None
        mirrored = crop is not None and crop.mirrored
        self.session.explorer.ask(Request(self.latents.z, crop, mirrored))

    # --- small things -------------------------------------------------------------------------

    def _restyle(self, values: dict[str, object]) -> None:
        self.depth.restyle(**values)
        self.synthesis.restyle(str(values["map"]))

    def _count_painted(self) -> None:
        self.painted += 1
        if self.options.frames is not None and self.painted >= self.options.frames:
            QTimer.singleShot(0, self.close)

    def toggle_full_screen(self) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def toggle_sheet(self) -> None:
        self._sheet = self._sheet or ShortcutSheet(self)
        self._sheet.setVisible(not self._sheet.isVisible())

    def _fill_recent(self) -> None:
        menu = self.actions_by_name["recent"].menu()
        menu.clear()
        for path in settings.recent_files(self.store):
            menu.addAction(path, lambda path=path: self.open(path))
        if menu.isEmpty():
            menu.addAction("Nothing yet").setEnabled(False)

    def dragEnterEvent(self, event) -> None:
        if event.mimeData().hasUrls() and event.mimeData().urls()[0].isLocalFile():
            event.acceptProposedAction()

    def dropEvent(self, event) -> None:
        path = event.mimeData().urls()[0].toLocalFile()
        if path.endswith(".safetensors"):
            self.load_weights(path)
        else:
            self.open(path)
        event.acceptProposedAction()


def run_window(options: Options) -> int:
    """Open the window and run it to the end; returns the exit code."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    application.setApplicationName("Crossing Nets Live")
    apply_theme(application)
    window = MainWindow(options)
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())  # seen at the next tick of a timer
    window.show()
    QTimer.singleShot(0, window.start)
    return application.exec()
