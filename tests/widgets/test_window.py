"""The whole window on fakes: live, explore, keys, sources that fail, closing."""

from __future__ import annotations

import threading
import time

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt

from app.capture.player_state import PlayerState
from app.config import Options
from app.errors import WeightsError
from app.geometry import project
from tests.widgets import fakes
from tests.widgets.dropping import drop_file
from tests.widgets.pixels import grab
from widgets.menus import TABLE
from widgets.parts import settings
from widgets.shell.shell_control import NO_CAMERA

WORKERS = ("capture", "estimator", "explorer", "leaving")


def workers():
    return [t for t in threading.enumerate() if t.name in WORKERS]


def state(window):
    return window.session.player.state


@pytest.fixture
def recording(make_window, qtbot):
    """A paused recording of 40 frames."""
    window = make_window("hand.npz")
    qtbot.waitUntil(lambda: window.painted > 0)  # a slow window sees the last frame alone
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(
        lambda: state(window) in (PlayerState.PAUSED, PlayerState.ENDED), timeout=20_000
    )
    return window


def shown(window):
    return window.depth_view.frame.index


def test_live_frames_reach_every_view(window, qtbot):
    qtbot.waitUntil(lambda: window.painted > 6, timeout=20_000)
    assert window.depth_view.result.detected
    assert window.skeleton.has_hand
    assert window.synthesis.comparison.crop is not None
    qtbot.waitUntil(lambda: "estimate 4.0 ms" in window.status.fields["estimate"].text())
    assert "fps" in window.status.fields["fps"].text()
    assert window.status.fields["hand"].text() == "Right hand"


def test_the_demo_by_default_is_said_calmly(make_window, qtbot):
    window = make_window(None)
    qtbot.waitUntil(lambda: window.painted > 1, timeout=20_000)
    assert window.status.source.text() == NO_CAMERA
    assert window.toasts.cards == []


def test_closing_ends_every_thread_quickly(make_window, qtbot):
    window = make_window()
    qtbot.waitUntil(lambda: window.painted > 2, timeout=20_000)
    assert len(workers()) >= 3
    begun = time.monotonic()
    window.close()
    assert time.monotonic() - begun < 20
    assert workers() == []


def test_closing_while_the_network_is_loading(make_window, qtbot):
    asked, gate = threading.Event(), threading.Event()

    def slow(config):
        asked.set()
        gate.wait(240.0)
        return fakes.FakePipeline(config)

    try:
        window = make_window(build=slow)
        qtbot.waitUntil(lambda: window.painted > 2, timeout=60_000)  # depth is seen meanwhile
        qtbot.waitUntil(asked.is_set, timeout=60_000)
        assert window.depth_view.result is None
        window.close()
        assert [t.name for t in workers()] == ["estimator"]  # closing did not wait for it
    finally:
        gate.set()
    qtbot.waitUntil(lambda: workers() == [], timeout=60_000)


def test_keys_drive_the_player(recording, qtbot):
    window = recording
    qtbot.keyClick(window, Qt.Key.Key_Home)
    qtbot.waitUntil(lambda: shown(window) == 0, timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    qtbot.waitUntil(lambda: shown(window) == 1, timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: shown(window) == 11, timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_Left)
    qtbot.waitUntil(lambda: shown(window) == 10, timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_Left, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: shown(window) == 0, timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_End)
    qtbot.waitUntil(lambda: shown(window) == 39, timeout=20_000)
    qtbot.keyClick(window, Qt.Key.Key_BracketRight)
    assert window.transport.speed.currentText() == "2×"
    qtbot.keyClick(window, Qt.Key.Key_L)
    assert window.transport.loop.isChecked()
    qtbot.keyClick(window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: state(window) is PlayerState.RUNNING, timeout=20_000)


def test_the_transport_shows_the_frame_on_the_screen(recording, qtbot):
    recording.transport.slider.setValue(25)
    qtbot.waitUntil(lambda: shown(recording) == 25, timeout=20_000)
    assert recording.transport.frame_box.text() == "frame 25 / 39"


def test_arrows_belong_to_a_focused_slider(recording, qtbot):
    window = recording
    qtbot.waitUntil(lambda: window.latents.z is not None, timeout=20_000)
    before = shown(window)
    slider = window.latents.rows.directions[0].slider
    slider.setFocus()
    value = slider.value()
    qtbot.keyClick(slider, Qt.Key.Key_Right)
    assert slider.value() == value + 1
    window.latents.explore(False)
    qtbot.wait(60)
    assert shown(window) == before


def test_a_slider_shows_the_hand_of_its_latent(window, pipelines, qtbot):
    engine = pipelines[-1].engine
    row = window.latents.rows.directions[0]
    row.slider.setValue(row.slider.maximum())
    z = window.latents.z.copy()
    qtbot.waitUntil(lambda: bool(engine.asked) and np.allclose(engine.asked[-1], z), timeout=20_000)
    qtbot.waitUntil(lambda: window.depth_view.frame.depth_raw.shape == (128, 128), timeout=20_000)
    curled, before = window.skeleton.joints_shown.copy(), grab(window.depth_view)
    made = window.synthesis.comparison.synthesised
    row.slider.setValue(row.slider.minimum())
    qtbot.waitUntil(lambda: window.synthesis.comparison.synthesised is not made, timeout=20_000)
    qtbot.waitUntil(
        lambda: not np.array_equal(window.skeleton.joints_shown, curled), timeout=20_000
    )
    assert (grab(window.depth_view) != before).any(-1).sum() > 1000


def test_the_explored_hand_lies_on_its_own_depth(window, qtbot):
    window.latents.draw()
    qtbot.waitUntil(lambda: window.depth_view.frame.depth_raw.shape == (128, 128), timeout=20_000)
    frame, joints = window.depth_view.result.frame, window.depth_view.result.first.joints_mm
    u, v = np.round(project(joints[9], frame.intrinsics)).astype(int)
    assert abs(frame.depth_mm[v, u] - joints[9, 2]) < 25


def test_exploring_needs_no_source(make_window, qtbot):
    window = make_window("bad")
    qtbot.waitUntil(lambda: window.latents.z is not None, timeout=20_000)
    assert window.session.player is None
    window.latents.walk_button.click()
    qtbot.waitUntil(lambda: window.painted > 10, timeout=20_000)
    assert window.skeleton.has_hand


def test_exploring_pauses_a_recording_and_live_goes_on(window, qtbot):
    window.latents.freeze()
    qtbot.waitUntil(lambda: state(window) is PlayerState.PAUSED, timeout=20_000)
    qtbot.waitUntil(lambda: window.synthesis.comparison.mean_gap_mm() is not None, timeout=20_000)
    assert window.depth_view.caption
    qtbot.keyClick(window, Qt.Key.Key_E)
    qtbot.waitUntil(lambda: state(window) is PlayerState.RUNNING, timeout=20_000)
    assert window.depth_view.caption == ""
    assert window.depth_view.frame.depth_raw.shape == (480, 640)


def test_a_source_that_cannot_be_opened_leaves_the_present_one(window, qtbot):
    before = window.session.player
    window.open("bad")
    qtbot.waitUntil(lambda: len(window.toasts.cards) == 1, timeout=20_000)
    assert "not a recording" in window.toasts.cards[0].text.text()
    assert window.session.player is before
    count = window.painted
    qtbot.waitUntil(lambda: window.painted > count + 2 or state(window) is PlayerState.ENDED)


def test_with_nothing_open_the_view_says_how_to_go_on(make_window, qtbot):
    window = make_window("bad")
    qtbot.waitUntil(lambda: bool(window.toasts.cards), timeout=20_000)
    assert "Ctrl+O" in window.depth_view.empty_hint


def test_another_source_replaces_the_first_and_its_thread_ends(window, qtbot):
    first = window.session.player
    window.open("camera")
    qtbot.waitUntil(lambda: window.session.player is not first, timeout=20_000)
    assert "Fake camera" in window.windowTitle()
    assert not window.transport.forward.isEnabled()
    qtbot.waitUntil(lambda: first.state is PlayerState.STOPPED, timeout=20_000)
    qtbot.waitUntil(lambda: sum(t.name == "capture" for t in workers()) == 1, timeout=20_000)


def test_bad_weights_keep_the_depth_image_and_say_so(make_window, qtbot):
    def refuse(config):
        raise WeightsError("there is no weights file live.safetensors")

    window = make_window(build=refuse)
    qtbot.waitUntil(lambda: window.painted > 3 and bool(window.toasts.cards), timeout=20_000)
    assert "weights" in window.toasts.cards[0].text.text()
    assert "No network" in window.latents.header.hint.text()
    assert not window.latents.body.isEnabled()


def test_good_weights_after_bad_ones_bring_the_hand(make_window, qtbot):
    def build(config):
        if config.weights is None:
            raise WeightsError("none")
        return fakes.FakePipeline(config)

    window = make_window("camera", build=build)
    qtbot.waitUntil(lambda: bool(window.toasts.cards), timeout=20_000)
    window.load_weights("good.safetensors")
    qtbot.waitUntil(lambda: window.skeleton.has_hand, timeout=20_000)


def test_no_hand_is_shown_as_none(window, pipelines, qtbot):
    pipelines[-1].hands = False
    window.open("camera")
    qtbot.waitUntil(lambda: not window.skeleton.has_hand, timeout=20_000)
    qtbot.waitUntil(lambda: window.status.fields["hand"].text() == "No hand", timeout=20_000)
    assert window.synthesis.comparison.crop is None


def test_a_click_on_the_image_points_at_the_hand(window, pipelines, qtbot):
    place = window.depth_view.to_widget(np.array([300.0, 200.0]))
    where = QPointF(*place).toPoint()
    qtbot.mouseClick(window.depth_view, Qt.MouseButton.LeftButton, pos=where)
    qtbot.waitUntil(lambda: bool(pipelines[-1].pointed), timeout=20_000)
    assert np.abs(np.array(pipelines[-1].pointed[0]) - (300, 200)).max() <= 2


def test_the_hand_menu_reaches_the_pipeline(window, pipelines, qtbot):
    window.actions_by_name["hand_left"].trigger()
    qtbot.waitUntil(lambda: pipelines[-1].config.hand == "left", timeout=20_000)


def test_dropped_files_are_opened_and_remembered(window, qtbot, tmp_path):
    path = tmp_path / "dropped.npz"
    path.write_bytes(b"x")
    drop_file(window, path)
    qtbot.waitUntil(lambda: "dropped.npz" in window.windowTitle(), timeout=20_000)
    assert settings.recent_files(window.store) == [str(path)]
    window.actions_by_name["recent"].menu().aboutToShow.emit()
    assert window.actions_by_name["recent"].menu().actions()[0].text() == str(path)


def test_settings_of_the_depth_view_survive(make_window):
    first = make_window(start=False)
    first.depth_bar.range_box.setCurrentIndex(1)
    first.depth_bar.near_box.setValue(432)
    first.depth_bar.map_box.setCurrentText("Cividis")
    first.docks[2].hide()
    first.close()
    second = make_window(start=False)
    assert second.depth_bar.chosen() == first.depth_bar.chosen()
    assert second.depth_view.depth_range()[0] == 432
    assert second.docks[2].isHidden()
    second.reset_layout()
    assert not second.docks[2].isHidden()


@pytest.mark.parametrize("size", [(1280, 800), (1024, 700)])
def test_everything_fits(make_window, size, qtbot):
    window = make_window(start=False)
    window.resize(*size)
    window.reset_layout()
    qtbot.wait(30)
    assert (window.width(), window.height()) == size
    assert window.depth_view.width() >= 400
    assert window.skeleton.width() >= 200
    bar = window.depth_bar
    assert bar.sizeHint().width() <= bar.width()
    assert window.latents.rows.sizeHint().width() <= window.latents.width() + 1


def test_every_menu_entry_works_without_a_source(make_window, qtbot, monkeypatch):
    for name in ("ask_recording", "ask_folder", "ask_weights", "ask_latents", "ask_save"):
        monkeypatch.setattr(f"widgets.parts.file_dialogs.{name}", lambda *_: "")
    window = make_window("bad")
    qtbot.waitUntil(lambda: bool(window.toasts.cards), timeout=20_000)
    for entry in TABLE:
        if entry.name and entry.name not in ("quit", "recent", "docks", "open_camera"):
            window.actions_by_name[entry.name].trigger()
    qtbot.wait(50)
    keys = [entry.key for entry in TABLE if entry.key]
    assert len(set(keys)) == len(keys)


def test_the_shortcut_sheet_comes_and_goes(window, qtbot):
    qtbot.keyClick(window, Qt.Key.Key_F1)
    sheet = window.shell.sheet
    assert sheet.isVisible()
    assert not sheet.isModal()
    sheet.close()
    qtbot.keyClick(window, Qt.Key.Key_F1)
    assert sheet.isVisible()


def test_frames_limits_the_run(application, store, qtbot):
    from functools import partial

    from app.session import Session
    from widgets.main_window import MainWindow

    make = partial(
        Session,
        find=fakes.find_fake,
        build=fakes.FakePipeline,
        read_space=lambda _: fakes.make_space(),
    )
    window = MainWindow(Options(source="demo", frames=4), store, make)
    window.show()
    window.start()
    qtbot.waitUntil(lambda: not window.isVisible(), timeout=20_000)
    assert window.painted == 4
