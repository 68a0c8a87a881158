"""Moves the hand by itself: a random walk through the prior, or along a path to and fro."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.latent import pose_part
from app.latent.path import Path, Recorder
from app.latent.space import LatentSpace
from app.latent.walk import LatentWalk

TICK_MS = 16
LONGEST_STEP_S = 0.1  # however long the window was busy


class Walker(QObject):
    """At most one of the two goes on; what a random walk passed is in `recorder`."""

    moved = Signal(object)  # z of the next moment
    share_changed = Signal(float)  # where on the path it is, 0..1
    changed = Signal(str)  # "walk", "path", or "" when it has stopped

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.speed, self.stride = 1.0, 1.0
        self.recorder = Recorder()
        self.doing = ""
        self.z: np.ndarray | None = None  # where the last walk or path has come to
        self._walk: LatentWalk | None = None
        self._path: Path | None = None
        self._seconds, self._share, self._sign = 1.0, 0.0, 1.0
        self._walked_s = self._last_s = 0.0
        self._timer = QTimer(self, interval=TICK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._timer.timeout.connect(self._tick)

    def set_pace(self, stride: float, speed: float) -> None:
        """Of the random walk, also while it goes on; 1 and 1: as the prior."""
        self.stride, self.speed = stride, speed

    def wander(self, space: LatentSpace, z: np.ndarray, seed: int) -> None:
        """From z [D] through the prior; endless."""
        self.stop()
        self._walk = pose_part.walk_from(space, z, seed)
        self.recorder.clear()
        self._walked_s = 0.0
        self.recorder.add(0.0, z)
        self._begin("walk")

    def play(self, path: Path, seconds: float, share: float) -> None:
        """Along a path from a share of it, and back from its end; endless."""
        self.stop()
        self._path, self._seconds = path, max(seconds, 1e-3)
        self._share, self._sign = (share, 1.0) if share < 1 else (1.0, -1.0)
        self._begin("path")

    def stop(self) -> None:
        self._timer.stop()
        if self.doing:
            self.doing = ""
            self.changed.emit("")

    def _begin(self, what: str) -> None:
        self.z = None
        self.doing = what
        self._last_s = time.monotonic()
        self._timer.start()
        self.changed.emit(what)

    def _tick(self) -> None:
        now = time.monotonic()
        passed, self._last_s = min(now - self._last_s, LONGEST_STEP_S), now
        if self.doing == "walk" and self._walk is not None:
            self._step(self._walk, passed)
        elif self._path is not None:
            self._advance(self._path, passed)

    def _step(self, walk: LatentWalk, passed_s: float) -> None:
        walk.stride = self.stride
        z = walk.step(passed_s * self.speed)
        self._walked_s += passed_s
        self.recorder.add(self._walked_s, z)
        self.z = z
        self.moved.emit(z)

    def _advance(self, path: Path, passed_s: float) -> None:
        share = self._share + self._sign * passed_s / self._seconds
        if not 0 <= share <= 1:
            self._sign = -self._sign
        self._share = min(max(share, 0.0), 1.0)
        self.share_changed.emit(self._share)
        self.z = path.at(self._share)
        self.moved.emit(self.z)
