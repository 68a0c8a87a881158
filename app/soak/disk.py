"""A disk without room, for this process alone."""

from __future__ import annotations

import sys

if sys.platform != "win32":  # which has no such limit
    import resource


class Disk:
    """While `full`, no file can grow beyond a size: writing fails as on a full disk (EFBIG).

    Not available on Windows: `full` then stays False.
    """

    def __init__(self) -> None:
        self._before: tuple[int, int] | None = None

    @property
    def full(self) -> bool:
        return self._before is not None

    def fill(self, size: int) -> None:
        """size: of the largest file that can be, in bytes."""
        if sys.platform != "win32" and self._before is None:
            self._before = resource.getrlimit(resource.RLIMIT_FSIZE)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, self._before[1]))

    def free(self) -> None:
        if sys.platform != "win32" and self._before is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, self._before)
            self._before = None
