"""A part of what crops can show: some cameras, hands of one build, one range of views.

For studies in which labels come from one sensor and one family of hands, and the test from another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.hand.pool import N_SHAPES
from app.hand.rotations import sample_facing
from app.hand.shape import SPLITS, Split, shape_pool
from app.synthetic.camera_models import CROP_CAMERAS
from app.synthetic.crops.parameters import LARGEST_WINDOW, sample_cameras

DOMAIN_STREAM = 41  # of its own, beside the block's


@dataclass(frozen=True)
class Domain:
    """What is left of the variety of hands and cameras."""

    cameras: tuple[str, ...] = CROP_CAMERAS
    # shares of the shape pool in the order of `breadth`: 0 the most slender, 1 the broadest
    breadth: tuple[float, float] = (0.0, 1.0)
    facing: bool = False  # the palm towards the camera, fingers up, each within a moderate cone

    def applied(self, drawn: np.ndarray, seed: int, split: Split, block: int) -> np.ndarray:
        """SAMPLE [n] with cameras, hands and views of this domain.

        The block must be without clutter, whose place would have to move with the hand.
        """
        rng = np.random.default_rng([seed, SPLITS.index(split), block, DOMAIN_STREAM])
        samples = drawn.copy()
        hand, view = samples["hand"], samples["view"]
        focal, distance, samples["sensor"] = sample_cameras(rng, self.cameras)
        hand["target_mm"][:, 2] += distance - view["distance_mm"]
        view["distance_mm"] = distance
        view["focal_px"] = np.minimum(focal, LARGEST_WINDOW * distance / view["cube_mm"])
        low, high = (round(share * N_SHAPES) for share in self.breadth)
        people = by_breadth(split)[low:high]
        hand["shape"] = people[rng.integers(0, len(people), len(samples))]
        if self.facing:
            hand["rotation"] = sample_facing(rng, len(samples))
        return samples


@lru_cache(maxsize=2)
def by_breadth(split: Split) -> np.ndarray:
    """int64 [N_SHAPES]: rows of the shape pool, from slender to broad hands."""
    joints = np.stack([shape.joints_mm for shape in shape_pool(0, N_SHAPES, split)])
    across = np.linalg.norm(joints[:, 5] - joints[:, 17], axis=-1)
    along = np.linalg.norm(joints[:, 9] - joints[:, 12], axis=-1)
    return np.argsort(across / along, kind="stable")
