"""Output files that are never half there: written beside their target, renamed when complete."""

from __future__ import annotations

import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol, Self

from app.errors import OutputError


class TextOutput(Protocol):
    """What takes text piece by piece and is then finished. Failures are OutputErrors."""

    def write(self, content: str) -> None: ...

    def commit(self) -> None: ...


class OutputFile:
    """A file under construction; opening it proves that the place is writable, before any work.

    `commit` puts it in place, replacing what was there; leaving the `with` block without it leaves
    the target as it was. A target that is no plain file (/dev/stdout, a pipe) is written directly;
    a link's own target is replaced, not the link. Every failure is an OutputError.
    """

    def __init__(self, path: Path | str):
        self.path = Path(path)
        self._final = Path(os.path.realpath(self.path))
        self._temporary: Path | None = None
        self._done = False
        try:
            if self._final.exists() and not stat.S_ISREG(self._final.stat().st_mode):
                self._file: IO[bytes] = self._final.open("wb")
            else:
                self._temporary, self._file = self._open_beside()
        except OSError as error:
            raise self._failed(error) from error

    def _open_beside(self) -> tuple[Path, IO[bytes]]:
        if self._final.exists() and not os.access(self._final, os.W_OK):
            raise PermissionError(13, "Permission denied")
        beside = self._final.with_name(f".{self._final.name}.{secrets.token_hex(4)}.part")
        return beside, beside.open("xb")

    def write(self, content: str | bytes) -> None:
        """Add text, as UTF-8 with the line ends that it has, or bytes."""
        try:
            self._file.write(content.encode() if isinstance(content, str) else content)
        except OSError as error:
            raise self._failed(error) from error

    def commit(self) -> None:
        """Flush, close and put the file in its place."""
        try:
            self._file.flush()
            if self._temporary is not None:
                os.fsync(self._file.fileno())
            self._file.close()
            if self._temporary is not None:
                os.replace(self._temporary, self._final)
        except OSError as error:
            raise self._failed(error) from error
        self._done = True

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._done:
            return
        with suppress(OSError):  # the disk is full and the content is given up: nothing to save
            self._file.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(f"cannot write {self.path}: {error.strerror or error}")


def write_atomically(path: Path | str, content: str | bytes) -> None:
    """Write a whole file at once, or not at all; folders that are missing are made.

    A kill at any moment leaves the old file or the new one. Raises OutputError.
    """
    try:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
    with OutputFile(path) as output:
        output.write(content)
        output.commit()
