"""Pointing at a pixel with the keyboard: a cross that the arrow keys move."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeyEvent

STEP, LEAP = 2, 20  # image pixels of an arrow key, without and with Shift
_ARROWS: dict[int, tuple[int, int]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
_TAKE = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Answer(Enum):
    """What a key meant."""

    NOTHING = "nothing"
    MOVED = "moved"
    TAKEN = "taken"
    LEFT = "left"


class Aim:
    """`pixel` (column, row) is None while nobody aims."""

    def __init__(self) -> None:
        self.pixel: tuple[int, int] | None = None

    @property
    def active(self) -> bool:
        return self.pixel is not None

    def start(self, column: int, row: int) -> None:
        self.pixel = (column, row)

    def stop(self) -> None:
        self.pixel = None

    def wants(self, key: int) -> bool:
        """Is this key ours now, whatever it does elsewhere in the window?"""
        return self.active and (key in _ARROWS or key in _TAKE or key == Qt.Key.Key_Escape)

    def press(self, event: QKeyEvent, width: int, height: int) -> Answer:
        """Act on a key over an image of this size."""
        key = event.key()
        if self.pixel is None or not self.wants(key):
            return Answer.NOTHING
        if key in _TAKE:
            return Answer.TAKEN
        if key == Qt.Key.Key_Escape:
            self.stop()
            return Answer.LEFT
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        (dx, dy), step = _ARROWS[key], LEAP if far else STEP
        x, y = self.pixel
        self.pixel = (
            min(max(x + dx * step, 0), width - 1),
            min(max(y + dy * step, 0), height - 1),
        )
        return Answer.MOVED
