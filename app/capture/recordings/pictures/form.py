"""Which numbers depth was saved as, and how they become 16-bit steps of one unit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.capture.recordings.pictures.depth_values import (
    MOST,
    fitting_unit_mm,
    metres_in_disguise,
    readings,
    to_steps,
)


@dataclass(frozen=True, slots=True)
class DepthForm:
    """How numbers become depth."""

    scale_mm: float = 1.0  # of one number
    unit_mm: float = 1.0  # of one step

    def steps(self, values: np.ndarray) -> np.ndarray:
        """uint16 [...], read-only; what is no reading is 0."""
        if np.issubdtype(values.dtype, np.integer) and self.scale_mm == self.unit_mm:
            values = values.astype(values.dtype.newbyteorder("="), copy=False)
            if values.dtype == np.uint16:
                return to_steps(values, 1.0, 1.0)
        return to_steps(values, self.scale_mm, self.unit_mm)


def form_of(
    samples: Sequence[np.ndarray], unit_mm: float | None, name: str = "depth"
) -> tuple[DepthForm, str]:
    """The form of pictures like these, and a note where it was guessed.

    unit_mm: of one number, where it is told. Whole numbers are millimetres, others metres or
    millimetres as their size tells.
    """
    whole = all(np.issubdtype(sample.dtype, np.integer) for sample in samples)
    if whole:
        scale_mm = 1.0 if unit_mm is None else unit_mm
        farthest = max((int(r.max()) for r in map(readings, samples) if r.size), default=0)
        if farthest <= MOST:
            return DepthForm(scale_mm, scale_mm), ""
        unit = fitting_unit_mm([sample * scale_mm for sample in samples])
        return DepthForm(scale_mm, unit), ""
    metres = unit_mm is None and metres_in_disguise(samples)
    scale_mm = unit_mm or (1000.0 if metres else 1.0)
    unit = fitting_unit_mm([sample.astype(np.float64) * scale_mm for sample in samples])
    return DepthForm(scale_mm, unit), f"{name} holds metres" if metres else ""
