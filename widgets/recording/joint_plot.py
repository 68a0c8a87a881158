"""Curves of some joints over a recording, raw and filtered, with a cursor that is the player's."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.export.frame_times import steps_of
from app.export.track import Track
from widgets.parts.empty_state import EmptyState
from widgets.recording.joint_chart import AXES, KINDS, JointChart, Key

GAP = 2.5  # times the usual step from one frame to the next: no line is drawn across
LEAST_PX = 150  # of height: curves in a lower plot cannot be read
CURSOR_MS = 80  # a step of the cursor paints the curves anew, so it does not take every one
OPEN_FIRST = "Open a recording (Ctrl+O); once it is processed, its joints are drawn over time."
PROCESS = "Process the recording (Ctrl+Return) to see its joints over time."


@dataclass(frozen=True, slots=True)
class Choice:
    """What is drawn."""

    joints: tuple[int, ...] = (8,)
    axes: tuple[str, ...] = ("x", "y", "z")
    raw: bool = True
    filtered: bool = True
    centred: bool = True  # each curve about its own median, so that all can be seen


class JointPlot(QWidget):
    """Keeps what is to be drawn, and has it drawn once it can be seen.

    seek_wanted: seconds since the start, where the cursor was dragged or the plot clicked.
    """

    seek_wanted = Signal(float)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._track: Track | None = None
        self._choice = Choice()
        self._cursor_s = 0.0
        self._range_s: tuple[float, float] | None = None
        self.chart: JointChart | None = None  # None until it is shown for the first time
        self._rest = QTimer(self, singleShot=True, interval=CURSOR_MS)
        self._rest.timeout.connect(self._move_cursor)
        self.empty = EmptyState(OPEN_FIRST, self)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.setMinimumSize(200, LEAST_PX)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_track(self, track: Track | None, fit: bool = True) -> None:
        """Another recording, or more of this one; None: nothing. fit: all of it is seen."""
        self._track = track
        self.empty.show_if(track is None)
        self._draw()
        if fit and self.chart is not None:
            self.chart.fit()

    def show_possible(self, possible: bool) -> None:
        """Whether the source can be processed."""
        self.empty.setText(PROCESS if possible else OPEN_FIRST)

    def show_choice(self, choice: Choice) -> None:
        """Another joint, other axes."""
        self._choice = choice
        self._draw()
        if self.chart is not None:
            self.chart.fit("y")

    def show_cursor(self, seconds: float) -> None:
        """Where the player is."""
        if not math.isfinite(seconds):
            return
        self._cursor_s = seconds
        if not self._rest.isActive():
            self._move_cursor()
            self._rest.start()

    def show_range(self, bounds_s: tuple[float, float] | None) -> None:
        """What the player plays; None: all."""
        self._range_s = bounds_s
        if self.chart is not None:
            self.chart.show_range(bounds_s)

    def values(self, track: Track, joint: int, axis: str, kind: str) -> np.ndarray:
        """Of a joint, as drawn: float [n] mm, NaN where no hand was found."""
        joints = track.joints_mm if kind == "filtered" else track.joints_raw_mm
        column = joints[:, joint, "xyz".index(axis)].astype(np.float64)
        if self._choice.centred and track.detected.any():
            middle = track.joints_mm[:, joint, "xyz".index(axis)]
            column = column - np.nanmedian(middle)
        return column

    def showEvent(self, event) -> None:
        if self.chart is None:
            self.chart = JointChart()
            self.chart.seek_wanted.connect(self.seek_wanted)
            self._column.addWidget(self.chart.plot)
            self.empty.raise_()
            self.chart.tint()
            self.chart.show_range(self._range_s)
            self._draw()
            self._move_cursor()
        super().showEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and self.chart is not None:
            self.chart.tint()
            self._draw()
        super().changeEvent(event)

    def _move_cursor(self) -> None:
        if self.chart is not None and self._track is not None:
            self.chart.show_cursor(self._cursor_s)

    def _draw(self) -> None:
        if self.chart is None:
            return
        choice, track = self._choice, self._track
        curves: dict[Key, tuple[np.ndarray, np.ndarray]] = {}
        if track is not None and len(track):
            for joint, kind, axis in product(choice.joints, KINDS, AXES):
                if axis in choice.axes and getattr(choice, kind):
                    values = self.values(track, joint, axis, kind)
                    curves[joint, axis, kind] = break_gaps(track.seconds, values, track.source.fps)
        self.chart.draw(curves)


def break_gaps(
    seconds: np.ndarray, values: np.ndarray, nominal_fps: float
) -> tuple[np.ndarray, np.ndarray]:
    """The same curve with a NaN in each gap of the times, where no frame was recorded."""
    steps = steps_of(seconds, nominal_fps)
    gaps = np.flatnonzero(steps > GAP * np.median(steps)) + 1 if len(steps) else np.zeros(0, int)
    return np.insert(seconds, gaps, seconds[gaps]), np.insert(values, gaps, np.nan)
