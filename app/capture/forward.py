"""A source that passes everything on to another one: what its kinds change is all they say."""

from __future__ import annotations

from app.capture.base import DepthSource, StreamInfo
from app.capture.controls import Control
from app.frames import Frame


class ForwardingSource(DepthSource):
    """`source` may be None until it is known; then only `open` may be called, and `close`."""

    def __init__(self, source: DepthSource | None = None):
        self._source = source

    def open(self) -> StreamInfo:
        return self._source.open()

    def read(self, timeout_s: float = 0.2) -> Frame | None:
        return self._source.read(timeout_s)

    def close(self) -> None:
        if self._source is not None:
            self._source.close()

    @property
    def position(self) -> int:
        return self._source.position

    def seek(self, index: int) -> None:
        self._source.seek(index)

    def index_at(self, seconds: float) -> int:
        return self._source.index_at(seconds)

    @property
    def generation(self) -> int:
        return self._source.generation if self._source is not None else 0

    @property
    def reopened(self) -> StreamInfo | None:
        return self._source.reopened if self._source is not None else None

    @property
    def waiting(self) -> bool:
        return self._source is not None and self._source.waiting

    @property
    def lost(self) -> int:
        return self._source.lost if self._source is not None else 0

    @property
    def controls(self) -> tuple[Control, ...]:
        return self._source.controls if self._source is not None else ()

    def set_control(self, name: str, value: float) -> None:
        if self._source is not None:
            self._source.set_control(name, value)

    @property
    def refusal(self) -> str:
        return self._source.refusal if self._source is not None else ""
