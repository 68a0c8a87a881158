"""One task at a time, with reports, cancel, and faults as data."""

from __future__ import annotations

import threading
import time

import pytest

from app.errors import OutputError
from app.threads.mailbox import Mailbox
from app.threads.task import Report, TaskState, Worker

PATIENCE_S = 10.0


@pytest.fixture
def worker():
    worker = Worker(Mailbox())
    yield worker
    assert worker.close()


def last(worker) -> Report:
    """The report that ends the task."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        report = worker._reports.get(0.1)
        if report is not None and report.state is not TaskState.RUNNING:
            return report
    raise AssertionError("no end was reported")


def test_the_result_is_reported(worker):
    assert worker.start("count", lambda progress: [progress.tell(3, 4), "done"][1])
    report = last(worker)
    assert (report.task, report.state, report.result) == ("count", TaskState.DONE, "done")
    assert (report.done, report.total) == (3, 4)
    assert not worker.busy


def test_reports_on_the_way_carry_what_there_is(worker):
    def slow(progress):
        for k in range(1, 1000):
            progress.tell(k, 1000, lambda k=k: k)
            if progress.stop.wait(0.01):
                return "half"

    worker.start("slow", slow)
    report = worker._reports.get(PATIENCE_S)
    assert report.state is TaskState.RUNNING
    assert report.result == report.done > 0
    assert report.left_s > 0
    worker.cancel()
    ended = last(worker)
    assert (ended.state, ended.result) == (TaskState.CANCELLED, "half")


def test_one_task_at_a_time(worker):
    gate = threading.Event()
    assert worker.start("first", lambda _: gate.wait(PATIENCE_S))
    assert not worker.start("second", lambda _: None)
    gate.set()
    assert last(worker).task == "first"
    assert worker.start("second", lambda _: 2)
    assert last(worker).result == 2


@pytest.mark.parametrize("error", [OutputError("cannot write x", "disk full"), ValueError("odd")])
def test_a_fault_becomes_data(worker, error):
    def fail(_):
        raise error

    worker.start("export", fail)
    report = last(worker)
    assert report.state is TaskState.FAILED
    assert str(error) in report.failure.message
    assert "Traceback" in report.failure.detail
    assert "Traceback" not in report.failure.message
    assert worker.start("again", lambda _: 1)


def test_closing_ends_the_thread(worker):
    worker.start("endless", lambda progress: progress.stop.wait(PATIENCE_S))
    assert worker.close()
    assert not [t for t in threading.enumerate() if t.name == "analysis"]
