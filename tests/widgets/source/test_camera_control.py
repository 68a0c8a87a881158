"""The source dock and a camera with settings: orders reach it, its answers reach the user."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt

from app.capture import registry
from app.capture.cameras import realsense
from app.capture.cameras.realsense_choice import StreamChoice
from app.capture.forward import ForwardingSource
from tests.widgets import fakes
from tests.widgets.source.fake_camera import CONTROLS, FakeCamera
from widgets.source.camera_control import camera_kind

WAIT = 60_000
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def cameras():
    """Every camera that was opened; the newest last."""
    return []


@pytest.fixture
def opened(make_window, cameras, qtbot):
    """A window, and what opens a camera in it: a camera is then the newest of `cameras`."""

    def find(spec):
        if not (spec or "realsense").startswith("realsense"):
            return fakes.find_fake(spec)
        complete = window.streams.complete  # as the registry does
        cameras.append(FakeCamera(spec or complete("realsense:0123")))
        return cameras[-1]

    window = make_window("demo", find=find)
    dock = next(d for d in window.docks if d.objectName() == "Source")
    dock.show()
    dock.raise_()
    window.source.watch.look = lambda in_use: []
    window.actions_by_name["camera_page"].trigger()
    return window


def rows_of(window):
    return window.source.panel.controls.rows


def said(window):
    return [f"{m.title}: {m.text}" for m in window.toasts.history]


def open_camera(window, qtbot, spec="realsense"):
    before = window.session.player
    window.open(spec)
    qtbot.waitUntil(lambda: window.session.player is not before, timeout=WAIT)
    qtbot.waitUntil(lambda: bool(rows_of(window)), timeout=WAIT)


def click(qtbot, box):
    qtbot.mouseClick(box, Qt.MouseButton.LeftButton, pos=QPoint(8, box.height() // 2))


def test_orders_reach_the_camera_and_its_answers_the_user(opened, cameras, qtbot):
    window, panel = opened, opened.source.panel
    assert panel.pages.tabText(panel.pages.currentIndex()) == "Camera"
    assert not panel.controls.isVisible()  # a demo has nothing to set
    open_camera(window, qtbot)
    camera, rows = cameras[-1], rows_of(window)
    assert list(rows) == [c.name for c in CONTROLS]
    assert not rows["exposure"].box.isEnabled()
    click(qtbot, rows["laser"].box)
    qtbot.waitUntil(lambda: camera.value("laser") == 0.0, timeout=WAIT)
    qtbot.waitUntil(lambda: not window.depth_view.frame.depth_raw.any(), timeout=WAIT)  # dark
    rows["preset"].box.setFocus()
    qtbot.keyClick(rows["preset"].box, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: rows["laser_power"].box.value() == 60, timeout=WAIT)  # turned with it
    click(qtbot, rows["auto_exposure"].box)
    qtbot.waitUntil(rows["exposure"].box.isEnabled, timeout=WAIT)
    rows["gain"].slider.setFocus()
    for _ in range(2):  # refused: told each time, and the truth comes back
        qtbot.keyClick(rows["gain"].slider, Qt.Key.Key_End)
        assert rows["gain"].box.value() == 248
        qtbot.waitUntil(lambda: rows["gain"].box.value() == 16, timeout=WAIT)
    told = [m for m in window.toasts.history if "refuses the gain: busy" in m.text]
    assert sum(m.count for m in told) == 2
    assert camera.value("gain") == 16.0
    camera.reopened_as = replace(camera.open(), serial="7", note="only USB 2 now")
    qtbot.waitUntil(lambda: "serial 7" in panel.facts.text(), timeout=WAIT)
    assert any("only USB 2 now" in text for text in said(window))
    window.open("demo")
    qtbot.waitUntil(lambda: not panel.controls.isVisible(), timeout=WAIT)


def test_the_stream_is_opened_as_chosen_and_so_the_next_time(opened, cameras, qtbot, make_window):
    window, stream = opened, opened.source.panel.stream
    assert "No RealSense" in stream.state.text()
    stream.size_box.setFocus()
    qtbot.keyClick(stream.size_box, Qt.Key.Key_Up)
    stream.fps.setFocus()
    qtbot.keyClick(stream.fps, Qt.Key.Key_End)
    click(qtbot, stream.temporal)
    stream.open_button.setFocus()
    qtbot.keyClick(stream.open_button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: window.session.spec != "demo", timeout=WAIT)
    assert window.session.spec == "realsense:848x480,90fps,temporal"
    assert "640 × 480, 30 fps, temporal" in stream.state.text()
    assert stream.open_button.text() == "Apply"
    assert any("asked for 848 x 480 at 90 fps" in text for text in said(window))
    window.open("realsense")  # bare words change nothing that was chosen
    qtbot.waitUntil(lambda: window.session.spec == "realsense", timeout=WAIT)
    assert stream.choice.profile == (640, 480, 30)
    window.actions_by_name["open_camera"].trigger()
    qtbot.waitUntil(lambda: len(cameras) == 3, timeout=WAIT)
    assert cameras[-1].choice.profile == (848, 480, 90)
    window.source.panel.sensors.open_wanted.emit("realsense:42")
    qtbot.waitUntil(lambda: len(cameras) == 4, timeout=WAIT)
    assert (cameras[-1].choice.serial, cameras[-1].choice.fps) == ("42", 90)
    window.close()
    second = make_window(None, start=False)
    assert second.streams.complete("realsense") == "realsense:848x480,90fps,temporal"
    assert second.streams.complete("realsense:60fps") == "realsense:60fps"
    assert second.streams.complete("kinect1") == "kinect1"
    assert second.source.panel.stream.choice.profile == (848, 480, 90)


def test_a_camera_that_nobody_named_is_asked_for_what_was_chosen(make_window, monkeypatch):
    window = make_window(None, start=False, find=None)
    window.streams.keep(StreamChoice(fps=90))
    monkeypatch.setattr(registry, "first_camera", lambda: "realsense:0123")
    opened = {"open": lambda request: FakeCamera(f"realsense:{request.argument}")}
    monkeypatch.setattr(registry, "BACKENDS", [replace(realsense.BACKEND, **opened)])
    source = window.session.find(None)
    while isinstance(source, ForwardingSource):
        source = source._source
    assert (source.choice.serial, source.choice.fps) == ("0123", 90)


def test_the_kind_of_a_camera_that_nobody_named():
    info = FakeCamera().open()
    assert camera_kind(None, info) == "realsense"
    assert camera_kind("kinect1", info) == "kinect1"


def test_the_dock_turns_the_laser_of_the_real_librarys_camera():
    command = [sys.executable, "-m", "tests.widgets.source.drive_source_dock"]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr[-2000:]
    result = json.loads(done.stdout.splitlines()[-1])
    assert result["rows"] == ["laser", "laser_power"]
    assert result["in_camera"] == [1.0, 360.0]
    assert result["shown"] == [True, 360.0]
    assert "In use: 320 × 240, 60 fps" in result["state"]
