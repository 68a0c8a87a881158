"""What a panel says while it has nothing to show: how to fill it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QLabel, QWidget


class EmptyState(QLabel):
    """Lies over `host`, as large as it; the pointer goes through. Shown by `show_if`."""

    def __init__(self, text: str, host: QWidget):
        super().__init__(text, host)
        self._host = host
        self.setProperty("role", "empty")
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setContentsMargins(12, 6, 12, 6)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setGeometry(host.rect())
        host.installEventFilter(self)

    def show_if(self, empty: bool) -> None:
        """Whether there is nothing to show."""
        if empty == self.isHidden():
            self.setVisible(empty)
            self.raise_()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._host.rect())
            self.raise_()
        return False
