"""What the network saw, what it synthesised from the latent, and how far apart the two are."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from widgets.parts import theme
from widgets.parts.colours import BACKGROUND_FROM, DIFFERENCE, MAPS, hex_pixel, interpolate, pack
from widgets.views.comparison import Comparison

DIFFERENCE_MM = 30.0  # ends of the difference's scale
SHORT = {"Synthesised": "Synth.", "Difference": "Diff.", "Frozen crop": "Frozen"}
NO_HAND = "No hand yet. What the network draws of one appears here."
_GAP, _CAPTION, _SCALE = 8, 22, 56


class SynthesisView(QWidget):
    """Crop, synthesis and difference, each with its caption; a scale in mm below.

    Side by side where that is wide enough; else the synthesis is large, the others stand beside it.
    """

    compared = Signal()  # it shows something else
    large_wanted = Signal()  # double click, or Enter

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.map_name = "Mako"
        self.comparison = Comparison(None, None)
        self.crop_caption, self.crop_hint = "Crop", "–"
        self._images: list[QImage | None] = [None, None, None]
        self._gap_mm: float | None = None
        self._span_mm = (-125.0, 125.0)  # of the depth scale
        self._stale = False
        self.setMinimumSize(230, 140)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setAccessibleName("Crop, synthesised depth and their difference")
        self.setToolTip("Double-click to enlarge in a window of its own")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def show_comparison(self, comparison: Comparison) -> None:
        """Colouring waits for the next paint: a hidden view costs nothing."""
        self.comparison, self._stale = comparison, True
        self.update()
        self.compared.emit()

    def restyle(self, map_name: str) -> None:
        self.map_name, self._stale = map_name, True
        self.update()

    def squares(self) -> list[QRectF]:
        """Where crop, synthesis and difference are."""
        room = self.height() - _CAPTION - _SCALE - 4
        row = max(24.0, min((self.width() - 4 * _GAP) / 3, room))
        large = min((self.width() - 3 * _GAP + _CAPTION / 2) / 1.5, room)
        side = max(row, large)
        small = (large - _CAPTION) / 2
        width = side + _GAP + small if large > row else 3 * side + 2 * _GAP
        left = (self.width() - width) / 2
        top = max(0.0, (room + 4 - side) / 2) + _CAPTION
        if large <= row:
            return [QRectF(left + k * (side + _GAP), top, side, side) for k in range(3)]
        made = QRectF(left, top, side, side)
        beside = QRectF(made.right() + _GAP, top, small, small)
        return [beside, made, beside.translated(0, small + _CAPTION)]

    def mouseDoubleClickEvent(self, event) -> None:
        self.large_wanted.emit()

    def keyPressEvent(self, event) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.large_wanted.emit()
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._stale:
            self._colour()
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.WINDOW))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        painter.setFont(theme.small_font(self.font()))
        squares = self.squares()
        names = (self.crop_caption, "Synthesised", "Difference")
        for square, image, name in zip(squares, self._images, names, strict=True):
            self._paint_square(painter, square, image, name)
        self._paint_scales(painter, squares)

    def _colour(self) -> None:
        self._stale = False
        crop, synthesised = self.comparison.crop, self.comparison.synthesised
        self._span_mm = self.comparison.span_mm() or self._span_mm
        self._images[:2] = [self._depth_image(crop), self._depth_image(synthesised)]
        gap = self.comparison.difference_mm()
        self._images[2] = None if gap is None else _difference_image(gap)
        self._gap_mm = self.comparison.mean_gap_mm()

    def _depth_image(self, values: np.ndarray | None) -> QImage | None:
        if values is None:
            return None
        table = pack(interpolate(MAPS[self.map_name]))
        near, far = (2 * end / self.comparison.cube_mm for end in self._span_mm)
        share = (far - values) * (255 / (far - near))
        pixels = table[np.clip(share, 0, 255).astype(np.uint8)]
        pixels[values >= BACKGROUND_FROM] = hex_pixel(theme.PANEL)
        return _image(pixels)

    def _paint_square(self, painter, square: QRectF, image: QImage | None, name: str) -> None:
        is_crop = name == self.crop_caption
        painter.setPen(QColor(theme.MUTED))
        title = QRectF(square.left(), square.top() - _CAPTION, square.width() + 6, _CAPTION - 3)
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom
        painter.drawText(title, flags, fitting(name, painter.fontMetrics(), title.width()))
        painter.fillRect(square, QColor(theme.PANEL))
        if image is not None:
            painter.drawImage(square, image)
            return
        painter.setPen(QColor(theme.MUTED))
        text = self.crop_hint if is_crop else NO_HAND if name == "Synthesised" else "–"
        flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
        painter.drawText(square.adjusted(6, 6, -6, -6), flags, text)

    def _paint_scales(self, painter: QPainter, squares: list[QRectF]) -> None:
        near, far = (f"{end:+.0f}".replace("-", "−") for end in self._span_mm)
        depth = interpolate(MAPS[self.map_name])[::-1]
        made, other = squares[1], squares[2]
        in_row = squares[0].left() < made.left()
        first = squares[0].united(made) if in_row else made
        _paint_scale(painter, first, depth, (near, "", f"{far} mm"))
        ends = (f"−{DIFFERENCE_MM:.0f}", "", f"+{DIFFERENCE_MM:.0f}")
        _paint_scale(painter, other, interpolate(DIFFERENCE), ends)
        if self._gap_mm is not None:
            line = QRectF(first.left(), first.bottom() + 34, other.right() - first.left(), 20)
            text = f"mean difference {self._gap_mm:.1f} mm"
            painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignTop, text)


def _paint_scale(painter, above: QRectF, colours: np.ndarray, labels: tuple[str, str, str]) -> None:
    bar = QRectF(above.left(), above.bottom() + 8, above.width(), 5)
    painter.drawImage(bar, _image(pack(colours)[None]))
    painter.setPen(QPen(QColor(theme.MUTED)))
    row = QRectF(bar.left(), bar.bottom() + 3, bar.width(), 18)
    sides = (Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignHCenter, Qt.AlignmentFlag.AlignRight)
    for label, side in zip(labels, sides, strict=True):
        painter.drawText(row, side | Qt.AlignmentFlag.AlignTop, label)


def _difference_image(gap_mm: np.ndarray) -> QImage:
    table = pack(interpolate(DIFFERENCE))
    share = np.clip((gap_mm + DIFFERENCE_MM) * (255 / (2 * DIFFERENCE_MM)), 0, 255)
    pixels = table[np.nan_to_num(share, nan=127.0).astype(np.uint8)]
    pixels[np.isnan(gap_mm)] = hex_pixel(theme.PANEL)
    return _image(pixels)


def fitting(name: str, metrics: QFontMetrics, width: float) -> str:
    """The name, a shorter one, or the part of that which has room."""
    if metrics.horizontalAdvance(name) > width:
        name = SHORT.get(name, name)
    return metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(width))


def _image(pixels: np.ndarray) -> QImage:
    pixels = np.ascontiguousarray(pixels)
    height, width = pixels.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()
