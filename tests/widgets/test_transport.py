"""The transport bar: it shows the player's clock and says what the user wants."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app.capture.base import StreamInfo
from app.capture.player import PlayerState
from tests.widgets import fakes
from widgets.transport import SPEEDS, TransportBar

RECORDING = StreamInfo("hand.npz", "recording", fakes.CAMERA, 1.0, 30.0, 90, 3.0, seekable=True)
CAMERA = StreamInfo("Camera", "camera", fakes.CAMERA, 1.0, 30.0)
DEMO = StreamInfo("Demo hand", "demo", fakes.CAMERA, 1.0, 30.0, seekable=True)


@pytest.fixture
def bar(application, qtbot):
    bar = TransportBar()
    qtbot.addWidget(bar)
    bar.resize(900, 44)
    bar.show_source(RECORDING)
    bar.show()
    return bar


def test_position_is_shown_as_frame_and_time_and_asks_for_nothing(bar, qtbot):
    with qtbot.assertNotEmitted(bar.seek_wanted):
        bar.show_position(44, 1.4667)
    assert bar.slider.value() == 44
    assert "frame 45 / 90" in bar.place.text()
    assert "1 467 ms" in bar.place.text()


def test_the_slider_seeks(bar, qtbot):
    with qtbot.waitSignal(bar.seek_wanted) as signal:
        bar.slider.setFocus()
        qtbot.keyClick(bar.slider, Qt.Key.Key_PageUp)
    assert signal.args == [bar.slider.value()]
    assert bar.slider.value() > 0


def test_buttons_step_and_toggle(bar, qtbot):
    bar.show_state(PlayerState.RUNNING)
    with qtbot.waitSignal(bar.play_wanted) as signal:
        bar.play.click()
    assert signal.args == [False]
    bar.show_state(PlayerState.PAUSED)
    with qtbot.waitSignal(bar.play_wanted) as signal:
        bar.play.click()
    assert signal.args == [True]
    for button, count in ((bar.back, -1), (bar.forward, 1)):
        with qtbot.waitSignal(bar.steps_wanted) as signal:
            button.click()
        assert signal.args == [count]


def test_a_camera_can_be_paused_but_not_sought(bar):
    bar.show_source(CAMERA)
    assert bar.play.isEnabled()
    for widget in (bar.slider, bar.back, bar.forward, bar.first, bar.speed, bar.loop):
        assert not widget.isEnabled()
    bar.show_position(300, 10.0)
    assert "live" in bar.place.text()


def test_the_endless_demo_steps_but_has_no_end(bar):
    bar.show_source(DEMO)
    assert bar.forward.isEnabled()
    assert not bar.slider.isEnabled()
    bar.show_position(10_000, 333.0)
    assert "frame 10001 " in bar.place.text()


def test_without_a_source_everything_is_off(bar, qtbot):
    bar.show_source(None)
    with qtbot.assertNotEmitted(bar.play_wanted), qtbot.assertNotEmitted(bar.steps_wanted):
        bar.toggle()
        bar.step(1)
        bar.jump(to_end=True)


def test_speed_stays_within_its_list(bar, qtbot):
    seen = []
    bar.speed_wanted.connect(seen.append)
    for _ in range(12):
        bar.change_speed(1)
    for _ in range(20):
        bar.change_speed(-1)
    assert max(seen) == SPEEDS[-1]
    assert seen[-1] == SPEEDS[0]


def test_a_speed_of_the_command_line_is_kept_exactly(bar, qtbot):
    with qtbot.waitSignal(bar.speed_wanted) as signal:
        bar.set_speed(3.0)
    assert signal.args == [3.0]
    assert bar.speed.currentText() == "3×"
    bar.change_speed(1)
    assert bar.speed.currentText() == "4×"
