"""A recording from left to right: where it stands, what is played, and where no hand was found."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QPainter, QPolygonF
from PySide6.QtWidgets import QSlider, QToolTip

from app.export.track import DOUBTFUL, NO_HAND, SURE, Track
from widgets.parts import theme

EDGE = 9  # px left and right of the line
GRIP = 6  # px from a bracket at which the mouse takes it
UNKNOWN = 255  # frames that no pass has seen
# Colour and height of each kind of frame: told apart without colours too.
MARKS = {SURE: ("FILLED", 4), DOUBTFUL: ("WARN", 8), NO_HAND: ("BAD", 12)}
WORDS = {SURE: "", DOUBTFUL: "uncertain", NO_HAND: "no hand"}


class Timeline(QSlider):
    """A slider over the frames. `value` is the frame that is shown.

    range_wanted: the user has moved a bracket: first and last frame that are played.
    """

    range_wanted = Signal(int, int)

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setAccessibleName("Position in the recording")
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMouseTracking(True)
        self.setMinimumWidth(120)
        self.fps = 30.0
        self.first, self.last = 0, 1  # the range that is played
        self._marks = np.zeros(0, np.uint8)  # a frame each
        self._seconds = np.zeros(0)  # of every frame that a pass has seen; NaN: not known
        self._held = ""  # "first" or "last" while a bracket is dragged

    def sizeHint(self) -> QSize:
        return QSize(400, 28)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 28)

    def show_frames(self, count: int, fps: float) -> None:
        """Another recording: nothing marked, all of it is played."""
        self.fps = fps
        self.setRange(0, max(count - 1, 1))
        self.setValue(0)
        self.show_range(0, self.maximum())
        self._marks, self._seconds = np.zeros(0, np.uint8), np.zeros(0)
        self.update()

    def show_range(self, first: int, last: int) -> None:
        """What is played; both frames included."""
        self.first, self.last = first, last
        self.update()

    @property
    def has_range(self) -> bool:
        """Less than the whole recording is played."""
        return (self.first, self.last) != (self.minimum(), self.maximum())

    def show_track(self, track: Track | None) -> None:
        """Mark what a pass over the recording has found; None: nothing is known."""
        marks = np.full(self.maximum() + 1, UNKNOWN, np.uint8)
        self._seconds = np.full(len(marks), np.nan)
        if track is not None:
            inside = (track.index >= 0) & (track.index < len(marks))
            marks[track.index[inside]] = track.marks[inside]
            self._seconds[track.index[inside]] = track.seconds[inside]
        self._marks = marks
        self.update()

    @property
    def marked(self) -> bool:
        """A pass has seen some of the frames."""
        return bool((self._marks != UNKNOWN).any())

    def next_mark(self, step: int) -> int | None:
        """The next (1) or previous (-1) stretch without a sure hand: its frame nearest to here."""
        bad = np.isin(self._marks, (NO_HAND, DOUBTFUL))
        entered = bad & ~np.concatenate([[False], bad[:-1]])
        places = np.flatnonzero(entered)
        places = places[places > self.value()] if step > 0 else places[places < self.value()][::-1]
        return int(places[0]) if len(places) else None

    # --- places -------------------------------------------------------------------------------

    def x_of(self, frame: float) -> float:
        """Pixels from the left edge."""
        share = (frame - self.minimum()) / max(self.maximum() - self.minimum(), 1)
        return EDGE + share * (self.width() - 2 * EDGE)

    def frame_at(self, x: float) -> int:
        """The frame nearest to a pixel column."""
        share = (x - EDGE) / max(self.width() - 2 * EDGE, 1)
        span = self.maximum() - self.minimum()
        return int(np.clip(round(self.minimum() + share * span), self.minimum(), self.maximum()))

    # --- painting -----------------------------------------------------------------------------

    def paintEvent(self, event: QEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle = self.height() / 2
        self._paint_line(painter, middle)
        self._paint_marks(painter, middle)
        if self.has_range and self.isEnabled():
            self._paint_range(painter, middle)
        if self.isEnabled():
            self._paint_knob(painter, middle)
        painter.end()

    def _paint_line(self, painter: QPainter, middle: float) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(theme.LINE))
        whole = QRectF(EDGE, middle - 2, self.width() - 2 * EDGE, 4)
        painter.drawRoundedRect(whole, 2, 2)
        if self.isEnabled() and not (self._marks != UNKNOWN).any():
            painter.setBrush(QColor(theme.FILLED))
            played = self.x_of(self.value()) - EDGE
            painter.drawRoundedRect(QRectF(EDGE, middle - 2, played, 4), 2, 2)

    def _paint_marks(self, painter: QPainter, middle: float) -> None:
        """One rectangle for each run of pixel columns whose worst frame is of the same kind."""
        for left, right, kind in self.runs():
            name, height = MARKS[kind]
            painter.setBrush(QColor(getattr(theme, name)))
            painter.drawRect(QRectF(left, middle - height / 2, right - left, height))

    def runs(self) -> list[tuple[int, int, int]]:
        """(left, right, kind) in pixels: each column shows the worst of its frames."""
        width, frames = self.width() - 2 * EDGE, len(self._marks)
        if width < 2 or not (self._marks != UNKNOWN).any():
            return []
        columns = np.full(width, UNKNOWN, np.uint8)
        if frames >= width:
            places = np.round(np.arange(frames) * ((width - 1) / (frames - 1))).astype(int)
            np.minimum.at(columns, places, self._marks)
        else:
            shown = np.round(np.arange(width) * ((frames - 1) / (width - 1))).astype(int)
            columns = self._marks[shown]
        edges = np.flatnonzero(np.diff(columns, prepend=UNKNOWN, append=UNKNOWN)).tolist()
        runs = [(EDGE + a, EDGE + b, int(columns[a])) for a, b in pairwise(edges)]
        return [run for run in runs if run[2] != UNKNOWN]

    def _paint_range(self, painter: QPainter, middle: float) -> None:
        left, right = self.x_of(self.first), self.x_of(self.last)
        shade = QColor(theme.WINDOW)
        shade.setAlpha(170)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(shade)
        painter.drawRect(QRectF(0, 0, left, self.height()))
        painter.drawRect(QRectF(right, 0, self.width() - right, self.height()))
        pen = painter.pen()
        pen.setStyle(Qt.PenStyle.SolidLine)
        pen.setColor(QColor(theme.ACCENT))
        pen.setWidthF(2)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for x, inwards in ((left, 4), (right, -4)):
            corners = ((inwards, -10), (0, -10), (0, 10), (inwards, 10))
            painter.drawPolyline(QPolygonF([QPointF(x + a, middle + b) for a, b in corners]))

    def _paint_knob(self, painter: QPainter, middle: float) -> None:
        x = self.x_of(self.value())
        painter.setPen(QColor(theme.WINDOW))
        painter.setBrush(QColor(theme.KNOB_HOVER if self.underMouse() else theme.KNOB))
        painter.drawRoundedRect(QRectF(x - 3.5, middle - 10, 7, 20), 3, 3)
        if self.hasFocus():
            painter.setPen(QColor(theme.ACCENT))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(QRectF(x - 5, middle - 11.5, 10, 23), 4, 4)

    # --- mouse --------------------------------------------------------------------------------

    def mousePressEvent(self, event) -> None:
        if event.button() != Qt.MouseButton.LeftButton:
            return
        x = event.position().x()
        self._held = self._bracket_at(x)
        if not self._held:
            self.setSliderDown(True)
            self.setValue(self.frame_at(x))

    def mouseMoveEvent(self, event) -> None:
        x = event.position().x()
        if self._held:
            self._move_bracket(self.frame_at(x))
        elif self.isSliderDown():
            self.setValue(self.frame_at(x))
        near = bool(self._bracket_at(x)) or bool(self._held)
        self.setCursor(Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor)

    def mouseReleaseEvent(self, event) -> None:
        self._held = ""
        self.setSliderDown(False)
        self.update()

    def wheelEvent(self, event) -> None:
        self.setValue(self.value() + (1 if event.angleDelta().y() < 0 else -1))
        event.accept()

    def event(self, event: QEvent) -> bool:
        asked = event if event.type() == QEvent.Type.ToolTip else None
        if isinstance(asked, QHelpEvent) and self.isEnabled():
            words = self.describe(self.frame_at(asked.pos().x()))
            QToolTip.showText(asked.globalPos(), words, self)
            return True
        return super().event(event)

    def describe(self, frame: int) -> str:
        """One line about a frame."""
        known = self._marks[frame] if frame < len(self._marks) else UNKNOWN
        exact = self._seconds[frame] if frame < len(self._seconds) else np.nan
        time = f"{exact:.2f} s" if np.isfinite(exact) else f"about {frame / self.fps:.2f} s"
        words = (f"frame {frame}", time, WORDS.get(int(known), ""))
        return "  ·  ".join(word for word in words if word)

    def _bracket_at(self, x: float) -> str:
        if not self.has_range or not self.isEnabled():
            return ""
        apart = {"first": abs(x - self.x_of(self.first)), "last": abs(x - self.x_of(self.last))}
        name = min(apart, key=apart.__getitem__)
        return name if apart[name] <= GRIP else ""

    def _move_bracket(self, frame: int) -> None:
        if self._held == "first":
            self.show_range(min(frame, self.last), self.last)
        else:
            self.show_range(self.first, max(frame, self.first))
        self.range_wanted.emit(self.first, self.last)
