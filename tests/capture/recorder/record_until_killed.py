"""Script: play a source at its own pace and record it until somebody kills this process.

record_until_killed.py OUT.bag SOURCE; SOURCE "ramp" has pictures that are made quickly. For every
frame that was captured it prints a line: its number, when (monotonic), and how many were dropped.
"""

import os
import sys
import time
from pathlib import Path

import numpy as np

from app.capture.base import StreamInfo, arrival_s
from app.capture.player import Player
from app.capture.player_state import PlayerState
from app.capture.recorder.recorder import Recorder
from app.capture.registry import open_source
from app.frames import DepthFrame, Intrinsics, read_only
from tests.capture.fakes import ScriptedSource

CAMERA = Intrinsics(320, 240, 300.0, 300.0, 159.5, 119.5)
FPS = 90.0


def picture(index: int) -> np.ndarray:
    """uint16 [240, 320]; every pixel depends on the frame's number, and little can be packed."""
    ramp = np.arange(CAMERA.width * CAMERA.height, dtype=np.uint32) * 40503
    return ((ramp ^ (ramp >> 7)) + index * 131).astype(np.uint16).reshape(CAMERA.height, -1)


class RampSource(ScriptedSource):
    """Endless, 90 pictures a second."""

    def __init__(self):
        super().__init__(None, FPS, kind="demo")

    def open(self) -> StreamInfo:
        self.opened += 1
        return StreamInfo("ramp", "demo", CAMERA, 1.0, FPS)

    def read(self, timeout_s: float = 0.2) -> DepthFrame:
        self._at += 1
        raw = read_only(picture(self._at - 1))
        return DepthFrame(self._at - 1, 0, (self._at - 1) / FPS, arrival_s(), raw, CAMERA)


def main(path: str, spec: str) -> None:
    with RampSource() if spec == "ramp" else open_source(spec) as source:
        recorder = Recorder(Path(path), source.open(), joints=False)
        recorder.start()
        recorder.wait_open()

        def tell(frame: DepthFrame) -> None:
            line = f"{frame.index} {time.monotonic()} {recorder.stats.dropped}\n"
            os.write(1, line.encode())

        player = Player(source, [recorder.take, tell])
        player.start()
        while player.state is not PlayerState.FAULTED:  # nobody reads the lines any more
            time.sleep(0.5)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
