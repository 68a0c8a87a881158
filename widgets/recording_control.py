"""The player's bar: what the user wants of the player, and where it stands."""

from __future__ import annotations

from collections.abc import Callable

from app.capture.base import StreamInfo
from app.capture.player import PlayerState
from app.frames import DepthFrame, HandEstimate
from widgets.controller import Controller
from widgets.hub import Hub
from widgets.transport import JUMP, TransportBar


class RecordingControl(Controller):
    """Owns the transport bar."""

    def __init__(self, hub: Hub):
        super().__init__(hub)
        self.transport = transport = TransportBar()
        hub.estimated.connect(self._on_estimate)
        hub.previewed.connect(self._show_place)
        hub.source_changed.connect(self._on_source)
        hub.state_changed.connect(transport.show_state)
        transport.play_wanted.connect(self._play)
        transport.steps_wanted.connect(lambda n: hub.order("step", n))
        transport.seek_wanted.connect(lambda k: hub.order("seek_frame", k))
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
            "loop": transport.loop.click,
            "slower": lambda: transport.change_speed(-1),
            "faster": lambda: transport.change_speed(1),
        }

    def begin(self) -> None:
        self.transport.set_speed(self.hub.options.playback.speed)
        self.transport.loop.setChecked(self.hub.options.playback.loop)

    def _on_source(self, info: StreamInfo) -> None:
        self.transport.show_source(info)

    def _on_estimate(self, estimate: HandEstimate) -> None:
        self._show_place(estimate.frame)

    def _show_place(self, frame: DepthFrame) -> None:
        info = self.hub.info
        self.transport.show_position(frame.index, frame.t_s - (info.start_s if info else 0.0))

    def _play(self, wanted: bool) -> None:
        player = self.hub.session.player
        if player is not None and player.state in (PlayerState.FAULTED, PlayerState.STOPPED):
            self.hub.open(self.hub.session.spec)  # the camera may be back
        else:
            self.hub.order("play" if wanted else "pause")
