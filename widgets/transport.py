"""Play, pause, step and seek: one clock, the player's; this bar shows it and sends it orders."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QSlider, QWidget

from app.capture.base import StreamInfo
from app.capture.player import PlayerState
from widgets.controls import ToolButton
from widgets.icons import icon

SPEEDS = (0.1, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
JUMP = 10  # frames of Ctrl + arrow


class TransportBar(QWidget):
    """Knows no player: its methods say what is, its signals say what the user wants."""

    play_wanted = Signal(bool)
    steps_wanted = Signal(int)
    seek_wanted = Signal(int)
    speed_wanted = Signal(float)
    loop_wanted = Signal(bool)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._info: StreamInfo | None = None
        self._playing = False
        self._speeds = list(SPEEDS)
        self.first = ToolButton("first", "To the start (Home)")
        self.back = ToolButton("step_back", "One frame back (Left)")
        self.play = ToolButton("play", "Play (Space)")
        self.forward = ToolButton("step_forward", "One frame on (Right)")
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setAccessibleName("Position in the recording")
        self.slider.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.slider.valueChanged.connect(self._on_slider)
        self.place = QLabel()
        self.place.setMinimumWidth(170)
        self.place.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.speed = QComboBox()
        self.speed.addItems([f"{s:g}×" for s in SPEEDS])
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("Speed: [ slower, ] faster")
        self.speed.currentIndexChanged.connect(lambda k: self.speed_wanted.emit(self._speeds[k]))
        self.loop = ToolButton("loop", "Play again from the start at the end (L)", True)
        self.first.clicked.connect(lambda: self.seek_wanted.emit(0))
        self.back.clicked.connect(lambda: self.steps_wanted.emit(-1))
        self.play.clicked.connect(self.toggle)
        self.forward.clicked.connect(lambda: self.steps_wanted.emit(1))
        self.loop.toggled.connect(self.loop_wanted)
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 4, 2)
        row.setSpacing(4)
        for widget in (self.first, self.back, self.play, self.forward):
            row.addWidget(widget)
        row.addSpacing(6)
        row.addWidget(self.slider, 1)
        for widget in (self.place, self.speed, self.loop):
            row.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.show_source(None)

    @property
    def playing(self) -> bool:
        return self._playing

    def show_source(self, info: StreamInfo | None) -> None:
        """Another source, or none: enable what it can do."""
        self._info = info
        seekable = info is not None and info.seekable
        for widget in (self.first, self.back, self.forward):
            widget.setEnabled(seekable)
        known = info is not None and info.n_frames is not None
        self.slider.setEnabled(seekable and known)
        self.loop.setEnabled(seekable and known)
        self.speed.setEnabled(info is not None and not info.live)
        self.play.setEnabled(info is not None)
        with QSignalBlocker(self.slider):
            self.slider.setRange(0, max((info.n_frames or 1) - 1, 1) if known else 1)
            self.slider.setValue(0)
        self.place.setText("")

    def show_position(self, index: int, t_s: float) -> None:
        """The frame that is on the screen; `t_s` counts from the recording's start."""
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setValue(index if self.slider.isEnabled() else 0)
        info = self._info
        if info is not None and info.live:
            self.place.setText(f"live  {t_s:.0f} s")
            return
        total = f" / {info.n_frames}" if info is not None and info.n_frames else ""
        self.place.setText(f"frame {index + 1}{total}   {t_s * 1000:,.0f} ms".replace(",", " "))

    def show_state(self, state: PlayerState) -> None:
        self._playing = state in (PlayerState.RUNNING, PlayerState.STARTING)
        self.play.setIcon(icon("pause" if self._playing else "play"))
        self.play.setToolTip("Pause (Space)" if self._playing else "Play (Space)")

    # --- the keyboard's way -------------------------------------------------------------------

    def toggle(self) -> None:
        if self.play.isEnabled():
            self.play_wanted.emit(not self._playing)

    def step(self, count: int) -> None:
        if self.forward.isEnabled():
            self.steps_wanted.emit(count)

    def jump(self, to_end: bool) -> None:
        """Home and End."""
        if self.slider.isEnabled() or (self.first.isEnabled() and not to_end):
            self.seek_wanted.emit(self.slider.maximum() if to_end else 0)

    def change_speed(self, steps: int) -> None:
        if self.speed.isEnabled():
            index = self.speed.currentIndex() + steps
            self.speed.setCurrentIndex(min(max(index, 0), len(self._speeds) - 1))

    def set_speed(self, speed: float) -> None:
        """Choose a speed; one that is not in the list is put there."""
        if speed not in self._speeds:
            self._speeds = sorted([*self._speeds, speed])
            self.speed.insertItem(self._speeds.index(speed), f"{speed:g}×")
        self.speed.setCurrentIndex(self._speeds.index(speed))

    def _on_slider(self, index: int) -> None:
        self.seek_wanted.emit(index)
