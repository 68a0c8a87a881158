"""Depth images and cameras as a program has them, made into ours or refused by a ValueError."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from app.capture.base import checked_intrinsics
from app.errors import NotARecording
from app.frames import Intrinsics, read_only

FINE_MM = 0.125  # step to which numbers with a fraction are rounded
NEAREST_MM = 50.0  # what is all nearer than this is no depth image in millimetres
LARGEST = np.iinfo(np.uint16).max


def as_raw_depth(depth: np.ndarray, unit_mm: float) -> tuple[np.ndarray, float]:
    """Depth [H, W] in steps of `unit_mm` -> uint16 [H, W], 0 = no reading, and its own step in mm.

    Integers are copied; other numbers are rounded to FINE_MM, and what is too far for that counts
    as no reading. Raises ValueError.
    """
    depth = np.asarray(depth)
    if depth.ndim != 2 or 0 in depth.shape:
        raise ValueError(f"depth: an image [H, W] is wanted, not {list(depth.shape)}")
    if depth.dtype.kind not in "iuf":
        raise ValueError(f"depth: numbers are wanted, not {depth.dtype}")
    if depth.dtype.kind == "f":
        steps, unit_mm = depth * (unit_mm / FINE_MM), FINE_MM
        with np.errstate(invalid="ignore"):  # no reading, often: not a number
            steps = np.rint(np.where((steps > 0) & (steps <= LARGEST), steps, 0))
    elif depth.max() > LARGEST:
        raise ValueError(f"depth: steps up to {LARGEST} are read, not {depth.max()}")
    else:
        steps = np.maximum(depth, 0)
    if 0 < steps.max() * unit_mm < NEAREST_MM:
        nearest = steps.max() * unit_mm
        raise ValueError(f"depth: {nearest:.3g} mm is the farthest; is depth_unit_mm right?")
    return read_only(steps.astype(np.uint16)), unit_mm


def checked_unit(depth_unit_mm: float) -> float:
    """Millimetres of one step of depth. Raises ValueError where no image can have such."""
    if not (np.isfinite(depth_unit_mm) and 1e-4 <= depth_unit_mm <= 1000):
        raise ValueError(f"depth_unit_mm: {depth_unit_mm} is not believable")
    return float(depth_unit_mm)


def as_intrinsics(given: Intrinsics | Sequence[float], shape: tuple[int, ...]) -> Intrinsics:
    """The camera of an image of this shape. Raises ValueError where it is none, or of another."""
    height, width = shape
    if not isinstance(given, Intrinsics):
        if len(given) != 4:
            raise ValueError(f"intrinsics: fx, fy, cx, cy, not {len(given)} numbers")
        fx, fy, cx, cy = map(float, given)
        given = Intrinsics(width, height, fx, fy, cx, cy)
    if (given.width, given.height) != (width, height):
        told = f"{given.width} x {given.height}"
        raise ValueError(f"intrinsics of {told} pixels for an image of {width} x {height}")
    try:
        lens = given.distortion
        return checked_intrinsics(width, height, given.fx, given.fy, given.cx, given.cy, lens)
    except NotARecording as error:
        raise ValueError(f"intrinsics: {error.message}") from error
