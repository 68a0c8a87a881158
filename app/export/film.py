"""Moving pictures as files: GIF, MP4, or one PNG with the frames side by side.

A file appears when it is complete, or not at all. MP4 holds MPEG-4 video (`mp4v`), the one codec
that every build of OpenCV writes.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from app.cv import cv2
from app.errors import OutputError
from app.outputs import write_atomically

GIF_FPS = 25.0  # a GIF counts in hundredths of a second
KINDS = (".gif", ".mp4", ".png")


class Film(Protocol):
    """Takes frames uint8 [H, W, 3] RGB, all of one size."""

    def add(self, frame: np.ndarray) -> None: ...

    def finish(self) -> None:
        """Put the file in place. Raises OutputError."""


def make_film(path: Path, fps: float) -> Film:
    """The writer for the path's file type: .gif, .mp4 or .png. Raises OutputError."""
    kind = path.suffix.lower()
    if kind not in KINDS:
        raise OutputError(f"cannot write {path}", "the kinds are .gif, .mp4 and .png")
    if kind == ".mp4":
        return Mp4Film(path, fps)
    return GifFilm(path, fps) if kind == ".gif" else StripFilm(path)


class GifFilm:
    """Plays for ever."""

    def __init__(self, path: Path, fps: float):
        self._path, self._ms = path, round(100 / fps) * 10
        self._frames: list[Image.Image] = []

    def add(self, frame: np.ndarray) -> None:
        self._frames.append(Image.fromarray(frame).quantize(128))

    def finish(self) -> None:
        first, *rest = self._frames
        content = io.BytesIO()
        first.save(content, "GIF", save_all=True, append_images=rest, duration=self._ms, loop=0)
        write_atomically(self._path, content.getvalue())


class Mp4Film:
    """Sides of the frames must be even."""

    def __init__(self, path: Path, fps: float):
        self._path, self._fps = path, fps
        self._folder = tempfile.TemporaryDirectory()
        self._draft = Path(self._folder.name) / "film.mp4"
        self._writer: cv2.VideoWriter | None = None

    def add(self, frame: np.ndarray) -> None:
        if self._writer is None:
            size = frame.shape[1], frame.shape[0]
            codec = cv2.VideoWriter.fourcc(*"mp4v")
            self._writer = cv2.VideoWriter(str(self._draft), codec, self._fps, size)
        self._writer.write(np.ascontiguousarray(frame[..., ::-1]))

    def finish(self) -> None:
        if self._writer is not None:
            self._writer.release()
        content = self._draft.read_bytes() if self._draft.exists() else b""
        self._folder.cleanup()
        if not content:
            raise OutputError(f"cannot write {self._path}", "no MP4 encoder answers; try GIF")
        write_atomically(self._path, content)


class StripFilm:
    """The frames from left to right in one PNG."""

    def __init__(self, path: Path):
        self._path = path
        self._frames: list[np.ndarray] = []

    def add(self, frame: np.ndarray) -> None:
        self._frames.append(frame)

    def finish(self) -> None:
        content = io.BytesIO()
        Image.fromarray(np.concatenate(self._frames, 1)).save(content, "PNG")
        write_atomically(self._path, content.getvalue())
