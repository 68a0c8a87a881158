"""Samples made by background processes, by number."""

from __future__ import annotations

import os
import time
from typing import Any, Protocol

import numpy as np

from app.errors import AppError

Layout = dict[str, tuple[tuple[int, ...], str]]  # array name -> shape without the batch, dtype
Arrays = dict[str, np.ndarray]


class ArraySource(Protocol):
    """Something that makes samples by number. Must be picklable: it travels to a worker process."""

    layout: Layout

    def arrays(self, start: int, n: int) -> Arrays:
        """Samples start .. start + n - 1."""


class WorkerFailed(RuntimeError):
    """A worker process ended or raised; the message carries its last words. (An error for the user
    is raised here as it was raised there.)"""


class BackgroundStream:
    """Batches first, first + 1, ... of a source, in order,
    made ahead by worker processes in shared memory.

    workers = 0 makes them in this process. Worker w makes batches first + w, first + w + workers,
    ...
    """

    def __init__(
        self, source: ArraySource, batch: int, first: int = 0, workers: int = 1, ahead: int = 3
    ):
        self.source, self.n, self.position = source, batch, first
        self.waited_s = 0.0  # in `next`, in all; near zero: the network is the bottleneck
        self.workers = [_Worker(source, batch, first + w, workers, ahead) for w in range(workers)]
        self._first = first

    def next(self) -> Arrays:
        """The next batch, its arrays owned by the caller. Raises WorkerFailed."""
        began = time.monotonic()
        if self.workers:
            worker = self.workers[(self.position - self._first) % len(self.workers)]
            arrays = worker.take()
        else:
            arrays = self.source.arrays(self.position * self.n, self.n)
        self.position += 1
        self.waited_s += time.monotonic() - began
        return arrays

    def close(self) -> None:
        for worker in self.workers:
            worker.stop()
        self.workers = []

    def __enter__(self) -> BackgroundStream:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class _Worker:
    """The parent's side of one process: a ring of `ahead` slots in shared memory."""

    def __init__(self, source: ArraySource, batch: int, first: int, stride: int, ahead: int):
        import multiprocessing

        context = multiprocessing.get_context("spawn")
        self._bytes = _slot_bytes(source.layout, batch)
        self._memory = context.RawArray("b", self._bytes * ahead)
        self._free, self._ready = context.Semaphore(ahead), context.Semaphore(0)
        self._last_words, theirs = context.Pipe(duplex=False)
        self._slots = _views(self._memory, source.layout, batch, ahead)
        self._next = 0
        arguments = (
            source,
            batch,
            first,
            stride,
            ahead,
            self._memory,
            self._free,
            self._ready,
            theirs,
        )
        self.process = context.Process(target=_produce, args=arguments, daemon=True)
        self.process.start()
        theirs.close()

    def take(self) -> Arrays:
        while not self._ready.acquire(timeout=0.2):
            if not self.process.is_alive() and not self._ready.acquire(block=False):
                raise self._failure()
        slot = self._slots[self._next % len(self._slots)]
        self._next += 1
        arrays = {name: view.copy() for name, view in slot.items()}
        self._free.release()
        return arrays

    def stop(self) -> None:
        if self.process.is_alive():
            self.process.terminate()
        self.process.join(timeout=5)

    def _failure(self) -> Exception:
        if self._last_words.poll():
            try:
                said = self._last_words.recv()
                return said if isinstance(said, AppError) else WorkerFailed(str(said))
            except EOFError:
                pass
        return WorkerFailed(f"a data worker ended with exit code {self.process.exitcode}")


def _produce(
    source: ArraySource,
    n: int,
    index: int,
    stride: int,
    ahead: int,
    memory: Any,
    free: Any,
    ready: Any,
    words: Any,
) -> None:
    """The worker process: fills free slots until it is terminated or its parent is gone."""
    import multiprocessing

    parent = multiprocessing.parent_process()
    slots = _views(memory, source.layout, n, ahead)
    made = 0
    try:
        while True:
            while not free.acquire(timeout=1.0):
                if parent is not None and not parent.is_alive():
                    os._exit(0)
            arrays = source.arrays(index * n, n)
            for name, view in slots[made % ahead].items():
                view[...] = arrays[name]
            ready.release()
            made, index = made + 1, index + stride
    except AppError as error:  # the parent tells the user
        words.send(error)
    except Exception as error:  # the one place where a worker catches: the parent is told
        words.send(f"{type(error).__name__}: {error}")
        raise


def _slot_bytes(layout: Layout, n: int) -> int:
    return sum(
        _aligned(n * int(np.prod(shape)) * np.dtype(kind).itemsize)
        for shape, kind in layout.values()
    )


def _aligned(size: int) -> int:
    return -(-size // 64) * 64


def _views(memory: Any, layout: Layout, n: int, ahead: int) -> list[Arrays]:
    """Numpy views of each slot of the shared memory."""
    whole, size = np.frombuffer(memory, np.uint8), _slot_bytes(layout, n)
    slots = []
    for slot in range(ahead):
        offset, views = slot * size, {}
        for name, (shape, kind) in layout.items():
            count = n * int(np.prod(shape)) * np.dtype(kind).itemsize
            views[name] = whole[offset : offset + count].view(kind).reshape(n, *shape)
            offset += _aligned(count)
        slots.append(views)
    return slots
