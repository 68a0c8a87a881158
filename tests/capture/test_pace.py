"""When frames are due: gaps, bad stamps, delays and a change of speed."""

import math

import pytest

from app.capture.pace import LATE_S, MAX_GAP_S, Pace, checked_speed


def due_times(stamps, speed=1.0):
    pace, out = Pace(fps=50.0, speed=speed), []
    for t_s in stamps:
        pace.schedule(t_s, now_s=max(100.0, pace.due_s))
        out.append(round(pace.due_s - 100.0, 6))
    return out


def test_pace_shortens_gaps_and_survives_bad_stamps():
    assert due_times([5.0, 5.5, 6.0]) == [0.0, 0.5, 1.0]
    assert due_times([5.0, 5.5], speed=2.0) == [0.0, 0.25]
    assert due_times([0.0, 3600.0, 3600.1]) == [0.0, MAX_GAP_S, MAX_GAP_S + 0.1]
    assert due_times([5.0, 1.0, 1.1]) == [0.0, 0.02, 0.12]
    assert due_times([math.nan, math.nan, math.inf, 1.0, 1.5])[-1] <= 2 * MAX_GAP_S


def test_pace_does_not_race_after_a_long_delay():
    pace = Pace(fps=50.0)
    pace.schedule(0.0, 0.0)
    pace.schedule(0.02, 30.0)  # 30 s late
    pace.schedule(0.04, 30.0)
    assert pace.due_s == pytest.approx(30.02)


def test_a_new_speed_rescales_what_is_left_of_the_wait():
    pace = Pace(fps=50.0)
    pace.schedule(5.0, 100.0)
    pace.schedule(6.0, 100.0)
    pace.set_speed(4.0, 100.2)
    assert pace.due_s == pytest.approx(100.2 + 0.8 / 4)
    pace.schedule(7.0, 100.4)
    assert pace.due_s == pytest.approx(100.4 + 1 / 4)
    pace.set_speed(0.5, 100.4)
    assert pace.due_s == pytest.approx(100.4 + 0.25 * 4 / 0.5)
    pace.restart()
    pace.schedule(90.0, 101.0)
    assert pace.due_s == 101.0


def test_a_frame_a_little_late_is_caught_up_with():
    pace = Pace(fps=50.0)
    pace.schedule(0.0, 0.0)
    pace.schedule(0.1, 0.1 + LATE_S)
    assert pace.due_s == pytest.approx(0.1)
    pace.schedule(0.2, 0.21 + LATE_S)
    assert pace.due_s == pytest.approx(0.21 + LATE_S)


def test_a_speed_is_held_within_its_bounds():
    assert [checked_speed(v) for v in (0.01, 0.1, 2, 8.0, 100.0)] == [0.1, 0.1, 2.0, 8.0, 8.0]
