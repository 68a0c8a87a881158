"""Times of frames: the device's stamps where they are sound, the recording's where they are not."""

import numpy as np
import pytest

from app.capture.recordings.clock import ALL_BYTES, seconds_of, steady_times, timeline_of

N = 40
STEPS = np.arange(N) / 30
RECORDED = 1.6e9 + STEPS


def check(device, recorded=RECORDED, note="", order=None):
    line = steady_times(np.array(device, float), np.array(recorded, float))
    assert note in line.note
    assert bool(line.note) == bool(note)
    assert np.array_equal(line.order, np.arange(len(device)) if order is None else order)
    assert (np.diff(line.times_s) > 0).all()
    return line.times_s - line.times_s[0]


def test_sound_stamps_stay_as_they_are():
    line = steady_times(100 + STEPS, RECORDED)
    assert np.array_equal(line.times_s, 100 + STEPS)
    assert line.note == ""


def test_a_pause_that_the_recording_leaves_out_is_the_devices():
    device = 100 + STEPS + 20 * (STEPS > 0.5)
    assert np.ptp(check(device)) == pytest.approx(20 + STEPS[-1])


@pytest.mark.parametrize("early", [1, 5])
def test_record_times_that_are_wrong_before_a_pause_change_nothing(early):
    recorded = RECORDED + 1e4 * (np.arange(N) < early)
    assert check(100 + STEPS, recorded) == pytest.approx(STEPS, abs=1e-6)


@pytest.mark.parametrize("wrap_s", [2**32 * 1e-6, 2**32 * 1e-3, 2**24 * 1e-6, 2**32 * 1e-9])
def test_a_counter_that_begins_anew_goes_on(wrap_s):
    start = wrap_s - 0.4
    device = np.mod(start + STEPS, wrap_s)
    assert check(device, note="began anew") == pytest.approx(STEPS, abs=1e-6)


@pytest.mark.parametrize("at", [0, 7, N - 1])
def test_a_single_lying_stamp_is_left_out(at):
    device = 100 + STEPS
    device[at] += 86_400
    assert check(device, note="single wrong") == pytest.approx(STEPS, abs=1e-6)


@pytest.mark.parametrize("device", [np.full(N, 100.0), np.where(np.arange(N) % 2, 3.0, 9.0)])
def test_a_clock_that_stands_or_lies_gives_way_to_the_recordings(device):
    assert check(device, note="not to be relied on") == pytest.approx(STEPS, abs=1e-6)


@pytest.mark.parametrize(("factor", "unit"), [(1e3, "milli"), (1e6, "micro"), (1e9, "nano")])
def test_a_clock_of_another_unit_is_recognised_and_said(factor, unit):
    assert check(factor * (1 + STEPS), note=unit) == pytest.approx(STEPS, abs=1e-6)
    times, note = seconds_of(factor * STEPS)
    assert times == pytest.approx(STEPS)
    assert unit in note


@pytest.mark.parametrize("gap_s", [0.002, 1 / 30, 0.67, 5.0])
def test_seconds_stay_seconds(gap_s):
    times, note = seconds_of(np.arange(9) * gap_s)
    assert np.array_equal(times, np.arange(9) * gap_s)
    assert note == ""


def test_pictures_written_out_of_turn_are_put_in_order():
    order = np.arange(N)
    order[[10, 11]] = order[[11, 10]]
    times = (100 + STEPS)[order]
    assert check(times, order=np.argsort(times)) == pytest.approx(STEPS)


def test_where_both_clocks_stand_a_usual_rate_is_assumed_and_said():
    assert check(np.zeros(N), np.zeros(N), "30 frames a second") == pytest.approx(STEPS)


def test_lost_stamps_are_set_by_the_recordings():
    device = 100 + STEPS
    device[[3, 9]] = np.nan
    assert check(device) == pytest.approx(STEPS, abs=1e-6)


def test_of_a_large_file_only_some_stamps_are_read_where_they_agree():
    count, asked = 10_000, []
    steps = np.arange(count) / 30

    def stamp(index):
        asked.append(index)
        return 100 + steps[index] + (0 if sound else 90 * (index > 5000))

    sound = True
    assert timeline_of(count, stamp, 1.6e9 + steps, ALL_BYTES + 1) is None
    assert len(asked) < 100
    sound = False
    line = timeline_of(count, stamp, 1.6e9 + steps, ALL_BYTES + 1)
    assert np.ptp(line.times_s) == pytest.approx(90 + steps[-1])
