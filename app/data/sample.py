"""The one batch type of every data set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.frames import CROP_SIZE

IMAGE_SIZE = CROP_SIZE


@dataclass(frozen=True)
class Batch:
    """n samples of right hands in crops.

    Joints: joints_norm = mm relative to the crop's centre / (cube_mm / 2).
    """

    images: np.ndarray  # float32 [n, 128, 128] in [-1, 1], as a sensor sees them
    clean: np.ndarray  # float32 [n, 128, 128], the hand up to its wrist, no noise: Gen's target
    joints: np.ndarray  # float32 [n, 21, 3], joints_norm, the crop's virtual camera frame
    cube_mm: np.ndarray  # float32 [n]
    perspective: np.ndarray  # float32 [n]: half the cube over its distance from the camera
    present: np.ndarray  # bool [n]; False: a crop without a hand, its joints mean nothing

    def __len__(self) -> int:
        return len(self.images)

    def joints_mm(self) -> np.ndarray:
        """float32 [n, 21, 3] mm relative to the crop's centre."""
        return self.joints * (self.cube_mm / 2)[:, None, None]
