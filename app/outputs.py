"""Output files that are never half there: written beside their target, renamed when complete."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import IO, Self

from app.errors import OutputError


class OutputFile:
    """A text file under construction.
    Opening it proves that the place is writable, long before the work is done.

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
                self._file: IO[str] = self._final.open("w", encoding="utf-8", newline="")
            else:
                self._temporary, self._file = self._open_beside()
        except OSError as error:
            raise self._failed(error) from error

    def _open_beside(self) -> tuple[Path, IO[str]]:
        if self._final.exists() and not os.access(self._final, os.W_OK):
            raise PermissionError(13, "Permission denied")
        handle, name = tempfile.mkstemp(
            prefix=f".{self._final.name}.", suffix=".part", dir=self._final.parent
        )
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(name, 0o666 & ~umask)  # mkstemp makes it private; the user's own default is wanted
        return Path(name), os.fdopen(handle, "w", encoding="utf-8", newline="")

    def write(self, text: str) -> None:
        try:
            self._file.write(text)
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
        with suppress(OSError):  # the disk is full and the text is given up: nothing to save
            self._file.close()
        if self._temporary is not None:
            self._temporary.unlink(missing_ok=True)

    def _failed(self, error: OSError) -> OutputError:
        return OutputError(f"cannot write {self.path}: {error.strerror or error}")


def write_text(path: Path | str, text: str) -> None:
    """Write a whole file at once, or not at all. Raises OutputError."""
    with OutputFile(path) as output:
        output.write(text)
        output.commit()


def write_atomically(path: Path, content: bytes) -> None:
    """Write beside, then rename: a kill at any moment leaves the old file or the new one.
    Raises OutputError.
    """
    beside = path.with_name(path.name + ".partial")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with beside.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError as error:
        raise OutputError(f"cannot write {path}", str(error)) from error
