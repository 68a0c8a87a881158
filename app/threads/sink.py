"""A thread that takes what others leave for it, until it is closed and nothing is left."""

from __future__ import annotations

import threading
import traceback
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Generic, TypeVar

from app.errors import AppError, OutputError
from app.frames import Failure
from app.threads.mailbox import Mailbox
from app.threads.own_thread import OwnThread

Item = TypeVar("Item")
ROOM_S = 0.1
OPEN_S = 10.0  # a disk that wakes up, a name server


class Sink(ABC, Generic[Item]):
    """Works once.

    Methods may be called from any thread and return at once, but for `wait_open`, `_put_all` and
    `stop`. on_failure: called on the sink's thread when it has ended by itself.
    """

    name: str  # of the thread, and of the stage in a Failure
    work: str  # what fails, in a message
    slow: str  # said where it does not open in time
    join_s = 2.0

    def __init__(self, box: Mailbox[Item], on_failure: Callable[[Failure], object] | None):
        self._box, self._on_failure = box, on_failure
        self._opened = threading.Event()  # or failed to
        self._thread = OwnThread(self.name)
        self.error: AppError | None = None  # why it ended by itself

    @abstractmethod
    def _work(self) -> None:
        """The thread: open, set `_opened`, empty the box until it is closed, close."""

    @property
    def alive(self) -> bool:
        return self._thread.alive

    def start(self) -> None:
        """Open, on a thread of its own. Once only."""
        self._thread.start(self._run)

    def wait_open(self) -> None:
        """Wait until it is open. Raises OutputError where that fails."""
        if not self._opened.wait(OPEN_S):
            raise OutputError(self.slow)
        if self.error is not None:
            raise self.error

    def close(self) -> None:
        """Do what is left and end, without being waited for."""
        self._box.close()

    def stop(self, timeout_s: float | None = None) -> bool:
        """Do what is left, close, and wait for the thread. True: it has ended."""
        self.close()
        return self._thread.stop(self.join_s if timeout_s is None else timeout_s)

    def _put_all(self, item: Item) -> bool:
        """Leave an item without a drop: waits for room while the thread is alive.

        False: not left, the thread has ended.
        """
        while self.alive and not self._box.closed:
            if self._box.put_wait(item, ROOM_S):
                return True
        return False

    def _run(self) -> None:
        try:
            self._work()
        except AppError as error:
            self._fail(error)
        except Exception as error:  # the one place where a sink catches: a fault becomes data
            self._fail(OutputError(f"{self.work} failed: {type(error).__name__}: {error}"))
        finally:
            self._box.close()
            self._opened.set()

    def _fail(self, error: AppError) -> None:
        self.error = error
        if self._on_failure is not None:
            self._on_failure(Failure(self.name, str(error), traceback.format_exc()))
