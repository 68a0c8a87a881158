"""Where a recording stands, as a frame and as a time; a number that is typed there is gone to."""

from __future__ import annotations

import math
import re

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QValidator
from PySide6.QtWidgets import QSpinBox

from app.capture.base import StreamInfo

MOST = 2**31 - 1  # of a spin box
_CLOCK = re.compile(r"\s*(?:(\d+):)?(\d+(?:[.,]\d*)?)\s*(ms|s)?\s*", re.IGNORECASE)


class NumberBox(QSpinBox):
    """Shows a number that changes by itself; one that is typed or stepped to is `chosen`."""

    chosen = Signal(int)

    def __init__(self, name: str, prefix: str = ""):
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(f"{name}: type a number to go there (G)")
        self.setPrefix(prefix)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.valueChanged.connect(self.chosen)

    def show_bounds(self, last: int, suffix: str = "") -> None:
        """What may be chosen, from 0 on."""
        with QSignalBlocker(self):
            self.setSuffix(suffix)
            self.setRange(0, last)
            self.setValue(0)
        widest = min(last, 99_999) if last == MOST else last
        text = f"{self.prefix()}{self.textFromValue(widest)}{suffix}  "
        self.setFixedWidth(self.fontMetrics().horizontalAdvance(text) + 18)

    def show_number(self, number: int) -> None:
        """Where things stand; what somebody is typing is left alone."""
        if not self.hasFocus():
            with QSignalBlocker(self):
                self.setValue(min(number, self.maximum()))

    def keyPressEvent(self, event) -> None:
        if event.key() == Qt.Key.Key_Escape:
            shown = self.textFromValue(self.value())
            self.lineEdit().setText(f"{self.prefix()}{shown}{self.suffix()}")
        super().keyPressEvent(event)
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.clearFocus()  # Space plays again
            event.accept()

    def wheelEvent(self, event) -> None:
        event.ignore()


class ClockBox(NumberBox):
    """Milliseconds, shown as 1:23.4; typed so, in seconds, or in ms with that unit behind."""

    def __init__(self) -> None:
        super().__init__("Time from the start, minutes:seconds")
        self.setSingleStep(100)

    def textFromValue(self, value: int) -> str:
        return clock(value)

    def valueFromText(self, text: str) -> int:
        if text.strip() == clock(self.value()):
            return self.value()  # what is shown is rounded: nothing was typed
        ms = parse_clock(text)
        return self.value() if ms is None else min(max(ms, self.minimum()), self.maximum())

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        if parse_clock(text) is not None:
            return QValidator.State.Acceptable, text, place
        partial = re.fullmatch(r"[\d:.,\sms]*", text, re.IGNORECASE)
        state = QValidator.State.Intermediate if partial else QValidator.State.Invalid
        return state, text, place

    def fixup(self, text: str) -> str:
        return clock(self.value())


def clock(ms: int) -> str:
    """Minutes, seconds and tenths: 83400 -> "1:23.4"."""
    tenths = round(ms / 100)
    return f"{tenths // 600}:{tenths % 600 / 10:04.1f}"


def parse_clock(text: str) -> int | None:
    """Milliseconds of "1:23.4", "83.4", "83.4 s" or "83400 ms"; None: it is no time."""
    match = _CLOCK.fullmatch(text)
    if match is None:
        return None
    minutes, number, unit = match.groups()
    value = float(number.replace(",", "."))
    if (unit or "").lower() == "ms":
        return None if minutes else round(min(value, MOST))
    return round(min((int(minutes or 0) * 60 + value) * 1000, MOST))


def last_ms(info: StreamInfo | None) -> int:
    """Time of a source's last frame; `MOST` where it has none."""
    if info is None or info.n_frames is None:
        return MOST
    seconds = (info.n_frames - 1) / info.fps if info.duration_s is None else info.duration_s
    return max(whole_ms(seconds), 1)


def whole_ms(seconds: float) -> int:
    """What a spin box can hold; time stamps may be anything."""
    return round(min(max(seconds * 1000, 0), MOST)) if math.isfinite(seconds) else 0
