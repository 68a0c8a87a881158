"""The two ways in which ROS writes a message, read by hand and believed in nothing."""

from __future__ import annotations

import struct
from typing import Protocol

from app.capture.base import Damaged
from app.capture.recordings.db3_messages import Cdr

MAX_TEXT = 1 << 16


class MessageReader(Protocol):
    """Reads one message from its start to its end; raises Damaged where it is too short."""

    def numbers(self, kinds: str) -> tuple:
        """Numbers of one size, `struct`'s letters."""

    def text(self) -> str:
        """A text."""

    def data(self, most: int = 1 << 30) -> memoryview:
        """A sequence of bytes, not copied."""

    def stamp(self) -> tuple[float, str]:
        """`std_msgs/Header`: (seconds, name of the frame)."""


class Ros1:
    """A message of ROS 1: little-endian, without gaps."""

    def __init__(self, raw: memoryview):
        self._raw, self._at = raw, 0

    def numbers(self, kinds: str) -> tuple:
        try:
            values = struct.unpack_from("<" + kinds, self._raw, self._at)
        except struct.error:
            raise Damaged("a message ends too soon") from None
        self._at += struct.calcsize("<" + kinds)
        return values

    def text(self) -> str:
        return bytes(self.data(MAX_TEXT)).decode("utf-8", "replace")

    def data(self, most: int = 1 << 30) -> memoryview:
        (length,) = self.numbers("I")
        if length > min(most, len(self._raw) - self._at):
            raise Damaged(f"a field of {length} bytes")
        self._at += length
        return self._raw[self._at - length : self._at]

    def stamp(self) -> tuple[float, str]:
        _, seconds, nanoseconds = self.numbers("III")
        return seconds + nanoseconds * 1e-9, self.text()


class Ros2(Cdr):
    """A message of ROS 2."""

    def stamp(self) -> tuple[float, str]:
        seconds, nanoseconds = self.numbers("iI")
        return seconds + nanoseconds * 1e-9, self.text()


def read_message(raw: memoryview, is_cdr: bool) -> MessageReader:
    """A reader at the start of a message. Raises Damaged."""
    return Ros2(raw) if is_cdr else Ros1(raw)
