"""The transport bar: it shows the player's clock and says what the user wants."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from PySide6.QtCore import Qt

from app.capture.base import StreamInfo
from app.capture.player_state import PlayerState
from tests.widgets import fakes
from widgets.playback.place_boxes import clock, parse_clock
from widgets.playback.transport import SPEEDS, TransportBar

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
    assert bar.frame_box.text() == "frame 44 / 89"
    assert bar.time_box.text() == "0:01.5"


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
    assert bar.frame_box.text() == "frame 10000"


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


@pytest.mark.parametrize(
    ("box", "typed", "signal", "wanted"),
    [
        ("frame_box", "31", "seek_wanted", [31]),
        ("time_box", "1.5", "time_wanted", [1.5]),
        ("time_box", "0:02", "time_wanted", [2.0]),
        ("time_box", "2500 ms", "time_wanted", [2.5]),
    ],
)
def test_a_typed_number_is_gone_to(bar, qtbot, box, typed, signal, wanted):
    field = getattr(bar, box)
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, typed)
    bar.show_position(3, 0.1)  # playing goes on under what is being typed
    with qtbot.waitSignal(getattr(bar, signal)) as caught:
        qtbot.keyClick(field, Qt.Key.Key_Return)
    assert caught.args == wanted
    assert not field.hasFocus()  # Space plays again


def test_escape_gives_up_what_was_typed(bar, qtbot):
    bar.show_position(44, 1.4667)
    bar.go_to()
    qtbot.waitUntil(bar.frame_box.hasFocus)
    with qtbot.assertNotEmitted(bar.seek_wanted):
        qtbot.keyClicks(bar.frame_box, "7")
        qtbot.keyClick(bar.frame_box, Qt.Key.Key_Escape)
    assert bar.frame_box.text() == "frame 44 / 89"


def test_in_and_out_make_a_range_and_all_of_it_is_one_command(bar, qtbot):
    seen = []
    bar.range_wanted.connect(lambda first, last: seen.append((first, last)))
    bar.show_position(20, 0.67)
    bar.mark_in.click()
    bar.show_position(60, 2.0)
    bar.mark_out.click()
    assert seen == [(20, None), (20, 60)]
    bar.show_position(70, 2.3)
    bar.mark_in.click()  # after the end: the end is given up
    bar.clear_range()
    assert seen[2:] == [(70, None), (None, None)]
    with qtbot.waitSignal(bar.seek_wanted) as caught:
        bar.jump(to_end=True)
    assert caught.args == [89]


def test_home_and_end_are_those_of_the_range(bar, qtbot):
    bar.slider.show_range(20, 60)
    seen = []
    bar.seek_wanted.connect(seen.append)
    bar.jump(to_end=False)
    bar.jump(to_end=True)
    assert seen == [20, 60]


@pytest.mark.parametrize("t_s", [math.nan, -5.0, 1e300])
def test_times_that_cannot_be_are_survived(bar, t_s):
    bar.show_position(3, t_s)
    assert bar.frame_box.value() == 3
    assert bar.time_box.value() >= 0


def test_another_recording_forgets_the_range(bar):
    bar.slider.show_range(20, 60)
    bar.show_source(RECORDING)
    assert not bar.slider.has_range


def test_a_time_that_is_shown_rounded_is_not_gone_to(bar, qtbot):
    bar.show_position(44, 1.4667)
    bar.time_box.setFocus()
    with qtbot.assertNotEmitted(bar.time_wanted):
        qtbot.keyClick(bar.time_box, Qt.Key.Key_Return)
    assert bar.time_box.value() == 1467


@pytest.mark.parametrize(
    ("text", "ms"),
    [
        ("1:23.4", 83_400),
        ("83.4", 83_400),
        ("0:05", 5000),
        ("12 s", 12_000),
        ("1,5", 1500),
        ("250ms", 250),
        ("1:30 ms", None),
        ("soon", None),
        ("", None),
    ],
)
def test_times_are_read_as_people_write_them(text, ms):
    assert parse_clock(text) == ms


@pytest.mark.parametrize("ms", [0, 99, 12_300, 59_990, 60_000, 3_723_400])
def test_a_time_that_is_shown_is_read_again(ms):
    assert abs(parse_clock(clock(ms)) - ms) <= 50
    assert ":60" not in clock(ms)


def test_the_timeline_counts_by_the_recorded_times(bar):
    slow = replace(RECORDING, n_frames=19, duration_s=17.0)
    bar.show_source(slow)
    assert bar.slider.describe(12) == "frame 12  ·  about 11.33 s"
