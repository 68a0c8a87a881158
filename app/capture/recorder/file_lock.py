"""Whether somebody is writing a file at this moment: a recorder says so, a repair asks.

The lock ends with the process that holds it, however that ends. On Linux and macOS it binds this
program alone; on Windows nobody else can read what is locked until it is closed.
"""

from __future__ import annotations

from contextlib import suppress
from typing import BinaryIO


def lock(file: BinaryIO) -> None:
    """Say that this file is being written, until it is closed.

    Where a file system knows no locks nothing is said.
    """
    import portalocker  # here, because it takes a tenth of a second that only recording needs

    flags = portalocker.LockFlags
    with suppress(portalocker.LockException):
        portalocker.lock(file, flags.EXCLUSIVE | flags.NON_BLOCKING)


def is_locked(file: BinaryIO) -> bool:
    """Somebody else is writing this file."""
    import portalocker

    flags = portalocker.LockFlags
    try:
        portalocker.lock(file, flags.SHARED | flags.NON_BLOCKING)
    except portalocker.AlreadyLocked:
        return True
    except portalocker.LockException:
        return False
    portalocker.unlock(file)
    return False
