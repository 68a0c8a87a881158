"""Parts of a source: the labelled and the unlabelled samples of a data set, a process's share.

Both are sources themselves, and what they give depends on their own numbers alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import gcd

import numpy as np

from app.data.source import Arrays, ArraySource, Layout

BLOCK = 256  # neighbouring samples are made together, so they are visited together
WINDOW = 4  # such blocks are shuffled into one another
CACHE_BYTES = 384 << 20  # of samples kept, so that a small set is made but once
BITS = 2.0**53


def labelled_samples(seed: int, samples: int, fraction: float) -> np.ndarray:
    """bool [samples]: has sample i of the data set a label?

    Depends on (seed, i) and the fraction alone; a larger
    fraction keeps every label of a smaller one.
    """
    return uniform(seed, np.arange(samples)) < fraction


def uniform(seed: int, numbers: np.ndarray) -> np.ndarray:
    """float64 in [0, 1) of (seed, number): the finaliser of splitmix64 (Steele et al. 2014)."""
    with np.errstate(over="ignore"):
        x = np.asarray(numbers, np.uint64) + np.uint64(1 + seed) * np.uint64(0x9E3779B97F4A7C15)
        for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
            x = (x ^ (x >> np.uint64(shift))) * np.uint64(factor)
        x = x ^ (x >> np.uint64(31))
    return (x >> np.uint64(11)).astype(np.float64) / BITS


@dataclass
class Part:
    """The labelled (or the unlabelled) samples of the first `samples` of a source, endlessly.

    Every epoch in another order.
    """

    source: ArraySource
    seed: int
    samples: int
    fraction: float
    labelled: bool = True
    layout: Layout = field(init=False)
    _cache: dict[int, Arrays] = field(default_factory=dict, repr=False)
    _order: tuple[int, np.ndarray] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        """Raises ValueError where the part is empty."""
        self.layout = self.source.layout
        chosen = labelled_samples(self.seed, self.samples, self.fraction) == self.labelled
        self._numbers = np.flatnonzero(chosen)
        if not len(self._numbers):
            kind = "labelled" if self.labelled else "unlabelled"
            raise ValueError(f"{self.samples} samples hold no {kind} one")

    def __len__(self) -> int:
        return len(self._numbers)

    def numbers(self, start: int, n: int) -> np.ndarray:
        """int64 [n]: the source's numbers of samples start .. start + n - 1 of this part."""
        epochs, places = np.divmod(np.arange(start, start + n), len(self))
        return np.array([self._shuffled(int(e))[p] for e, p in zip(epochs, places, strict=True)])

    def arrays(self, start: int, n: int) -> Arrays:
        made = [self._sample(int(number)) for number in self.numbers(start, n)]
        return {name: np.stack([sample[name] for sample in made]) for name in self.layout}

    def _shuffled(self, epoch: int) -> np.ndarray:
        """The order of one epoch: blocks in random order, samples shuffled among a few of them."""
        if self._order is None or self._order[0] != epoch:
            rng = np.random.default_rng([self.seed, 17, int(self.labelled), epoch])
            blocks, block = np.unique(self._numbers // BLOCK, return_inverse=True)
            window = rng.permutation(len(blocks))[block] // WINDOW
            order = np.lexsort((rng.random(len(self)), window))
            self._order = epoch, self._numbers[order]
        return self._order[1]

    def _sample(self, number: int) -> Arrays:
        sample = self._cache.get(number)
        if sample is None:
            sample = {name: value[0] for name, value in self.source.arrays(number, 1).items()}
            size = sum(value.nbytes for value in sample.values())
            if len(self._cache) * size < CACHE_BYTES:
                self._cache[number] = sample
        return sample


@dataclass
class Share:
    """What process `rank` of `size` sees of a source, `batch` samples a step each."""

    source: ArraySource
    rank: int
    size: int
    batch: int
    layout: Layout = field(init=False)

    def __post_init__(self) -> None:
        self.layout = self.source.layout

    def arrays(self, start: int, n: int) -> Arrays:
        numbers = shared_numbers(start, n, self.rank, self.size, self.batch)
        cuts = np.flatnonzero(np.diff(numbers) != 1) + 1
        parts = [self.source.arrays(int(run[0]), len(run)) for run in np.split(numbers, cuts)]
        return {name: np.concatenate([part[name] for part in parts]) for name in self.layout}


def shared_numbers(start: int, n: int, rank: int, size: int, batch: int) -> np.ndarray:
    """int64 [n]: numbers in the whole of a process's own samples start .. start + n - 1.

    The shares are woven block by block, so that the first eighths of all batches are together
    the first eighth of the whole batch (those are mirrored: `pose_stages.MIRRORED`).
    """
    block = gcd(batch, batch // 8) if batch >= 8 else 1
    blocks, within = np.divmod(np.arange(start, start + n), block)
    return (blocks * size + rank) * block + within
