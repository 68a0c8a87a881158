"""A scroll area for a panel that is as wide as it must be, but may be lower than it would like."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QScrollArea, QWidget

LOWEST = 240  # px


class LowScroll(QScrollArea):
    """As wide as its content needs, but lower where the window is: then it scrolls."""

    def __init__(self, content: QWidget):
        super().__init__(widgetResizable=True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._content = content
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        bar = self.verticalScrollBar().sizeHint().width()
        return QSize(self._content.minimumSizeHint().width() + bar, LOWEST)

    def sizeHint(self) -> QSize:
        return self._content.sizeHint()
