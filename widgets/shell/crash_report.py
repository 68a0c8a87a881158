"""What nobody caught: written to a file, shown as a message, and the program goes on.

Exceptions come through `sys.excepthook` (the GUI thread, Qt's slots included) and
`threading.excepthook`. Where the interpreter itself dies, `faulthandler` leaves the stacks in
`fault.log`, which the next start finds.
"""

from __future__ import annotations

import faulthandler
import sys
import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import IO

from PySide6.QtCore import QObject, Qt, Signal

from app.errors import OutputError
from app.outputs import write_atomically
from widgets.shell.about import versions

KEPT = 20  # reports on the disk
MOST = 50  # different ones in one run; a storm writes no more
FAULT = "fault.log"
EARLIER = "fault-earlier.log"


@dataclass(frozen=True, slots=True)
class Report:
    """One exception that nobody caught. path: None where the file could not be written."""

    title: str
    text: str
    path: Path | None
    again: bool = False  # the same one was reported before in this run


class CrashReports(QObject):
    """Watches from `install` until `remove`; the hooks that were there are called as well."""

    crashed = Signal(object)  # Report; in the GUI thread, whichever thread failed
    _waiting = Signal()  # carries nothing: a thread that is about to end leaves no object behind

    def __init__(self, folder: Path, describe: Callable[[], str] = lambda: ""):
        """describe: what the program was doing, for the report; called in the failing thread."""
        super().__init__()
        self.folder = folder
        self._describe = describe
        self._seen: dict[str, Report] = {}
        self._lock = threading.Lock()
        self._untold: deque[Report] = deque()
        self._waiting.connect(self._tell, Qt.ConnectionType.QueuedConnection)
        self._before: tuple[Callable, Callable] | None = None
        self._fault: IO[str] | None = None

    def install(self) -> None:
        """Take over the hooks."""
        self._before = (sys.excepthook, threading.excepthook)
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread_exception

    def remove(self) -> None:
        """Give the hooks back."""
        if self._before is not None:
            sys.excepthook, threading.excepthook = self._before
            self._before = None
        if self._fault is not None:
            faulthandler.disable()
            self._fault.close()
            self._fault = None

    def watch_faults(self) -> str:
        """Have the interpreter's own crashes written down. Returns what the last run left."""
        path = self.folder / FAULT
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            left = path.read_text(errors="replace") if path.exists() else ""
            if left.strip():
                path.replace(self.folder / EARLIER)
            self._fault = path.open("w", encoding="utf-8")
        except OSError:
            return ""  # a folder that cannot be written must not keep the window from opening
        faulthandler.enable(self._fault)
        return left.strip()

    def report(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None,
        where: str,
    ) -> Report:  # fmt: skip
        """Write the file and tell the window."""
        detail = "".join(traceback.format_exception(kind, error, trace))
        with self._lock:
            known = self._seen.get(detail)
            if known is None:
                known = self._write(f"{kind.__name__}: {error}", detail, where)
                if len(self._seen) < MOST:
                    self._seen[detail] = known
            else:
                known = Report(known.title, known.text, known.path, again=True)
        if threading.current_thread() is threading.main_thread():
            self.crashed.emit(known)
        else:
            self._untold.append(known)
            self._waiting.emit()
        return known

    def _tell(self) -> None:
        while self._untold:
            self.crashed.emit(self._untold.popleft())

    def _write(self, title: str, detail: str, where: str) -> Report:
        now = datetime.now()
        parts = (f"{now:%Y-%m-%d %H:%M:%S}, in {where}", self._describe(), detail, versions())
        text = "\n\n".join(part.strip() for part in parts if part) + "\n"
        if len(self._seen) >= MOST:
            return Report(title, text, None)
        path = self.folder / f"report-{now:%Y%m%d-%H%M%S}-{len(self._seen):02d}.txt"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            write_atomically(path, text)
            for old in sorted(self.folder.glob("report-*.txt"))[:-KEPT]:
                old.unlink(missing_ok=True)
        except (OutputError, OSError):
            return Report(title, text, None)
        return Report(title, text, path)

    def _on_exception(
        self, kind: type[BaseException], error: BaseException, trace: TracebackType | None
    ) -> None:
        if not issubclass(kind, KeyboardInterrupt):
            self.report(kind, error, trace, "the window")
        if self._before is not None:
            self._before[0](kind, error, trace)

    def _on_thread_exception(self, args: threading.ExceptHookArgs) -> None:
        name = args.thread.name if args.thread is not None else "a thread"
        if args.exc_type is not SystemExit:
            error = args.exc_type() if args.exc_value is None else args.exc_value
            self.report(args.exc_type, error, args.exc_traceback, f"thread {name}")
        if self._before is not None:
            self._before[1](args)
