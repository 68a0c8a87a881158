"""The marks on the map of the latent space: what there is, and how each is drawn."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF


@dataclass(slots=True)
class Marks:
    """Coordinates along every principal direction, float [k] each; None: not there."""

    hand: np.ndarray | None = None
    live: np.ndarray | None = None
    start: np.ndarray | None = None
    end: np.ndarray | None = None
    path: np.ndarray | None = None  # [n, k]
    names: tuple[str, ...] = ()  # of the known poses
    known: np.ndarray = field(default_factory=lambda: np.zeros((0, 1)))  # [n, k]


def paint_dot(painter: QPainter, place: QPointF, radius: float, colour: str) -> None:
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(place, radius, radius)


def paint_ring(painter: QPainter, place: QPointF, colour: str, ground: str) -> None:
    """A ring that is seen on any ground."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for width, tint in ((4.5, ground), (2.0, colour)):
        painter.setPen(QPen(QColor(tint), width))
        painter.drawEllipse(place, 7.0, 7.0)


def paint_line(painter: QPainter, places: list[QPointF], colour: str) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), 1.6))
    painter.drawPolyline(QPolygonF(places))


def paint_trail(painter: QPainter, places: list[QPointF], colour: str) -> None:
    """The older, the fainter."""
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for k in range(1, len(places)):
        tint = QColor(colour)
        tint.setAlphaF(0.75 * k / len(places))
        painter.setPen(QPen(tint, 1.5))
        painter.drawLine(places[k - 1], places[k])


def paint_letter(painter: QPainter, place: QPointF, letter: str, colour: str, ground: str) -> None:
    """A keyframe: a disc with its letter in the colour of the ground."""
    paint_dot(painter, place, 8.0, colour)
    painter.setPen(QColor(ground))
    spot = QRectF(0, 0, 16, 16)
    spot.moveCenter(place)
    painter.drawText(spot, Qt.AlignmentFlag.AlignCenter, letter)
