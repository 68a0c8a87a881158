"""Five steps round the window for somebody who sees it for the first time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from widgets.parts import theme
from widgets.parts.buttons import PushButton, ToolButton, make_label, wants_shortcut

WIDTH_PX = 340
GAP_PX = 12  # between the card and what it speaks of
RIM_PX = 2
FORWARD = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


@dataclass(frozen=True, slots=True)
class Step:
    """place: what is spoken of; it is brought to the front first."""

    title: str
    text: str
    place: Callable[[], QWidget]


class Tour(QFrame):
    """A card beside each place in turn. Nothing is blocked: the window can be used meanwhile."""

    ended = Signal()  # at its end, or dismissed

    def __init__(self, window: QWidget, steps: Sequence[Step]):
        super().__init__(window)
        self._window, self.steps, self.index = window, steps, 0
        self._place: QWidget = window
        self._before: QWidget | None = None  # had the keys before
        self.setObjectName("tour")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.rim = Rim(window)
        self.count, self.title, self.text = make_label("", "muted"), QLabel(), QLabel()
        self.title.setStyleSheet("font-weight: 600; font-size: 15px;")
        self.text.setWordWrap(True)
        self.close_button = ToolButton("close", "Close the tour (Esc); Help shows it again")
        self.back_button = PushButton("Back", tip="The step before")
        self.next_button = PushButton("Next", tip="The next step (Enter)")
        self.close_button.clicked.connect(self.end)
        self.back_button.clicked.connect(lambda: self.show_step(self.index - 1))
        self.next_button.clicked.connect(self.go_on)
        self._lay_out()
        self.hide()
        window.installEventFilter(self)

    def start(self) -> None:
        """From the first step."""
        if self.isHidden():
            self._before = self._window.focusWidget()
        self.show()
        self.show_step(0)
        self.setFocus()

    def go_on(self) -> None:
        """The next step; after the last one the tour has ended."""
        if self.index + 1 < len(self.steps):
            self.show_step(self.index + 1)
        else:
            self.end()

    def end(self) -> None:
        if not self.isHidden():
            self.hide()
            self.rim.hide()
            (self._before or self._window).setFocus()
            self.ended.emit()

    def show_step(self, index: int) -> None:
        """Step `index`, from 0; the first or the last where there is none of this number."""
        self.index = min(max(index, 0), len(self.steps) - 1)
        step, last = self.steps[self.index], self.index + 1 == len(self.steps)
        self.count.setText(f"{self.index + 1} of {len(self.steps)}")
        self.title.setText(step.title)
        self.text.setText(step.text)
        self.setAccessibleName(f"Tour, step {self.count.text()}: {step.title}")
        self.setAccessibleDescription(step.text)
        self.back_button.setEnabled(self.index > 0)
        self.next_button.setText("Done" if last else "Next")
        self._place = step.place()
        self._arrange()
        QTimer.singleShot(0, self, self._arrange)  # a dock that was behind has no size before

    def event(self, event: QEvent) -> bool:
        if wants_shortcut(event) and event.key() in (*FORWARD, Qt.Key.Key_Escape):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.end()
        elif event.key() in FORWARD:
            self.go_on()
        else:
            super().keyPressEvent(event)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.LayoutRequest):
            self._arrange()
        return False

    def _lay_out(self) -> None:
        top, buttons = QHBoxLayout(), QHBoxLayout()
        self._column = column = QVBoxLayout(self)
        top.addWidget(self.count, 1)
        top.addWidget(self.close_button)
        buttons.addStretch(1)
        buttons.addWidget(self.back_button)
        buttons.addWidget(self.next_button)
        column.setContentsMargins(14, 8, 10, 12)
        column.setSpacing(6)
        column.addLayout(top)
        column.addWidget(self.title)
        column.addWidget(self.text)
        column.addLayout(buttons)

    def _arrange(self) -> None:
        if self.isHidden():
            return
        corner = self._place.mapTo(self._window, QPoint(0, 0))
        place = QRect(corner, self._place.size()).intersected(self._window.rect())
        self.rim.setGeometry(place)
        self.rim.show()
        self.rim.raise_()
        height = self._column.totalHeightForWidth(WIDTH_PX)
        self.setGeometry(beside(place, QRect(0, 0, WIDTH_PX, height), self._window.rect()))
        self.raise_()


class Rim(QWidget):
    """A frame round what is spoken of; the pointer goes through it."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, _: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setPen(QPen(QColor(theme.ACCENT), RIM_PX))
        painter.drawRect(self.rect().adjusted(1, 1, -1, -1))


def beside(place: QRect, card: QRect, window: QRect) -> QRect:
    """The card right, left, below or above the place, else in its middle; always in the window."""
    middle = place.center() - card.center()
    options = (
        QPoint(place.right() + GAP_PX, middle.y()),
        QPoint(place.left() - GAP_PX - card.width(), middle.y()),
        QPoint(middle.x(), place.bottom() + GAP_PX),
        QPoint(middle.x(), place.top() - GAP_PX - card.height()),
    )
    inside = window.adjusted(GAP_PX, GAP_PX, -GAP_PX, -GAP_PX)
    for option in (*options, middle):
        moved = QRect(option, card.size())
        moved.moveRight(min(moved.right(), inside.right()))
        moved.moveBottom(min(moved.bottom(), inside.bottom()))
        moved.moveLeft(max(moved.left(), inside.left()))
        moved.moveTop(max(moved.top(), inside.top()))
        if not moved.intersects(place) or option == middle:
            return moved
    return card
