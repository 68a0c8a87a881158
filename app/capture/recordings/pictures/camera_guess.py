"""What is assumed of a camera of which nothing is told, and how that is said."""

from __future__ import annotations

from app.capture.base import checked_intrinsics
from app.frames import Intrinsics

USUAL_FOCAL_LENGTH = 0.75  # of the picture's width: between a Kinect's 0.9 and a D435's 0.6


def usual_camera(width: int, height: int) -> tuple[Intrinsics, str]:
    """A usual focal length, the centre in the middle, and the line that says so."""
    focal = USUAL_FOCAL_LENGTH * width
    camera = checked_intrinsics(width, height, focal, focal, (width - 1) / 2, (height - 1) / 2)
    return camera, f"no focal length given, {focal:g} px assumed"
