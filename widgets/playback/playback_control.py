"""The player's bar: what the user wants of the player, and where it stands."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal

from app.capture.base import StreamInfo
from app.capture.player_state import PlayerState
from app.export.track import Track
from app.frames import Frame, FrameResult
from widgets.controller import Controller
from widgets.hub import Hub
from widgets.menus import Actions
from widgets.playback.transport import JUMP, TransportBar

NO_MARK = {1: "No uncertain frame after this one", -1: "No uncertain frame before this one"}
ALL_SURE = "The hand was found with good confidence in all other frames."
NOT_PROCESSED = "Process the recording first (Ctrl+Return): that marks its frames."


class PlaybackControl(Controller):
    """Owns the transport bar."""

    range_changed = Signal(object, object)  # first and last frame that are played; None: no bound

    def __init__(self, hub: Hub, actions: Actions):
        super().__init__(hub, actions)
        self.transport = transport = TransportBar()
        self._shown: str | None = None  # SOURCE that speed and loop were chosen for
        self._start_at_s = hub.options.playback.start_at_s  # of the first source only
        hub.estimated.connect(self._on_estimate)
        hub.previewed.connect(self._show_place)
        hub.source_changed.connect(self._on_source)
        hub.state_changed.connect(transport.show_state)
        transport.play_wanted.connect(self._play)
        transport.steps_wanted.connect(hub.step)
        transport.seek_wanted.connect(hub.seek_frame)
        transport.time_wanted.connect(hub.seek_time)
        transport.range_wanted.connect(self._set_range)
        transport.speed_wanted.connect(hub.session.set_speed)
        transport.loop_wanted.connect(hub.session.set_loop)

    def commands(self) -> dict[str, Callable[[], object]]:
        transport = self.transport
        return {
            "toggle": transport.toggle,
            "back": lambda: transport.step(-1),
            "forward": lambda: transport.step(1),
            "back_10": lambda: transport.step(-JUMP),
            "forward_10": lambda: transport.step(JUMP),
            "home": lambda: transport.jump(to_end=False),
            "end": lambda: transport.jump(to_end=True),
            "go_to": transport.go_to,
            "range_in": transport.start_here,
            "range_out": transport.end_here,
            "range_clear": transport.clear_range,
            "next_doubt": lambda: self._go_to_mark(1),
            "last_doubt": lambda: self._go_to_mark(-1),
            "loop": transport.loop.click,
            "slower": lambda: transport.change_speed(-1),
            "faster": lambda: transport.change_speed(1),
        }

    def begin(self) -> None:
        self.transport.set_speed(self.hub.options.playback.speed)
        self.transport.loop.setChecked(self.hub.options.playback.loop)

    def show_track(self, track: Track | None) -> None:
        """Mark on the timeline what a pass has found."""
        self.transport.slider.show_track(track)

    def _on_source(self, info: StreamInfo) -> None:
        self.transport.show_source(info)
        spec = self.hub.session.spec
        if self._shown not in (None, spec):  # speed and loop end with what they were chosen for
            self.transport.set_speed(1.0)
            self.transport.loop.setChecked(False)
        self._shown = spec
        start_s, self._start_at_s = self._start_at_s, 0.0
        if info.duration_s is not None and start_s > info.duration_s:
            words = f"The recording ends at {info.duration_s:.3f} s; this is its last frame."
            self.hub.say("warning", f"--start-at {start_s:g} lies beyond the end", words)
        self.range_changed.emit(None, None)

    def _set_range(self, first: int | None, last: int | None) -> None:
        self.hub.set_range(first, last)
        self.range_changed.emit(first, last)

    def _go_to_mark(self, step: int) -> None:
        frame = self.transport.slider.next_mark(step)
        if frame is not None:
            self.hub.seek_frame(frame)
        else:
            known = self.transport.slider.marked
            self.hub.say("info", NO_MARK[step], ALL_SURE if known else NOT_PROCESSED)

    def _on_estimate(self, result: FrameResult) -> None:
        self._show_place(result.frame)

    def _show_place(self, frame: Frame) -> None:
        info = self.hub.info
        self.transport.show_position(frame.index, frame.t_s - (info.start_s if info else 0.0))

    def _play(self, wanted: bool) -> None:
        player = self.hub.session.player
        if player is not None and player.state in (PlayerState.FAULTED, PlayerState.STOPPED):
            self.hub.open(self.hub.session.spec)  # the camera may be back
        elif wanted:
            self.hub.play()
        else:
            self.hub.pause()
