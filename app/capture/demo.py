"""The demo: a synthetic right hand that moves smoothly through gestures, turns and distances.

Endless, and no hardware. Frame `i` depends on `i` and the frame rate alone, so seeking costs
nothing and two runs give the same pixels. The renderer is loaded when the demo is opened.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from app.capture.backend import Backend, Request
from app.capture.base import (
    DEFAULT_FPS,
    BadSource,
    DepthSource,
    StreamInfo,
    arrival_s,
)
from app.frames import DepthFrame, read_only

if TYPE_CHECKING:
    from app.synthetic.scenes.hands import PosedHand


class SyntheticSource(DepthSource):
    """The demo hand at `fps` frames a second. `truth` gives the joints that were rendered."""

    def __init__(self, fps: float = DEFAULT_FPS):
        self._fps = float(fps)
        self._position = 0

    def open(self) -> StreamInfo:
        from app.capture.demo_hand import CAMERA

        self._position = 0
        return StreamInfo("Demo hand", "demo", CAMERA, 1.0, self._fps, seekable=True)

    def read(self, timeout_s: float = 0.2) -> DepthFrame:
        """The next frame, at once: the player sets the pace."""
        from app.capture.demo_hand import CAMERA, render

        index, self._position = self._position, self._position + 1
        depth = read_only(render(self.hand(index), index))
        return DepthFrame(index, 0, index / self._fps, arrival_s(), depth, CAMERA)

    def close(self) -> None:
        """Nothing is held."""

    @property
    def position(self) -> int:
        return self._position

    def seek(self, index: int) -> None:
        self._position = max(int(index), 0)

    def index_at(self, seconds: float) -> int:
        return max(math.ceil(seconds * self._fps - 1e-6), 0)

    def hand(self, index: int) -> PosedHand:
        """The hand of frame `index`, camera frame."""
        from app.capture.demo_hand import hand_at

        return hand_at(index / self._fps)

    def truth(self, index: int) -> np.ndarray:
        """float32 [21, 3] mm, camera frame: the joints of frame `index`."""
        return self.hand(index).joints_mm


def _open(request: Request) -> DepthSource:
    return SyntheticSource(
        DEFAULT_FPS if request.argument is None else _parse_fps(request.argument)
    )


def _parse_fps(text: str) -> float:
    try:
        fps = float(text)
    except ValueError:
        fps = math.nan
    if not 1 <= fps <= 240:
        raise BadSource(f"demo:{text} is not possible", "demo:FPS takes 1 to 240 frames a second")
    return fps


BACKEND = Backend(
    "demo",
    "against its own joints",
    form="demo[:FPS]",
    about="a synthetic hand; needs no camera",
    open=_open,
    word="demo",
    takes_argument=True,
)
