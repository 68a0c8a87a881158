"""What cameras are like: typical numbers of the common ones, and frames with better numbers.

The numbers are those of one unit of each kind, or of its data sheet where there is none: a user's
own camera differs by a few percent, its principal point by some ten pixels.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from app.config import CameraConfig
from app.frames import ColourImage, DepthFrame, Frame, Intrinsics

SHAPE_TOLERANCE = 0.01  # by which the shape of a scaled image may differ from a mode's
NOT_DISTORTED = (0.0, 0.0, 0.0, 0.0, 0.0)
AnyFrame = TypeVar("AnyFrame", bound=Frame)


@dataclass(frozen=True, slots=True)
class CameraMode:
    """One image size of a camera. Pixels; pixel centres at integers."""

    width: int
    height: int
    focal: float
    cx: float
    cy: float


@dataclass(frozen=True, slots=True)
class CameraPreset:
    """A kind of depth camera."""

    name: str
    depth_unit_mm: float
    modes: tuple[CameraMode, ...]

    def camera_for(self, width: int, height: int) -> CameraConfig | None:
        """Its numbers for an image of this size, scaled where only the shape is a mode's.

        None: it gives no image of this shape.
        """
        exact = [m for m in self.modes if (m.width, m.height) == (width, height)]
        shape = width / height
        alike = [m for m in self.modes if abs(m.width / m.height / shape - 1) < SHAPE_TOLERANCE]
        if not exact and not alike:
            return None
        mode = (exact or alike)[0]
        scale = width / mode.width
        return CameraConfig(
            fx=mode.focal * scale,
            fy=mode.focal * scale,
            cx=(mode.cx + 0.5) * scale - 0.5,
            cy=(mode.cy + 0.5) * scale - 0.5,
            depth_unit_mm=self.depth_unit_mm,
        )


def _middle(width: int, height: int, focal: float) -> CameraMode:
    return CameraMode(width, height, focal, (width - 1) / 2, (height - 1) / 2)


PRESETS: tuple[CameraPreset, ...] = (
    CameraPreset("RealSense SR305 / SR300", 0.125, (CameraMode(640, 480, 475.1, 312.0, 244.5),)),
    CameraPreset(
        "RealSense D415",
        1.0,
        (_middle(1280, 720, 905.0), _middle(848, 480, 600.0), _middle(640, 480, 603.0)),
    ),
    CameraPreset(
        "RealSense D435 / D455",
        1.0,
        (_middle(1280, 720, 638.0), _middle(848, 480, 423.0), _middle(640, 480, 384.0)),
    ),
    CameraPreset("RealSense L515", 0.25, (_middle(640, 480, 460.0), _middle(1024, 768, 736.0))),
    CameraPreset("Kinect v1", 1.0, (CameraMode(640, 480, 585.0, 319.5, 239.5),)),
    CameraPreset("Kinect v2", 1.0, (CameraMode(512, 424, 365.5, 257.0, 208.0),)),
    CameraPreset(
        "Azure Kinect, narrow",
        1.0,
        (CameraMode(640, 576, 503.8, 321.5, 329.0), CameraMode(320, 288, 251.9, 160.5, 164.2)),
    ),
    CameraPreset(
        "Azure Kinect, wide",
        1.0,
        (CameraMode(1024, 1024, 503.8, 513.5, 509.0), CameraMode(512, 512, 251.9, 256.5, 254.2)),
    ),
    CameraPreset("Orbbec Astra, Xtion", 1.0, (_middle(640, 480, 570.3),)),
    CameraPreset("Senz3D / DS325 (ICVL, MSRA)", 1.0, (_middle(320, 240, 241.4),)),
)


def corrected_intrinsics(given: Intrinsics, camera: CameraConfig) -> Intrinsics:
    """What the source says, but for the numbers that `camera` knows better."""
    known = {n: getattr(camera, n) for n in ("fx", "fy", "cx", "cy") if getattr(camera, n) > 0}
    if camera.pinhole:
        known["distortion"] = NOT_DISTORTED
    return replace(given, **known) if known else given


def corrected_frame(frame: AnyFrame, camera: CameraConfig) -> AnyFrame:
    """The same picture with the numbers that `camera` knows better; pixels are not touched."""
    if camera == CameraConfig():
        return frame
    known = frame.camera
    if known is None:
        return frame
    intrinsics = corrected_intrinsics(known, camera)
    colour = frame.colour
    if colour is not None and (frame.camera is colour.intrinsics or _lies_on(colour, known)):
        colour = replace(colour, intrinsics=intrinsics)
    if not isinstance(frame, DepthFrame):
        return replace(frame, colour=colour)
    unit_mm = camera.depth_unit_mm or frame.depth_unit_mm
    return replace(frame, intrinsics=intrinsics, depth_unit_mm=unit_mm, colour=colour)


def _lies_on(colour: ColourImage, camera: Intrinsics) -> bool:
    """Does the colour picture lie on the depth of this camera, pixel by pixel?"""
    pose = colour.colour_from_depth
    return colour.intrinsics == camera and pose is not None and np.array_equal(pose, np.eye(4))


def camera_of(intrinsics: Intrinsics, depth_unit_mm: float) -> CameraConfig:
    """The numbers in use, none of them left to the source."""
    return CameraConfig(
        intrinsics.fx,
        intrinsics.fy,
        intrinsics.cx,
        intrinsics.cy,
        depth_unit_mm,
        not intrinsics.distorted,
    )
