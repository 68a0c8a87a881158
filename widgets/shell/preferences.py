"""The preferences: one dialog, a page for each area; every change takes effect at once."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QFormLayout,
    QFrame,
    QHBoxLayout,
    QListWidget,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from widgets.parts.buttons import PushButton
from widgets.parts.theme import THEMES

THEME_NAMES = {"system": "System theme", "dark": "Dark", "light": "Light"}
SIZE = (640, 440)


class Preferences(QDialog):
    """Not modal. pages: title and widget of each page, in order."""

    def __init__(self, pages: list[tuple[str, QWidget]], parent: QWidget):
        super().__init__(parent)
        self.setWindowTitle("Preferences")
        self.list = QListWidget()
        self.list.setAccessibleName("Pages of the preferences")
        self.list.setFixedWidth(150)
        self.list.setSpacing(2)
        self.stack = QStackedWidget()
        for title, page in pages:
            self.list.addItem(title)
            area = QScrollArea(widgetResizable=True)
            area.setFrameShape(QFrame.Shape.NoFrame)
            area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            area.setWidget(page)
            self.stack.addWidget(area)
        self.list.currentRowChanged.connect(self.stack.setCurrentIndex)
        self.list.setCurrentRow(0)
        self.close_button = PushButton("Close")
        self.close_button.clicked.connect(self.close)
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(self.list)
        row.addWidget(self.stack, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 18, 18, 14)
        column.setSpacing(12)
        column.addLayout(row, 1)
        column.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignRight)
        self.resize(*SIZE)

    def choose(self, title: str) -> None:
        """Turn to the page of this title."""
        for found in self.list.findItems(title, Qt.MatchFlag.MatchExactly):
            self.list.setCurrentItem(found)


class GeneralPage(QWidget):
    """Looks, hints and layout."""

    theme_changed = Signal(str)
    hints_changed = Signal(bool)
    reset_wanted = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.theme = QComboBox()
        self.theme.setAccessibleName("Theme")
        for name in THEMES:
            self.theme.addItem(THEME_NAMES[name], name)
        self.hints = QCheckBox("Show suggestions at the start")
        self.reset_button = PushButton(
            "Reset layout", tip="Put every panel back to its first place"
        )
        self.theme.currentIndexChanged.connect(
            lambda k: self.theme_changed.emit(self.theme.itemData(k))
        )
        self.hints.toggled.connect(self.hints_changed)
        self.reset_button.clicked.connect(self.reset_wanted)
        form = QFormLayout(self)
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow("Theme", self.theme)
        form.addRow("Hints", self.hints)
        row = QHBoxLayout()
        row.addWidget(self.reset_button)
        row.addStretch(1)
        form.addRow("Window", row)

    def show_theme(self, name: str) -> None:
        """What holds now; emits nothing."""
        with QSignalBlocker(self.theme):
            self.theme.setCurrentIndex(THEMES.index(name))

    def show_hints(self, wanted: bool) -> None:
        """Likewise."""
        with QSignalBlocker(self.hints):
            self.hints.setChecked(wanted)
