"""The verdict finds every way in which a frame can be forgotten."""

from dataclasses import replace

import numpy as np
import pytest

from app.capture.frame_check import FrameFaults
from app.capture.player_state import PlayerStats
from app.inference.timing import RunStats
from app.soak.faults import Fault
from app.soak.holdings import Holding, growth
from app.soak.recordings import RecordingCounts
from app.soak.run import Happened, Outcome, Plan
from app.soak.verdict import judge, quiet_latencies, recoveries, to_json, uncounted

SEEN = np.array([(1000 + k / 90, 8.0) for k in range(9000)])


def make_outcome(**values) -> Outcome:
    """Ten minutes without fault: 9,020 made, 10 refused, 5 dropped, 1 failed."""
    held = [Holding(float(k), 300.0, 12, 20) for k in range(0, 610, 5)]
    outcome = Outcome(
        plan=Plan(), seconds=610.0, made=9020, spoilt={},
        player=PlayerStats(9010, 9009, discarded=1, faults=FrameFaults(wrong_size=10)),
        waiting=1,
        estimator=RunStats(9008, 9002, 9000, 5, 90.0, {}, {}, frames_failed=1),
        results_dropped=2, seen=SEEN, hands=9000, out_of_order=0,
        recordings=RecordingCounts(3, 0, 9009, 9000, 4, 5), faults=[], told={}, holdings=held,
        threads_left=[],
    )  # fmt: skip
    return replace(outcome, **values)


def failed(outcome, **options) -> list[str]:
    return [check.what for check in judge(outcome, **options) if check.passed is False]


def test_a_run_in_which_all_is_counted_passes():
    outcome = make_outcome()
    assert not any(uncounted(outcome).values())
    assert failed(outcome) == []
    assert to_json(outcome, judge(outcome))["passed"]


@pytest.mark.parametrize(
    ("place", "values"),
    [
        ("camera", {"made": 9021}),
        ("player", {"player": PlayerStats(9009, 9009, 1, faults=FrameFaults(wrong_size=11))}),
        ("mailbox", {"waiting": 0}),
        ("results", {"results_dropped": 1}),
        ("recordings", {"recordings": RecordingCounts(3, 0, 9009, 8999, 4, 5)}),
    ],
)
def test_a_frame_that_is_forgotten_is_found_where_it_was(place, values):
    outcome = make_outcome(**values)
    assert uncounted(outcome)[place] == 1
    assert failed(outcome) == ["every frame is counted"]


@pytest.mark.parametrize(
    ("what", "values"),
    [
        ("in order", {"out_of_order": 1}),
        ("recordings", {"recordings": RecordingCounts(taken=5, written=5, missing=1)}),
        ("recordings", {"recordings": RecordingCounts(taken=5, written=5, wrong=1)}),
        ("recordings", {"recordings": RecordingCounts(unrepaired=1)}),
        ("recovered", {"faults": [Happened(Fault("stall", 1.0), 1001.0, 1002.0)]}),
        ("started again", {"faults": [Happened(Fault("crash", 1.0), 1001.0, 1002.0, 0.5)]}),
        ("started again", {"told": {"the camera has failed and was started again": 1}}),
        ("thread", {"threads_left": ["recorder"]}),
        ("latency", {"seen": SEEN + np.array([0, 93.0])}),
    ],
)
def test_what_goes_wrong_fails_its_own_check(what, values):
    found = failed(make_outcome(**values))
    assert len(found) == 1
    assert what in found[0]


@pytest.mark.parametrize("what", ["memory", "threads", "files"])
def test_what_piles_up_fails(what):
    more = {"memory": "memory_mb"}.get(what, what)
    slope = 0.1 if what == "memory" else 0.02
    held = make_outcome().holdings
    held = [replace(h, **{more: getattr(h, more) + slope * h.at_s}) for h in held]
    found = failed(make_outcome(holdings=held))
    assert len(found) == 1
    assert what in found[0].lower()


def test_short_runs_are_not_judged_by_memory_nor_busy_machines_by_time():
    late = SEEN + np.array([0, 492.0])
    growing = [Holding(float(k), 300.0 + k, 12, 20) for k in range(60)]
    outcome = make_outcome(seconds=60.0, holdings=growing, seen=late)
    assert failed(outcome, timing=False) == []
    assert failed(outcome) == ["p99 of the latency outside faults is below 100 ms"]


def test_latency_counts_outside_the_windows_of_faults():
    slow = Happened(Fault("hang", 10.0), 1010.0, 1011.5, recovered_s=5.0)
    seen = SEEN.copy()
    seen[(seen[:, 0] >= 1010) & (seen[:, 0] <= 1016), 1] = 700.0
    outcome = make_outcome(faults=[slow], seen=seen)
    assert set(quiet_latencies(outcome)) == {8.0}
    assert len(quiet_latencies(outcome)) == pytest.approx(9000 - 7.1 * 90, abs=4)
    assert recoveries(outcome) == {"hang": {"faults": 1, "not_recovered": 0, "most_s": 5.0}}


def test_growth_leaves_the_warm_up_out():
    held = [Holding(float(k), min(100.0 + 10 * k, 300.0), 3, 4) for k in range(200)]
    found = growth(held, "memory_mb")
    assert (found.before, found.after, found.most, found.grown) == (300.0, 300.0, 300.0, 0.0)
    assert growth([], "threads").grown == 0
    assert np.isfinite(found.grown)
