"""The stream of training samples: order, independence of the workers, a failing worker."""

from __future__ import annotations

import multiprocessing
import os
import signal
from itertools import pairwise

import numpy as np
import pytest
import torch

from app.data.source import Arrays, Layout
from app.errors import DataError
from app.training.samples.stream import BatchStream, WorkerFailed

torch.set_num_threads(1)


class Numbers:
    """Sample i is the number i; batch 3 cannot be made in the way that `fails` says."""

    def __init__(self, fails: str = ""):
        self.layout: Layout = {"number": ((), "int64"), "even": ((), "bool")}
        self.fails = fails

    def arrays(self, start: int, n: int) -> Arrays:
        if start == 3 * n and self.fails == "for the user":
            raise DataError("picture 7 is damaged", "skip it")
        if start == 3 * n and self.fails == "otherwise":
            raise ZeroDivisionError("nothing to divide")
        if start == 3 * n and self.fails == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        numbers = np.arange(start, start + n)
        return {"number": numbers, "even": numbers % 2 == 0}


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_any_number_of_workers_gives_the_same_batches_and_leaves_none_behind(workers):
    before = set(multiprocessing.active_children())
    with BatchStream(Numbers(), 4, first=2, workers=workers) as stream:
        made = [stream.next() for _ in range(12)]
        ours = set(multiprocessing.active_children()) - before
        assert len(ours) == workers
        for k, batch in enumerate(made):
            for name, values in Numbers().arrays(4 * (k + 2), 4).items():
                assert batch[name].dtype == values.dtype
                np.testing.assert_array_equal(batch[name], values)
        made[0]["number"][:] = -1  # writable, and nobody else's
        assert not any(np.shares_memory(a["number"], b["number"]) for a, b in pairwise(made))
        assert stream.waited_s > 0
    assert not any(worker.is_alive() for worker in ours)
    stream.close()  # twice does no harm


@pytest.mark.parametrize("workers", [0, 1])
def test_what_is_wrong_with_the_data_is_told_as_it_was_raised(workers):
    with BatchStream(Numbers("for the user"), 2, first=2, workers=workers) as stream:
        stream.next()
        with pytest.raises(DataError) as caught:
            stream.next()
    assert caught.value.message == "picture 7 is damaged"
    assert caught.value.hint == "skip it"


@pytest.mark.parametrize(("fails", "words"), [
    ("otherwise", "ZeroDivisionError: nothing to divide"), ("killed", "exited unexpectedly"),
])  # fmt: skip
def test_a_failing_worker_says_why(fails, words):
    with (
        BatchStream(Numbers(fails), 2, first=3, workers=1) as stream,
        pytest.raises(WorkerFailed, match=words),
    ):
        stream.next()
