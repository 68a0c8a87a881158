"""What is painted over a depth image: skeleton, crop cube, legend, labels, cross, colour picture.

On dark plates of its own, so it is the same under every theme.
"""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QImage, QPainter, QPen

from app.frames import HandCrop, Intrinsics
from app.geometry import project
from app.skeleton import BONES, joint_colours
from widgets.parts import theme
from widgets.parts.colours import MAPS, interpolate, pack, unit_rgb
from widgets.parts.palette import DARK

_CORNERS = np.array([(x, y, z) for z in (-1, 1) for y in (-1, 1) for x in (-1, 1)], np.float64)
_EDGES = [(a, b) for a in range(8) for b in range(a + 1, 8) if bin(a ^ b).count("1") == 1]
_COLOURS = [QColor(*map(int, c)) for c in joint_colours()]
# Lines that let something through take ten times as long to draw as these.
_SHADOW = QColor(14, 16, 19)
_FRONT, _BEHIND = 0.5, 0.3  # how far the cube's edges stand out from what is behind them


def cube_corners(crop: HandCrop) -> np.ndarray:
    """Corners of the cube that the crop was cut from: float [8, 3] mm, camera frame."""
    return crop.centre_mm + (_CORNERS * (crop.cube_mm / 2)) @ crop.rotation


def paint_skeleton(painter: QPainter, points: np.ndarray, size: float = 1.0) -> None:
    """points: float [21, 2] in widget pixels; joints that are NaN and their bones are left out."""
    seen = np.isfinite(points).all(-1)
    at = [
        QPointF(float(x), float(y)) if ok else None for (x, y), ok in zip(points, seen, strict=True)
    ]
    bones = [(a, b) for a, b in BONES if seen[a] and seen[b]]
    painter.setPen(QPen(_SHADOW, 5.0 * size, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    for a, b in bones:
        painter.drawLine(at[a], at[b])
    for a, b in bones:
        painter.setPen(
            QPen(_COLOURS[b], 2.6 * size, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap)
        )
        painter.drawLine(at[a], at[b])
    painter.setPen(QPen(_SHADOW, 1.2 * size))
    for point, colour in zip(at, _COLOURS, strict=True):
        if point is not None:
            painter.setBrush(colour)
            painter.drawEllipse(point, 3.8 * size, 3.8 * size)
    painter.setBrush(Qt.BrushStyle.NoBrush)


def paint_cube(painter: QPainter, crop: HandCrop, intrinsics: Intrinsics, to_widget) -> None:
    """The outline of the crop's cube; `to_widget` maps [..., 2] image to widget pixels."""
    corners = to_widget(project(cube_corners(crop), intrinsics))
    if not np.isfinite(corners).all():
        return
    near, far = (QPen(_between(theme.PANEL, theme.TEXT, share), 1.0) for share in (_FRONT, _BEHIND))
    for edge in _EDGES:
        painter.setPen(near if max(edge) < 4 else far)
        a, b = corners[edge[0]], corners[edge[1]]
        painter.drawLine(QPointF(*map(float, a)), QPointF(*map(float, b)))


def _between(first: str, second: str, share: float) -> QColor:
    """So far from one colour to the other."""
    a, b = (255 * np.array(unit_rgb(name)) for name in (first, second))
    return QColor(*map(int, np.round(a + share * (b - a), 6)))


def legend_image(name: str, height: int = 128) -> QImage:
    """A column of the map's colours, near at the bottom."""
    column = np.ascontiguousarray(pack(interpolate(MAPS[name], height))[:, None])
    return QImage(column.data, 1, height, 4, QImage.Format.Format_RGB32).copy()


def paint_legend(
    painter: QPainter, bar: QRectF, image: QImage, values_mm: np.ndarray, font: QFont
) -> None:
    """The colour bar with the distances in mm [n] at equal steps, the farthest at the top."""
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(16, 18, 22, 170))
    painter.drawRoundedRect(bar.adjusted(-68, -12, 10, 12), 6, 6)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setFont(font)
    painter.drawImage(bar, image)
    painter.setPen(QPen(QColor(255, 255, 255, 40), 1.0))
    painter.drawRect(bar)
    for k, value in enumerate(values_mm):
        y = bar.top() + bar.height() * k / (len(values_mm) - 1)
        unit = " mm" if k == 0 else ""
        where = QRectF(bar.left() - 78, y - 9, 72, 18)
        _text(painter, where, f"{value:.0f}{unit}", Qt.AlignmentFlag.AlignRight)


def _text(painter: QPainter, where: QRectF, text: str, align: Qt.AlignmentFlag) -> None:
    flags = align | Qt.AlignmentFlag.AlignVCenter
    painter.setPen(_SHADOW)
    painter.drawText(where.translated(1, 1), flags, text)
    painter.setPen(QColor(DARK.TEXT))
    painter.drawText(where, flags, text)


def paint_chip(
    painter: QPainter, corner: QPointF, text: str, colour: str, share: float | None = None
) -> QRectF:
    """A small label with a dot, and a bar of `share` 0..1 below. Returns its rectangle."""
    metrics = painter.fontMetrics()
    box = QRectF(
        corner.x(), corner.y(), metrics.horizontalAdvance(text) + 32, metrics.height() + 10
    )
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(16, 18, 22, 215))
    painter.drawRoundedRect(box, 6, 6)
    painter.setBrush(QColor(colour))
    painter.drawEllipse(QPointF(box.left() + 13, box.center().y()), 4, 4)
    if share is not None:
        track = QRectF(box.left() + 24, box.bottom() - 5, box.width() - 34, 2)
        painter.setBrush(QColor(DARK.LINE))
        painter.drawRect(track)
        track.setWidth(track.width() * min(max(share, 0.0), 1.0))
        painter.setBrush(QColor(colour))
        painter.drawRect(track)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QColor(DARK.TEXT))
    lift = 2 if share is not None else 0
    painter.drawText(
        box.adjusted(24, -lift, 0, -lift),
        Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter,
        text,
    )
    return box


def paint_cross(painter: QPainter, where: QPointF, reach: float = 16.0) -> None:
    """A cross with a gap in its middle."""
    for colour, width in ((_SHADOW, 3.4), (QColor(DARK.WARN), 1.6)):
        painter.setPen(QPen(colour, width))
        for dx, dy in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            way = QPointF(dx, dy)
            painter.drawLine(where + way * 4, where + way * reach)


def paint_inset(painter: QPainter, picture: QImage, corner: QPointF, width: float) -> QRectF:
    """A picture with its lower right corner there. Returns its rectangle."""
    height = width * picture.height() / max(picture.width(), 1)
    box = QRectF(corner.x() - width, corner.y() - height, width, height)
    painter.drawImage(box, picture)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(DARK.LINE), 1.0))
    painter.drawRect(box)
    return box
