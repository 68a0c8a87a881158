"""A map of the latent space: the plane of two principal directions, and the hands on it.

The ground shows the density of the prior; the green dot with its trail is the live hand, the ring
is the hand set by the sliders, A and B are the keyframes, small dots are known poses. Everything in
standard deviations.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QHelpEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QToolTip, QWidget

from app.explore.directions import Direction
from app.latent.density import PriorDensity
from widgets.explorer.map_marks import (
    Marks,
    paint_dot,
    paint_letter,
    paint_line,
    paint_ring,
    paint_trail,
)
from widgets.parts import theme
from widgets.parts.buttons import wants_shortcut
from widgets.parts.colours import pack, unit_rgb

REACH = 3.0  # standard deviations from the middle to each side
CELLS = 72
TRAIL = 90  # places of the live hand that are remembered
STEP, FAR_STEP = 0.1, 0.5  # of an arrow key, and with Shift
NEAR_PX = 9.0  # of a known pose under the cursor
_EDGE = 22  # px left and below for the names of the axes
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class LatentMap(QWidget):
    """`moved` fires for the user's hand, with the coordinates along both directions."""

    moved = Signal(float, float)
    released = Signal()  # by the mouse

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.axes = (0, 1)  # the directions across and up
        self.names = ("", "")
        self.marks = Marks()
        self._density: PriorDensity | None = None
        self._plane = np.zeros((1, 1), np.float32)
        self._ground: QImage | None = None
        self._trail: deque[np.ndarray] = deque(maxlen=TRAIL)  # float [k], every direction
        self.held = False  # by the mouse
        self.setMinimumSize(150, 150)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Map of the latent space")

    def sizeHint(self) -> QSize:
        return QSize(280, 280)

    # --- what to show -------------------------------------------------------------------------

    def set_density(self, density: PriorDensity) -> None:
        """Another network; `set_axes` follows."""
        self._density = density
        self.marks = Marks()
        self._trail.clear()

    def set_axes(self, across: int, up: int, chosen: tuple[Direction, Direction]) -> None:
        """The directions across and up, and their places among all of them."""
        self.axes, self.names = (across, up), (chosen[0].name, chosen[1].name)
        if self._density is not None:
            readings = chosen[0].reading, chosen[1].reading
            self._plane = self._density.plane(*readings, REACH, CELLS)
        self._ground = None
        self.update()

    def show_hand(self, coordinates: np.ndarray) -> None:
        """Of the hand set by the sliders; float [k], along every direction."""
        self.marks.hand = coordinates
        self.update()

    def show_live(self, coordinates: np.ndarray | None) -> None:
        """Of the hand that the source shows now; None: no hand, and its trail is forgotten."""
        self.marks.live = coordinates
        if coordinates is None:
            self._trail.clear()
        else:
            self._trail.append(coordinates)
        self.update()

    def show_keyframes(
        self, start: np.ndarray | None, end: np.ndarray | None, between: np.ndarray | None
    ) -> None:
        """Coordinates of A and B, and of points [n, k] along the path."""
        self.marks.start, self.marks.end, self.marks.path = start, end, between
        self.update()

    def show_references(self, names: tuple[str, ...], coordinates: np.ndarray) -> None:
        """Known poses; float [n, k]."""
        self.marks.names, self.marks.known = names, coordinates
        self.update()

    # --- places -------------------------------------------------------------------------------

    def field(self) -> QRectF:
        """Where the plane is drawn: a square."""
        side = min(self.width() - _EDGE - 2, self.height() - _EDGE - 2)
        left = _EDGE + (self.width() - _EDGE - side) / 2
        return QRectF(left, 1 + (self.height() - _EDGE - 2 - side) / 2, side, side)

    def place(self, coordinates: np.ndarray) -> QPointF:
        """Of coordinates, float [k], in px."""
        across, up = (float(coordinates[axis]) for axis in self.axes)
        field = self.field()
        half = field.width() / 2 / REACH
        return field.center() + QPointF(across * half, -up * half)

    def at(self, place: QPointF) -> tuple[float, float]:
        """Coordinates across and up of a place in px, kept on the map."""
        field = self.field()
        offset = (place - field.center()) / (field.width() / 2 / REACH)
        across, up = np.clip((offset.x(), -offset.y()), -REACH, REACH)
        return float(across), float(up)

    def known_at(self, place: QPointF) -> int | None:
        """The known pose under the cursor."""
        if not self.marks.names:
            return None
        apart = [
            QPointF.dotProduct(d, d) for d in (self.place(c) - place for c in self.marks.known)
        ]
        nearest = int(np.argmin(apart))
        return nearest if apart[nearest] <= NEAR_PX**2 else None

    # --- what the user does -------------------------------------------------------------------

    def event(self, event: QEvent) -> bool:
        if wants_shortcut(event) and event.key() in _ARROWS:
            event.accept()
            return True
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            known = self.known_at(QPointF(event.pos()))
            text = "Drag to move the hand" if known is None else self.marks.names[known]
            QToolTip.showText(event.globalPos(), text, self)
            return True
        return super().event(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange:
            self._ground = None
        super().changeEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self._density is not None:
            self.held = True
            self.moved.emit(*self.at(event.position()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self.held:
            self.moved.emit(*self.at(event.position()))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self.held = False
        self.released.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _ARROWS or self.marks.hand is None:
            super().keyPressEvent(event)
            return
        step = FAR_STEP if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else STEP
        now = [float(self.marks.hand[axis]) for axis in self.axes]
        moved = [v + step * d for v, d in zip(now, _ARROWS[event.key()], strict=True)]
        self.moved.emit(*(float(np.clip(v, -REACH, REACH)) for v in moved))

    # --- painting -----------------------------------------------------------------------------

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHints(
            QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform
        )
        field = self.field()
        self._ground = self._ground or _ground_image(self._plane)
        painter.drawImage(field, self._ground)
        self._paint_axes(painter, field)
        painter.setClipRect(field)
        if self._density is not None:
            self._paint_marks(painter)

    def _paint_marks(self, painter: QPainter) -> None:
        marks = self.marks
        for known in marks.known:
            paint_dot(painter, self.place(known), 1.8, theme.MUTED)
        if marks.path is not None:
            paint_line(painter, [self.place(point) for point in marks.path], theme.WARN)
        paint_trail(painter, [self.place(point) for point in self._trail], theme.GOOD)
        if marks.live is not None:
            paint_dot(painter, self.place(marks.live), 4.0, theme.GOOD)
        for letter, point in (("A", marks.start), ("B", marks.end)):
            if point is not None:
                paint_letter(painter, self.place(point), letter, theme.WARN, theme.PANEL)
        if marks.hand is not None:
            paint_ring(painter, self.place(marks.hand), theme.TEXT, theme.PANEL)

    def _paint_axes(self, painter: QPainter, field: QRectF) -> None:
        smooth = QPainter.RenderHint.Antialiasing
        painter.setRenderHint(smooth, False)  # or lines fall between pixels
        painter.setPen(QPen(QColor(theme.ACCENT if self.hasFocus() else theme.LINE), 1))
        painter.drawRect(field)
        middle = field.center()
        painter.setPen(QPen(QColor(theme.LINE), 1, Qt.PenStyle.DotLine))
        painter.drawLine(QPointF(field.left(), middle.y()), QPointF(field.right(), middle.y()))
        painter.drawLine(QPointF(middle.x(), field.top()), QPointF(middle.x(), field.bottom()))
        painter.setRenderHint(smooth)
        painter.setFont(theme.small_font(self.font()))
        painter.setPen(QColor(theme.MUTED))
        below = QRectF(field.left(), field.bottom() + 3, field.width(), _EDGE - 4)
        _paint_axis(painter, below, self.names[0])
        painter.save()
        painter.translate(field.left() - _EDGE + 4, field.bottom())
        painter.rotate(-90)
        _paint_axis(painter, QRectF(0, 0, field.height(), _EDGE - 6), self.names[1])
        painter.restore()


def _paint_axis(painter: QPainter, row: QRectF, name: str) -> None:
    """Its ends and its name; the name alone where there is no room."""
    ends = (f"−{REACH:.0f} σ", f"+{REACH:.0f} σ")
    wide = painter.fontMetrics().horizontalAdvance("".join(ends) + name) + 24 < row.width()
    sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight)
    for text, side in zip(ends, sides, strict=True) if wide else ():
        painter.drawText(row, side | Qt.AlignmentFlag.AlignVCenter, text)
    painter.drawText(row, Qt.AlignmentFlag.AlignCenter, name)


def _ground_image(plane: np.ndarray) -> QImage:
    """The density from the panel's colour to the accent's; its root, so that the tails are seen."""
    low, high = (255 * np.array(unit_rgb(colour)) for colour in (theme.PANEL, theme.ACCENT))
    share = 0.7 * np.sqrt(plane)[..., None]
    pixels = np.ascontiguousarray(pack((low + (high - low) * share).round(6).astype(np.uint8)))
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
