"""A whole recording in the window: processed, plotted, marked, exported; driven by its controls."""

from __future__ import annotations

import csv
import json
import threading

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app.cv import cv2
from tests.widgets import fakes
from tests.widgets.pixels import grab, near
from widgets.parts import file_dialogs, theme
from widgets.recording.joint_plot import break_gaps

PATIENCE_MS = 60_000
WITHOUT = {0, 7, 8}


class Pipeline(fakes.FakePipeline):
    """Sees no hand in some frames; raw joints lie 3 mm off; waits for `gate` at frame 5."""

    gate: threading.Event | None = None
    reached = threading.Event()

    def process(self, frame):
        if self.gate is not None and frame.index == 5:
            self.reached.set()
            self.gate.wait(120)
        if frame.index in WITHOUT:
            return fakes.nothing(frame)
        return fakes.make_result(frame)


@pytest.fixture
def built():
    """Pipelines in the order of their making: the window's, then the analysis's."""
    return []


@pytest.fixture
def window(make_window, built, qtbot):
    def build(config):
        built.append(Pipeline(config))
        return built[-1]

    window = make_window("hand.npz", build=build, find=find_short)
    qtbot.waitUntil(lambda: window.painted > 0)  # a slow window sees the last frame alone
    window.session.player.pause()
    window.analysis._show_dock()
    return window


def find_short(spec):
    """A recording of 20 frames."""
    return fakes.FakeSource(20) if spec == "hand.npz" else fakes.find_fake(spec)


@pytest.fixture
def processed(window, qtbot):
    """The same, every frame of it processed."""
    qtbot.keyClick(window, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: idle(window), timeout=PATIENCE_MS)
    return window


def idle(window) -> bool:
    return window.analysis.track is not None and window.analysis.panel.process.isEnabled()


def test_every_frame_is_processed_by_a_pipeline_of_its_own(processed, built):
    assert len(built) == 2
    track = processed.analysis.track
    assert track.index.tolist() == list(range(20))
    assert set(np.flatnonzero(~track.detected)) == WITHOUT
    assert "20 frames, 17 with a hand" in processed.analysis.panel.said.text()
    assert processed.toasts.history[-1].title == "Recording processed"


def test_the_timeline_marks_what_was_found(processed, qtbot):
    line = processed.transport.slider
    red = np.flatnonzero(near(grab(line), theme.BAD).any(0))
    assert line.x_of(0) - 2 <= red.min() <= line.x_of(0) + 2
    assert abs(red.max() - line.x_of(8)) <= line.x_of(1) - line.x_of(0)
    processed.session.player.seek_frame(2)
    qtbot.waitUntil(lambda: line.value() == 2, timeout=PATIENCE_MS)
    qtbot.keyClick(processed, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: processed.depth_view.frame.index == 7, timeout=PATIENCE_MS)


def test_the_plot_shows_the_chosen_joint(processed):
    panel, plot = processed.analysis.panel, processed.analysis.panel.plot
    panel.centred.setChecked(False)
    panel.choose_joints((12,))
    x, y = plot.chart.curves[12, "z", "filtered"].getOriginalDataset()
    truth = np.array([fakes.camera_joints(k)[12, 2] for k in range(20)])
    good = ~np.isin(np.arange(20), list(WITHOUT))
    assert np.allclose(x, np.arange(20) / 30)
    assert np.allclose(y[good], truth[good], atol=1e-3)
    assert np.isnan(y[~good]).all()
    before = near(grab(plot), theme.GOOD, 30).sum()
    panel.axes["z"].click()
    assert near(grab(plot), theme.GOOD, 30).sum() < before / 2
    panel.raw.click()
    assert (12, "x", "raw") not in plot.chart.curves
    assert plot.chart.curves[12, "x", "filtered"].getOriginalDataset()[0].size == 20


def test_cursor_and_player_are_one_clock(processed, qtbot):
    panel = processed.analysis.panel
    processed.session.player.seek_frame(12)
    qtbot.waitUntil(lambda: abs(panel.plot.chart.cursor.value() - 0.4) < 1e-6, timeout=PATIENCE_MS)
    assert panel.value.text().startswith("frame 12:")
    cursor = panel.plot.chart.cursor
    cursor.setValue(0.1)
    cursor.sigDragged.emit(cursor)  # what a drag of the mouse ends in
    qtbot.waitUntil(lambda: processed.depth_view.frame.index == 3, timeout=PATIENCE_MS)
    viewport = panel.plot.chart.plot.viewport()
    item = panel.plot.chart.plot.getPlotItem()
    place = panel.plot.chart.plot.mapFromScene(item.vb.mapViewToScene(item.vb.viewRect().center()))
    wanted = round(item.vb.viewRect().center().x() * 30)
    qtbot.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=place)
    qtbot.waitUntil(
        lambda: abs(processed.depth_view.frame.index - wanted) <= 1, timeout=PATIENCE_MS
    )


def test_the_range_of_the_player_is_shown_in_the_plot(processed, qtbot):
    processed.session.player.seek_frame(5)
    qtbot.waitUntil(lambda: processed.transport.slider.value() == 5, timeout=PATIENCE_MS)
    qtbot.keyClick(processed, Qt.Key.Key_I)
    region = processed.analysis.panel.plot.chart.region
    assert region.isVisible()
    assert np.allclose(region.getRegion(), (5 / 30, 19 / 30))
    qtbot.keyClick(processed, Qt.Key.Key_X)
    assert not region.isVisible()


def test_stopping_keeps_what_was_done(window, qtbot, monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr(Pipeline, "gate", gate)
    monkeypatch.setattr(Pipeline, "reached", threading.Event())
    window.analysis.panel.process.click()
    panel = window.analysis.panel
    qtbot.waitUntil(Pipeline.reached.is_set, timeout=PATIENCE_MS)
    qtbot.keyClick(window, Qt.Key.Key_Period, Qt.KeyboardModifier.ControlModifier)
    gate.set()
    qtbot.waitUntil(lambda: idle(window), timeout=PATIENCE_MS)
    assert window.analysis.track.index.tolist() == list(range(6))
    assert "stopped after" in panel.said.text()


def test_joints_are_exported(processed, qtbot, monkeypatch, tmp_path):
    for ending in (".csv", ".json", ".npz", ".bvh"):
        path = str(tmp_path / f"hand{ending}")
        monkeypatch.setattr(file_dialogs, "ask_joints", lambda parent, name, path=path: path)
        processed.actions_by_name["export_joints"].trigger()
        wait_for_words(processed, qtbot, "Written", path)
    lines = (tmp_path / "hand.csv").read_text().splitlines()
    assert len(list(csv.DictReader(line for line in lines if not line.startswith("#")))) == 20
    assert json.loads((tmp_path / "hand.json").read_text())["weights"] == "fake"
    assert np.load(tmp_path / "hand.npz")["joints_mm"].shape == (20, 21, 3)
    assert "Frames: 20" in (tmp_path / "hand.bvh").read_text()


def test_a_failed_export_is_said_with_its_reason(processed, qtbot, monkeypatch, tmp_path):
    path = str(tmp_path / "none" / "hand.csv")
    monkeypatch.setattr(file_dialogs, "ask_joints", lambda parent, name: path)
    processed.analysis.panel.export.menu().actions()[0].trigger()
    wait_for_words(processed, qtbot, "The joints could not be exported", "No such file")


def wait_for_words(window, qtbot, title, text):
    history = window.toasts.history
    qtbot.waitUntil(
        lambda: history[-1].title == title and text in history[-1].text, timeout=PATIENCE_MS
    )


def test_the_video_has_the_frames_of_the_range(processed, qtbot, monkeypatch, tmp_path):
    path = tmp_path / "hand.avi"
    monkeypatch.setattr(file_dialogs, "ask_video", lambda parent, name, codecs: str(path))
    processed.transport.slider.show_range(4, 9)
    processed.playback._set_range(4, 9)
    processed.analysis.panel.export.menu().actions()[1].trigger()
    wait_for_words(processed, qtbot, "Written", str(path))
    reader, count = cv2.VideoCapture(str(path)), 0
    while reader.read()[0]:
        count += 1
    assert count == 6


def test_several_joints_are_drawn_with_a_legend(processed, qtbot):
    panel, plot = processed.analysis.panel, processed.analysis.panel.plot
    assert plot.height() >= 150
    names = {label.text for _, label in plot.chart.legend.items}
    assert names == {"index tip x", "index tip y", "index tip z"}
    panel.joints[4].trigger()
    joints = {joint for joint, _, _ in plot.chart.curves}
    assert joints == {8, 4}
    assert "thumb tip z" in {label.text for _, label in plot.chart.legend.items}
    pens = {
        (plot.chart.curves[j, a, "filtered"].opts["pen"].color().name(),
         plot.chart.curves[j, a, "filtered"].opts["pen"].style())
        for j in joints for a in "xyz"
    }  # fmt: skip
    assert len(pens) == 6  # all told apart
    assert plot.chart.plot.getPlotItem().getAxis("bottom").autoSIPrefix is False
    for joint in range(10):
        panel.joints[joint].setChecked(True)
    assert len({joint for joint, _, _ in plot.chart.curves}) == 6


def test_a_gap_in_the_recording_is_a_gap_in_the_curve():
    seconds = np.r_[np.arange(8), np.arange(8) + 14.5] * 2 / 3
    x, y = break_gaps(seconds, np.ones(16), 30.0)
    assert np.flatnonzero(np.isnan(y)).tolist() == [8]
    assert (np.diff(x) >= 0).all()
    even = break_gaps(np.arange(20) / 30, np.ones(20), 30.0)
    assert len(even[0]) == 20
    assert len(break_gaps(np.zeros(1), np.ones(1), 30.0)[0]) == 1


def test_a_dragged_cursor_comes_to_rest_on_the_frame_of_the_player(processed, qtbot):
    cursor = processed.analysis.panel.plot.chart.cursor
    processed.session.player.seek_frame(12)
    qtbot.waitUntil(lambda: abs(cursor.value() - 0.4) < 1e-6)
    cursor.moving = True
    cursor.setValue(0.411)  # nearer to the same frame than to any other
    cursor.sigDragged.emit(cursor)
    cursor.moving = False
    cursor.sigPositionChangeFinished.emit(cursor)
    assert cursor.value() == pytest.approx(0.4)


def test_the_pass_is_kept_and_comes_back_with_its_recording(processed, qtbot):
    before = processed.analysis.track
    processed.open("other.npz")
    qtbot.waitUntil(lambda: processed.analysis.track is None)
    processed.open("hand.npz")
    qtbot.waitUntil(lambda: processed.analysis.track is before)
    assert "20 frames, 17 with a hand" in processed.analysis.panel.said.text()
    assert processed.analysis.panel.export.isEnabled()
    assert processed.transport.slider.next_mark(1) is not None


def test_the_hint_to_process_is_given_only_where_it_was_not(processed, qtbot):
    processed.session.player.seek_frame(19)
    qtbot.waitUntil(lambda: processed.transport.slider.value() == 19)
    qtbot.keyClick(processed, Qt.Key.Key_N)
    said = processed.toasts.history[-1]
    assert said.title == "No uncertain frame after this one"
    assert "Process" not in said.text
    processed.open("other.npz")
    qtbot.waitUntil(lambda: processed.analysis.track is None)
    qtbot.keyClick(processed, Qt.Key.Key_N)
    assert "Process the recording" in processed.toasts.history[-1].text


def test_another_source_forgets_the_pass(processed, qtbot):
    processed.open("other.npz")
    qtbot.waitUntil(lambda: processed.analysis.track is None, timeout=PATIENCE_MS)
    assert processed.transport.slider.next_mark(1) is None
    assert not processed.analysis.panel.export.isEnabled()


def test_a_camera_cannot_be_processed(make_window, qtbot):
    window = make_window("camera")
    qtbot.waitUntil(lambda: window.painted > 0, timeout=PATIENCE_MS)
    assert not window.analysis.panel.process.isEnabled()
    window.actions_by_name["process"].trigger()
    assert window.toasts.history[-1].title == "Nothing to process"


def test_a_damaged_recording_is_said_and_what_was_read_is_kept(window, qtbot, monkeypatch):
    from app.errors import EndedEarly
    from tests.inference.fakes import FakeSource as Scripted

    frames = [fakes.make_frame(k) for k in range(6)]
    monkeypatch.setattr(
        window.session, "find", lambda spec: Scripted(frames, EndedEarly(6, 20, "cut off"))
    )
    window.analysis.panel.process.click()
    qtbot.waitUntil(lambda: idle(window), timeout=PATIENCE_MS)
    assert len(window.analysis.track) == 6
    assert "stops after frame 6 of 20; the rest is damaged" in window.toasts.history[-1].text
    assert window.toasts.history[-1].kind == "warning"


def test_closing_while_processing_leaves_no_thread(window, monkeypatch):
    gate = threading.Event()
    monkeypatch.setattr(Pipeline, "gate", gate)
    window.analysis.panel.process.click()
    threading.Timer(0.2, gate.set).start()
    window.close()
    assert [t for t in threading.enumerate() if t.name == "analysis"] == []
