"""The door for programs: any source, or depth images of one's own, in; hands out.

    from app.api import JOINT_NAMES, HandTracker

    tip = JOINT_NAMES.index("index_tip")
    for seen in HandTracker().watch("recording.bag"):
        for hand in seen.hands:
            print(seen.frame.index, hand.side, hand.joints_mm[tip])

`docs/api.md` is its page. Camera frame everywhere: x right, y down, z forward, millimetres; pixel
centres lie at integer coordinates. Errors are an `AppError` with one line for the user, or a
ValueError where an argument makes no sense.
"""

from app.api.hands import FoundHand, FrameHands
from app.api.tracker import HandTracker
from app.config import CameraConfig, EstimatorConfig
from app.errors import AppError
from app.frames import Intrinsics
from app.skeleton import BONES, JOINT_NAMES

__all__ = [
    "BONES",
    "JOINT_NAMES",
    "AppError",
    "CameraConfig",
    "EstimatorConfig",
    "FoundHand",
    "FrameHands",
    "HandTracker",
    "Intrinsics",
]
