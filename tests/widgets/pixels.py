"""What a widget looks like, as an array."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QColor, QImage


def grab(widget) -> np.ndarray:
    """uint8 [H, W, 3] RGB of the widget as it would be on the screen."""
    return to_array(widget.grab().toImage())


def to_array(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).copy()


def near(
    picture: np.ndarray, colour: str | tuple[int, int, int], tolerance: int = 10
) -> np.ndarray:
    """bool [H, W]: pixels of this colour."""
    rgb = QColor(colour).getRgb()[:3] if isinstance(colour, str) else colour
    return (np.abs(picture.astype(int) - rgb) <= tolerance).all(-1)


def middle(mask: np.ndarray) -> np.ndarray:
    """float [2]: mean column and row of the pixels that are set, pixel centres at + 0.5."""
    rows, columns = np.nonzero(mask)
    return np.array([columns.mean() + 0.5, rows.mean() + 0.5])
