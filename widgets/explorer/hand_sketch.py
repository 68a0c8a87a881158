"""A small skeleton in the finger colours, for cards and the trackball: Qt alone, no scene."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app.skeleton import BONES, joint_colours

MARGIN = 0.9  # share of the smaller side that the hand fills


def paint_hand(
    painter: QPainter, rect: QRectF, joints: np.ndarray, reach: float = 0.0, width: float = 2.0
) -> None:
    """joints: float [21, 3] of any unit, camera frame, seen without perspective; far bones first.

    reach: units from the middle of the palm to the rectangle's nearest side; 0: as the hand needs,
    which is then in the middle.
    """
    flat = joints[:, :2]
    if reach > 0:
        middle = joints[[0, 5, 9, 13, 17], :2].mean(0)
    else:
        low, high = flat.min(0), flat.max(0)
        middle, reach = (low + high) / 2, float((high - low).max()) / 2 / MARGIN
    scale = min(rect.width(), rect.height()) / 2 / max(reach, 1e-6)
    at = (flat - middle) * scale + (rect.center().x(), rect.center().y())
    colours = joint_colours()
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for k in np.argsort(-joints[BONES, 2].mean(1)):
        near, far = BONES[k]
        pen = QPen(QColor(*map(int, colours[far])), width)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.drawLine(QPointF(*at[near]), QPointF(*at[far]))
    painter.restore()
