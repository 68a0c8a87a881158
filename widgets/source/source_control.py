"""Opening things: source dock, menu, drag and drop, recent files, and the hint what to do next."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSettings, Signal
from PySide6.QtWidgets import QMainWindow

from app.capture.base import StreamInfo
from app.capture.player_state import PlayerState
from app.capture.sensors import InUse
from app.capture.usb import FoundCamera
from app.frames import Failure
from app.resources import SAMPLE
from widgets.controller import Controller, DockPlan
from widgets.hub import Hub
from widgets.menus import Actions, menu_of
from widgets.parts import file_dialogs, settings
from widgets.source import hint_bar
from widgets.source.camera_control import CameraControl, camera_kind
from widgets.source.device_watch import DeviceWatch
from widgets.source.hint_bar import HintBar
from widgets.source.recent_files import RecentFiles
from widgets.source.source_panel import SourcePanel
from widgets.source.stream_memory import StreamMemory
from widgets.source.thumbnails import Thumbnails

STREAMING = (PlayerState.STARTING, PlayerState.RUNNING, PlayerState.PAUSED)


class SourceControl(Controller):
    """Owns the source dock and the hint.

    window: parent of dialogs, and what bears the title. streams: what a camera is asked for.
    pictures: of the recordings that were open.
    """

    hints_changed = Signal(bool)  # whether the start says what can be done next

    def __init__(
        self,
        hub: Hub,
        actions: Actions,
        window: QMainWindow,
        store: QSettings,
        streams: StreamMemory,
        pictures: Thumbnails,
    ):
        super().__init__(hub, actions)
        self._window, self._streams = window, streams
        self.panel, self.hint = SourcePanel(), HintBar()
        self.hints = True  # the user wants to be told what to do next
        self.camera = CameraControl(hub, streams, self.panel.stream, self.panel.controls)
        self.camera.returned.connect(lambda info: self.panel.show_source(info, hub.session.spec))
        menu = menu_of(actions["recent"])
        self.recent = RecentFiles(hub, store, pictures, self.panel, menu)
        session = hub.session
        self.watch = DeviceWatch(self._is_seen, lambda: session.opening, self._in_use)
        self.watch.found.connect(self.panel.show_sensors)
        self.watch.stuck.connect(self._say_stuck)
        hub.source_changed.connect(self._on_source)
        hub.failed.connect(self._on_failure)
        hub.mode_changed.connect(self._on_mode)
        self.panel.open_wanted.connect(self.open_if)
        self.panel.ask_wanted.connect(self._ask)
        self.panel.sensors_wanted.connect(self.watch.ask)
        self.hint.wanted.connect(lambda name: self.actions[name].trigger())
        self.hint.dismissed.connect(lambda: self.set_hints(False))

    # --- what the window asks of every area ---------------------------------------------------

    def docks(self) -> list[DockPlan]:
        return [DockPlan("Source", self.panel, "left", with_tab="Latent explorer")]

    def commands(self) -> dict[str, Callable[[], object]]:
        return {
            "open_file": lambda: self._ask("file"),
            "open_folder": lambda: self._ask("folder"),
            "open_demo": lambda: self.hub.open("demo"),
            "open_camera": lambda: self.open_if("realsense"),
            "camera_page": self.show_camera_page,
            "open_sample": lambda: self.hub.open(str(SAMPLE)),
            "hint": self.show_hint,
        }

    def begin(self) -> None:
        self.recent.show()

    def restore(self, store: QSettings) -> None:
        self.set_hints(bool(settings.like(True, store.value("hints", "true"))))
        self.camera.restore(store)

    def save(self, store: QSettings) -> None:
        store.setValue("hints", self.hints)
        self.camera.save(store)

    def close(self) -> None:
        self.camera.close()
        self.watch.close()

    # --- what the user does -------------------------------------------------------------------

    def open_if(self, spec: str) -> None:
        """A camera opens as it was chosen the last time."""
        if spec:
            self.hub.open(self._streams.complete(spec))

    def show_camera_page(self) -> None:
        """What can be set on a camera, in front."""
        dock = self.panel.parentWidget()
        if dock is not None:
            dock.show()
            dock.raise_()
        self.panel.show_page("Camera")
        self.panel.stream.serial.setFocus()

    def show_hint(self) -> None:
        """Say it again, from the help menu."""
        self.set_hints(True)
        nothing = self.hub.session.player is None
        self.hint.say(hint_bar.NOTHING_OPEN if nothing else hint_bar.FIRST_RUN)

    def set_hints(self, wanted: bool) -> None:
        """Whether the next start says what can be done."""
        self.hints = wanted
        self.hints_changed.emit(wanted)
        if not wanted:
            self.hint.hide()

    # --- inside -------------------------------------------------------------------------------

    def _ask(self, what: str) -> None:
        ask = file_dialogs.ask_folder if what == "folder" else file_dialogs.ask_recording
        self.open_if(ask(self._window))

    def _is_seen(self) -> bool:
        return self.panel.isVisible() and not self._window.isMinimized()

    def _in_use(self) -> InUse | None:
        """The camera that streams at present."""
        player, info = self.hub.session.player, self.hub.info
        if player is None or info is None or not info.live or player.state not in STREAMING:
            return None
        kind = camera_kind(self.hub.session.spec, info)
        return InUse(kind, FoundCamera(info.name, info.serial))

    def _say_stuck(self) -> None:
        self.panel.refresh.setEnabled(False)
        text = "The list of cameras is not updated until it responds."
        self.hub.say("warning", "A camera library does not respond", text)

    def _on_source(self, info: StreamInfo) -> None:
        spec = self.hub.session.spec
        self._window.setWindowTitle(f"{info.name} – Crossing Nets Live")
        self.panel.show_source(info, spec)
        if spec is None and info.kind == "demo" and self.hints:
            self.hint.say(hint_bar.NO_CAMERA)
        elif info.kind == "demo" and self.hints:
            self.hint.say(hint_bar.FIRST_RUN)
        else:
            self.hint.hide()

    def _on_failure(self, failure: Failure) -> None:
        if failure.stage == "capture" and self.hub.session.player is None:
            self.hint.say(hint_bar.NOTHING_OPEN)

    def _on_mode(self, exploring: bool) -> None:
        if exploring:
            self.hint.hide()  # they have found their way
