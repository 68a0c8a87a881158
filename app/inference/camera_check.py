"""Can the camera's numbers be right? What their lens, the scene and the hand say about them.

A wrong depth unit or focal length is what users of hand networks meet first: nothing fails, the
hand is only too large, too far or not there. Measured on a real recording: the size that the
network reads off a hand follows the error, about as unit / focal length, between 0.6 and 1.4 times
the truth; beyond that it sees no hand or one without confidence.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from app.capture.camera_presets import camera_of
from app.config import CameraConfig
from app.frames import DepthFrame, FrameResult
from app.inference.hand_size import measure_scale
from app.skeleton import MEAN_HAND_MM

Level = Literal["good", "doubtful", "wrong"]
# Wrist to middle finger tip along the bones; a child of three, the smallest and largest adults.
SEEN_MM = (120.0, 235.0)  # no hand is smaller or larger
USUAL_MM = (145.0, 215.0)
REACH_MM = (120.0, 1600.0)  # a hand held nearer or farther than this is not seen by such cameras
VIEW_DEGREES = (25.0, 125.0)  # horizontal field of view of a depth camera
USUAL_VIEW_DEGREES = (38.0, 112.0)
NEAREST_SCENE_MM = 120.0  # half of the picture cannot be nearer
FARTHEST_SCENE_MM = 12_000.0  # nor farther
SURE = 0.6  # confidence of a hand that is measured
REMEMBERED = 60  # measurements
ENOUGH = 8


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that can be said about the camera's numbers."""

    level: Level
    text: str  # one line
    fix: CameraConfig | None = None  # numbers that would put it right
    fix_text: str = ""  # what a button that takes them says


class CameraCheck:
    """Listens to the results of one source; `reset` for the next, and when numbers change."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self._sizes: deque[float] = deque(maxlen=REMEMBERED)
        self._distances: deque[float] = deque(maxlen=REMEMBERED)
        self._frame: DepthFrame | None = None
        self.unseen = 0  # frames since a hand was seen with confidence

    def add(self, result: FrameResult) -> None:
        """Take in one frame and what was found in it; without depth it says nothing."""
        if not isinstance(result.frame, DepthFrame):
            return
        self._frame = result.frame
        sure = [hand for hand in result.hands if hand.confidence >= SURE]
        self.unseen = 0 if sure else self.unseen + 1
        for hand in sure:
            self._sizes.append(measure_scale(hand.joints_raw_mm) * MEAN_HAND_MM)
            self._distances.append(float(hand.joints_raw_mm[:, 2].mean()))

    @property
    def hand_mm(self) -> float | None:
        """Wrist to middle finger tip of the hand seen lately; None: not seen often enough."""
        return self._measured(ENOUGH)

    def _measured(self, enough: int) -> float | None:
        return float(np.median(self._sizes)) if len(self._sizes) >= enough else None

    def findings(self, enough: int = ENOUGH) -> list[Finding]:
        """The worst first; never empty once a frame was seen.

        enough: hands that must have been seen before their size counts.
        """
        if self._frame is None:
            return []
        frame = self._frame
        found = check_lens(frame) + check_scene(frame)
        hand_mm = self._measured(enough)
        if hand_mm is not None:
            used = camera_of(frame.intrinsics, frame.depth_unit_mm)
            found += check_hand(hand_mm, float(np.median(self._distances)), used)
        elif not found:
            to_do = "measuring the hand" if self._sizes else "show a hand to be sure"
            found = [Finding("good", f"Lens and distances are plausible; {to_do}")]
        order: tuple[Level, ...] = ("wrong", "doubtful", "good")
        return sorted(found, key=lambda finding: order.index(finding.level))


def check_lens(frame: DepthFrame) -> list[Finding]:
    """What focal lengths and optical centre say by themselves."""
    k, (height, width) = frame.intrinsics, frame.depth_raw.shape
    found = []
    view = math.degrees(2 * math.atan(width / 2 / k.fx))
    level = _level(view, USUAL_VIEW_DEGREES, VIEW_DEGREES)
    if level != "good":
        text = f"Focal length does not fit a {width}-pixel image: the lens would see {view:.0f}°"
        found.append(Finding(level, text))
    ratio = k.fx / k.fy
    level = _level(ratio, (0.95, 1.05), (0.8, 1.25))
    if level != "good":
        found.append(Finding(level, f"Pixels would not be square: fx / fy is {ratio:.2f}"))
    off = max(abs(k.cx - (width - 1) / 2) / width, abs(k.cy - (height - 1) / 2) / height)
    level = _level(off, (0, 0.1), (0, 0.25))
    if level != "good":
        where = f"({k.cx:.0f}, {k.cy:.0f})"
        text = f"The optical centre {where} is far from the middle of a {width} × {height} image"
        used = camera_of(k, frame.depth_unit_mm)
        middle = replace(used, cx=(width - 1) / 2, cy=(height - 1) / 2)
        found.append(Finding(level, text, middle, "Put it at the centre"))
    return found


def check_scene(frame: DepthFrame) -> list[Finding]:
    """What the readings' distances say about the depth unit."""
    some = frame.depth_raw[::8, ::8]
    some = some[some > 0]
    if some.size < 20:
        return [Finding("doubtful", "Hardly any pixel has a reading")]
    middle = float(np.median(some)) * frame.depth_unit_mm
    if middle < NEAREST_SCENE_MM:
        text = f"Half of the picture would be nearer than {middle:.0f} mm: the unit is too small"
    elif middle > FARTHEST_SCENE_MM:
        text = (
            f"Half of the picture would be over {middle / 1000:.0f} m away: the unit is too large"
        )
    else:
        return []
    return [Finding("wrong", text)]


def check_hand(hand_mm: float, distance_mm: float, used: CameraConfig) -> list[Finding]:
    """What a hand of this length at this distance says about the numbers in use."""
    level = _level(hand_mm, USUAL_MM, SEEN_MM)
    where = f"{hand_mm:.0f} mm from wrist to fingertip, {distance_mm / 10:.0f} cm away"
    if level == "good":
        level = _level(distance_mm, REACH_MM, REACH_MM)
        text = f"A hand of {where}" if level == "good" else f"A hand of {where}: the unit is wrong"
        return [Finding(level, text + (", a normal hand size" if level == "good" else ""))]
    size = hand_mm / MEAN_HAND_MM
    what = "large" if size > 1 else "small"
    times = size if size > 1 else 1 / size
    cure = "longer" if size > 1 else "shorter"
    text = f"The hand is too {what}: {where}. Focal length or depth unit is off by {times:.1f}×"
    if level == "doubtful" and size < 1:
        text += ", unless it is a child's"
    better = replace(used, fx=used.fx * size, fy=used.fy * size)
    return [Finding(level, text, better, f"{cure.capitalize()} focal length, {better.fx:.0f} px")]


def _level(value: float, usual: tuple[float, float], possible: tuple[float, float]) -> Level:
    if usual[0] <= value <= usual[1]:
        return "good"
    return "doubtful" if possible[0] <= value <= possible[1] else "wrong"
