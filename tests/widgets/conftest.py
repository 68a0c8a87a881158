"""A themed application, a window on fakes, and no dialog that waits for somebody."""

from __future__ import annotations

import gc
from functools import partial

import pytest
from PySide6.QtCore import QEvent, QSettings
from PySide6.QtWidgets import QMessageBox

from app.config import Options
from app.session import Session
from tests.widgets import fakes
from widgets.garbage import GarbageCollector
from widgets.main_window import MainWindow
from widgets.parts.theme import apply_theme

PATIENCE_MS = 180_000


@pytest.fixture(autouse=True)
def no_message_box(monkeypatch):
    def refuse(*args, **kwargs):
        raise AssertionError("a modal message box would wait for somebody")

    for name in ("exec", "critical", "warning", "information", "question"):
        monkeypatch.setattr(QMessageBox, name, refuse)


@pytest.fixture
def qtbot(qtbot):
    """Gives up late, whatever a test says: a busy machine is slow, and kernels compile once."""
    until, signal = qtbot.waitUntil, qtbot.waitSignal
    qtbot.waitUntil = lambda reached, timeout=0: until(reached, timeout=max(timeout, PATIENCE_MS))
    qtbot.waitSignal = partial(signal, timeout=PATIENCE_MS)
    return qtbot


@pytest.fixture(scope="session")
def application(qapp):
    apply_theme(qapp)
    return qapp


@pytest.fixture(scope="session", autouse=True)
def collector(qapp):
    """Closed windows are cyclic garbage, which a worker thread must not collect."""
    collector = GarbageCollector()
    collector.start()
    yield collector
    gc.collect()
    collector.stop()


@pytest.fixture(autouse=True)
def collected(collector):
    """What the test before has left ends here.

    What still lives, modules above all, is not looked at again: collecting stays short.
    """
    gc.collect()
    gc.freeze()


@pytest.fixture
def store(tmp_path):
    settings = QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    settings.setValue("recording/folder", str(tmp_path / "recordings"))
    return settings


@pytest.fixture
def pipelines():
    """Every fake pipeline that was built; the newest last."""
    return []


@pytest.fixture
def make_window(application, store, pipelines, qtbot):
    """make_window(spec, **options of the session) -> a started window, closed after the test."""
    made = []

    def build(config):
        pipelines.append(fakes.FakePipeline(config))
        return pipelines[-1]

    def make(spec: str | None = "demo", start: bool = True, **session) -> MainWindow:
        given = {
            "find": fakes.find_fake,
            "build": build,
            "read_space": lambda _: fakes.make_space(),
            **session,
        }
        window = MainWindow(Options(source=spec), store, partial(Session, **given))
        made.append(window)
        window.show()
        if start:
            window.start()
        return window

    yield make
    for window in made:
        window.close()
        pages = [page for area in window.controllers for _, page in area.pages()]
        for widget in (*pages, window):  # preferences that were never shown own no page
            widget.deleteLater()
    application.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def window(make_window, qtbot):
    """Live on the fake demo, its network loaded, a few frames painted, a hand to freeze."""
    window = make_window(start=False)
    window.session.set_loop(True)  # a busy machine may load the network after its last frame
    window.start()
    freeze = window.latents.freeze_button  # the network's arrival forgets the hand seen before
    qtbot.waitUntil(lambda: window.painted > 2 and freeze.isEnabled(), timeout=180_000)
    return window
