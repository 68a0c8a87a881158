"""The life of a thread that somebody owns: started, told to end, waited for, started again."""

from __future__ import annotations

import threading
from collections.abc import Callable

from app.threads.ending import has_ended


class OwnThread:
    """At most one thread at a time, which does what `start` is given and looks at `ending`.

    Methods may be called from any thread and return at once, but for `stop`.
    """

    def __init__(self, name: str):
        self._name = name
        self._thread: threading.Thread | None = None
        self.ending = threading.Event()  # it was told to end

    @property
    def alive(self) -> bool:
        """It was started and has not ended."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, work: Callable[[], object]) -> bool:
        """Run `work`, unless the one before is still alive: then False."""
        if self.alive:
            return False
        self.ending.clear()
        self._thread = threading.Thread(target=work, name=self._name, daemon=True)
        self._thread.start()
        return True

    def wait(self, timeout_s: float) -> bool:
        """Wait for it without telling it to end. True: it has ended, or never was."""
        return has_ended(self._thread, timeout_s)

    def stop(self, timeout_s: float) -> bool:
        """Tell it to end, and wait. True: it has ended, or never was."""
        self.ending.set()
        return self.wait(timeout_s)
