"""The depth camera of an Azure Kinect, from the calibration that the device or a recording gives.

Source: Azure-Kinect-Sensor-SDK, src/transformation (MIT): mode_specific_calibration.c for the modes
and intrinsic_transformation.c for the lens.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

from app.capture.base import checked_intrinsics
from app.capture.lens import forward_distortion
from app.errors import NotARecording
from app.frames import Intrinsics

LARGEST = 100.0  # of a lens coefficient


@dataclass(frozen=True, slots=True)
class DepthMode:
    """A mode's picture, cut out of the sensor's, which was binned to `sensor` pixels a side."""

    width: int
    height: int
    sensor: int
    left: int = 0
    top: int = 0


MODES = {
    "NFOV_2X2BINNED": DepthMode(320, 288, 512, 96, 90),
    "NFOV_UNBINNED": DepthMode(640, 576, 1024, 192, 180),
    "WFOV_2X2BINNED": DepthMode(512, 512, 512),
    "WFOV_UNBINNED": DepthMode(1024, 1024, 1024),
}


def depth_camera(calibration: bytes | str, mode: str) -> tuple[Intrinsics, str]:
    """Intrinsics of the depth pictures in a mode, for instance "NFOV_UNBINNED".

    Beside them a note where they do not say it all. Raises NotARecording where the calibration is
    damaged or foreign.
    """
    if mode not in MODES:
        raise NotARecording(f"a depth mode {mode[:30]!r} of an Azure Kinect is not known")
    camera = _depth_entry(calibration)
    numbers = _numbers(camera, "Intrinsics", "ModelParameters")
    if len(numbers) != 14:
        raise NotARecording(f"the calibration has {len(numbers)} numbers for the lens, not 14")
    cut = MODES[mode]
    pinhole = checked_intrinsics(
        cut.width,
        cut.height,
        numbers[2] * cut.sensor,
        numbers[3] * cut.sensor,
        numbers[0] * cut.sensor - cut.left - 0.5,
        numbers[1] * cut.sensor - cut.top - 0.5,
    )
    k1, k2, k3, k4, k5, k6, _, _, p2, p1 = numbers[4:]
    lens = (k1, k2, p1, p2, k3, k4, k5, k6)
    if max(map(abs, lens)) > LARGEST:
        raise NotARecording("the lens coefficients are not believable")
    return forward_distortion(pinhole, "rational", lens)


def _depth_entry(calibration: bytes | str) -> dict[str, Any]:
    try:
        text = calibration.decode("utf-8") if isinstance(calibration, bytes) else calibration
        cameras = json.loads(text.rstrip("\0"))["CalibrationInformation"]["Cameras"]
        return next(c for c in cameras if c["Purpose"].endswith("CameraPurposeDepth"))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, StopIteration):
        raise NotARecording("the calibration of the camera cannot be read") from None


def _numbers(camera: dict[str, Any], *keys: str) -> list[float]:
    value: Any = camera
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    if not isinstance(value, list) or not all(
        isinstance(v, int | float) and math.isfinite(v) and abs(v) < 1e300 for v in value
    ):
        raise NotARecording("the calibration of the camera cannot be read")
    return [float(v) for v in value]
