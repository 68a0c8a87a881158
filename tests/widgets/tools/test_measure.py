"""The measurement: what it counts is what happened."""

from __future__ import annotations

import pytest

from app.capture.player_state import PlayerState
from widgets.tools.measure import Watch, age_of_process_s, arrivals


def test_a_steady_source_misses_nothing():
    told = arrivals([(1, k, k / 90) for k in range(200)])
    assert told["frames"] == 200
    assert told["missing"] == 0
    assert told["interval_ms_p99"] == pytest.approx(1000 / 90, abs=0.01)


def test_gaps_and_stalls_are_seen_and_a_seek_is_neither():
    steady = [(1, k, k * 0.01) for k in range(100)]
    stalled = steady[:50] + [(1, k, k * 0.01 + 0.5) for k in range(50, 100)]
    assert arrivals(stalled)["interval_ms_p99"] > 15
    lost = [row for row in steady if row[1] not in (10, 11, 60)]
    assert arrivals(lost)["missing"] == 3
    sought = steady[:50] + [(2, k, k * 0.01 + 3) for k in range(500, 550)]
    assert arrivals(sought) == {**arrivals(steady), "frames": 100}


def test_nothing_arrived_is_no_failure():
    assert arrivals([])["frames"] == 0


def test_a_watch_counts_what_the_window_receives_and_paints(window, qtbot):
    watch = Watch(window)
    before = window.painted
    qtbot.waitUntil(lambda: window.painted > before + 1 and bool(watch.arrived), timeout=60_000)
    report = watch.report()
    assert len(watch.painted) >= 2
    assert report["source"]["frames"] > 0
    assert report["arrival_to_paint_ms"]["median"] > 0
    assert report["gui_cpu_ms_a_frame"] > 0
    window.hub.pause()  # or one more frame may arrive meanwhile
    qtbot.waitUntil(lambda: window.session.player.state is PlayerState.PAUSED)
    watch.clear()
    assert watch.report()["source"]["frames"] == 0


def test_a_process_has_an_age():
    assert 0 < age_of_process_s() < 1e6
