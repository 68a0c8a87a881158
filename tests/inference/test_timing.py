import json

import pytest

from app.frames import FrameResult
from app.inference.timing import Stopwatch, Tally, median_p95
from tests.inference.fakes import empty_frame


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
