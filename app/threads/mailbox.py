"""Values from one thread to another: newest wins, or wait for room; every drop is counted."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """Holds at most `capacity` values, oldest first.

    `put` never blocks: where there is no room the oldest value is dropped and counted (live).
    `put_wait` waits for room instead and drops nothing.
    `notify`, if given, is called in the putting thread when a value came into an empty mailbox, and
    when the mailbox closes.
    """

    def __init__(self, capacity: int = 1, notify: Callable[[], None] | None = None):
        if capacity < 1:
            raise ValueError("a mailbox holds at least one value")
        self._values: deque[T] = deque()
        self._capacity = capacity
        self._changed = threading.Condition()
        self._notify = notify
        self._dropped = 0
        self._closed = False

    @property
    def dropped(self) -> int:
        """Values that nobody took before a newer one came."""
        return self._dropped

    @property
    def closed(self) -> bool:
        return self._closed

    def __len__(self) -> int:
        return len(self._values)

    def put(self, value: T) -> bool:
        """Leave a value; the oldest makes room. False: not left, it is closed."""
        with self._changed:
            if self._closed:
                return False
            filled = not self._values
            if len(self._values) == self._capacity:
                self._values.popleft()
                self._dropped += 1
            self._add(value)
        self._call(filled)
        return True

    def put_wait(self, value: T, timeout_s: float = 0.2) -> bool:
        """Leave a value once there is room. False: not left, full for `timeout_s` or closed."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closed or len(self._values) < self._capacity, timeout_s
            )
            if self._closed or len(self._values) >= self._capacity:
                return False
            filled = not self._values
            self._add(value)
        self._call(filled)
        return True

    def get(self, timeout_s: float = 0.2) -> T | None:
        """The oldest value, or None after `timeout_s` or when closed and empty."""
        with self._changed:
            self._changed.wait_for(lambda: self._closed or self._values, timeout_s)
            if not self._values:
                return None
            value = self._values.popleft()
            self._changed.notify_all()
            return value

    def clear(self) -> None:
        """Forget what is waiting; that is not counted as dropped."""
        with self._changed:
            self._values.clear()
            self._changed.notify_all()

    def close(self) -> None:
        """No more values: waiting threads wake, what was left can still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        self._call(True)

    def _add(self, value: T) -> None:
        self._values.append(value)
        self._changed.notify_all()

    def _call(self, wanted: bool) -> None:
        if wanted and self._notify is not None:
            self._notify()
