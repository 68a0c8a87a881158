"""The log dock: every message there was, with its details."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from widgets.parts.buttons import PushButton
from widgets.parts.empty_state import EmptyState
from widgets.parts.icons import icon
from widgets.parts.toast import KEPT, TINTS, Message

EMPTY = "No messages yet. Whatever the program tells you is kept here, with its details."
ROLE = Qt.ItemDataRole.UserRole


class LogView(QWidget):
    """Newest last. Fed with the messages that the toasts show."""

    save_wanted = Signal(str)  # the whole log as text

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.list = QListWidget()
        self.list.setAccessibleName("Messages")
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentItemChanged.connect(lambda *_: self._show_details())
        self.empty = EmptyState(EMPTY, self.list.viewport())
        self.details = QPlainTextEdit(readOnly=True)
        self.details.setAccessibleName("Details of the selected message")
        self.details.setPlaceholderText("Select a message to read its details.")
        self.copy_button = PushButton("Copy details", "copy", "Copy the selected message")
        self.save_button = PushButton("Save…", tip="Write every message to a text file")
        self.clear_button = PushButton("Clear", tip="Delete all messages")
        self.copy_button.clicked.connect(self._copy)
        self.save_button.clicked.connect(lambda: self.save_wanted.emit(self.to_text()))
        self.clear_button.clicked.connect(self.clear)
        self._parts = QSplitter(Qt.Orientation.Horizontal)
        self._parts.addWidget(self.list)
        self._parts.addWidget(self.details)
        self._parts.setChildrenCollapsible(False)
        buttons = QHBoxLayout()
        for button in (self.copy_button, self.save_button, self.clear_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 8)
        column.addWidget(self._parts, 1)
        column.addLayout(buttons)
        self.setMinimumHeight(120)
        self._show_details()

    def add(self, message: Message) -> None:
        """A new line; the oldest goes where there are too many."""
        item = QListWidgetItem(icon(message.kind, TINTS[message.kind]), _line(message))
        item.setData(ROLE, message)
        item.setToolTip(message.text)
        self.list.addItem(item)
        while self.list.count() > KEPT:
            self.list.takeItem(0)
        self.list.scrollToBottom()
        self._show_details()

    def recount(self, message: Message) -> None:
        """A message came again."""
        for row in reversed(range(self.list.count())):
            if self.list.item(row).data(ROLE) is message:
                self.list.item(row).setText(_line(message))
                return

    def clear(self) -> None:
        self.list.clear()
        self._show_details()

    def to_text(self) -> str:
        """Every message with its details, oldest first."""
        items = (self.list.item(row) for row in range(self.list.count()))
        return "\n\n".join(item.data(ROLE).to_text() for item in items) + "\n"

    def resizeEvent(self, event) -> None:
        wide = self.width() > 1.5 * self.height()
        self._parts.setOrientation(Qt.Orientation.Horizontal if wide else Qt.Orientation.Vertical)
        super().resizeEvent(event)

    def _chosen(self) -> Message | None:
        item = self.list.currentItem()
        return None if item is None else item.data(ROLE)

    def _show_details(self) -> None:
        message, any_there = self._chosen(), self.list.count() > 0
        self.details.setPlainText("" if message is None else message.to_text())
        self.empty.show_if(not any_there)
        self.copy_button.setEnabled(message is not None)
        self.save_button.setEnabled(any_there)
        self.clear_button.setEnabled(any_there)

    def _copy(self) -> None:
        message = self._chosen()
        if message is not None:
            QGuiApplication.clipboard().setText(message.to_text())


def _line(message: Message) -> str:
    again = f"  (×{message.count})" if message.count > 1 else ""
    text = f"  –  {message.text}" if message.text else ""
    return f"{message.at:%H:%M:%S}  {message.title}{again}{text}"
