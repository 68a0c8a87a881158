"""What this process holds: memory, threads, open files; and how memory goes back to the system."""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import psutil

# glibc's malloc.h
TRIM_THRESHOLD, MMAP_THRESHOLD, ARENA_MAX = -1, -3, -8
LARGE = 2 << 20  # bytes; such blocks are mapped one by one and go back at once when freed
ARENAS = 2


def memory_mb() -> float:
    """Resident memory of this process, MiB."""
    return _process().memory_info().rss / 2**20


def open_files() -> int:
    """Descriptors that this process has open; on Windows, handles."""
    process = _process()
    if sys.platform == "win32":
        return process.num_handles()
    return process.num_fds()


def count_threads() -> int:
    """The system's threads of this process, not Python's alone."""
    return _process().num_threads()


@cache
def _process() -> psutil.Process:
    import psutil  # here, because the command line is read before anything is loaded

    return psutil.Process()


def give_memory_back() -> bool:
    """Have freed pictures go back to the system; call it before threads start.

    glibc raises its limit for mapped blocks to the size of any block that was freed, up to 32 MiB,
    and has an arena for each thread: pictures of many sizes that come and go in several threads
    leave hundreds of megabytes of holes. False: this system's C library is another one.
    """
    mallopt = _of_glibc("mallopt")
    if mallopt is None:
        return False
    wanted = ((ARENA_MAX, ARENAS), (MMAP_THRESHOLD, LARGE), (TRIM_THRESHOLD, 2 * LARGE))
    return all([mallopt(which, value) for which, value in wanted])


def trim_memory() -> None:
    """Give back the holes between what is still held: a few milliseconds, now and then."""
    trim = _of_glibc("malloc_trim")
    if trim is not None:
        trim(0)


def _of_glibc(name: str) -> Callable[..., int] | None:
    """One of its functions, or None where there is another C library."""
    if not sys.platform.startswith("linux"):
        return None
    return getattr(ctypes.CDLL(None), name, None)
