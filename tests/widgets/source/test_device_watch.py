"""The list of cameras follows what is plugged in, and leaves busy libraries alone."""

from __future__ import annotations

import threading

import pytest
from PySide6.QtCore import Qt

from app.capture.backend import BackendStatus
from app.capture.sensors import InUse
from app.capture.usb import FoundCamera
from widgets.source import device_watch
from widgets.source.device_watch import AGAIN, PATIENCE, DeviceWatch
from widgets.source.source_panel import SourcePanel

D435, SR305 = FoundCamera("D435", "0123", "u1"), FoundCamera("SR305", "42", "u2")


class Desk:
    """Cameras to plug in. `asked`: what the libraries were asked with."""

    def __init__(self):
        self.cameras, self.asked = [], []
        self.seen, self.opening, self.stream = True, False, None
        self.kernel = True

    def plugged_in(self):
        return tuple(c.usb_serial for c in self.cameras) if self.kernel else None

    def look(self, in_use):
        self.asked.append(in_use)
        there = tuple(self.cameras)
        reason = "a camera" if there else "no camera answers"
        line = "RealSense", bool(there), reason, "by hand", "realsense", there, True
        return [BackendStatus(*line)]


@pytest.fixture
def desk():
    return Desk()


@pytest.fixture
def panel(application, qtbot, desk, monkeypatch):
    monkeypatch.setattr(device_watch, "LOOK_MS", 10)
    panel = SourcePanel()
    qtbot.addWidget(panel)
    watch = panel.watch = DeviceWatch(
        lambda: desk.seen, lambda: desk.opening, lambda: desk.stream, desk.look
    )
    watch.find_plugged_in = desk.plugged_in
    watch.found.connect(panel.show_sensors)
    panel.sensors_wanted.connect(watch.ask)
    panel.resize(300, 600)
    panel.show()
    yield panel
    watch.close()


def texts(panel):
    return [panel.sensors.item(row).text() for row in range(panel.sensors.count())]


def test_a_camera_that_is_plugged_in_appears_and_goes_with_its_plug(panel, desk, qtbot):
    qtbot.waitUntil(lambda: texts(panel) == ["RealSense – no camera answers"])
    desk.cameras = [D435, SR305]
    qtbot.waitUntil(lambda: texts(panel) == ["RealSense", "D435, 0123", "SR305, 42"])
    opened = []
    panel.open_wanted.connect(opened.append)
    panel.sensors.setCurrentRow(2)
    qtbot.keyClick(panel.sensors, Qt.Key.Key_Return)
    assert opened == ["realsense:42"]
    assert "by hand" in panel.sensors.about.text()
    assert panel.stream.serial.count() == 3
    desk.cameras = [SR305]
    qtbot.waitUntil(lambda: texts(panel) == ["RealSense", "SR305, 42"])
    assert panel.sensors.currentRow() == 1  # the row that was chosen


def test_libraries_are_asked_only_when_something_has_changed(panel, desk, qtbot):
    qtbot.waitUntil(lambda: len(desk.asked) == 1)
    qtbot.wait(80)
    assert len(desk.asked) == 1
    desk.cameras = [D435]
    qtbot.waitUntil(lambda: len(desk.asked) == 2 + AGAIN)  # it answers only after a while
    qtbot.wait(80)
    assert len(desk.asked) == 2 + AGAIN


def test_nobody_looks_while_nobody_sees_or_a_source_is_opened(panel, desk, qtbot):
    qtbot.waitUntil(lambda: len(desk.asked) == 1)
    for name, quiet, back in (("seen", False, True), ("opening", True, False)):
        setattr(desk, name, quiet)
        qtbot.wait(30)
        before = len(desk.asked)
        desk.cameras = [] if desk.cameras else [D435]
        qtbot.wait(80)
        assert len(desk.asked) == before
        setattr(desk, name, back)
        qtbot.waitUntil(lambda before=before: len(desk.asked) > before)


def test_the_look_knows_what_streams_and_what_was_there(panel, desk, qtbot):
    desk.cameras = [D435, SR305]
    qtbot.waitUntil(lambda: len(texts(panel)) == 3)
    desk.stream = InUse("realsense", FoundCamera("D435", "0123"))
    qtbot.waitUntil(lambda: any(desk.asked))
    told = next(filter(None, desk.asked))
    assert (told.spec, told.camera.serial, set(told.known)) == ("realsense", "0123", {D435, SR305})


def test_where_the_kernel_says_nothing_the_libraries_are_asked_unless_one_streams(
    panel, desk, qtbot
):
    desk.kernel = False
    qtbot.waitUntil(lambda: len(desk.asked) > 4 + AGAIN)
    desk.stream = InUse("realsense", D435)
    qtbot.waitUntil(lambda: desk.asked[-1] is not None)
    qtbot.wait(60)
    before = len(desk.asked)
    qtbot.wait(80)
    assert len(desk.asked) == before
    desk.stream = None
    qtbot.waitUntil(lambda: desk.asked[-1] is None)


def test_a_library_that_hangs_holds_up_nobody_and_is_told(panel, desk, qtbot):
    qtbot.waitUntil(lambda: len(texts(panel)) == 1)
    free, told = threading.Event(), []
    panel.watch.stuck.connect(lambda: told.append(1))
    panel.watch.look = lambda in_use: [free.wait(20), desk.look(in_use)][1]
    qtbot.mouseClick(panel.refresh, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: told == [1])
    qtbot.wait(10 * PATIENCE)
    assert told == [1]
    assert not panel.refresh.isEnabled()
    free.set()
    qtbot.waitUntil(panel.refresh.isEnabled)
