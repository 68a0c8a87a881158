"""Messages that do not interrupt: a small stack in the corner, rate-limited, with a history."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from widgets import theme
from widgets.controls import ToolButton
from widgets.icons import svg_pixmap

SHOWN = 3  # at once
QUIET_S = 5.0  # the same text again within this time only counts up
STAY_MS = {"info": 5000, "warning": 8000, "error": 14000}
WIDTH = 360
_COLOURS = {"info": theme.ACCENT, "warning": theme.WARN, "error": theme.BAD}


@dataclass(slots=True)
class Message:
    """One line of the history."""

    kind: str  # "info", "warning" or "error"
    title: str
    text: str
    detail: str
    t_s: float
    count: int = 1


class Toasts(QObject):
    """Shows messages over the bottom right corner of `host`."""

    def __init__(self, host: QWidget):
        super().__init__(host)
        self._host = host
        self.history: deque[Message] = deque(maxlen=200)
        self.cards: list[Card] = []
        host.installEventFilter(self)

    def show(self, kind: str, title: str, text: str = "", detail: str = "") -> None:
        """Show a message; a repetition within `QUIET_S` only counts up."""
        now = time.monotonic()
        for message in self.history:
            same = (message.kind, message.title, message.text) == (kind, title, text)
            if same and now - message.t_s < QUIET_S:
                message.count += 1
                message.t_s = now
                self._recount(message)
                return
        message = Message(kind, title, text, detail, now)
        self.history.append(message)
        while len(self.cards) >= SHOWN:
            self.dismiss(self.cards[0])
        card = Card(message, self._host)
        card.dismiss_button.clicked.connect(lambda: self.dismiss(card))
        card.timer.timeout.connect(lambda: self.dismiss(card))
        self.cards.append(card)
        card.show()
        self.arrange()

    def dismiss(self, card: Card) -> None:
        if card in self.cards:
            self.cards.remove(card)
            card.timer.stop()
            card.hide()
            card.deleteLater()
            self.arrange()

    def arrange(self) -> None:
        """The newest at the bottom, above the others none; inside the host."""
        bottom = self._host.height() - 14
        for card in reversed(self.cards):
            card.setFixedWidth(min(WIDTH, max(self._host.width() - 28, 160)))
            card.adjustSize()
            bottom -= card.height()
            card.move(self._host.width() - card.width() - 14, bottom)
            card.raise_()
            bottom -= 8

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.arrange()
        return False

    def _recount(self, message: Message) -> None:
        for card in self.cards:
            if card.message is message:
                card.show_count()
                self.arrange()


class Card(QFrame):
    """One message on the screen."""

    def __init__(self, message: Message, parent: QWidget):
        super().__init__(parent)
        self.message = message
        colour = _COLOURS[message.kind]
        self.setObjectName("card")
        self.setStyleSheet(
            f"#card {{ background: {theme.RAISED}; border: 1px solid {theme.LINE};"
            f" border-left: 3px solid {colour}; border-radius: 6px; }}"
        )
        self.setToolTip(message.detail[-2000:] if message.kind == "error" else "")
        mark = QLabel()
        mark.setPixmap(svg_pixmap(message.kind, colour, 20))
        self.title = QLabel()
        self.title.setStyleSheet("font-weight: 600;")
        self.title.setTextFormat(Qt.TextFormat.PlainText)
        self.title.setWordWrap(True)
        self.text = QLabel(message.text)
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setProperty("role", "muted")
        self.text.setWordWrap(True)
        self.text.setVisible(bool(message.text))
        self.dismiss_button = ToolButton("close", "Dismiss")
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.text)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 8, 10)
        row.setSpacing(10)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.dismiss_button, 0, Qt.AlignmentFlag.AlignTop)
        self.timer = QTimer(self, singleShot=True, interval=STAY_MS[message.kind])
        self.show_count()

    def show_count(self) -> None:
        """Title with the number of repetitions; the time starts anew."""
        count = self.message.count
        self.title.setText(self.message.title + (f"  (×{count})" if count > 1 else ""))
        self.timer.start()
