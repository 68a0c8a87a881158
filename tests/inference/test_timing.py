import json
from types import SimpleNamespace

import pytest

from app.frames import FrameResult
from app.inference import timing
from app.inference.timing import Stopwatch, Tally, median_p95
from tests.inference.fakes import empty_frame, plain_hand


def result(total: float) -> FrameResult:
    frame = empty_frame()
    stages = {"network": total / 2, "total": total}
    return FrameResult(frame, (), stages, t_done_s=frame.t_host_s + total / 1e3)


def test_median_and_95th_percentile():
    assert median_p95(range(101)) == {"median": 50.0, "p95": 95.0}
    assert median_p95([]) == {"median": 0.0, "p95": 0.0}


def test_laps_of_one_stage_add_up_to_no_more_than_the_total():
    watch = Stopwatch()
    for stage in ("a", "b", "a"):
        watch.lap(stage)
    stages = watch.finish()
    assert list(stages) == ["a", "b", "total"]
    assert stages["a"] + stages["b"] <= stages["total"] + 1e-6


def test_a_tally_has_the_contract_form():
    tally = Tally()
    for total in (1.0, 2.0, 3.0):
        tally.add(result(total))
    stats = json.loads(json.dumps(tally.summary(5, 2).to_json()))
    assert (stats["frames_in"], stats["frames_estimated"], stats["frames_dropped"]) == (5, 3, 2)
    assert stats["stage_ms"]["total"]["median"] == pytest.approx(2.0)
    assert stats["latency_ms"]["median"] == pytest.approx(2.0, abs=0.01)
    assert set(stats["latency_ms"]) == {"median", "p95"}


def test_a_window_forgets():
    tally = Tally(window=10)
    for total in [100.0] * 50 + [1.0] * 10:
        tally.add(result(total))
    assert tally.summary(60, 0).stage_ms["total"]["p95"] == pytest.approx(1.0)
    assert tally.estimated == 60


def test_laps_are_the_milliseconds_between_them(monkeypatch):
    now = SimpleNamespace(s=10.0)
    monkeypatch.setattr(timing.time, "perf_counter", lambda: now.s)
    watch = Stopwatch()
    for stage, now.s in (("a", 10.002), ("b", 10.007), ("a", 10.010)):
        watch.lap(stage)
    now.s = 10.011
    assert watch.finish() == pytest.approx({"a": 5.0, "b": 5.0, "total": 11.0})


def done_at(*times_s: float, hands: int = 0) -> list[FrameResult]:
    hand = (plain_hand(),) * hands
    return [FrameResult(empty_frame(), hand, {"total": 1.0}, t_done_s=t_s) for t_s in times_s]


def test_the_rate_is_of_the_whole_run_and_then_of_the_window(monkeypatch):
    now = SimpleNamespace(s=100.0)
    monkeypatch.setattr(timing.time, "monotonic", lambda: now.s)
    tally = Tally(window=4)
    assert tally.summary(0, 0).fps == 0
    for one in done_at(101.0, 102.0):
        tally.add(one)
    assert tally.summary(2, 0).fps == pytest.approx(1.0)  # the first frame's own second counts
    for one in done_at(103.0, 103.5, 104.0, hands=1):
        tally.add(one)
    stats = tally.summary(9, 3, 1)
    assert stats.fps == pytest.approx(3 / 2)  # 102 to 104: three gaps
    assert (stats.frames_estimated, stats.frames_detected) == (5, 3)
    assert (stats.frames_in, stats.frames_dropped, stats.frames_failed) == (9, 3, 1)
    assert Tally().summary(1, 1).frames_failed == 0


def test_percentiles_and_rates_are_rounded():
    assert median_p95([1.23456, 1.23456]) == {"median": 1.235, "p95": 1.235}
    tally = Tally()
    tally.add(result(1.0))
    assert tally.summary(1, 0).to_json()["fps"] == round(tally.summary(1, 0).fps, 2)
