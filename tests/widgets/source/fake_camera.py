"""A camera with settings: its laser lights the picture, presets turn others, its gain sticks."""

from __future__ import annotations

from collections import deque
from dataclasses import replace

import numpy as np

from app.capture.base import StreamInfo
from app.capture.cameras.realsense_choice import describe_fallback, parse_choice
from app.capture.controls import Control
from app.frames import DepthFrame
from tests.widgets.fakes import FakeSource

NAME, SERIAL = "Intel RealSense D435", "0123"
PRESETS = ((0.0, "Custom"), (1.0, "Default"), (2.0, "Hand"))
CONTROLS = (
    Control("preset", "Preset", 0.0, 0.0, 2.0, 1.0, PRESETS),
    Control("laser", "Laser", 1.0, 0.0, 1.0, 1.0),
    Control("laser_power", "Laser power", 150.0, 0.0, 360.0, 30.0),
    Control("auto_exposure", "Automatic exposure", 1.0, 0.0, 1.0, 1.0),
    Control("exposure", "Exposure", 8500.0, 1.0, 165000.0, 1.0, read_only=True),
    Control("gain", "Gain", 16.0, 16.0, 248.0, 1.0),
)
FASTEST = (640, 480, 30)  # all that it can do


class FakeCamera(FakeSource):
    """`spec`: what the command line says of it. Orders are carried out by the reading thread."""

    def __init__(self, spec: str = "realsense"):
        super().__init__(kind="camera", name=NAME)
        words = spec.partition(":")[2]
        self.choice = parse_choice(words) if words else None
        self._orders: deque[tuple[str, float]] = deque()
        self._controls = CONTROLS
        self._refusal = ""

    def open(self) -> StreamInfo:
        self.reopened_as = None
        note = "" if self.choice is None else describe_fallback(self.choice.profile, FASTEST, "2.1")
        return replace(super().open(), serial=SERIAL, note=note)

    def read(self, timeout_s: float = 0.2) -> DepthFrame | None:
        if self._orders:
            self._refusal = "; ".join(filter(None, map(self._obey, tuple(self._orders))))
            self._orders.clear()
            self._controls = tuple(map(replace, self._controls))  # read again from the camera
        frame = super().read(timeout_s)
        if self.value("laser"):
            return frame
        return replace(frame, depth_raw=np.zeros_like(frame.depth_raw))

    @property
    def reopened(self) -> StreamInfo | None:
        return self.reopened_as

    @property
    def controls(self) -> tuple[Control, ...]:
        return self._controls

    def set_control(self, name: str, value: float) -> None:
        self._orders.append((name, value))

    @property
    def refusal(self) -> str:
        return self._refusal

    def value(self, name: str) -> float:
        return next(c.value for c in self._controls if c.name == name)

    def _obey(self, order: tuple[str, float]) -> str:
        name, value = order
        if name == "gain":
            return "the camera refuses the gain: busy"
        changes = {name: value}
        if name == "preset":
            changes["laser_power"] = 30.0 * value
        self._controls = tuple(
            replace(c, value=changes.get(c.name, c.value)) for c in self._controls
        )
        manual = not self.value("auto_exposure")
        self._controls = tuple(
            replace(c, read_only=not manual) if c.name == "exposure" else c for c in self._controls
        )
        return ""
