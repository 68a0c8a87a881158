"""A camera that fails when it is told to, round any source of frames."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from app.capture.base import DepthSource, EndOfStream, StreamInfo, opened
from app.capture.forward import ForwardingSource
from app.errors import Disconnected
from app.frames import DepthFrame, Frame, read_only

QUEUE = 16  # frames that wait in the camera's library, as in ours for RealSense
FAR_S = 3600.0  # a clock's jump


class FaultyCamera(ForwardingSource):
    """Gives `source`'s frames at `fps`, as a camera does: one that is not fetched in time is lost.

    The orders may come from any thread; they are carried out in `read`.
    """

    def __init__(self, source: DepthSource, fps: float, seed: int):
        super().__init__(source)
        self._fps, self._random = fps, np.random.default_rng(seed)
        self._due_s = self._began_s = 0.0
        self._number = 0
        self._silent_until_s = self._gone_until_s = 0.0
        self._crash, self._spoil, self._offset_s = False, 0, 0.0
        self._lost = 0
        self.crashed_s: list[float] = []  # when
        self.made = 0  # frames given, whatever their state
        self.spoilt: dict[str, int] = {}

    # Orders

    def fall_silent(self, seconds: float) -> None:
        self._silent_until_s = time.monotonic() + seconds

    def crash(self) -> None:
        self._crash = True

    def unplug(self, seconds: float) -> None:
        self._gone_until_s = time.monotonic() + seconds

    def spoil(self, frames: int) -> None:
        """The next ones, each in another way."""
        self._spoil = frames

    def jump(self) -> None:
        """The clock goes far ahead, or back again."""
        self._offset_s = 0.0 if self._offset_s else FAR_S

    # The source

    def open(self) -> StreamInfo:
        self._check_plug()
        info = super().open()
        self._number, self._due_s = 0, time.monotonic()
        self._began_s = self._due_s
        return replace(
            info, kind="camera", fps=self._fps, seekable=False, n_frames=None, duration_s=None
        )

    def read(self, timeout_s: float = 0.2) -> Frame | None:
        if self._crash:
            self._crash = False
            self.crashed_s.append(time.monotonic())
            raise RuntimeError("the camera's library has failed, as it was told to")
        self._check_plug()
        now_s = time.monotonic()
        if now_s < self._silent_until_s:
            time.sleep(min(timeout_s, self._silent_until_s - now_s))
            self._due_s = time.monotonic()
            return None
        if self._due_s - now_s > timeout_s:
            time.sleep(timeout_s)
            return None
        time.sleep(max(self._due_s - now_s, 0.0))
        self._lose(time.monotonic())
        return self._make()

    @property
    def position(self) -> int:
        return self._number

    @property
    def lost(self) -> int:
        return self._lost

    # --- inside -------------------------------------------------------------------------------

    def _check_plug(self) -> None:
        if time.monotonic() < self._gone_until_s:
            raise Disconnected("the camera has gone, as it was told to")

    def _lose(self, now_s: float) -> None:
        """What has waited longer than the queue is long is gone."""
        late = int((now_s - self._due_s) * self._fps) - QUEUE
        if late > 0:
            self._lost += late
            self._due_s += late / self._fps

    def _make(self) -> Frame:
        try:
            given = super().read()
        except EndOfStream:
            self._inner.seek(0)
            given = super().read()
        frame = opened(given)
        now_s = time.monotonic()
        t_s = self._due_s - self._began_s + self._offset_s
        frame = replace(frame, index=self._number, t_s=t_s, t_host_s=now_s)
        self._due_s += 1 / self._fps
        self._number += 1
        self.made += 1
        if self._spoil and isinstance(frame, DepthFrame):
            self._spoil -= 1
            frame = self._spoilt(frame)
        return frame

    def _spoilt(self, frame: DepthFrame) -> DepthFrame:
        kind = str(self._random.choice(list(WAYS)))
        self.spoilt[kind] = self.spoilt.get(kind, 0) + 1
        changes = WAYS[kind](frame, self._random)
        depth = changes.get("depth_raw")
        if depth is not None:
            read_only(depth)
        return replace(frame, **changes)


def _with_holes(frame: DepthFrame, chance: np.random.Generator) -> np.ndarray:
    """Metres as some libraries give them: float, with NaN and infinity for no reading."""
    depth = frame.depth_raw.astype(np.float32)
    depth[chance.random(depth.shape) < 0.1] = np.nan
    depth[:4] = np.inf
    return depth


def _wide(frame: DepthFrame, chance: np.random.Generator) -> np.ndarray:
    """32 bits, some of them needed."""
    depth = frame.depth_raw.astype(np.int32)
    depth[chance.random(depth.shape) < 0.1] = 70_000
    return depth


WAYS = {
    "cut off": lambda f, _: {"depth_raw": f.depth_raw[: f.depth_raw.shape[0] // 2].copy()},
    "no picture": lambda f, _: {"depth_raw": np.zeros((0, 0), np.uint16)},
    "no camera": lambda f, _: {"intrinsics": replace(f.intrinsics, fx=float("nan"))},
    "no depth": lambda f, _: {"depth_raw": np.zeros_like(f.depth_raw)},
    "noise": lambda f, r: {"depth_raw": r.integers(0, 65536, f.depth_raw.shape, np.uint16)},
    "holes": lambda f, r: {"depth_raw": _with_holes(f, r)},
    "overflow": lambda f, r: {"depth_raw": _wide(f, r)},
    "other camera": lambda f, _: {"intrinsics": replace(f.intrinsics, fx=f.intrinsics.fx * 1.1)},
    "no time": lambda f, _: {"t_s": float("nan")},
    "early": lambda f, _: {"t_s": f.t_s - 5.0},
}
REFUSED = ("cut off", "no picture", "no camera")  # these are left out by `CheckedSource`
