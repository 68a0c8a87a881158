"""Our own SVG icons, tinted from the palette: the desktop's icons are black on a dark window."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from widgets import theme

_SIZES = (16, 20, 32, 40)


def svg_pixmap(name: str, colour: str, size: int) -> QPixmap:
    """One icon drawn in one colour, [size, size] px, transparent behind it."""
    text = (files("widgets") / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    renderer = QSvgRenderer(QByteArray(text.replace("currentColor", colour).encode()))
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    renderer.render(painter, QRectF(0, 0, size, size))
    painter.end()
    return pixmap


@cache
def icon(name: str, colour: str = theme.TEXT, checked_colour: str = theme.ACCENT) -> QIcon:
    """The icon in its normal, checked and disabled colours, crisp at 1x and 2x."""
    made = QIcon()
    for size in _SIZES:
        for mode, state, tint in (
            (QIcon.Mode.Normal, QIcon.State.Off, colour),
            (QIcon.Mode.Normal, QIcon.State.On, checked_colour),
            (QIcon.Mode.Disabled, QIcon.State.Off, theme.FAINT),
            (QIcon.Mode.Disabled, QIcon.State.On, theme.FAINT),
        ):
            made.addPixmap(svg_pixmap(name, tint, size), mode, state)
    return made
