"""Whether somebody is writing a file at this moment: a recorder says so, a repair asks.

Advisory (flock), so it binds this program alone; it ends with the process that holds it, however
that ends. Windows has none: there nobody is ever said to be writing.
"""

from __future__ import annotations

from contextlib import suppress
from typing import BinaryIO

try:
    import fcntl
except ImportError:
    fcntl = None


def lock(file: BinaryIO) -> None:
    """Say that this file is being written, until it is closed. Where a file system knows no locks
    nothing is said."""
    if fcntl is not None:
        with suppress(OSError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_locked(file: BinaryIO) -> bool:
    """Somebody else is writing this file."""
    if fcntl is None:
        return False
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    fcntl.flock(file, fcntl.LOCK_UN)
    return False
