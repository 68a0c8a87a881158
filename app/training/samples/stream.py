"""Batches of a source by number, made ahead by the workers of torch's DataLoader."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator

import torch
from torch.utils.data import DataLoader, Dataset

from app.data.source import Arrays, ArraySource
from app.errors import AppError

AHEAD = 3  # batches that a worker makes before they are asked for
Made = dict[str, torch.Tensor] | Exception


class WorkerFailed(RuntimeError):
    """A worker process ended or raised; the message carries its last words.

    (An error for the user is raised here as it was raised there.)
    """


class NumberedBatches(Dataset[Made]):
    """Batch k of a source is its samples k n .. (k + 1) n - 1, whoever makes it."""

    def __init__(self, source: ArraySource, n: int):
        self.source, self.n = source, n

    def __getitem__(self, k: int) -> Made:
        """The batch in shared memory, or what went wrong: torch would tell an error its own way."""
        try:
            arrays = self.source.arrays(k * self.n, self.n)
            return {name: torch.from_numpy(values) for name, values in arrays.items()}
        except AppError as error:
            return error
        except Exception as error:  # the one place where a worker catches: the stream tells it
            return WorkerFailed(f"{type(error).__name__}: {error}")


class BatchStream:
    """Batches first, first + 1, ... of a source, in order.

    workers = 0 makes them in this process, when they are asked for. With any number of workers the
    batches are the same: a source's samples depend on their numbers alone.
    """

    def __init__(self, source: ArraySource, n: int, first: int = 0, workers: int = 1):
        self.source, self.n, self.position = source, n, first
        self.waited_s = 0.0  # in `next`, in all; near zero: the network is the bottleneck
        self._batches = _started(source, n, first, workers) if workers else None

    def next(self) -> Arrays:
        """The next batch, its arrays owned by the caller. Raises WorkerFailed, or an AppError."""
        began = time.monotonic()
        if self._batches is None:
            arrays = self.source.arrays(self.position * self.n, self.n)
        else:
            arrays = _taken(self._batches)
        self.position += 1
        self.waited_s += time.monotonic() - began
        return arrays

    def close(self) -> None:
        """Ends the workers; they end with the iterator that they work for."""
        self._batches = None

    def __enter__(self) -> BatchStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _started(source: ArraySource, n: int, first: int, workers: int) -> Iterator[Made]:
    """Endless batches. Workers are spawned: a forked one would inherit torch's threads."""
    loader = DataLoader(
        NumberedBatches(source, n),
        batch_size=None,  # the source makes whole batches
        sampler=itertools.count(first),
        num_workers=workers,
        prefetch_factor=AHEAD,
        multiprocessing_context="spawn",
    )
    return iter(loader)


def _taken(batches: Iterator[Made]) -> Arrays:
    try:
        made = next(batches)
    except RuntimeError as error:  # a worker was killed
        raise WorkerFailed(str(error)) from error
    if isinstance(made, Exception):
        raise made
    return {name: values.numpy() for name, values in made.items()}
