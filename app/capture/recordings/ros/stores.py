"""The containers of ROS recordings behind one face: messages by topic and number."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from app.capture.base import Damaged
from app.capture.recordings.bag_container import BagFile, Entry
from app.capture.recordings.db3_container import Db3File, Rows
from app.errors import CaptureError


class MessageStore(Protocol):
    """An open recording. `damage` says in words what is wrong with it, or is empty."""

    damage: str

    @property
    def topics(self) -> dict[str, str]:
        """Message type by topic, for instance "sensor_msgs/Image"."""

    def times_ns(self, topic: str) -> Sequence[int]:
        """When each message of a topic was recorded, in the order of the file."""

    def message(self, topic: str, index: int) -> memoryview:
        """The bytes of one message; raises Damaged."""

    def is_cdr(self, topic: str) -> bool:
        """Are its messages written as ROS 2 writes them?"""

    def expected(self, topic: str) -> int | None:
        """How many messages the topic should have; None: the file lost the number."""

    def close(self) -> None:
        """Let go of the file."""


OpenStore = Callable[[Path], MessageStore]


def plain_type(kind: str) -> str:
    """sensor_msgs/msg/Image -> sensor_msgs/Image."""
    return kind.replace("/msg/", "/")


class BagStore:
    """A `.bag` of ROS 1."""

    def __init__(self, path: Path):
        self._bag = BagFile(path)
        self.damage = self._bag.damage
        self._found: dict[str, list[Entry]] = {}

    @property
    def topics(self) -> dict[str, str]:
        return self._bag.topics

    def times_ns(self, topic: str) -> Sequence[int]:
        return [entry.time_ns for entry in self._entries(topic)]

    def message(self, topic: str, index: int) -> memoryview:
        return self._bag.message(self._entries(topic)[index])

    def is_cdr(self, topic: str) -> bool:
        return False

    def expected(self, topic: str) -> int | None:
        return self._bag.expected(topic, len(self._entries(topic)))

    def close(self) -> None:
        self._bag.close()

    def _entries(self, topic: str) -> list[Entry]:
        if topic not in self._found:
            found = self._bag.entries(topic)
            self._found[topic] = sorted(found, key=lambda e: (e.chunk, e.offset))
        return self._found[topic]


class Db3Store:
    """A `.db3` of ROS 2."""

    def __init__(self, path: Path):
        self._file = Db3File(path)
        self.damage = self._file.damage

    @property
    def topics(self) -> dict[str, str]:
        return {name: plain_type(kind) for name, kind in self._file.topics.items()}

    def times_ns(self, topic: str) -> Sequence[int]:
        return self._rows(topic).times_ns

    def message(self, topic: str, index: int) -> memoryview:
        return self._file.message(self._rows(topic).ids[index])

    def is_cdr(self, topic: str) -> bool:
        return True

    def expected(self, topic: str) -> int | None:
        return None if self.damage else len(self._rows(topic))

    def close(self) -> None:
        self._file.close()

    def _rows(self, topic: str) -> Rows:
        return self._file.rows(topic)


class SplitStore:
    """Several files that were recorded one after the other, as ROS 2 splits them."""

    def __init__(self, paths: Sequence[Path], open_one: OpenStore):
        """Raises CaptureError or Damaged where none of them can be read."""
        self._parts: list[MessageStore] = []
        self.damage = ""
        for path in paths:
            try:
                self._parts.append(open_one(path))
            except (CaptureError, Damaged, OSError) as error:
                self.damage = self.damage or f"{path.name} cannot be read: {error}"
        if not self._parts:
            raise Damaged(self.damage)
        self.damage = next((p.damage for p in self._parts if p.damage), self.damage)

    @property
    def topics(self) -> dict[str, str]:
        return {name: kind for part in self._parts for name, kind in part.topics.items()}

    def times_ns(self, topic: str) -> Sequence[int]:
        return [time for part in self._parts for time in part.times_ns(topic)]

    def message(self, topic: str, index: int) -> memoryview:
        for part in self._parts:
            count = len(part.times_ns(topic))
            if index < count:
                return part.message(topic, index)
            index -= count
        raise Damaged("there is no such message")

    def is_cdr(self, topic: str) -> bool:
        return any(part.is_cdr(topic) for part in self._parts if topic in part.topics)

    def expected(self, topic: str) -> int | None:
        counts = [part.expected(topic) for part in self._parts]
        if self.damage or None in counts:
            return None
        return int(np.sum([count or 0 for count in counts]))

    def close(self) -> None:
        for part in self._parts:
            part.close()
