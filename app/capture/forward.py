"""A source that passes everything on to another one: what its kinds change is all they say."""

from __future__ import annotations

from app.capture.base import DepthSource, StreamInfo, opened
from app.capture.controls import Control
from app.frames import Frame


class ForwardingSource(DepthSource):
    """`source` may be None until it is known; then only `open` may be called, and `close`."""

    def __init__(self, source: DepthSource | None = None):
        self._source = source

    @property
    def _inner(self) -> DepthSource:
        """The other source, which is known. Raises CaptureError where it is not."""
        return opened(self._source)

    def open(self) -> StreamInfo:
        return self._inner.open()

    def read(self, timeout_s: float = 0.2) -> Frame | None:
        return self._inner.read(timeout_s)

    def close(self) -> None:
        if self._source is not None:
            self._source.close()

    @property
    def position(self) -> int:
        return self._inner.position

    def seek(self, index: int) -> None:
        self._inner.seek(index)

    def index_at(self, seconds: float) -> int:
        return self._inner.index_at(seconds)

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
