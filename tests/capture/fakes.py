"""A scripted source, exact frames, stamps and faults; cameras that answer without a device."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from app.capture import registry
from app.capture.backend import Backend
from app.capture.base import DepthSource, EndOfStream, StreamInfo, arrival_s
from app.capture.usb import FoundCamera
from app.frames import DepthFrame, Frame, Intrinsics, read_only
from app.threads.mailbox import Mailbox

CAMERA = Intrinsics(4, 3, 100.0, 100.0, 1.5, 1.0)


class ScriptedSource(DepthSource):
    """`n` frames (None: endless) whose first pixel is their index.

    `faults` maps a frame index to what `read` raises there, `missing` cannot be read, `stamps`
    replace the times.
    """

    def __init__(self, n=10, fps=200.0, kind="recording", stamps=None, faults=None, missing=()):
        self.n, self.fps, self.kind, self.stamps = n, fps, kind, stamps
        self.faults, self.missing = dict(faults or {}), set(missing)
        self.opened = self.closed = 0
        self._at = 0

    def open(self) -> StreamInfo:
        self.opened += 1
        self._at = 0
        if "open" in self.faults:
            raise self.faults["open"]
        seekable = self.kind != "camera"
        return StreamInfo("script", self.kind, CAMERA, 1.0, self.fps, self.n, seekable=seekable)

    def read(self, timeout_s: float = 0.2) -> DepthFrame | None:
        while self._at in self.missing:
            self._at += 1
        index = self._at
        if index in self.faults:
            raise self.faults[index]
        if self.n is not None and index >= self.n:
            raise EndOfStream
        self._at += 1
        raw = np.full((3, 4), index, np.uint16)
        t_s = index / self.fps if self.stamps is None else self.stamps[index]
        return DepthFrame(index, 0, t_s, arrival_s(), read_only(raw), CAMERA)

    def close(self) -> None:
        self.closed += 1

    @property
    def position(self) -> int:
        return self._at

    def seek(self, index: int) -> None:
        self._at = min(max(index, 0), self.n - 1) if self.n else max(index, 0)

    def index_at(self, seconds: float) -> int:
        return int(np.ceil(seconds * self.fps))


def answering(**found: Sequence[str] | Callable[[], Sequence[FoundCamera]]) -> list[Backend]:
    """The back ends with cameras of these serials by word, or what looks for them; no others."""

    def with_found(backend: Backend) -> Backend:
        serials = found.get(backend.word, ())
        if callable(serials):
            return replace(backend, find=serials)
        return replace(backend, find=lambda: [FoundCamera(backend.name, s) for s in serials])

    return [with_found(b) if b.is_camera else b for b in registry.BACKENDS]


def drain(box: Mailbox[Frame]) -> list[Frame]:
    """All that a mailbox holds."""
    out = []
    while (frame := box.get(0)) is not None:
        out.append(frame)
    return out
