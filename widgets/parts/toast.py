"""Messages that do not interrupt: a small stack in the corner, rate-limited, with a history."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from widgets.parts.attempt import Attempt
from widgets.parts.buttons import PushButton, ToolButton
from widgets.parts.icons import icon

SHOWN = 3  # at once
KEPT = 200  # in the history
QUIET_S = 5.0  # the same text again within this time only counts up
STAY_MS = {"info": 5000, "warning": 8000, "error": 14000}
TINTS = {"info": "ACCENT", "warning": "WARN", "error": "BAD"}
WIDTH = 360
MARK = 20


@dataclass(slots=True, eq=False)
class Message:
    """One line of the history."""

    kind: str  # "info", "warning" or "error"
    title: str
    text: str
    detail: str
    t_s: float
    count: int = 1
    at: datetime = field(default_factory=datetime.now)
    attempt: Attempt | None = None  # what can be tried again

    def to_text(self) -> str:
        """Everything, as it is copied to the clipboard."""
        head = f"{self.at:%Y-%m-%d %H:%M:%S} {self.kind}: {self.title}"
        head += f" (×{self.count})" if self.count > 1 else ""
        return "\n".join(part for part in (head, self.text, self.detail.strip()) if part)


class Toasts(QObject):
    """Shows messages over the bottom right corner of `host`."""

    added = Signal(object)  # Message: a new line of the history
    counted = Signal(object)  # Message: it came again

    def __init__(self, host: QWidget):
        super().__init__(host)
        self._host = host
        self.history: deque[Message] = deque(maxlen=KEPT)
        self.cards: list[Card] = []
        host.installEventFilter(self)

    def show(
        self, kind: str, title: str, text: str = "", detail: str = "",
        attempt: Attempt | None = None,
    ) -> None:  # fmt: skip
        """Show a message; a repetition within `QUIET_S` only counts up.

        One with an attempt stays until that is settled; it counts up as long as it is to be seen,
        and takes the place of another one of its topic.
        """
        now, waiting = time.monotonic(), [card.message for card in self.cards]
        for message in self.history:
            same = (message.kind, message.title, message.text) == (kind, title, text)
            lately = now - message.t_s < QUIET_S
            if same and (lately if attempt is None else message in waiting):
                message.count += 1
                message.t_s, message.attempt = now, attempt
                self._recount(message)
                self.counted.emit(message)
                return
        if attempt is not None:
            self.settle(attempt.topic)
        message = Message(kind, title, text, detail, now, attempt=attempt)
        self.history.append(message)
        self.added.emit(message)
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

    def settle(self, topic: str) -> None:
        """What these messages offer to try again has succeeded, or makes no sense any more."""
        for card in list(self.cards):
            if card.message.attempt is not None and card.message.attempt.topic == topic:
                self.dismiss(card)

    def dismiss_all(self) -> None:
        for card in list(self.cards):
            self.dismiss(card)

    def arrange(self) -> None:
        """The newest at the bottom, above the others none; inside the host."""
        bottom = self._host.height() - 14
        for card in reversed(self.cards):
            width = min(WIDTH, max(self._host.width() - 28, 160))
            card.setFixedSize(width, card.height_at(width))
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
    """One message on the screen; its colours come from the style sheet, by its kind."""

    def __init__(self, message: Message, parent: QWidget):
        super().__init__(parent)
        self.message = message
        self.setObjectName("card")
        self.setProperty("kind", message.kind)
        self.setAccessibleName(f"{message.kind}: {message.title}")
        self.setAccessibleDescription(message.text)
        mark = QLabel()
        mark.setPixmap(icon(message.kind, TINTS[message.kind]).pixmap(MARK, MARK))
        self.title = _text("")
        self.title.setStyleSheet("font-weight: 600;")
        self.text = _text(message.text)
        self.text.setProperty("role", "muted")
        if not message.text:  # shown before it has a parent, it would be a window of its own
            self.text.hide()
        self.copy_button = PushButton(
            "Copy details", tip="Copy the message and the details of where it happened"
        )
        if not message.detail:
            self.copy_button.hide()
        self.copy_button.clicked.connect(self._copy)
        self.retry_button = PushButton("Retry", tip="Try this again")
        self.retry_button.clicked.connect(self._retry)
        if message.attempt is None:
            self.retry_button.hide()
        self.dismiss_button = ToolButton("close", "Dismiss")
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        for button in (self.retry_button, self.copy_button):
            buttons.addWidget(button)
        buttons.addStretch(1)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.title)
        words.addWidget(self.text)
        words.addLayout(buttons)
        self._row = row = QHBoxLayout(self)
        row.setContentsMargins(12, 10, 8, 10)
        row.setSpacing(10)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        row.addWidget(self.dismiss_button, 0, Qt.AlignmentFlag.AlignTop)
        self.timer = QTimer(self, singleShot=True, interval=STAY_MS[message.kind])
        self.show_count()

    def height_at(self, width: int) -> int:
        """As high as it must be where it is so wide: its texts wrap."""
        return self._row.totalHeightForWidth(width)

    def show_count(self) -> None:
        """Title with the number of repetitions; the time starts anew."""
        count = self.message.count
        self.title.setText(self.message.title + (f"  (×{count})" if count > 1 else ""))
        self.retry_button.setText("Retry")
        self.retry_button.setEnabled(True)
        self._wait()

    def enterEvent(self, event) -> None:
        self.timer.stop()  # somebody reads it

    def leaveEvent(self, event) -> None:
        self._wait()

    def _wait(self) -> None:
        """Until nobody needs it; what can be tried again stays."""
        if self.message.attempt is None:
            self.timer.start()

    def _retry(self) -> None:
        if self.message.attempt is not None:
            self.retry_button.setText("Retrying…")
            self.retry_button.setEnabled(False)
            self.message.attempt.run()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.message.to_text())
        self.copy_button.setText("Copied")


def _text(words: str) -> QLabel:
    label = QLabel(words)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    return label
