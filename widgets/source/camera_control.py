"""What the source dock asks of a camera: how its stream is opened, and its settings while it runs.

An order is carried out by the capture thread. Its answer is seen by the tuple of controls: a new
one comes after every order, with what is true then, and `refusal` says what did not go.
"""

from __future__ import annotations

from PySide6.QtCore import QObject, QSettings, QTimer, Signal

from app.capture.base import DepthSource, StreamInfo
from app.capture.controls import Control
from app.capture.registry import BACKENDS
from app.errors import CaptureError
from widgets.hub import Hub
from widgets.source.camera_settings import CameraControls
from widgets.source.stream_memory import REALSENSE, StreamMemory, choice_of, says_more
from widgets.source.stream_panel import StreamPanel, describe_use

LOOK_MS = 100  # between two looks whether the camera has answered


class CameraControl(QObject):
    """Connects `stream` and `controls` with the source that is open."""

    returned = Signal(object)  # StreamInfo of the camera that had gone and is back

    def __init__(
        self, hub: Hub, memory: StreamMemory, stream: StreamPanel, controls: CameraControls
    ):
        super().__init__()
        self._hub, self._memory = hub, memory
        self._stream, self._controls = stream, controls
        self._shown: tuple[Control, ...] = ()
        self._orders: dict[str, float] = {}  # not yet given; the newest of each counts
        self._awaiting, self._told = False, ""
        self._returned: StreamInfo | None = None
        self._timer = QTimer(self, interval=LOOK_MS)
        self._timer.timeout.connect(self._look)
        hub.source_changed.connect(self._on_source)
        stream.open_wanted.connect(self._open)
        controls.wanted.connect(self._orders.__setitem__)

    def restore(self, store: QSettings) -> None:
        self._memory.restore(store)
        self._stream.show_choice(self._memory.choice)

    def save(self, store: QSettings) -> None:
        self._memory.save(store)

    def close(self) -> None:
        self._timer.stop()

    # --- inside -------------------------------------------------------------------------------

    def _open(self, spec: str) -> None:
        if (choice := choice_of(spec)) is not None:
            self._memory.keep(choice)
        self._hub.open(spec)

    def _on_source(self, info: StreamInfo) -> None:
        self._orders.clear()
        self._returned = None
        self._show((), "")
        self._show_stream(info)
        (self._timer.start if info.live else self._timer.stop)()

    def _show_stream(self, info: StreamInfo) -> None:
        """What streams, and what the camera has to say of it."""
        spec = self._hub.session.spec
        used = None
        if info.live and camera_kind(spec, info) == REALSENSE:
            used = self._memory.choice if spec is None else choice_of(spec)
        text = ""
        if used is not None:
            if says_more(used):
                self._memory.keep(used)
            self._stream.show_choice(used)
            camera = info.intrinsics
            text = describe_use(used, camera.width, camera.height, info.fps)
        self._stream.show_used(text)
        if info.live and info.note:
            self._hub.say("warning", info.name, info.note)

    def _look(self) -> None:
        """What has become of the last orders; then give the next ones."""
        player = self._hub.session.player
        if player is None:
            return
        source = player.source
        controls, returned = source.controls, source.reopened
        if controls is not self._shown:
            self._show(controls, source.refusal)
        if returned is not None and returned is not self._returned:
            self._returned = returned
            self._show_stream(returned)
            self.returned.emit(returned)
        orders = list(self._orders.items())
        self._orders.clear()
        for name, value in orders:
            self._give(source, name, value)

    def _give(self, source: DepthSource, name: str, value: float) -> None:
        try:
            source.set_control(name, value)
        except CaptureError as error:
            self._hub.say("warning", "The camera refuses", str(error))
            self._controls.show_controls(self._shown)
        else:
            self._awaiting = True

    def _show(self, controls: tuple[Control, ...], refusal: str) -> None:
        self._shown = controls
        self._controls.show_controls(controls, self._orders)
        if refusal and (self._awaiting or refusal != self._told):
            self._hub.say("warning", "The camera refuses", refusal)
        self._awaiting, self._told = False, refusal


def camera_kind(spec: str | None, info: StreamInfo) -> str:
    """The word of the back end that a live source is of."""
    if spec is None:  # the first camera that answered
        return next((b.word for b in BACKENDS if b.is_camera and b.name == info.name), REALSENSE)
    return spec.partition(":")[0]
