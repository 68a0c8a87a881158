"""What makes samples by number: every data set, part of one and pool is such a source."""

from __future__ import annotations

from typing import Protocol

import numpy as np

Layout = dict[str, tuple[tuple[int, ...], str]]  # array name -> shape without the batch, dtype
Arrays = dict[str, np.ndarray]


class ArraySource(Protocol):
    """Makes samples by number. Must be picklable: it travels to a worker process."""

    layout: Layout

    def arrays(self, start: int, n: int) -> Arrays:
        """Samples start .. start + n - 1."""
