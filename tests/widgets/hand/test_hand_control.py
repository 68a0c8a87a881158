"""Hand and camera at work: orders reach the estimator, wrong numbers are told, cures cure."""

from __future__ import annotations

import threading
from dataclasses import replace
from functools import partial

import pytest
from PySide6.QtWidgets import QMainWindow

from app.capture.base import StreamInfo
from app.config import CameraConfig, EstimatorConfig, Options
from app.inference.camera_check import ENOUGH
from app.inference.camera_trial import Trial
from app.session import Session
from app.skeleton import MEAN_HAND_MM
from tests.widgets import fakes
from widgets.hand.hand_control import CURIOUS_FRAMES, CURIOUS_S, WRONG, HandControl
from widgets.hub import Hub
from widgets.menus import make_actions

INFO = StreamInfo("hand.npz", "recording", fakes.CAMERA, 1.0, 30.0, 40, seekable=True)
TRUE_UNIT = Trial(0.125, 0.97, 187.0, 450.0)


class Bench:
    """A hub whose threads run only where a test starts them, and what it says."""

    def __init__(self, store, options: Options | None = None, trials=(TRUE_UNIT,)):
        self.pipelines: list[fakes.FakePipeline] = []
        self.trials, self.failure, self.searched = list(trials), None, []
        self.hub = Hub(
            options or Options(),
            partial(Session, find=fakes.find_fake, build=self.build, read_space=lambda _: None),
        )
        self.said, self.warnings, self.now_s = [], [], 0.0
        self.hub.said.connect(lambda *words: self.said.append(words))
        self.window = QMainWindow()
        actions = make_actions(self.window)
        self.control = HandControl(self.hub, actions, store, self.search, lambda: self.now_s)
        self.control.warned.connect(self.warnings.append)
        self.control.begin()

    def build(self, config: EstimatorConfig) -> fakes.FakePipeline:
        self.pipelines.append(fakes.FakePipeline(config))
        return self.pipelines[-1]

    def search(self, engine, frame) -> list[Trial]:
        self.searched.append((frame.depth_unit_mm, threading.current_thread().name))
        if self.failure is not None:
            raise self.failure
        return self.trials

    @property
    def estimator(self):
        return self.hub.session.estimator

    def see(self, size: float = 1.0, count: int = ENOUGH, **changes) -> None:
        """Estimates of a hand `size` times the fake one's, which is smaller than the mean."""
        for _ in range(count):
            frame = fakes.make_frame(3)
            before = fakes.make_hand(frame).joints_mm
            joints = (before - before.mean(0)) * size + before.mean(0)
            made = fakes.make_result(frame, joints_mm=joints, joints_raw_mm=joints, **changes)
            self.hub.estimated.emit(made)
        self.hub.figures_due.emit()


@pytest.fixture
def bench(application, store):
    bench = Bench(store)
    yield bench
    bench.control.close()
    bench.hub.close()


def test_orders_reach_the_estimator(bench):
    panel = bench.control.hand
    panel.sides["left"].click()
    panel.change_cube(2)
    panel.measured.click()
    config = bench.estimator.config
    assert (config.hand, config.cube_mm) == ("left", 270.0)
    assert config.hand_scale == pytest.approx(1.0)
    assert bench.control.actions["hand_left"].isChecked()


def test_the_menus_commands_move_the_panel(bench):
    bench.control.commands()["hand_right"]()
    assert bench.control.hand.sides["right"].isChecked()
    bench.control.commands()["cube_larger"]()
    assert bench.control.hand.cube.value == 260.0
    assert bench.estimator.config.cube_mm == 260.0


def test_what_the_command_line_said_is_shown(application, store):
    options = Options(estimator=EstimatorConfig(hand="left", cube_mm=300.0, hand_scale=1.2))
    bench = Bench(store, options)
    assert bench.control.hand.sides["left"].isChecked()
    assert bench.control.hand.cube.value == 300.0
    assert bench.control.hand.hand_size.value == pytest.approx(1.2 * MEAN_HAND_MM)
    bench.hub.close()


def test_camera_numbers_reach_the_frames_that_are_estimated(bench, qtbot):
    bench.hub.start()
    bench.hub.open("camera")
    qtbot.waitUntil(lambda: bench.hub.last is not None, timeout=20_000)
    bench.control.camera.camera_wanted.emit(CameraConfig(fx=321.0, depth_unit_mm=0.5))
    qtbot.waitUntil(lambda: bench.hub.last.frame.intrinsics.fx == 321.0, timeout=20_000)
    assert bench.hub.last.frame.depth_unit_mm == 0.5
    assert bench.control.camera.fields["fx"].value() == 321.0


def opened(bench: Bench, spec: str, qtbot) -> Bench:
    bench.hub.open(spec)
    qtbot.waitUntil(
        lambda: bench.hub.info is not None and spec in bench.hub.info.name, timeout=20_000
    )
    return bench


def test_camera_numbers_are_remembered_for_their_source_alone(application, store, qtbot):
    first, second = Bench(store), Bench(store)
    opened(first, "hand.npz", qtbot)
    assert first.estimator.config.camera == CameraConfig()
    first.control.use_camera(CameraConfig(fx=321.5))
    opened(second, "hand.npz", qtbot)
    assert second.estimator.config.camera == CameraConfig(fx=321.5)
    assert "last time" in second.said[-1][1]
    opened(second, "other.npz", qtbot)
    assert second.estimator.config.camera == CameraConfig()
    assert second.control.camera.fields["fx"].value() == 475.0
    first.control.use_camera(CameraConfig())  # forgotten again
    opened(second, "hand.npz", qtbot)
    assert second.estimator.config.camera == CameraConfig()
    for bench in (first, second):
        bench.control.close()
        bench.hub.close()


def test_numbers_of_a_configuration_file_are_for_the_first_source(application, store):
    given = CameraConfig(fx=400.0)
    bench = Bench(store, Options(estimator=EstimatorConfig(camera=given)))
    bench.hub.source_changed.emit(INFO)
    assert bench.estimator.config.camera == given
    bench.hub.source_changed.emit(INFO)
    assert bench.estimator.config.camera == CameraConfig()
    bench.hub.close()


def test_settings_that_somebody_has_spoilt_are_left_alone(application, store):
    bench = Bench(store)
    bench.control._remember(INFO, CameraConfig(fx=400.0))
    for key in store.allKeys():
        store.setValue(key, "soup")
    bench.hub.source_changed.emit(INFO)
    assert bench.estimator.config.camera == CameraConfig()
    bench.hub.close()


def test_a_hand_of_human_size_is_good_and_nobody_is_warned(bench):
    bench.hub.source_changed.emit(INFO)
    bench.see(1.15)
    row = bench.control.camera.findings.rows[0]
    assert row.finding.level == "good"
    assert bench.warnings[-1] == ""
    assert bench.said == []
    assert "Right hand" in bench.control.hand.state.text()


def test_a_hand_of_no_human_size_warns_once_and_its_cure_cures(bench):
    bench.hub.source_changed.emit(INFO)
    bench.see(2.0)
    bench.see(2.0)
    assert bench.warnings[-1] == WRONG
    assert [kind for kind, *_ in bench.said] == ["warning"]
    row = bench.control.camera.findings.rows[0]
    assert row.finding.level == "wrong"
    assert "too large" in row.text.text()
    row.fix.click()
    assert bench.estimator.config.camera.fx > 475 * 1.5
    assert bench.warnings[-1] == ""
    assert bench.control.camera.findings.rows[0].finding is None


def test_the_unit_is_searched_beside_the_window_and_offered(bench, qtbot):
    bench.hub.start()
    qtbot.waitUntil(lambda: bench.estimator.engine is not None, timeout=20_000)
    bench.hub.source_changed.emit(INFO)
    bench.see(1.15, count=1)
    bench.control.camera.search.click()
    rows = bench.control.camera.findings.rows
    qtbot.waitUntil(
        lambda: rows[0].finding is not None and rows[0].finding.fix is not None, timeout=20_000
    )
    assert bench.searched == [(1.0, "unit search")]
    rows[0].fix.click()
    assert bench.estimator.config.camera.depth_unit_mm == 0.125


def test_the_unit_of_a_source_that_is_gone_is_not_offered(bench, qtbot):
    bench.hub.start()
    qtbot.waitUntil(lambda: bench.estimator.engine is not None, timeout=20_000)
    bench.hub.source_changed.emit(INFO)
    bench.see(1.15, count=1)
    bench.control.camera.search.click()
    bench.hub.source_changed.emit(INFO)
    qtbot.waitUntil(lambda: bench.control.camera.search.isEnabled(), timeout=20_000)
    assert all(row.finding is None for row in bench.control.camera.findings.rows)
    assert bench.said == []


def test_the_true_unit_is_confirmed_and_no_unit_is_said(bench, qtbot):
    bench.hub.start()
    qtbot.waitUntil(lambda: bench.estimator.engine is not None, timeout=20_000)
    bench.hub.source_changed.emit(INFO)
    bench.see(count=1)
    for trials, word in (([replace(TRUE_UNIT, unit_mm=1.0)], "correct"), ([], "No depth unit")):
        bench.trials = trials
        before = len(bench.said)
        bench.control.commands()["find_unit"]()
        qtbot.waitUntil(lambda before=before: len(bench.said) > before, timeout=20_000)
        assert word in bench.said[-1][1]
    assert bench.control.camera.search.isEnabled()


def test_without_a_hand_for_long_the_units_are_tried_once_and_quietly(bench, qtbot):
    bench.hub.start()
    qtbot.waitUntil(lambda: bench.estimator.engine is not None, timeout=20_000)
    bench.trials = []
    bench.see(count=CURIOUS_FRAMES, confidence=0.1)
    assert bench.searched == []
    bench.now_s = CURIOUS_S
    bench.hub.figures_due.emit()
    search = bench.control.camera.search
    qtbot.waitUntil(
        lambda: bool(bench.searched) and search.text() == "Find the unit", timeout=20_000
    )
    bench.see(count=CURIOUS_FRAMES, confidence=0.1)
    assert len(bench.searched) == 1
    assert bench.said == []


def test_a_search_that_fails_leaves_the_window_alone(bench, qtbot):
    bench.hub.start()
    qtbot.waitUntil(lambda: bench.estimator.engine is not None, timeout=20_000)
    bench.hub.source_changed.emit(INFO)
    bench.failure = ValueError("no")
    bench.see(count=1)
    bench.control.camera.search.click()
    qtbot.waitUntil(lambda: bench.control.camera.search.isEnabled(), timeout=20_000)
    assert bench.control.camera.findings.rows[0].finding.level == "good"


def test_searching_without_a_source_says_what_is_missing(bench):
    bench.control.commands()["find_unit"]()
    assert "Open a source" in bench.said[-1][2]
