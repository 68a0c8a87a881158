"""A file whose container librealsense and ROS share: read as the one that wrote it would."""

from __future__ import annotations

from collections.abc import Callable

from app.capture.base import DepthSource, StreamInfo
from app.capture.forward import ForwardingSource
from app.errors import NoDepthStream


class EitherLayout(ForwardingSource):
    """The first of two sources over one file that finds depth in it."""

    def __init__(self, first: Callable[[], DepthSource], second: Callable[[], DepthSource]):
        super().__init__()
        self._makers = first, second

    def open(self) -> StreamInfo:
        """Raises what the second says where neither finds depth: it knows every topic."""
        self.close()
        first, second = self._makers
        self._source = first()
        try:
            return self._source.open()
        except NoDepthStream:
            self._source.close()
        self._source = second()
        return self._source.open()
