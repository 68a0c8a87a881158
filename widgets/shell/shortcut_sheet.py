"""Every key, by menu, from the table of the menus: the sheet of F1."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from widgets.menus import TABLE
from widgets.parts.buttons import PushButton, make_label

COLUMNS = 3
MOUSE = (
    "Depth image: click to follow the hand there.   "
    "3D view: drag to orbit, Shift + drag to pan, wheel to zoom.   "
    "Drop a recording, a folder or weights on the window to open them.   "
    "Tab walks through every control; Space presses, arrows move a slider."
)


class ShortcutSheet(QDialog):
    """Not modal; closed by Escape or F1. Scrolls where the screen is too small."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(22, 18, 22, 16)
        outer.setSpacing(14)
        body = QWidget()
        columns = QHBoxLayout(body)
        columns.setContentsMargins(0, 0, 12, 0)
        columns.setSpacing(34)
        for titles in balanced_columns():
            column = QVBoxLayout()
            column.setSpacing(12)
            for title in titles:
                column.addLayout(_section(title))
            column.addStretch(1)
            columns.addLayout(column)
        self.area = QScrollArea(widgetResizable=True)
        self.area.setWidget(body)
        outer.addWidget(self.area, 1)
        mouse = make_label(MOUSE, "muted")
        mouse.setWordWrap(True)
        outer.addWidget(mouse)
        close = PushButton("Close")
        close.clicked.connect(self.close)
        outer.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        wanted = body.sizeHint()
        room = self.screen().availableSize()
        self.resize(
            min(wanted.width() + 80, round(0.95 * room.width())),
            min(wanted.height() + 150, round(0.9 * room.height())),
        )


def balanced_columns() -> list[list[str]]:
    """Menus in their order, in columns of about the same height."""
    menus: dict[str, int] = {}
    for entry in TABLE:
        if entry.key:
            menus[entry.menu] = menus.get(entry.menu, 2) + 1
    share = sum(menus.values()) / COLUMNS
    columns: list[list[str]] = [[]]
    filled = 0
    for menu, height in menus.items():
        if columns[-1] and filled + height / 2 > share and len(columns) < COLUMNS:
            columns.append([])
            filled = 0
        columns[-1].append(menu)
        filled += height
    return columns


def _section(menu: str) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(5)
    heading = make_label(menu.replace("&", ""), "heading")
    grid.addWidget(heading, 0, 0, 1, 2)
    for entry in TABLE:
        if entry.menu == menu and entry.key:
            row = grid.rowCount()
            key = make_label(
                QKeySequence(entry.key).toString(QKeySequence.SequenceFormat.NativeText), "key"
            )
            grid.addWidget(QLabel(entry.text.replace("&", "").replace("…", "")), row, 0)
            grid.addWidget(key, row, 1)
    grid.setColumnStretch(0, 1)
    return grid
