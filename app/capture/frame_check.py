"""What every frame goes through before anybody else sees it, whatever source it comes from.

A camera may send nonsense now and then: it is mended where that is possible, left out where it is
not, and counted either way.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass, replace

import numpy as np

from app.capture.base import DepthSource, StreamInfo, checked_depth_unit_mm, checked_intrinsics
from app.capture.forward import ForwardingSource
from app.errors import NotARecording
from app.frames import DepthFrame, Frame, read_only

MOST = np.iinfo(np.uint16).max
COARSE = 8  # every eighth pixel of every eighth row tells most pictures from an empty one


@dataclass(frozen=True, slots=True)
class FrameFaults:
    """Frames that were not as they should be, by what was wrong."""

    wrong_size: int = 0  # left out: no picture, or not of the size that its camera has
    wrong_camera: int = 0  # left out: intrinsics or a depth unit that no camera has
    bad_values: int = 0  # no number, negative, beyond 16 bits: such pixels have no reading
    no_depth: int = 0  # not one reading in the whole picture; such a frame is passed on
    camera_changed: int = 0  # other intrinsics or another unit from here on
    time_jumps: int = 0  # stamps that went backwards, or were no number and were replaced

    @property
    def refused(self) -> int:
        """Frames that were left out."""
        return self.wrong_size + self.wrong_camera

    @property
    def total(self) -> int:
        """Faults found; a frame may have more than one."""
        return sum(astuple(self))

    def describe(self) -> str:
        """What there is, in words; empty where all was well."""
        found = {
            "of a wrong size": self.wrong_size,
            "with a camera that cannot be": self.wrong_camera,
            "with values that are no depth": self.bad_values,
            "without any depth": self.no_depth,
            "with another camera": self.camera_changed,
            "out of time": self.time_jumps,
        }
        return ", ".join(f"{count} {what}" for what, count in found.items() if count)


class CheckedSource(ForwardingSource):
    """Another source, whose frames can be relied on.

    They have depth uint16 [H, W] of their intrinsics' size, read-only, with intrinsics and a unit
    that a camera can have, or colour alone; a finite time. `generation` grows where the camera's
    numbers change within the stream: what is known from before means nothing then.
    """

    def __init__(self, source: DepthSource):
        super().__init__(source)
        self._counts = dict.fromkeys(FrameFaults.__dataclass_fields__, 0)
        self._complaint = ""
        self._last: Frame | None = None

    def open(self) -> StreamInfo:
        self._last, self._complaint = None, ""
        return super().open()

    def seek(self, index: int) -> None:
        super().seek(index)
        self._last = None  # time may go backwards here

    def read(self, timeout_s: float = 0.2) -> Frame | None:
        """None also where the frame that came was left out."""
        returned = super().generation
        frame = super().read(timeout_s)
        if super().generation != returned:
            self._last = None  # the camera went and is back
        if frame is None:
            return None
        checked = self._check(frame)
        if checked is not None:
            self._last = checked
        return checked

    @property
    def generation(self) -> int:
        return super().generation + self._counts["camera_changed"]

    @property
    def faults(self) -> FrameFaults:
        """So far, over every opening."""
        return FrameFaults(**self._counts)

    @property
    def complaint(self) -> str:
        """Why a frame of this opening was left out, in words for the user; else empty."""
        return self._complaint

    # --- one frame ----------------------------------------------------------------------------

    def _check(self, frame: Frame) -> Frame | None:
        if isinstance(frame, DepthFrame):
            return self._check_depth(frame)
        return self._check_colour(frame)

    def _check_colour(self, frame: Frame) -> Frame | None:
        """Colour without depth."""
        rgb = None if frame.colour is None else frame.colour.rgb
        if not isinstance(rgb, np.ndarray) or rgb.dtype != np.uint8 or rgb.shape[2:] != (3,):
            return self._refused("wrong_size", "neither depth nor a colour picture")
        return replace(frame, t_s=self._stamp(frame))

    def _check_depth(self, frame: DepthFrame) -> DepthFrame | None:
        if not self._has_camera(frame):
            return self._refused("wrong_camera", "their camera's numbers are not believable")
        k, depth = frame.intrinsics, frame.depth_raw
        if not isinstance(depth, np.ndarray) or depth.shape != (k.height, k.width):
            size = "x".join(map(str, np.shape(depth)[::-1]))
            said = f"{size or 'nothing'} where the camera has {k.width}x{k.height} pixels"
            return self._refused("wrong_size", said)
        if depth.dtype != np.uint16:
            if depth.dtype.kind not in "iuf":
                return self._refused("wrong_size", f"values of type {depth.dtype} are no depth")
            depth = self._mended(depth)
        if not depth[::COARSE, ::COARSE].any() and not depth.any():
            self._counts["no_depth"] += 1
        t_s = self._stamp(frame)
        if depth is frame.depth_raw and t_s == frame.t_s and not depth.flags.writeable:
            return frame
        return replace(frame, depth_raw=read_only(depth), t_s=t_s)

    def _refused(self, kind: str, why: str) -> DepthFrame | None:
        """Count a frame that is left out."""
        self._counts[kind] += 1
        self._complaint = self._complaint or why
        return None

    def _has_camera(self, frame: DepthFrame) -> bool:
        """May its numbers be; where they are new, that is counted."""
        last = self._last if isinstance(self._last, DepthFrame) else None
        k = frame.intrinsics
        if (
            last is not None
            and last.depth_unit_mm == frame.depth_unit_mm
            and (k is last.intrinsics or k == last.intrinsics)
        ):
            return True
        try:
            checked_intrinsics(k.width, k.height, k.fx, k.fy, k.cx, k.cy, k.distortion)
            checked_depth_unit_mm(frame.depth_unit_mm)
        except NotARecording:
            return False
        self._counts["camera_changed"] += last is not None
        return True

    def _mended(self, depth: np.ndarray) -> np.ndarray:
        """uint16 [H, W]: what is no number, below zero or beyond 16 bits becomes no reading."""
        with np.errstate(invalid="ignore"):
            good = (depth >= 0) & (depth <= MOST)  # NaN is neither
        self._counts["bad_values"] += not good.all()
        return np.rint(np.where(good, depth, 0)).astype(np.uint16)

    def _stamp(self, frame: Frame) -> float:
        """Seconds: its own, or for what is no number the last one's and the time since then."""
        last = self._last
        if math.isfinite(frame.t_s):
            self._counts["time_jumps"] += last is not None and frame.t_s < last.t_s
            return frame.t_s
        self._counts["time_jumps"] += 1
        return 0.0 if last is None else last.t_s + max(frame.t_host_s - last.t_host_s, 0.0)
