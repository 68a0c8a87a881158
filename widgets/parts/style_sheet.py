"""The window's style sheet, filled in with the colours in use."""

from __future__ import annotations

from string import Template

from app.resources import resource
from widgets.parts.palette import Colours

_STYLE = Template("""
QMainWindow::separator { background: $WINDOW; width: 6px; height: 6px; }
QMainWindow::separator:hover { background: $LINE; }
QDockWidget { font-weight: 600; color: $MUTED; }
QDockWidget::title { background: $WINDOW; padding: 7px 10px 5px 10px; }
QMenuBar { background: $WINDOW; border-bottom: 1px solid $LINE; padding: 2px 4px; }
QMenuBar::item { padding: 4px 9px; border-radius: 4px; background: transparent; }
QMenuBar::item:selected { background: $RAISED; }
QMenu { background: $RAISED; border: 1px solid $EDGE; padding: 4px; }
QMenu::item { padding: 5px 26px 5px 22px; border-radius: 4px; }
QMenu::item:selected { background: $LINE; }
QMenu::item:disabled { color: $FAINT; }
QMenu::separator { height: 1px; background: $LINE; margin: 4px 8px; }
QMenu#recent { icon-size: 48px; }
QToolTip { background: $RAISED; color: $TEXT; border: 1px solid $LINE; padding: 4px 6px; }
QStatusBar { background: $WINDOW; border-top: 1px solid $LINE; }
QStatusBar::item { border: none; }
QToolBar { background: $WINDOW; border: none; border-top: 1px solid $LINE; padding: 4px 8px; }
QToolButton { border: 1px solid transparent; border-radius: 5px; padding: 4px; }
QToolButton:hover { background: $RAISED; }
QToolButton:pressed { background: $LINE; }
QToolButton:checked { background: $CHOSEN; border-color: $CHOSEN_LINE; }
QPushButton, QComboBox, QAbstractSpinBox {
  background: $RAISED; border: 1px solid $EDGE; border-radius: 5px; }
QLineEdit { background: $FIELD; border: 1px solid $EDGE; border-radius: 5px; padding: 3px 6px; }
QAbstractSpinBox QLineEdit { background: transparent; border: none; padding: 0; }
QToolButton:checked:disabled { background: transparent; border-color: $OFF_LINE; }
QToolButton:focus, QPushButton:focus, QComboBox:focus, QAbstractSpinBox:focus, QLineEdit:focus {
  border-color: $ACCENT; }
QPushButton { padding: 4px 10px; }
QPushButton:hover { background: $HOVER; }
QPushButton:pressed, QPushButton:checked { background: $CHOSEN; border-color: $CHOSEN_LINE; }
QPushButton#chip { padding: 1px 9px; border-color: $GOOD; border-radius: 9px; }
QComboBox, QAbstractSpinBox { padding: 3px 6px; }
QPushButton:disabled, QComboBox:disabled, QAbstractSpinBox:disabled, QLineEdit:disabled {
  color: $FAINT; background: $OFF; border-color: $OFF_LINE; }
QComboBox { combobox-popup: 0; }
QComboBox::drop-down { border: none; width: 18px; }
QComboBox::down-arrow { image: url($ICONS/chevron_$NAME.svg); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $RAISED; border: 1px solid $EDGE; outline: none; }
QComboBox QAbstractItemView::item { padding: 4px 6px; }
QComboBox QAbstractItemView::item:selected { background: $CHOSEN; color: $TEXT; }
QComboBox QAbstractItemView::item:disabled { color: $FAINT; }
QCheckBox, QRadioButton { spacing: 7px; }
QCheckBox::indicator, QRadioButton::indicator {
  width: 13px; height: 13px; background: $FIELD; border: 1px solid $EDGE; border-radius: 3px; }
QRadioButton::indicator { border-radius: 7px; }
QCheckBox:focus, QRadioButton:focus { color: $ACCENT; }
QCheckBox::indicator:hover, QRadioButton::indicator:hover { border-color: $TEXT; }
QCheckBox::indicator:focus, QRadioButton::indicator:focus { border-color: $ACCENT; }
QCheckBox::indicator:checked {
  background: $ACCENT; border-color: $ACCENT; image: url($ICONS/check_$NAME.svg); }
QRadioButton::indicator:checked { background: $ACCENT; border-color: $ACCENT; }
QCheckBox::indicator:disabled, QRadioButton::indicator:disabled {
  background: $OFF; border-color: $OFF_LINE; }
QCheckBox::indicator:checked:disabled {
  background: $FAINT; border-color: $FAINT; image: url($ICONS/check_$NAME.svg); }
QCheckBox:disabled, QRadioButton:disabled { color: $FAINT; }
QAbstractSpinBox::up-button, QAbstractSpinBox::down-button {
  subcontrol-origin: border; subcontrol-position: right; width: 4px; border: none; }
QAbstractSpinBox::up-arrow, QAbstractSpinBox::down-arrow { image: none; width: 0; }
QScrollArea, QScrollArea > QWidget > QWidget { background: $WINDOW; border: none; }
QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar::handle:vertical {
  background: $EDGE; border-radius: 4px; min-height: 28px; margin: 1px; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page {
  background: none; border: none; height: 0; }
QProgressBar { background: $FIELD; border: 1px solid $EDGE; border-radius: 4px; }
QProgressBar::chunk { background: $ACCENT; border-radius: 3px; }
QSlider::groove:horizontal { height: 4px; background: $EDGE; border-radius: 2px; }
QSlider::sub-page:horizontal { background: $FILLED; border-radius: 2px; }
QSlider::handle:horizontal {
  background: $KNOB; width: 12px; height: 12px; margin: -4px 0; border-radius: 6px; }
QSlider::handle:horizontal:hover { background: $KNOB_HOVER; }
QSlider::handle:horizontal:focus {
  background: $KNOB_HOVER; border: 2px solid $ACCENT; width: 10px; height: 10px; }
QSlider::handle:horizontal:disabled { background: $FAINT; }
QSlider::groove:horizontal:disabled, QSlider::sub-page:horizontal:disabled { background: $LINE; }
QSlider[centred="true"]::sub-page:horizontal { background: $EDGE; }
QFrame#hint { background: $CHOSEN; border: none; border-bottom: 1px solid $CHOSEN_LINE; }
QFrame#hint QPushButton { border-color: $MUTED; }
QListView, QPlainTextEdit, QTextEdit, QTabWidget::pane {
  background: $FIELD; border: 1px solid $EDGE; border-radius: 5px; }
QTabWidget::pane { border-color: $WINDOW; }
QListView::item { padding: 3px 4px; }
QListView::item:selected { background: $CHOSEN; color: $TEXT; }
QListView::item:disabled { color: $FAINT; }
QListView:focus, QPlainTextEdit:focus, QTextEdit:focus { border-color: $ACCENT; }
QTabBar::tab {
  background: $WINDOW; color: $MUTED; border: none; border-top: 2px solid transparent;
  padding: 5px 10px; }
QTabBar::tab:selected { color: $TEXT; border-top-color: $ACCENT; background: $RAISED; }
QTabBar::tab:hover { color: $TEXT; }
QTabBar::tab:focus { color: $ACCENT; }
QFrame#card {
  background: $RAISED; border: 1px solid $LINE; border-left: 3px solid $ACCENT;
  border-radius: 6px; }
QFrame#card[kind="warning"] { border-left-color: $WARN; }
QFrame#card[kind="error"] { border-left-color: $BAD; }
QFrame#tour { background: $RAISED; border: 1px solid $ACCENT; border-radius: 6px; }
QLabel[role="empty"] { background: $PANEL; color: $MUTED; border-radius: 5px; }
QListView QLabel[role="empty"] { background: transparent; }
QLabel[role="muted"] { color: $MUTED; }
QLabel[role="figure"] { font-weight: 600; font-size: 15px; }
QLabel[role="warn"] { color: $WARN; }
QLabel[role="key"] { color: $ACCENT; }
QLabel[role="heading"] { color: $MUTED; font-weight: 600; }
""")


def make_style_sheet(colours: Colours) -> str:
    """Style sheet of the whole application."""
    icons = resource("parts", "icons", package="widgets").as_posix()
    return _STYLE.substitute(colours.names(), ICONS=icons)
