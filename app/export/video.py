"""Videos by OpenCV: what it can write here, and a file that is put in place when complete."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Self

import numpy as np

from app.cv import cv2
from app.errors import OutputError


@dataclass(frozen=True, slots=True)
class Codec:
    """One way to write a video."""

    name: str  # for the user
    ending: str
    fourcc: str


# The first one of an ending that is there is taken.
CODECS = (
    Codec("MP4, H.264", ".mp4", "avc1"),
    Codec("MP4, MPEG-4", ".mp4", "mp4v"),
    Codec("AVI, Motion JPEG", ".avi", "MJPG"),
    Codec("WebM, VP8", ".webm", "VP80"),
)
ENDINGS = tuple(dict.fromkeys(codec.ending for codec in CODECS))


@cache
def find_codec(ending: str) -> Codec | None:
    """What OpenCV writes such a file with on this computer; None: nothing. Tried once."""
    for codec in CODECS:
        if codec.ending == ending.lower() and _works(codec):
            return codec
    return None


def available_codecs() -> list[Codec]:
    """One for each ending that can be written here."""
    return [codec for ending in ENDINGS if (codec := find_codec(ending)) is not None]


class VideoFile:
    """A video under construction, frames of [height, width] px. Raises OutputError.

    `commit` puts it in place; leaving the `with` block without it leaves the target as it was.
    """

    def __init__(self, path: Path | str, size: tuple[int, int], fps: float):
        self.path, self.size, self.frames = Path(path), size, 0
        self.codec = find_codec(self.path.suffix)
        self._beside: Path | None = None
        if self.codec is None:
            there = ", ".join(f"{c.ending} ({c.name})" for c in available_codecs())
            raise OutputError(
                f"cannot write {path}: no codec for {self.path.suffix or 'a name without ending'}",
                f"there are {there}" if there else "this OpenCV writes no videos",
            )
        try:
            handle, name = tempfile.mkstemp(
                prefix=f".{self.path.stem}.", suffix=self.codec.ending, dir=self.path.parent
            )
        except OSError as error:
            raise OutputError(f"cannot write {path}: {error.strerror or error}") from error
        os.close(handle)
        self._beside = Path(name)
        self._writer = _open(self._beside, self.codec, size, fps)
        if not self._writer.isOpened():
            self._discard()
            raise OutputError(f"cannot write {path}: {self.codec.name} takes no frames of {size}")

    def write(self, picture: np.ndarray) -> None:
        """uint8 [height, width, 3] RGB."""
        self._writer.write(np.ascontiguousarray(picture[..., ::-1]))
        self.frames += 1

    def commit(self) -> None:
        """Finish the file and put it in its place; it is written once."""
        self._writer.release()
        beside = self._beside
        if beside is None:
            return
        try:
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(beside, 0o666 & ~umask)
            if self.frames and not beside.stat().st_size:
                raise OutputError(f"cannot write {self.path}: the disk may be full")
            os.replace(beside, self.path)
        except OSError as error:
            raise OutputError(f"cannot write {self.path}: {error.strerror or error}") from error
        self._beside = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._writer.release()
        self._discard()

    def _discard(self) -> None:
        if self._beside is not None:
            self._beside.unlink(missing_ok=True)
            self._beside = None


def _open(path: Path, codec: Codec, size: tuple[int, int], fps: float) -> cv2.VideoWriter:
    code = cv2.VideoWriter.fourcc(*codec.fourcc)
    return cv2.VideoWriter(str(path), code, float(np.clip(fps, 1, 240)), (size[1], size[0]))


def _works(codec: Codec) -> bool:
    told = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)  # it may well not
    try:
        return _writes_a_frame(codec)
    finally:
        cv2.utils.logging.setLogLevel(told)


def _writes_a_frame(codec: Codec) -> bool:
    with tempfile.TemporaryDirectory() as folder, suppress(cv2.error):
        path = Path(folder) / f"trial{codec.ending}"
        writer = _open(path, codec, (48, 64), 30.0)
        opened = writer.isOpened()
        if opened:
            writer.write(np.zeros((48, 64, 3), np.uint8))
        writer.release()
        return opened and path.exists() and path.stat().st_size > 0
    return False
