"""One crop and what was synthesised for it: how far apart they are, and what depths they span."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.cv import cv2
from app.frames import CUBE_MM
from widgets.parts.colours import BACKGROUND_FROM

SCALE_STEP_MM = 10.0  # ends of the colour scale move in such steps
LEAST_SPAN_MM = 40.0  # of the scale
_CROSS = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True)
class Comparison:
    """One crop and its synthesis: float32 [128, 128] in [-1, 1] each, or None."""

    crop: np.ndarray | None
    synthesised: np.ndarray | None
    cube_mm: float = CUBE_MM

    def difference_mm(self) -> np.ndarray | None:
        """Synthesised minus crop: float32 [128, 128] mm.

        NaN where both are background, and over the forearm, which the network never draws.
        """
        if self.crop is None or self.synthesised is None:
            return None
        both = (self.crop >= BACKGROUND_FROM) & (self.synthesised >= BACKGROUND_FROM)
        left_out = both | forearm(self.crop, self.synthesised)
        gap = (self.synthesised - self.crop) * np.float32(self.cube_mm / 2)
        return np.where(left_out, np.nan, gap)

    def mean_gap_mm(self) -> float | None:
        """Mean distance over the pixels where both show the hand; None where they never do."""
        if self.crop is None or self.synthesised is None:
            return None
        both = (self.crop < BACKGROUND_FROM) & (self.synthesised < BACKGROUND_FROM)
        if not both.any():
            return None
        return float(np.abs(self.synthesised - self.crop)[both].mean()) * self.cube_mm / 2

    def span_mm(self) -> tuple[float, float] | None:
        """Depths that the two show, nearest and farthest, about the cube's middle; None: none."""
        shown = [image[image < BACKGROUND_FROM] for image in (self.crop, self.synthesised)
                 if image is not None]  # fmt: skip
        values = np.concatenate(shown) if shown else np.zeros(0)
        if not values.size:
            return None
        near, far = np.percentile(values, (1, 99)) * self.cube_mm / 2
        near, far = (
            float(end(value / SCALE_STEP_MM) * SCALE_STEP_MM)
            for end, value in ((np.floor, near), (np.ceil, far))
        )
        return near, max(far, near + LEAST_SPAN_MM)


def forearm(crop: np.ndarray, synthesised: np.ndarray) -> np.ndarray:
    """Pixels that the crop alone shows, in a piece that leads to its edge: bool [128, 128]."""
    alone = (crop < BACKGROUND_FROM) & (synthesised >= BACKGROUND_FROM)
    solid = cv2.erode(alone.astype(np.uint8), _CROSS, borderType=cv2.BORDER_REPLICATE)
    _, pieces = cv2.connectedComponents(solid, connectivity=8)
    rim = np.concatenate([pieces[0], pieces[-1], pieces[:, 0], pieces[:, -1]])
    found = np.isin(pieces, np.unique(rim[rim > 0])).astype(np.uint8)
    return alone & (cv2.dilate(found, _CROSS, iterations=2) > 0)
