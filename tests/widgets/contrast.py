"""How far texts and edges of real widgets stand out, read from their pixels."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSpinBox,
    QCheckBox,
    QComboBox,
    QLabel,
    QLineEdit,
    QListView,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QStyle,
    QStyleOptionButton,
    QTextEdit,
    QToolButton,
    QWidget,
)

from tests.widgets.pixels import to_array

TEXT, EDGE = 4.5, 3.0  # least contrast
FINE = 2  # screen of this many pixels a point, where thin strokes have their own colour
BAND = 2 * FINE  # px across an edge in which it is looked for


def grab_fine(widget: QWidget) -> np.ndarray:
    """uint8 [FINE h, FINE w, 3] RGB of the widget as on a fine screen."""
    pixmap = QPixmap(widget.size() * FINE)
    pixmap.setDevicePixelRatio(FINE)
    QWidget.render(widget, pixmap)  # a graphics view has one of its own
    return to_array(pixmap.toImage())


def cut(picture: np.ndarray, box: QRect) -> np.ndarray:
    """The part of a fine picture in a box of the widget."""
    x, y = max(box.x(), 0) * FINE, max(box.y(), 0) * FINE
    return picture[y : y + box.height() * FINE, x : x + box.width() * FINE]


def luminance(pixels: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB 0..255, as WCAG 2 defines it: [..., 3] -> [...]."""
    share = np.asarray(pixels, float) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return linear @ (0.2126, 0.7152, 0.0722)


def ratio(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Contrast of two luminances, 1 to 21."""
    return (np.maximum(a, b) + 0.05) / (np.minimum(a, b) + 0.05)


def text_contrast(pixels: np.ndarray) -> float:
    """Of the pixel that stands out most from the commonest colour, uint8 [h, w, 3]."""
    packed = pixels.reshape(-1, 3).astype(np.int64) @ (1 << 16, 1 << 8, 1)
    found, counts = np.unique(packed, return_counts=True)
    bright = luminance(np.stack([found >> 16, found >> 8 & 255, found & 255], -1))
    return float(ratio(bright, bright[counts.argmax()]).max())


def edge_contrast(picture: np.ndarray, box: QRect) -> float:
    """Of the weakest of four edges, each looked for in the middle third of its side.

    picture: as of `grab_fine`. box: in the widget's own pixels.
    """
    x0, y0 = FINE * box.left(), FINE * box.top()
    x1, y1 = x0 + FINE * box.width() - 1, y0 + FINE * box.height() - 1
    third, down = max((x1 - x0) // 3, 1), max((y1 - y0) // 3, 1)
    columns, rows = slice(x0 + third, x1 - third + 1), slice(y0 + down, y1 - down + 1)
    sides = (
        picture[y0 - 2 : y0 + BAND, columns].swapaxes(0, 1),
        picture[y1 - BAND + 1 : y1 + 3, columns].swapaxes(0, 1),
        picture[rows, x0 - 2 : x0 + BAND],
        picture[rows, x1 - BAND + 1 : x1 + 3],
    )
    contrasts = []
    for side in sides:  # [along, across]
        bright = luminance(side)
        contrasts.append(float(np.median(ratio(bright.max(1), bright.min(1)))))
    return min(contrasts)


def weak_places(window: QWidget) -> list[str]:
    """Every text and edge of a shown window that does not stand out, with its contrast."""
    picture = grab_fine(window)
    weak = []
    for widget, box in _seen(window):
        if _words(widget) and (found := text_contrast(cut(picture, box))) < TEXT:
            weak.append(f"text {_words(widget)!r} of {_name(widget)}: {found:.1f}")
        edge = _edge_of(widget)
        if edge is not None and widget.isEnabled():
            place = edge.translated(box.topLeft())
            if (found := edge_contrast(picture, place)) < EDGE:
                weak.append(f"edge of {_name(widget)}: {found:.1f}")
    return weak


def _seen(window: QWidget) -> Iterator[tuple[QWidget, QRect]]:
    """Widgets that lie wholly in the window and under nothing, with their place in it."""
    room = window.rect().adjusted(2, 2, -2, -2)
    for widget in window.findChildren(QWidget):
        if not widget.isVisible() or widget.window() is not window or widget.width() < 6:
            continue
        box = QRect(widget.mapTo(window, QPoint()), widget.size())
        shown = widget.visibleRegion().boundingRect().size()
        if room.contains(box) and shown == widget.size():
            yield widget, box


def _words(widget: QWidget) -> str:
    if isinstance(widget, QComboBox):
        return widget.currentText()
    if isinstance(widget, QAbstractSpinBox | QLineEdit):
        return widget.text() or getattr(widget, "placeholderText", str)()
    if isinstance(widget, QPlainTextEdit | QTextEdit):
        return widget.toPlainText()
    return widget.text().strip() if isinstance(widget, QLabel | QAbstractButton) else ""


def _edge_of(widget: QWidget) -> QRect | None:
    """Where a control must be seen to end, in its own pixels; None: it needs no edge."""
    if isinstance(widget, QCheckBox | QRadioButton):
        option = QStyleOptionButton()
        widget.initStyleOption(option)
        part = QStyle.SubElement.SE_CheckBoxIndicator
        if isinstance(widget, QRadioButton):
            part = QStyle.SubElement.SE_RadioButtonIndicator
        return widget.style().subElementRect(part, option, widget)
    if isinstance(widget, QLineEdit) and isinstance(widget.parent(), QAbstractSpinBox | QComboBox):
        return None
    framed = (
        QComboBox, QAbstractSpinBox, QLineEdit, QPushButton, QPlainTextEdit, QTextEdit, QListView,
    )  # fmt: skip
    checked = isinstance(widget, QToolButton) and widget.isChecked()
    return widget.rect() if isinstance(widget, framed) or checked else None


def _name(widget: QWidget) -> str:
    own = widget.accessibleName() or widget.objectName() or _words(widget)
    return f"{type(widget).__name__} {own!r}"
