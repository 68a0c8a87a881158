"""A made-up source, as somebody would add one: this file, and one registration."""

from __future__ import annotations

import math

import numpy as np

from app.capture.backend import Backend, Request, starts_with
from app.capture.base import DepthSource, EndOfStream, StreamInfo, arrival_s
from app.errors import CaptureError, NotARecording
from app.frames import DepthFrame, Intrinsics, read_only

MAGIC = b"MADE-UP!"
CAMERA = Intrinsics(8, 6, 10.0, 10.0, 3.5, 2.5)
FPS = 200.0


class MadeUpSource(DepthSource):
    """Frames that hold their own number; how many, the file or the argument says."""

    def __init__(self, request: Request):
        self._request = request
        self._count, self._at, self._opened = 0, 0, False

    def open(self) -> StreamInfo:
        self._count, self._at = self._read_count(), 0
        self._opened = True
        return StreamInfo("Made up", "recording", CAMERA, 1.0, FPS, self._count, seekable=True)

    def read(self, timeout_s: float = 0.2) -> DepthFrame | None:
        if not self._opened:
            raise CaptureError("the made-up source is not open")
        if self._at >= self._count:
            raise EndOfStream
        self._at += 1
        raw = read_only(np.full((6, 8), self._at, np.uint16))
        return DepthFrame(self._at - 1, 0, (self._at - 1) / FPS, arrival_s(), raw, CAMERA)

    def close(self) -> None:
        self._opened = False

    @property
    def position(self) -> int:
        return self._at

    def seek(self, index: int) -> None:
        self._at = min(max(index, 0), self._count - 1)

    def index_at(self, seconds: float) -> int:
        return math.ceil(seconds * FPS - 1e-6)

    def _read_count(self) -> int:
        if not self._request.path.name:
            return int(self._request.argument or 6)
        content = self._request.path.read_bytes()
        if len(content) <= len(MAGIC):
            raise NotARecording(f"{self._request.path} holds nothing")
        return content[len(MAGIC)]


BACKEND = Backend(
    "made-up camera",
    "by the contract",
    form="madeup[:FRAMES]",
    about="frames that hold their own number",
    open=MadeUpSource,
    word="madeup",
    takes_argument=True,
    recognises=starts_with(MAGIC),
    pattern="*.made",
)
