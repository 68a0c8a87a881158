"""Exceptions that nobody caught: a file, a message, and the program goes on."""

from __future__ import annotations

import sys
import threading

import pytest

from widgets.shell.crash_report import EARLIER, FAULT, KEPT, MOST, CrashReports


@pytest.fixture
def before(monkeypatch):
    """The hooks that were there, called after ours."""
    called = []
    monkeypatch.setattr(sys, "excepthook", lambda *args: called.append(args[1]))
    monkeypatch.setattr(threading, "excepthook", lambda args: called.append(args.exc_value))
    return called


@pytest.fixture
def reports(application, tmp_path, before):
    reports = CrashReports(tmp_path / "reports", lambda: "source demo")
    reports.told = []
    reports.crashed.connect(reports.told.append)
    reports.install()
    yield reports
    reports.remove()


def fail(text: str) -> None:
    try:
        raise RuntimeError(text)
    except RuntimeError as error:
        sys.excepthook(type(error), error, error.__traceback__)


def test_an_exception_becomes_a_file_and_a_message(reports, before):
    fail("the roof is on fire")
    told = reports.told[0]
    text = told.path.read_text()
    for part in ("the roof is on fire", "in fail", "source demo", "numpy", "the window"):
        assert part in text
    assert told.text == text
    assert len(before) == 1


def test_an_exception_of_a_thread_names_the_thread(reports, before, qtbot):
    def run():
        raise ValueError("in the cellar")

    thread = threading.Thread(target=run, name="cellar")
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(reports.told))
    assert "thread cellar" in reports.told[0].path.read_text()
    assert len(before) == 1


def test_a_storm_of_one_exception_is_one_file(reports):
    for _ in range(30):
        fail("again")
    assert len(list(reports.folder.glob("report-*.txt"))) == 1
    assert [told.again for told in reports.told] == [False] + [True] * 29


def test_a_storm_of_different_ones_is_bounded(reports):
    for k in range(MOST + 20):
        fail(f"number {k}")
    assert len(list(reports.folder.glob("report-*.txt"))) == KEPT
    assert reports.told[-1].path is None
    assert "number 69" in reports.told[-1].text


def test_a_folder_that_cannot_be_written_is_no_second_failure(reports):
    reports.folder.write_text("a file is in the way")
    fail("first")
    assert reports.told[0].path is None
    assert "first" in reports.told[0].text
    assert reports.watch_faults() == ""


def test_the_hooks_are_given_back(reports):
    ours = sys.excepthook
    reports.remove()
    assert sys.excepthook != ours


def test_what_killed_the_last_run_is_found(reports):
    assert reports.watch_faults() == ""
    reports.remove()
    (reports.folder / FAULT).write_text("Fatal Python error: Segmentation fault")
    reports.install()
    assert "Segmentation fault" in reports.watch_faults()
    assert "Segmentation" in (reports.folder / EARLIER).read_text()
