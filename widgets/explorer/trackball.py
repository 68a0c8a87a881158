"""The palm's orientation as a ball that is turned by dragging, with the hand inside it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
    QRadialGradient,
)
from PySide6.QtWidgets import QWidget

from app.geometry import rotation_about
from widgets.explorer.hand_sketch import paint_hand
from widgets.parts import theme
from widgets.parts.buttons import wants_shortcut

STEP_DEG = 5.0  # of a key
REACH = 0.95  # half cubes (norm units) from the palm to the ball's edge
_AXES: dict[int, tuple[int, float]] = {  # key -> camera axis (x right, y down, z forward) and sign
    Qt.Key.Key_Left: (1, 1.0),
    Qt.Key.Key_Right: (1, -1.0),
    Qt.Key.Key_Up: (0, -1.0),
    Qt.Key.Key_Down: (0, 1.0),
    Qt.Key.Key_PageUp: (2, -1.0),
    Qt.Key.Key_PageDown: (2, 1.0),
}


class Trackball(QWidget):
    """`turned` fires for the user's hand with the new rotation [3, 3], palm frame to camera."""

    turned = Signal(object)
    released = Signal()  # by the mouse

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.rotation = np.eye(3)
        self.joints: np.ndarray | None = None
        self._grip: tuple[np.ndarray, np.ndarray] | None = None  # place on the ball, rotation then
        self.setMinimumSize(96, 124)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.setAccessibleName("Orientation of the hand")
        self.setToolTip("Drag to turn the hand; arrows turn by 5°, Page Up and Down roll")

    @property
    def held(self) -> bool:
        """By the mouse."""
        return self._grip is not None

    def sizeHint(self) -> QSize:
        return QSize(132, 132)

    def show_hand(self, rotation: np.ndarray, joints: np.ndarray | None) -> None:
        """Turned by a rotation [3, 3]; joints: float [21, 3] norm units, camera frame, or None."""
        self.rotation, self.joints = np.asarray(rotation, np.float64), joints
        self.update()

    def ball(self) -> QRectF:
        """Where the ball is."""
        side = min(self.width(), self.height()) - 6.0
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def event(self, event: QEvent) -> bool:
        if wants_shortcut(event) and event.key() in _AXES:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() not in _AXES:
            super().keyPressEvent(event)
            return
        axis, sign = _AXES[event.key()]
        self._turn(rotation_about(np.eye(3)[axis], sign * np.radians(STEP_DEG)) @ self.rotation)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._grip = self._on_ball(event.position()), self.rotation
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grip is not None:
            start, before = self._grip
            self._turn(shortest_turn(start, self._on_ball(event.position())) @ before)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grip = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)
        self.released.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ball = self.ball()
        light = QRadialGradient(
            ball.center() - QPointF(ball.width(), ball.width()) / 6, ball.width()
        )
        light.setColorAt(0.0, QColor(theme.RAISED))
        light.setColorAt(0.75, QColor(theme.PANEL))
        painter.setBrush(light)
        painter.setPen(QPen(QColor(theme.ACCENT if self.hasFocus() else theme.LINE), 1.2))
        painter.drawEllipse(ball)
        if self.isEnabled():
            self._paint_rings(painter, ball)
            if self.joints is not None:
                paint_hand(painter, ball, self.joints, REACH, 2.4)

    def _paint_rings(self, painter: QPainter, ball: QRectF) -> None:
        """Three great circles that turn with the palm; their far halves are left out."""
        angle = np.linspace(0, 2 * np.pi, 73)
        circle = np.stack([np.cos(angle), np.sin(angle), np.zeros_like(angle)], -1)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.LINE), 1.0))
        for shift in range(3):
            ring = np.roll(circle, shift, axis=1) @ self.rotation.T
            for part in np.split(ring, np.flatnonzero(np.diff(ring[:, 2] > 0)) + 1):
                if part[:, 2].mean() < 0:  # towards the viewer
                    at = part[:, :2] * ball.width() / 2
                    line = [ball.center() + QPointF(*map(float, place)) for place in at]
                    painter.drawPolyline(QPolygonF(line))

    def _turn(self, rotation: np.ndarray) -> None:
        self.rotation = rotation
        self.turned.emit(rotation)
        self.update()

    def _on_ball(self, place: QPointF) -> np.ndarray:
        """The place on the ball under the cursor, unit [3], camera frame (Shoemake 1992).

        Outside the ball its rim.
        """
        ball = self.ball()
        offset = (place - ball.center()) / (ball.width() / 2)
        x, y = offset.x(), offset.y()
        rest = 1.0 - x * x - y * y
        point = np.array([x, y, -np.sqrt(max(rest, 0.0))])
        return point / np.linalg.norm(point)


def shortest_turn(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The turn by twice the angle between two places, [3, 3].

    As Shoemake's ball does, so that one drag across the ball turns the hand round once.
    """
    axis = np.cross(start, end)
    sine, cosine = float(np.linalg.norm(axis)), float(start @ end)
    if sine < 1e-9:
        return np.eye(3)
    return rotation_about(axis / sine, 2 * np.arctan2(sine, cosine))
