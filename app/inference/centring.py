"""Where to crop a followed hand.

Segmentation gives the middle of the visible surface, the network was trained on crops round the
mean of the joints, and the two lie some 20-30 mm apart (forearm, far side of the hand). The
difference changes slowly, so it is learnt while a hand is followed; and the centre is filtered,
because a crop that jitters moves the joints.
"""

from __future__ import annotations

import numpy as np

from app.frames import HandRegion
from app.inference.filters import OneEuro

CUTOFF_HZ = 3.0  # of a hand at rest
LEARN = 0.3  # weight of a new frame's offset
FARTHEST_MM = 60.0  # no offset is longer


class CropCentre:
    """Follows one hand; `reset` for the next."""

    def __init__(self, beta_per_mm: float, smoothing: bool = True):
        self.smoothing = smoothing
        self._filter = OneEuro(CUTOFF_HZ, beta_per_mm)
        self.reset()

    def configure(self, beta_per_mm: float, smoothing: bool) -> None:
        """From the next frame on; what was learnt stays."""
        self.smoothing, self._filter.beta_per_mm = smoothing, beta_per_mm

    def reset(self) -> None:
        """Another hand: nothing is known about it."""
        self._filter.reset()
        self._offset_mm: np.ndarray | None = None

    def place(self, region: HandRegion, t_s: float) -> np.ndarray:
        """float32 [3] mm: where to crop for this region."""
        centre = region.centre_mm
        if not region.tracked:
            return centre
        if self._offset_mm is not None:
            centre = centre + self._offset_mm
        return self._filter(centre[None], t_s)[0] if self.smoothing else centre

    def learn(self, region: HandRegion, joints_centre_mm: np.ndarray) -> None:
        """The joints' mean [3] that the network found for a region."""
        offset = (joints_centre_mm - region.centre_mm).astype(np.float32)
        offset *= min(1.0, FARTHEST_MM / max(float(np.linalg.norm(offset)), 1e-6))
        before = offset if self._offset_mm is None else self._offset_mm
        self._offset_mm = before + np.float32(LEARN) * (offset - before)
