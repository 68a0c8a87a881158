"""Moving pictures as files: GIF, a video, or one PNG with the frames side by side.

A file appears when it is complete, or not at all.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Protocol

import numpy as np
from PIL import Image

from app.errors import OutputError
from app.export.video import VideoFile
from app.outputs import write_atomically

GIF_FPS = 25.0  # a GIF counts in hundredths of a second
COLOURS = 128  # of a GIF's frame
KINDS = (".gif", ".mp4", ".png")


class Film(Protocol):
    """Takes frames uint8 [H, W, 3] RGB, all of one size; its methods raise OutputError."""

    def add(self, frame: np.ndarray) -> None: ...

    def finish(self) -> None:
        """Put the file in place."""

    def abandon(self) -> None:
        """Leave nothing behind; after `finish` nothing happens."""


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
        self._frames.append(Image.fromarray(frame).quantize(COLOURS))

    def finish(self) -> None:
        first, *rest = self._frames
        content = io.BytesIO()
        first.save(content, "GIF", save_all=True, append_images=rest, duration=self._ms, loop=0)
        write_atomically(self._path, content.getvalue())

    def abandon(self) -> None:
        self._frames = []


class Mp4Film:
    """By the codec that OpenCV has here (`video.CODECS`); sides of the frames must be even."""

    def __init__(self, path: Path, fps: float):
        self._path, self._fps = path, fps
        self._video: VideoFile | None = None

    def add(self, frame: np.ndarray) -> None:
        if self._video is None:
            self._video = VideoFile(self._path, frame.shape[:2], self._fps)
        self._video.write(frame)

    def finish(self) -> None:
        if self._video is not None:
            self._video.commit()

    def abandon(self) -> None:
        if self._video is not None:
            self._video.__exit__()


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

    def abandon(self) -> None:
        self._frames = []
