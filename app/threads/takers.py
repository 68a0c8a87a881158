"""Who is given the values that a thread makes: functions that come and go while it runs."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Takers(Generic[T]):
    """Gives every value to each of its takers in order, on the thread that the value comes from.

    Methods may be called from any thread. A taker must not block; a mailbox's `put` is one. While
    shut nobody is given anything, but for the newest value once it is open again.
    """

    def __init__(self, *takers: Callable[[T], object]):
        self._takers = takers
        self._lock = threading.RLock()
        self._open = True
        self._kept: tuple[T, ...] = ()  # the newest one, while shut
        self._given = 0

    @property
    def given(self) -> int:
        """Values that were passed on."""
        return self._given

    def add(self, taker: Callable[[T], object]) -> None:
        """From now on `taker` is given every value, after those that were there before it."""
        with self._lock:
            self._takers = (*self._takers, taker)

    def remove(self, taker: Callable[[T], object]) -> None:
        """Once this is done `taker` is given nothing more. One that is not there is no error."""
        with self._lock:
            self._takers = tuple(one for one in self._takers if one != taker)

    def give(self, value: T) -> None:
        """Pass a value on, or keep it while shut."""
        with self._lock:
            if not self._open:
                self._kept = (value,)
                return
            self._given += 1
            for take in self._takers:
                take(value)

    def set_open(self, wanted: bool) -> None:
        """Open or shut it; what was kept is given at once, or forgotten."""
        with self._lock:
            kept, self._kept, self._open = self._kept, (), wanted
            if wanted:
                for value in kept:
                    self.give(value)
