"""Play, pause, step and seek: one clock, the player's; this bar shows it and sends it orders."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app.capture.base import StreamInfo
from app.capture.pace import MAX_SPEED, MIN_SPEED, checked_speed
from app.capture.player_state import PlayerState
from widgets.parts.buttons import ToolButton
from widgets.parts.icons import icon
from widgets.playback.place_boxes import MOST, ClockBox, NumberBox, last_ms, whole_ms
from widgets.playback.timeline import Timeline

SPEEDS = (MIN_SPEED, 0.25, 0.5, 1.0, 2.0, 4.0, MAX_SPEED)
JUMP = 10  # frames of Ctrl + arrow
FRAME_TIP = "Frame, counted from 0 as in every file"


class TransportBar(QWidget):
    """Knows no player: its methods say what is, its signals say what the user wants."""

    play_wanted = Signal(bool)
    steps_wanted = Signal(int)
    seek_wanted = Signal(int)  # frame
    time_wanted = Signal(float)  # seconds from the recording's start
    range_wanted = Signal(object, object)  # first and last frame to play; None: no bound
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
        self.forward = ToolButton("step_forward", "One frame forward (Right)")
        self.mark_in = ToolButton("mark_in", "Start playing here (I)")
        self.mark_out = ToolButton("mark_out", "Stop playing here (O)")
        self.slider = Timeline()
        self.frame_box = NumberBox(FRAME_TIP, "frame ")
        self.time_box = ClockBox()
        self.place = QLabel()  # of a camera, which has no frames to go to
        self.place.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.speed = QComboBox()
        self.speed.addItems([f"{s:g}×" for s in SPEEDS])
        self.speed.setCurrentIndex(SPEEDS.index(1.0))
        self.speed.setAccessibleName("Speed")
        self.speed.setToolTip("Speed: [ slower, ] faster")
        self.loop = ToolButton("loop", "Loop: start again at the end (L)", True)
        self._connect()
        self._lay_out()
        self.show_source(None)

    def _connect(self) -> None:
        self.first.clicked.connect(lambda: self.seek_wanted.emit(self.slider.first))
        self.back.clicked.connect(lambda: self.steps_wanted.emit(-1))
        self.play.clicked.connect(self.toggle)
        self.forward.clicked.connect(lambda: self.steps_wanted.emit(1))
        self.mark_in.clicked.connect(self.start_here)
        self.mark_out.clicked.connect(self.end_here)
        self.loop.toggled.connect(self.loop_wanted)
        self.slider.valueChanged.connect(self.seek_wanted)
        self.slider.range_wanted.connect(self._set_range)
        self.frame_box.chosen.connect(self.seek_wanted)
        self.time_box.chosen.connect(lambda ms: self.time_wanted.emit(ms / 1000))
        self.speed.currentIndexChanged.connect(lambda k: self.speed_wanted.emit(self._speeds[k]))

    def _lay_out(self) -> None:
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(4, 2, 4, 2)
        row.setSpacing(4)
        for button in (self.first, self.back, self.play, self.forward):
            row.addWidget(button)
        row.addSpacing(6)
        row.addWidget(self.slider, 1)
        row.addSpacing(2)
        right: tuple[QWidget, ...] = (
            self.mark_in, self.mark_out, self.frame_box, self.time_box, self.place, self.speed,
            self.loop,
        )  # fmt: skip
        for widget in right:
            row.addWidget(widget)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def add_at_end(self, widget: QWidget) -> None:
        """Another part of the bar, after its own."""
        self._row.addWidget(widget)

    @property
    def playing(self) -> bool:
        return self._playing

    # --- what is ------------------------------------------------------------------------------

    def show_source(self, info: StreamInfo | None) -> None:
        """Another source, or none: enable what it can do."""
        self._info = info
        seekable = info is not None and info.seekable
        count = None if info is None else info.n_frames
        stepped: tuple[QWidget, ...] = (self.first, self.back, self.forward)
        for widget in (*stepped, self.frame_box, self.time_box):
            widget.setEnabled(seekable)
        bounded: tuple[QWidget, ...] = (self.slider, self.loop, self.mark_in, self.mark_out)
        for widget in bounded:
            widget.setEnabled(seekable and count is not None)
        self.speed.setEnabled(info is not None and not info.live)
        self.play.setEnabled(info is not None)
        with QSignalBlocker(self.slider):
            self.slider.show_frames(1 if count is None else count, _mean_fps(info))
        live = info is not None and info.live
        self.place.setText("")
        self.place.setVisible(live)
        for box in (self.frame_box, self.time_box):
            box.setVisible(not live)
        self.frame_box.show_bounds(count - 1 if count else MOST, f" / {count - 1}" if count else "")
        self.time_box.show_bounds(last_ms(info))

    def show_position(self, index: int, t_s: float) -> None:
        """The frame that is on the screen; `t_s` counts from the recording's start."""
        if not self.slider.isSliderDown():
            with QSignalBlocker(self.slider):
                self.slider.setValue(index if self.slider.isEnabled() else 0)
            self.slider.update()
        if self._info is not None and self._info.live:
            self.place.setText(f"live  {t_s:.0f} s")
            return
        self.frame_box.show_number(index)
        self.time_box.show_number(whole_ms(t_s))

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
        """Home and End: of what is played."""
        if self.slider.isEnabled() or (self.first.isEnabled() and not to_end):
            self.seek_wanted.emit(self.slider.last if to_end else self.slider.first)

    def go_to(self) -> None:
        """Let the user type a frame; Tab leads to the time."""
        if self.frame_box.isEnabled() and self.frame_box.isVisible():
            self.frame_box.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.frame_box.selectAll()

    def change_speed(self, steps: int) -> None:
        if self.speed.isEnabled():
            index = self.speed.currentIndex() + steps
            self.speed.setCurrentIndex(min(max(index, 0), len(self._speeds) - 1))

    def set_speed(self, speed: float) -> None:
        """Choose a speed; one that is not in the list is put there, held within its ends."""
        speed = checked_speed(speed)
        if speed not in self._speeds:
            self._speeds = sorted([*self._speeds, speed])
            self.speed.insertItem(self._speeds.index(speed), f"{speed:g}×")
        self.speed.setCurrentIndex(self._speeds.index(speed))

    # --- the range ----------------------------------------------------------------------------

    def start_here(self) -> None:
        """Play from the frame that is shown; an end before it is given up."""
        here, last = self.slider.value(), self.slider.last
        self._set_range(here, last if last > here else self.slider.maximum())

    def end_here(self) -> None:
        """Play up to the frame that is shown; a start after it is given up."""
        here, first = self.slider.value(), self.slider.first
        self._set_range(first if first < here else 0, here)

    def clear_range(self) -> None:
        """Play the whole recording."""
        self._set_range(0, self.slider.maximum())

    def _set_range(self, first: int, last: int) -> None:
        if not self.slider.isEnabled():
            return
        self.slider.show_range(first, last)
        self.range_wanted.emit(first or None, None if last == self.slider.maximum() else last)


def _mean_fps(info: StreamInfo | None) -> float:
    """By the recorded times, where the source knows them."""
    if info is None:
        return 30.0
    if info.n_frames and info.duration_s and info.n_frames > 1:
        return (info.n_frames - 1) / info.duration_s
    return info.fps
