import itertools
import json

import pytest

from app.benchmark.__main__ import main
from app.benchmark.timings import time_frames
from app.config import EstimatorConfig
from app.inference.pipeline import FramePipeline
from tests.inference.fakes import FakeEngine, FakeSource, FakeTracker, hand_frame
from tests.inference.test_pipeline import region

CONTRACT = {
    *("threads", "frame_ms", "stage_ms", "network_ms", "generator_ms"),
    *("paper_network_ms", "paper_generator_ms", "cpu"),
}


@pytest.mark.full
def test_the_json_has_the_keys_of_the_contract(weights, capsys):
    assert main(["--json", "--weights", str(weights), "--runs", "200"]) == 0
    result = json.loads(capsys.readouterr().out)
    assert set(result) >= CONTRACT
    assert result["runs"] == 200
    assert result["threads"] == 1
    assert 0 < result["network_ms"] < result["frame_ms"]["median"] <= result["frame_ms"]["p95"]
    assert result["paper_network_ms"] > 0
    assert result["cpu"]


def test_fewer_runs_than_medians_need_are_refused():
    with pytest.raises(SystemExit) as leaving:
        main(["--runs", "10"])
    assert leaving.value.code == 2


def test_bad_weights(tmp_path, capsys):
    assert main(["--weights", str(tmp_path / "none")]) == 4
    assert capsys.readouterr().err.count("\n") == 1


def test_whole_frames_are_timed_by_stage(monkeypatch):
    ticks = itertools.count(step=0.001)
    monkeypatch.setattr("time.perf_counter", lambda: next(ticks))  # no busy machine in this test
    pipeline = FramePipeline(FakeEngine(), EstimatorConfig(), FakeTracker(region()))
    source = FakeSource([hand_frame(i) for i in range(60)])
    source.open()
    total, stages, detected = time_frames(pipeline, source, 20)
    assert detected == 20
    assert sum(stage["median"] for stage in stages.values()) <= total["p95"]
    assert "total" not in stages
