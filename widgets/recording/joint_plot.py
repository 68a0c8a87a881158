"""Curves of one joint over a recording, raw and filtered, with a cursor that is the player's."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, QTimer, Signal
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.export.track import Track
from widgets.recording.joint_chart import JointChart

CURSOR_MS = 80  # a step of the cursor paints the curves anew, so it does not take every one


@dataclass(frozen=True, slots=True)
class Choice:
    """What is drawn."""

    joint: int = 8
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
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self.setMinimumSize(200, 90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_track(self, track: Track | None, fit: bool = True) -> None:
        """Another recording, or more of this one; None: nothing. fit: all of it is seen."""
        self._track = track
        self._draw()
        if fit and self.chart is not None:
            self.chart.fit()

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

    def values(self, track: Track, axis: str, kind: str) -> np.ndarray:
        """Of the chosen joint, as drawn: float [n] mm, NaN where no hand was found."""
        joints = track.joints_mm if kind == "filtered" else track.joints_raw_mm
        column = joints[:, self._choice.joint, "xyz".index(axis)].astype(np.float64)
        if self._choice.centred and track.detected.any():
            middle = track.joints_mm[:, self._choice.joint, "xyz".index(axis)]
            column = column - np.nanmedian(middle)
        return column

    def showEvent(self, event) -> None:
        if self.chart is None:
            self.chart = JointChart()
            self.chart.seek_wanted.connect(self.seek_wanted)
            self._column.addWidget(self.chart.plot)
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
        nothing, track = np.zeros(0), self._track
        for axis, kind in self.chart.curves:
            wanted = axis in self._choice.axes and getattr(self._choice, kind)
            if track is None or not wanted or not len(track):
                self.chart.draw(axis, kind, nothing, nothing)
            else:
                self.chart.draw(axis, kind, track.seconds, self.values(track, axis, kind))
