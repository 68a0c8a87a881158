"""Why a hand is to be believed less than the network believes it: reasons as data, one line each.

The network judges a crop by itself. It cannot know that the picture ends in the middle of the hand,
that no hand was ever shown to it so near, or that the focal length is another camera's. Whoever
shows or reports a hand asks `doubts` for what speaks against it, from the estimate, the limits of
the method and the findings of the camera check, and shows `honest_confidence` in place of the
network's own number. Files and streams keep the network's.

In the window: `doubts(result.frame, hand, check.findings())` at every result; the hand is shown
with `honest_confidence(hand, reasons)`, in the colour of a doubtful one where that is below
`app.segmentation.tracker.SURE`, and with `reasons[0].message`, the weightiest, as its one sentence.
Runs without a window ask the same (`app/headless.py`).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

import numpy as np

from app.frames import DepthFrame, HandEstimate
from app.geometry import project
from app.inference.camera_check import Finding
from app.inference.handedness import map_residual

RANGE_MM = (150.0, 1500.0)  # distance of a hand that is found with full trust
NEAR_SCALE, FAR_SCALE = 0.2, 0.4  # an excess by this share of the limit takes off a factor of e
CUT_JOINTS = 3.0  # so many joints outside the picture, or hidden, take off a factor of e
HIDDEN_MM = 40.0  # no skin lies further before the hand's nearest joint
UNLIKE = 0.25  # `map_residual`, half cubes, from which the answer does not fit the picture
UNSURE = 0.5  # confidence below which the network itself is in doubt
CAMERA_WRONG, CAMERA_DOUBTFUL = 0.2, 0.45  # confidence that is left under such settings


class ReasonKind(Enum):
    """What a reason is about; its value is the word used in files."""

    CAMERA = "camera"  # depth unit or intrinsics look wrong
    TOO_NEAR = "too_near"
    TOO_FAR = "too_far"
    CUT = "cut"  # a part of the hand is outside the picture
    HIDDEN = "hidden"  # something stands before a part of it
    UNLIKE = "unlike"  # the synthesised depth does not fit the picture
    UNSURE = "low_confidence"  # the network says so itself


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that speaks against a hand."""

    kind: ReasonKind
    message: str  # one sentence without a full stop
    most: float  # 0..1: confidence that is left at most


def doubts(
    frame: DepthFrame, hand: HandEstimate, findings: Iterable[Finding] = ()
) -> tuple[Reason, ...]:
    """What speaks against this hand of this frame, the weightiest first; empty: nothing does.

    frame: with the camera it was estimated with, as a `FrameResult` holds it. findings: of the
    `CameraCheck` that has followed its source.
    """
    found = [reason for finding in findings if (reason := _of_camera(finding)) is not None]
    for look in _LOOKS:
        reason = look(frame, hand)
        if reason is not None:
            found.append(reason)
    if not found and hand.confidence < UNSURE:
        found = [Reason(ReasonKind.UNSURE, "The network is not sure of this hand", hand.confidence)]
    return tuple(sorted(found, key=lambda reason: reason.most))


def honest_confidence(hand: HandEstimate, reasons: Iterable[Reason]) -> float:
    """0..1: the network's own confidence, or what the reasons leave of it."""
    return min(hand.confidence, *(reason.most for reason in reasons), 1.0)


def _of_camera(finding: Finding) -> Reason | None:
    if finding.level == "good":
        return None
    most = CAMERA_WRONG if finding.level == "wrong" else CAMERA_DOUBTFUL
    return Reason(ReasonKind.CAMERA, finding.text, most)


def _check_distance(_: DepthFrame, hand: HandEstimate) -> Reason | None:
    distance_mm = float(hand.joints_raw_mm[:, 2].mean())
    nearest, farthest = RANGE_MM
    away = f"The hand is {distance_mm / 10:.0f} cm away"
    if distance_mm < nearest:
        excess = (nearest / max(distance_mm, 1.0) - 1) / NEAR_SCALE
        message = f"{away}: nearer than {nearest / 10:.0f} cm joints are guessed"
        return Reason(ReasonKind.TOO_NEAR, message, UNSURE * math.exp(-excess))
    if distance_mm > farthest:
        excess = (distance_mm / farthest - 1) / FAR_SCALE
        message = f"{away}: beyond {farthest / 10:.0f} cm too little of it is seen"
        return Reason(ReasonKind.TOO_FAR, message, UNSURE * math.exp(-excess))
    return None


def _check_border(frame: DepthFrame, hand: HandEstimate) -> Reason | None:
    count = int(np.count_nonzero(~_inside(frame, _pixels(frame, hand))))
    if count == 0:
        return None
    message = f"{count} of 21 joints {_are(count)} outside the picture and only guessed"
    return Reason(ReasonKind.CUT, message, math.exp(-count / CUT_JOINTS))


def _check_hidden(frame: DepthFrame, hand: HandEstimate) -> Reason | None:
    pixels = _pixels(frame, hand)
    seen = _inside(frame, pixels)
    columns, rows = pixels[seen].T
    reading_mm = frame.depth_raw[rows, columns] * frame.depth_unit_mm
    before = reading_mm < hand.joints_raw_mm[:, 2].min() - HIDDEN_MM
    count = int(np.count_nonzero((reading_mm > 0) & before))
    if count == 0:
        return None
    message = f"Something in front of the hand hides {count} of 21 joints"
    return Reason(ReasonKind.HIDDEN, message, math.exp(-count / CUT_JOINTS))


def _check_likeness(_: DepthFrame, hand: HandEstimate) -> Reason | None:
    if hand.synthesised is None:
        return None
    if map_residual(hand.crop.image, hand.synthesised) < UNLIKE:
        return None
    return Reason(ReasonKind.UNLIKE, "The synthesised hand does not fit the picture", UNSURE)


_LOOKS: tuple[Callable[[DepthFrame, HandEstimate], Reason | None], ...] = (
    _check_distance,
    _check_border,
    _check_hidden,
    _check_likeness,
)


def _pixels(frame: DepthFrame, hand: HandEstimate) -> np.ndarray:
    """int64 [21, 2]: columns and rows of the joints, far outside where one is behind the camera."""
    joints = hand.joints_raw_mm
    far = np.array(frame.depth_raw.shape[::-1]) * 2.0
    pixels = np.nan_to_num(project(joints, frame.intrinsics), nan=-1.0)
    return np.round(np.clip(pixels, -1.0, far)).astype(np.int64)


def _inside(frame: DepthFrame, pixels: np.ndarray) -> np.ndarray:
    """bool [21]: the joint's pixel is in the picture."""
    rows, columns = frame.depth_raw.shape
    x, y = pixels[:, 0], pixels[:, 1]
    return (x >= 0) & (y >= 0) & (x < columns) & (y < rows)


def _are(count: int) -> str:
    return "is" if count == 1 else "are"
