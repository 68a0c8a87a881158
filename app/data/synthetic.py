"""Synthetic hands as training data: crops and poses drawn on the fly, made by background processes.

Sample i of a source depends on (seed, i) alone, so the number of workers never changes what the
network sees.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.data.sample import IMAGE_SIZE, Batch
from app.data.source import (
    Arrays,
    Layout,
)
from app.hand.asset import Identities
from app.hand.shape import Split

CROP_LAYOUT: Layout = {
    "images": ((IMAGE_SIZE, IMAGE_SIZE), "float32"),
    "clean": ((IMAGE_SIZE, IMAGE_SIZE), "float32"),
    "joints": ((21, 3), "float32"),
    "cube_mm": ((), "float32"),
    "perspective": ((), "float32"),
    "present": ((), "bool"),
}


@dataclass
class CropSource:
    """Labelled crops from `CropGenerator`, made on first use in the process that uses it."""

    seed: int
    split: Split = "train"
    options: dict[str, Any] = field(default_factory=dict)  # further arguments of CropGenerator
    layout: Layout = field(default_factory=lambda: dict(CROP_LAYOUT))
    _generator: Any = field(default=None, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return self.__dict__ | {"_generator": None}

    def generator(self) -> Any:
        """The CropGenerator behind this source."""
        if self._generator is None:
            from app.synthetic.crops.generator import CropGenerator

            self._generator = CropGenerator(self.seed, split=self.split, **self.options)
        return self._generator

    def arrays(self, start: int, n: int) -> Arrays:
        made = self.generator().batch(start, n)
        cube = np.asarray(made.cube_mm, np.float32)
        return {
            "images": made.images,
            "clean": made.clean,
            "joints": (made.joints / (cube[:, None, None] / 2)).astype(np.float32),
            "cube_mm": cube,
            "perspective": cube / 2 / made.centre_mm[:, 2],
            "present": made.present,
        }

    def batch(self, start: int, n: int) -> Batch:
        """Samples start .. start + n - 1 as a Batch, made in this process."""
        return Batch(**self.arrays(start, n))


def sample_poses(
    seed: int,
    n: int,
    split: Split = "train",
    shapes: int = 256,
    identities: Identities | None = None,
) -> np.ndarray:
    """float32 [n, 21, 3] mm: joints of random poses and hands, in the rig's rest axes.

    No rotation, no cube. `identities` as for `CropGenerator`.

    `n` is rounded up to a whole number of poses per hand shape.
    """
    from app.hand.kinematics import pose_joints_batch
    from app.hand.pool import mixed_pool
    from app.hand.prior import load_prior

    rng = np.random.default_rng([seed, 7])
    pool = mixed_pool(seed, shapes, split, identities or "both")
    each = -(-n // len(pool))
    theta = load_prior().sample(rng, each * len(pool), split=split)
    return np.concatenate(
        [pose_joints_batch(theta[i * each : (i + 1) * each], shape) for i, shape in enumerate(pool)]
    )
