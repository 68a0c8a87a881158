"""Endless training crops: a posed hand among clutter, seen by a random camera, cut to 128 x 128.

The crop's geometry is that of `app.segmentation.crop`: a virtual camera on the axis through the
cube's centre at distance d; pixel (u, v) looks along x/z = (u - 63.5) / 128 * cube / d; value = (z
- d) / (cube / 2), outside +1. Sample i depends on (seed, split, i) alone: its numbers come from
block i // 256, its noise from its own seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from app.frames import CROP_SIZE, CUBE_MM
from app.hand.asset import IDENTITIES_OF, Identities
from app.hand.pool import load_hand_pool
from app.hand.prior import load_prior, load_prior_with
from app.hand.shape import Split
from app.synthetic.crops.domain import Domain
from app.synthetic.crops.kinds import WildKinds
from app.synthetic.crops.parameters import BLOCK, draw_samples
from app.synthetic.crops.render import DepthRenderer
from app.synthetic.crops.sample import SAMPLE
from app.synthetic.kinds import WildKind


@dataclass(frozen=True)
class CropBatch:
    """n samples. A negative (present False) shows no hand: joints 0, its clean image empty."""

    images: np.ndarray  # float32 [n, 128, 128] in [-1, 1], as a camera would give it
    clean: np.ndarray  # float32 [n, 128, 128] in [-1, 1], the hand up to the wrist, without noise
    joints: np.ndarray  # float32 [n, 21, 3] mm from the cube's centre, virtual camera's axes
    centre_mm: np.ndarray  # float32 [n, 3] = (0, 0, d)
    cube_mm: np.ndarray  # float32 [n]
    present: np.ndarray  # bool [n]
    seen: np.ndarray  # bool [n, 21]: nothing hides the joint, the hand itself neither
    theta: np.ndarray  # float32 [n, 31] rad
    identity: np.ndarray  # int64 [n] number of the mesh among `asset.IDENTITIES_OF[identities]`
    shape_index: np.ndarray  # int64 [n] in the pool of the split and the mesh
    scale: np.ndarray  # float32 [n] hand size over the mean hand's


class CropGenerator:
    """Batches of crops by number. Safe to use from several threads.

    `clutter=False`: hand, forearm and sensor alone, and no negatives.
    `poses`: a file of recorded poses in place of the prior's mixture (`prior.load_prior_with`).
    `domain`: cameras, hands and views of one kind alone; without clutter.
    `kinds`: shares of the kinds of `app.synthetic.kinds`; the others are plain.
    `identities`: whose hands; both, three to one, where nothing is said, but in a domain the first.
    """

    def __init__(
        self,
        seed: int,
        split: Split = "train",
        cube_mm: float = CUBE_MM,
        size: int = CROP_SIZE,
        clutter: bool = True,
        poses: Path | None = None,
        domain: Domain | None = None,
        identities: Identities | None = None,
        kinds: Mapping[WildKind, float] | None = None,
    ):  # many: what a generator can be asked for, each by its name
        if domain is not None and clutter:
            raise ValueError("a domain is drawn without clutter")
        self.domain = domain
        self.seed, self.split, self.size = seed, split, size
        self.cube_mm, self.clutter = cube_mm, clutter
        self._prior = load_prior() if poses is None else load_prior_with(Path(poses))
        self.identities: Identities = identities or ("both" if domain is None else "makehuman")
        self._pools = [load_hand_pool(one, split) for one in IDENTITIES_OF[self.identities]]
        self._kinds = WildKinds(kinds, self._pools, seed, split) if kinds else None
        self._renderer = DepthRenderer(self._pools, split)
        self._block = lru_cache(maxsize=4)(self._draw_block)

    def _draw_block(self, number: int) -> np.ndarray:
        """SAMPLE [256]."""
        options = self._prior, self.cube_mm, self.clutter, self.identities
        drawn = draw_samples(self.seed, self.split, number, *options)
        if self._kinds is not None:
            drawn = self._kinds.applied(drawn, number)
        if self.domain is None:
            return drawn
        return self.domain.applied(drawn, self.seed, self.split, number)

    def batch(self, start: int, n: int, clean: bool = True) -> CropBatch:
        """Samples start .. start + n - 1.

        `clean=False` leaves the clean images out (all +1), which saves a quarter of the time.
        """
        samples = self.samples(start, n)
        hand, view, present = samples["hand"], samples["view"], samples["present"]
        images, targets = (np.ones((n, self.size, self.size), np.float32) for _ in range(2))
        joints, centre = np.zeros((n, 21, 3), np.float32), np.zeros((n, 3), np.float32)
        seen = np.zeros((n, 21), bool)
        for k in range(n):
            target = targets[k] if clean and present[k] else None
            drawn = self._renderer.draw(samples[k, ...], images[k], target)
            if present[k]:
                joints[k], seen[k] = drawn
        centre[:, 2] = view["distance_mm"]
        people = zip(hand["identity"], hand["shape"], strict=True)
        return CropBatch(
            images,
            targets,
            joints,
            centre,
            view["cube_mm"].copy(),
            present.copy(),
            seen,
            hand["theta"].copy(),
            hand["identity"].copy(),
            hand["shape"].copy(),
            np.array([self._pools[i].scale[s] for i, s in people], np.float32),
        )

    def samples(self, start: int, n: int) -> np.ndarray:
        """SAMPLE [n]: what samples start .. start + n - 1 show."""
        samples = np.empty(n, SAMPLE)
        for k in range(n):
            number, row = divmod(start + k, BLOCK)
            samples[k] = self._block(number)[row]
        return samples
