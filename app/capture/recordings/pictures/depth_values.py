"""Depth written as other numbers than 16-bit steps, as 16-bit steps of a unit that fits."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from app.frames import read_only

MOST = np.iinfo(np.uint16).max
NEAREST_MM = 20.0  # no depth camera sees nearer: smaller medians are metres
EXACT_UNITS_MM = (1.0, 0.5, 0.25, 0.2, 0.125, 0.1)
FINE_UNITS_MM = (0.1, 0.125, 0.2, 0.25, 0.5, 1.0)  # the first whose 16 bits reach far enough
ROOM = 1.25  # later pictures may show things farther off than the first ones
SLACK = 0.02  # of a step: float32 metres are this near to whole steps where they were made of such


def readings(values: np.ndarray) -> np.ndarray:
    """Those of `values` that are readings: finite and above zero; one axis."""
    return values[np.isfinite(values) & (values > 0)]


def metres_in_disguise(samples: Iterable[np.ndarray]) -> bool:
    """Are depths of an unknown unit metres? Their median tells: it is no 20 mm, nor 20 m."""
    found = [readings(sample) for sample in samples]
    together = np.concatenate(found) if found else np.zeros(0)
    return bool(together.size) and float(np.median(together)) < NEAREST_MM


def fitting_unit_mm(samples_mm: Iterable[np.ndarray]) -> float:
    """The unit in which 16 bits hold these depths (float, mm): exactly where one does."""
    found = [readings(sample).astype(np.float64) for sample in samples_mm]
    together = np.concatenate(found) if found else np.zeros(0)
    if not together.size:
        return 1.0
    farthest_mm = float(together.max())
    for unit_mm in EXACT_UNITS_MM:
        steps = together / unit_mm
        if farthest_mm <= unit_mm * MOST and np.abs(steps - np.rint(steps)).max() < SLACK:
            return unit_mm
    return next((u for u in FINE_UNITS_MM if farthest_mm * ROOM <= u * MOST), 1.0)


def to_steps(values: np.ndarray, scale_mm: float, unit_mm: float) -> np.ndarray:
    """uint16, read-only: `values` times `scale_mm` millimetres in steps of `unit_mm`.

    What is no number, not above zero or beyond 16 bits has no reading.
    """
    factor = scale_mm / unit_mm
    if values.dtype == np.uint16 and math.isclose(factor, 1.0):
        return read_only(values)
    with np.errstate(invalid="ignore", over="ignore"):
        steps = np.rint(values.astype(np.float64) * factor)
        good = (steps > 0) & (steps <= MOST)  # NaN is neither
    return read_only(np.where(good, steps, 0).astype(np.uint16))
