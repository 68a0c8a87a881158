"""Our own SVG icons, tinted when they are painted.

They follow the theme and are crisp at any scale; the desktop's would be black on a dark window.
"""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QByteArray, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.resources import resource
from widgets.parts import theme


def icon(name: str, colour: str = "TEXT", checked: str = "ACCENT") -> QIcon:
    """The icon in the theme's colours of these names: normal, checked, and faint when disabled."""
    return QIcon(_Tinted(name, colour, checked))


class _Tinted(QIconEngine):
    """Asks the theme for its colour at each painting."""

    def __init__(self, name: str, colour: str, checked: str):
        super().__init__()
        self._name, self._colour, self._checked = name, colour, checked

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        _renderer(self._name, self._tint(mode, state)).render(painter, QRectF(rect))

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return _pixmap(self._name, self._tint(mode, state), size.width(), size.height())

    def scaledPixmap(
        self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float
    ) -> QPixmap:
        return self.pixmap(size * scale, mode, state)  # Qt sets the ratio from the size it gets

    def actualSize(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QSize:
        return size

    def clone(self) -> QIconEngine:
        return _Tinted(self._name, self._colour, self._checked)

    def _tint(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        if mode == QIcon.Mode.Disabled:
            return theme.FAINT
        return getattr(theme, self._checked if state == QIcon.State.On else self._colour)


@cache
def _renderer(name: str, colour: str) -> QSvgRenderer:
    text = resource("parts", "icons", f"{name}.svg", package="widgets").read_text("utf-8")
    return QSvgRenderer(QByteArray(text.replace("currentColor", colour).encode()))


@cache
def _pixmap(name: str, colour: str, width: int, height: int) -> QPixmap:
    pixmap = QPixmap(width, height)
    pixmap.fill(Qt.GlobalColor.transparent)
    side = min(width, height)
    painter = QPainter(pixmap)
    corner = QPoint((width - side) // 2, (height - side) // 2)
    _renderer(name, colour).render(painter, QRectF(QRect(corner, QSize(side, side))))
    painter.end()
    return pixmap
