"""Which colours the window wears: dark, light, or what the desktop says.

`theme.TEXT` and the like are the colours in use at that moment: ask when painting, keep none.
Fusion with our own palette on every desktop: `QStyleHints.setColorScheme` does nothing where Qt
finds no desktop theme (plain X11).
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QApplication

from widgets.parts.palette import DARK, LIGHT, Colours, make_palette
from widgets.parts.style_sheet import make_style_sheet

THEMES = ("system", "dark", "light")
_in_use: list[Colours] = [DARK]


def __getattr__(name: str) -> str:
    try:
        return getattr(_in_use[0], name)
    except AttributeError:
        raise AttributeError(f"the theme has no colour {name!r}") from None


def apply_theme(application: QApplication, name: str = "dark") -> None:
    """Wear one of `THEMES`: Fusion, palette and style sheet.

    The font is the desktop's own, never below 9 points. Every widget is told by a palette change.
    An unknown name means "system".
    """
    chosen = _colours_of(application, name)
    dressed = bool(application.styleSheet())
    if dressed and chosen is _in_use[0]:
        return
    if not dressed:
        application.setStyle("Fusion")
    _in_use[0] = chosen
    application.setPalette(make_palette(chosen))
    font = application.font()
    if 0 < font.pointSizeF() < 9:
        font.setPointSizeF(9)
        application.setFont(font)
    application.setStyleSheet(make_style_sheet(chosen))


def small_font(base: QFont, steps: float = 1.0) -> QFont:
    """`base`, `steps` points smaller, never below 7.5 points."""
    font = QFont(base)
    font.setPointSizeF(max(7.5, base.pointSizeF() - steps))
    return font


def _colours_of(application: QApplication, name: str) -> Colours:
    if name in ("dark", "light"):
        return DARK if name == "dark" else LIGHT
    scheme = application.styleHints().colorScheme()
    return LIGHT if scheme == Qt.ColorScheme.Light else DARK  # dark where the desktop says nothing
