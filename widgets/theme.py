"""Colours, palette and style sheet: Fusion with our own dark palette, on every desktop.

`QStyleHints.setColorScheme` does nothing where Qt finds no desktop theme (plain X11), hence our
own palette.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtGui import QColor, QFont, QPalette
from PySide6.QtWidgets import QApplication

WINDOW = "#1c1f24"
PANEL = "#14161a"  # behind pictures
RAISED = "#282c33"
LINE = "#343a43"
TEXT = "#dde2e9"
MUTED = "#98a2b0"
FAINT = "#5f6875"
ACCENT = "#5b9fe8"
GOOD = "#6cc08f"
WARN = "#e3b25a"
BAD = "#e5776f"
HOVER = "#2f343c"
CHOSEN, CHOSEN_LINE = "#31465f", "#44648a"  # a button that is pressed or checked
OFF, OFF_LINE = "#20242a", "#292e35"  # a control that is disabled
FILLED, KNOB = "#40638c", "#c5ced9"  # of a slider

_ROLES = (
    (QPalette.ColorRole.Window, WINDOW),
    (QPalette.ColorRole.Base, PANEL),
    (QPalette.ColorRole.AlternateBase, WINDOW),
    (QPalette.ColorRole.Button, RAISED),
    (QPalette.ColorRole.ToolTipBase, RAISED),
    (QPalette.ColorRole.WindowText, TEXT),
    (QPalette.ColorRole.Text, TEXT),
    (QPalette.ColorRole.ButtonText, TEXT),
    (QPalette.ColorRole.ToolTipText, TEXT),
    (QPalette.ColorRole.BrightText, "#ffffff"),
    (QPalette.ColorRole.PlaceholderText, MUTED),
    (QPalette.ColorRole.Highlight, ACCENT),
    (QPalette.ColorRole.HighlightedText, "#0e1116"),
    (QPalette.ColorRole.Light, "#3a404a"),
    (QPalette.ColorRole.Midlight, "#30353d"),
    (QPalette.ColorRole.Mid, "#23272d"),
    (QPalette.ColorRole.Dark, "#101216"),
    (QPalette.ColorRole.Shadow, "#0a0b0d"),
    (QPalette.ColorRole.Link, ACCENT),
)
_DISABLED = (QPalette.ColorRole.WindowText, QPalette.ColorRole.Text, QPalette.ColorRole.ButtonText)

_CHEVRON = (Path(__file__).resolve().parent / "icons" / "chevron.svg").as_posix()
STYLE = f"""
QMainWindow::separator {{ background: {WINDOW}; width: 6px; height: 6px; }}
QMainWindow::separator:hover {{ background: {LINE}; }}
QDockWidget {{ font-weight: 600; color: {MUTED}; }}
QDockWidget::title {{ background: {WINDOW}; padding: 7px 10px 5px 10px; }}
QMenuBar {{ background: {WINDOW}; border-bottom: 1px solid {LINE}; padding: 2px 4px; }}
QMenuBar::item {{ padding: 4px 9px; border-radius: 4px; background: transparent; }}
QMenuBar::item:selected {{ background: {RAISED}; }}
QMenu {{ background: {RAISED}; border: 1px solid {LINE}; padding: 4px; }}
QMenu::item {{ padding: 5px 26px 5px 22px; border-radius: 4px; }}
QMenu::item:selected {{ background: {LINE}; }}
QMenu::item:disabled {{ color: {FAINT}; }}
QMenu::separator {{ height: 1px; background: {LINE}; margin: 4px 8px; }}
QToolTip {{ background: {RAISED}; color: {TEXT}; border: 1px solid {LINE}; padding: 4px 6px; }}
QStatusBar {{ background: {WINDOW}; border-top: 1px solid {LINE}; }}
QStatusBar::item {{ border: none; }}
QToolBar {{ background: {WINDOW}; border: none; border-top: 1px solid {LINE}; padding: 4px 8px; }}
QToolButton {{ border: 1px solid transparent; border-radius: 5px; padding: 4px; }}
QToolButton:hover {{ background: {RAISED}; }}
QToolButton:pressed {{ background: {LINE}; }}
QToolButton:checked {{ background: {RAISED}; border-color: {LINE}; }}
QToolButton:focus, QPushButton:focus, QComboBox:focus, QSpinBox:focus {{ border-color: {ACCENT}; }}
QPushButton, QComboBox, QSpinBox {{
  background: {RAISED}; border: 1px solid {LINE}; border-radius: 5px; }}
QPushButton {{ padding: 4px 10px; }}
QPushButton:hover {{ background: {HOVER}; }}
QPushButton:pressed, QPushButton:checked {{ background: {CHOSEN}; border-color: {CHOSEN_LINE}; }}
QComboBox, QSpinBox {{ padding: 3px 6px; }}
QPushButton:disabled, QComboBox:disabled, QSpinBox:disabled {{
  color: {FAINT}; background: {OFF}; border-color: {OFF_LINE}; }}
QComboBox::drop-down {{ border: none; width: 18px; }}
QComboBox::down-arrow {{ image: url({_CHEVRON}); width: 12px; height: 12px; }}
QSpinBox::up-button, QSpinBox::down-button {{
  subcontrol-origin: border; subcontrol-position: right; width: 4px; border: none; }}
QSpinBox::up-arrow, QSpinBox::down-arrow {{ image: none; width: 0; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: {WINDOW}; border: none; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 0; }}
QScrollBar::handle:vertical {{
  background: {LINE}; border-radius: 4px; min-height: 28px; margin: 1px; }}
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {{
  background: none; border: none; height: 0; }}
QSlider::groove:horizontal {{ height: 4px; background: {LINE}; border-radius: 2px; }}
QSlider::sub-page:horizontal {{ background: {FILLED}; border-radius: 2px; }}
QSlider::handle:horizontal {{
  background: {KNOB}; width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; }}
QSlider::handle:horizontal:hover {{ background: #ffffff; }}
QSlider::handle:horizontal:focus {{
  background: #ffffff; border: 2px solid {ACCENT}; width: 10px; height: 10px; }}
QSlider::handle:horizontal:disabled {{ background: {FAINT}; }}
QSlider::sub-page:horizontal:disabled {{ background: {LINE}; }}
QSlider[centred="true"]::sub-page:horizontal {{ background: {LINE}; }}
QLabel[role="muted"] {{ color: {MUTED}; }}
QLabel[role="key"] {{ color: {ACCENT}; }}
QLabel[role="heading"] {{ color: {MUTED}; font-weight: 600; }}
"""


def dark_palette() -> QPalette:
    """The palette of the whole window."""
    palette = QPalette()
    for role, colour in _ROLES:
        palette.setColor(role, QColor(colour))
    for role in _DISABLED:
        palette.setColor(QPalette.ColorGroup.Disabled, role, QColor(FAINT))
    return palette


def apply_theme(application: QApplication) -> None:
    """Fusion, palette and style sheet; the desktop's own font, never below 9 points."""
    application.setStyle("Fusion")
    application.setPalette(dark_palette())
    font = application.font()
    if 0 < font.pointSizeF() < 9:
        font.setPointSizeF(9)
        application.setFont(font)
    application.setStyleSheet(STYLE)


def small_font(base: QFont, steps: float = 1.0) -> QFont:
    """`base`, `steps` points smaller, never below 7.5 points."""
    font = QFont(base)
    font.setPointSizeF(max(7.5, base.pointSizeF() - steps))
    return font
