"""What a kind of source says of itself: how SOURCE names it, how its files are known, who answers.

Every back end has one `Backend` in its own file; `registry.BACKENDS` lists them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from app.capture.base import DepthSource
from app.capture.usb import FoundCamera, UsbModel


@dataclass(frozen=True, slots=True)
class Request:
    """What of SOURCE is for the back end that opens it."""

    argument: str | None = None  # behind the word and its colon; None: there is no colon
    path: Path = Path()  # of a file or a folder
    colour: bool = False  # frames carry the colour picture too, where there is one
    stream: str = ""  # which of a file's depth streams, behind #: a number from 1 on, or its name


def knows_nothing(path: Path, head: bytes | None) -> bool:
    """The signature of what is no file."""
    return False


def starts_with(*magics: bytes) -> Callable[[Path, bytes | None], bool]:
    """The signature of files that begin with one of these bytes."""
    return lambda path, head: head is not None and head.startswith(magics)


@dataclass(frozen=True, slots=True)
class Backend:
    """One kind of source. What opens one has a `word`, or a signature that `recognises` its files.

    Making one must be cheap: libraries are loaded by `open` and `find`.
    """

    name: str  # for the user, unique
    checked: str  # how far it has been checked
    form: str = ""  # how SOURCE is written; empty: nothing opens it
    about: str = ""  # the same in words, for --help
    reason: str = "built in"  # why it is there, or why not
    open: Callable[[Request], DepthSource] | None = None  # not yet started; raises CaptureError
    word: str = ""  # of SOURCE
    takes_argument: bool = False  # word:ARGUMENT is possible
    recognises: Callable[[Path, bytes | None], bool] = knows_nothing  # first bytes; None: a folder
    has_streams: bool = False  # its files may hold several depth streams, of which one is chosen
    pattern: str = ""  # how such files are usually called, for dialogs; nothing depends on it
    find: Callable[[], Sequence[FoundCamera]] | None = None  # cameras that answer; CaptureError
    usb: UsbModel | None = None  # what the kernel knows its cameras by
    by_serial: bool = False  # word:SERIAL opens one of several

    @property
    def is_camera(self) -> bool:
        """It has live cameras, which are looked for."""
        return self.find is not None


@dataclass(frozen=True, slots=True)
class BackendStatus:
    """One line of `--list-sensors`."""

    name: str
    available: bool
    reason: str  # what answers, or why it is not available
    checked: str  # how far it has been checked
    spec: str = ""  # the SOURCE that opens it, where a word does
    cameras: tuple[FoundCamera, ...] = ()  # those that can be told apart
    by_serial: bool = False  # spec:SERIAL opens one of them
