"""A thread for one long task at a time, with progress and cancel."""

from __future__ import annotations

import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from app.errors import AppError
from app.frames import Failure
from app.threads.mailbox import Mailbox
from app.threads.own_thread import OwnThread

REPORT_S = 0.15  # between two reports of a running task


class TaskState(Enum):
    RUNNING = "running"
    DONE = "done"
    CANCELLED = "cancelled"  # what was done so far may be the result
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Report:
    """Where a task stands. The last one of a task is not RUNNING."""

    task: str
    state: TaskState
    done: int = 0
    total: int | None = None  # None: not known
    elapsed_s: float = 0.0
    result: Any = None  # of a running task: what there is so far, or None
    failure: Failure | None = None

    @property
    def left_s(self) -> float | None:
        """Time that the rest will take at the present rate."""
        if not self.total or not self.done:
            return None
        return self.elapsed_s / self.done * max(self.total - self.done, 0)


class Progress:
    """What a task is given: it looks at `stop` and tells how far it is."""

    def __init__(self, task: str, reports: Mailbox[Report]):
        self.task, self.stop = task, threading.Event()
        self._reports = reports
        self._began_s = self._told_s = time.monotonic()
        self._done = 0
        self._total: int | None = None

    @property
    def cancelled(self) -> bool:
        return self.stop.is_set()

    def tell(self, done: int, total: int | None, so_far: Callable[[], Any] | None = None) -> None:
        """Called as often as one likes; a report goes out now and then, with `so_far()` in it."""
        self._done, self._total = done, total
        if time.monotonic() - self._told_s >= REPORT_S:
            self.report(TaskState.RUNNING, so_far() if so_far is not None else None)
            self._told_s = time.monotonic()

    def report(self, state: TaskState, result: Any = None, failure: Failure | None = None) -> None:
        elapsed_s = time.monotonic() - self._began_s
        self._reports.put(
            Report(self.task, state, self._done, self._total, elapsed_s, result, failure)
        )


class Worker:
    """Runs tasks one at a time. reports: newest wins, so the last report of a task is never lost.

    Methods are called from one thread and return at once, but for `close`.
    """

    def __init__(self, reports: Mailbox[Report]):
        self._reports = reports
        self._thread = OwnThread("analysis")
        self._progress: Progress | None = None
        self._ended = True

    @property
    def busy(self) -> bool:
        return not self._ended

    def start(self, task: str, work: Callable[[Progress], Any]) -> bool:
        """Run `work`; its value is the result of the last report. False: something else runs."""
        if self.busy:
            return False
        self._ended = False
        progress = self._progress = Progress(task, self._reports)
        self._thread = OwnThread("analysis")  # another one: the last may still be leaving
        self._thread.start(lambda: self._run(work, progress))
        return True

    def cancel(self) -> None:
        """Ask the task to end; its last report then says CANCELLED."""
        if self._progress is not None:
            self._progress.stop.set()

    def close(self, timeout_s: float = 2.0) -> bool:
        """Cancel and wait for the thread. True: it has ended."""
        self.cancel()
        return self._thread.stop(timeout_s)

    def _run(self, work: Callable[[Progress], Any], progress: Progress) -> None:
        try:
            result = work(progress)
            state = TaskState.CANCELLED if progress.cancelled else TaskState.DONE
            last: tuple[TaskState, Any, Failure | None] = (state, result, None)
        except AppError as error:
            last = _failed(progress.task, str(error))
        except Exception as error:  # the one place where this worker catches: a fault becomes data
            last = _failed(progress.task, f"{type(error).__name__}: {error}")
        self._ended = True
        progress.report(*last)


def _failed(task: str, message: str) -> tuple[TaskState, None, Failure]:
    return TaskState.FAILED, None, Failure(task, message, traceback.format_exc())
