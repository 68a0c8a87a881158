"""A camera that may be pulled and plugged in again while the program runs."""

from __future__ import annotations

import time
from dataclasses import replace

from app.capture.base import DepthSource, StreamInfo
from app.capture.forward import ForwardingSource
from app.errors import CaptureError, Disconnected
from app.frames import Frame

RETRY_S = 0.25  # between two looks whether the camera is back
NAP_S = 0.1
HINT = "plug it in again; it continues by itself"


class Interrupted(Disconnected):
    """The camera has gone. Go on reading: frames come again once it is back."""


class ReconnectingSource(ForwardingSource):
    """`source`, opened again for as long as it takes after it went.

    `read` raises Interrupted once, then gives None until the camera is back. Frames are numbered
    on; `generation` grows with each return, because the camera's clock may have begun anew.
    """

    def __init__(self, source: DepthSource, retry_s: float = RETRY_S):
        super().__init__(source)
        self._retry_s = retry_s
        self._waiting, self._retry_at_s = False, 0.0
        self._generation, self._index = 0, 0
        self.info: StreamInfo | None = None  # of the camera that streams, or streamed last

    def open(self) -> StreamInfo:
        self._waiting, self._index = False, 0
        self.info = self._inner.open()
        return self.info

    def read(self, timeout_s: float = 0.2) -> Frame | None:
        if self._waiting and not self._came_back(timeout_s):
            return None
        try:
            frame = self._inner.read(timeout_s)
        except Disconnected as error:
            self._inner.close()
            self._waiting, self._retry_at_s = True, time.monotonic()
            raise Interrupted(error.message, HINT) from None
        if frame is None:
            return None
        index, self._index = self._index, self._index + 1
        return frame if frame.index == index else replace(frame, index=index)

    def close(self) -> None:
        super().close()
        self._waiting = False

    @property
    def waiting(self) -> bool:
        return self._waiting

    @property
    def generation(self) -> int:
        return self._generation

    @property
    def reopened(self) -> StreamInfo | None:
        return self.info if self._generation else None

    @property
    def position(self) -> int:
        return self._index

    def _came_back(self, timeout_s: float) -> bool:
        wait_s = self._retry_at_s - time.monotonic()
        if wait_s > 0:
            time.sleep(min(wait_s, timeout_s, NAP_S))
            return False
        try:
            self.info = self._inner.open()
        except CaptureError:  # not there yet, or not ready yet
            self._retry_at_s = time.monotonic() + self._retry_s
            return False
        self._waiting = False
        self._generation += 1
        return True
