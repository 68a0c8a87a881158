"""Threads of this process: which there are, and waiting for one to end."""

from __future__ import annotations

import threading


def own_threads() -> list[str]:
    """Names of Python's threads but for the main one, sorted."""
    main = threading.main_thread()
    return sorted(thread.name for thread in threading.enumerate() if thread is not main)


def has_ended(thread: threading.Thread | None, timeout_s: float) -> bool:
    """Wait for a thread that was told to end. None: it was never started.

    A thread that asks for itself is not waited for: it has not ended.
    """
    if thread is None or thread is threading.current_thread():
        return thread is None
    thread.join(timeout_s)
    return not thread.is_alive()
