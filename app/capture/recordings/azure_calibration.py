"""The depth camera of an Azure Kinect, from the calibration that the device or a recording gives.

Source: Azure-Kinect-Sensor-SDK, src/transformation (MIT): mode_specific_calibration.c for the modes
and intrinsic_transformation.c for the lens.
"""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.capture.base import Damaged, checked_intrinsics
from app.capture.lens import forward_distortion
from app.capture.recordings.poses import between, pose_of_matrix
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
    cut = MODES[mode]
    size, sensor = (cut.width, cut.height), (cut.sensor, cut.sensor)
    return _camera(_entry(calibration, "Depth"), size, sensor, (cut.left, cut.top))


def colour_camera(
    calibration: bytes | str, width: int, height: int
) -> tuple[Intrinsics | None, np.ndarray | None]:
    """Of colour pictures of a size, and its pose [4, 4], mm, against the depth camera's.

    The sensor has 4 x 3; wide pictures are cut out of its middle. None: not told.
    """
    try:
        entry = _entry(calibration, "PhotoVideo")
        whole = width, width * 3 // 4
        left_out = (whole[1] - height) // 2
        camera, _ = _camera(entry, (width, height), whole, (0, left_out))
        poses = [_pose(place) for place in (_entry(calibration, "Depth"), entry)]
        return camera, between(*poses)
    except (NotARecording, Damaged):
        return None, None


def _pose(entry: dict[str, Any]) -> np.ndarray:
    """float64 [4, 4], metres: from the device's frame to the camera's. Raises as its numbers do."""
    turn, move = _numbers(entry, "Rt", "Rotation"), _numbers(entry, "Rt", "Translation")
    if (len(turn), len(move)) != (9, 3):
        raise NotARecording("the calibration of the camera cannot be read")
    return pose_of_matrix(np.array(turn).reshape(3, 3), np.array(move))


def _camera(
    entry: dict[str, Any], size: tuple[int, int], sensor: tuple[int, int], cut: tuple[int, int]
) -> tuple[Intrinsics, str]:
    """Of pictures cut out of the sensor's at `cut`; numbers are told as shares of the sensor's."""
    numbers = _numbers(entry, "Intrinsics", "ModelParameters")
    if len(numbers) != 14:
        raise NotARecording(f"the calibration has {len(numbers)} numbers for the lens, not 14")
    pinhole = checked_intrinsics(
        *size,
        numbers[2] * sensor[0],
        numbers[3] * sensor[1],
        numbers[0] * sensor[0] - cut[0] - 0.5,
        numbers[1] * sensor[1] - cut[1] - 0.5,
    )
    k1, k2, k3, k4, k5, k6, _, _, p2, p1 = numbers[4:]
    lens = (k1, k2, p1, p2, k3, k4, k5, k6)
    if max(map(abs, lens)) > LARGEST:
        raise NotARecording("the lens coefficients are not believable")
    return forward_distortion(pinhole, "rational", lens)


def _entry(calibration: bytes | str, purpose: str) -> dict[str, Any]:
    """What is told of one of the cameras: "Depth" or "PhotoVideo". Raises NotARecording."""
    try:
        text = calibration.decode("utf-8") if isinstance(calibration, bytes) else calibration
        cameras = json.loads(text.rstrip("\0"))["CalibrationInformation"]["Cameras"]
        return next(c for c in cameras if c["Purpose"].endswith(f"CameraPurpose{purpose}"))
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
