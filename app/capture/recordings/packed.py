"""A recording inside a `.zip`, a `.gz` or a `.zst`, as people attach it to a report.

It is unpacked into a folder of its own among the system's temporary files, which goes when the
source is closed. Sizes are counted while they are read, whatever the archive claims; names that
lead out of the folder, links and what systems add by themselves are passed over.
"""

from __future__ import annotations

import gzip
import shutil
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Protocol

from app.capture.backend import Backend, Request
from app.capture.base import DepthSource, StreamInfo, read_head
from app.capture.forward import ForwardingSource
from app.errors import CaptureError, NotARecording, reason_of
from app.zstd import zstd

ZIP, GZIP, ZSTD = b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
MOST_BYTES = 2 << 30  # of everything unpacked
MOST_FILES = 20_000
PIECE = 1 << 20
RECORDINGS = (".bag", ".db3", ".mcap", ".mkv", ".npz")
ADDED = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini")
FOREIGN = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,  # encrypted; NotImplementedError: an unknown compression
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
    zstd.ZstdError,
)
OpenPath = Callable[[Request], DepthSource]


class PackedSource(ForwardingSource):
    """What is inside, unpacked when it is opened."""

    def __init__(self, request: Request, open_path: OpenPath):
        super().__init__()
        self._request, self._open_path = request, open_path
        self._folder: tempfile.TemporaryDirectory[str] | None = None

    def open(self) -> StreamInfo:
        self.close()
        path = self._request.path
        try:
            self._folder = tempfile.TemporaryDirectory(prefix="crossing-nets-live-")
            inside = Path(self._folder.name)
            unpack(path, inside)
            found = find_recording(inside, path)
            self._source = self._open_path(replace(self._request, path=found))
            info = self._source.open()
        except CaptureError as error:
            where = "" if self._folder is None else self._folder.name
            error.message = error.message.replace(f"{where}/", f"{path}: ")
            self.close()
            raise
        except OSError as error:
            self.close()
            raise CaptureError(f"{path} cannot be unpacked: {reason_of(error)}") from None
        note = f"{info.note}; unpacked from {path.name}".removeprefix("; ")
        return replace(info, note=note)

    def close(self) -> None:
        super().close()
        self._source = None
        folder, self._folder = self._folder, None
        if folder is not None:
            folder.cleanup()


class Readable(Protocol):
    """Gives bytes piece by piece."""

    def read(self, size: int, /) -> bytes:
        """Up to `size` of them; none at the end."""


class _Room:
    """What may still be unpacked."""

    def __init__(self, path: Path, folder: Path):
        self._path = path
        self._left = min(MOST_BYTES, shutil.disk_usage(folder).free // 2)

    def copy(self, stream: Readable, to: Path) -> None:
        """Raises NotARecording where it becomes too much, and what is in FOREIGN."""
        to.parent.mkdir(parents=True, exist_ok=True)
        with to.open("wb") as file:
            while piece := stream.read(PIECE):
                self._left -= len(piece)
                if self._left < 0:
                    said = f"{self._path} is too large to be unpacked here"
                    raise NotARecording(said, "unpack it yourself and open what is inside")
                file.write(piece)


def unpack(path: Path, folder: Path) -> None:
    """Everything in an archive into a folder; raises CaptureError."""
    head, room = read_head(path, 4), _Room(path, folder)
    try:
        if head.startswith(ZIP):
            with zipfile.ZipFile(path) as archive:
                _unpack_zip(archive, folder, room)
            return
        opener = gzip.open if head.startswith(GZIP) else zstd.open
        with opener(path, "rb") as stream:
            room.copy(stream, folder / (path.stem or "recording"))
    except FOREIGN as error:
        locked = "password" in str(error)
        said = "is locked by a password" if locked else f"cannot be unpacked: {reason_of(error)}"
        raise NotARecording(f"{path} {said}", "unpack it and open what is inside") from None


def _unpack_zip(archive: zipfile.ZipFile, folder: Path, room: _Room) -> None:
    for member in archive.infolist()[:MOST_FILES]:
        place = safe_place(member.filename)
        is_link = (member.external_attr >> 16) & 0o170000 == 0o120000
        if place is None or member.is_dir() or is_link:
            continue
        with archive.open(member) as stream:
            room.copy(stream, folder / place)


def safe_place(name: str) -> PurePosixPath | None:
    """Where a file of an archive goes inside the folder; None: nowhere."""
    place = PurePosixPath(name.replace("\\", "/"))
    parts = place.parts
    if not parts or place.is_absolute() or ".." in parts or ":" in parts[0] or "\0" in name:
        return None
    if any(part in ADDED or part.startswith("._") for part in parts):
        return None
    return place


def find_recording(folder: Path, path: Path) -> Path:
    """The one recording below a folder that was unpacked from `path`; raises NotARecording."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    if not files:
        raise NotARecording(f"{path} holds no files")
    found = [file for file in files if file.suffix.lower() in RECORDINGS]
    described = sorted({file.parent for file in found if (file.parent / "metadata.yaml").is_file()})
    if len(described) == 1 and all(file.parent == described[0] for file in found):
        return described[0]
    if len(found) > 1:
        names = ", ".join(str(file.relative_to(folder)) for file in found[:5])
        raise NotARecording(f"{path} holds several recordings: {names}", "unpack it and open one")
    if found or len(files) == 1:
        return (found or files)[0]
    inside = folder
    while len(below := list(inside.iterdir())) == 1 and below[0].is_dir():
        inside = below[0]
    return inside


def is_packed(path: Path, head: bytes | None) -> bool:
    """A packed file that is no `.npz`: that is a zip too, with its arrays at the top."""
    if head is None or not head.startswith((ZIP, GZIP, ZSTD)):
        return False
    if not head.startswith(ZIP):
        return True
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except FOREIGN:
        return False
    return not any(name.endswith(".npy") and "/" not in name for name in names)


def backend(open_path: OpenPath) -> Backend:
    """open_path: opens what was found inside."""
    return Backend(
        "zipped recording",
        "recordings",
        form="FILE.zip",
        about="one recording, packed (.gz and .zst too)",
        open=lambda request: PackedSource(request, open_path),
        recognises=is_packed,
        pattern="*.zip",
        has_streams=True,
    )
