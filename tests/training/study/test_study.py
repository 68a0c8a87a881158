"""The study's harness on a handful of samples: runs, resuming, tables."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from app.data.pool import make_pool
from app.training.study import __main__ as study
from app.training.study import report
from app.training.study.plan import (
    FRACTIONS,
    POOLS,
    REPEATED,
    SCHEDULE,
    SEEDS,
    VARIANTS,
    Case,
    planned,
)
from app.training.study.run import Study
from tests.training.fakes import FakeCrops, fake_poses

torch.set_num_threads(1)
PAGE = """<!-- curve -->
old
<!-- /curve -->
between
<!-- ablations --><!-- /ablations -->
<!-- figures --><!-- /figures -->
"""


def few(seed: int, n: int) -> np.ndarray:
    """A pose VAE of 50,000 poses is not what is tested here."""
    return fake_poses(seed, n // 100)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Study:
    """Pools of 12 fake samples, two steps a stage."""
    pools = {name: dataclasses.replace(crops, samples=12) for name, crops in POOLS.items()}
    schedule = {n: dataclasses.replace(c, steps=2, batch=4) for n, c in SCHEDULE.items()}
    made = Study(tmp_path_factory.mktemp("study"), pools, schedule, poses=few, say=lambda _: None)
    for name in pools:
        make_pool(made._pool_folder(name), FakeCrops(3, "train"), 12)
    return made


@pytest.fixture(scope="module")
def runs(small, tmp_path_factory):
    """Every variant once, by way of the file of runs."""
    path = tmp_path_factory.mktemp("runs") / "runs.jsonl"
    cases = [Case(0.5, 0, variant) for variant in VARIANTS]
    study.run_missing(small, path, cases[:1], np.inf)
    first = path.read_text()
    study.run_missing(small, path, cases, np.inf)  # goes on behind what is there
    assert path.read_text().startswith(first)
    return study.read_runs(path)


def test_every_variant_is_another_network_from_the_same_start(runs):
    assert [run["variant"] for run in runs] == list(VARIANTS)
    assert len({run["test_mm"] for run in runs}) == len(VARIANTS)
    assert len({run["labels"] for run in runs}) == 1
    losses = {run["variant"]: run["losses"] for run in runs}
    assert "gan_d" not in losses["supervised"]
    assert losses["full"]["smooth_joints"] > 0
    assert "smooth_joints" not in losses["no_smo"]


def test_a_run_repeats(small, runs):
    again = small.run(Case(0.5, 0, "full"))
    assert again["test_mm"] == runs[1]["test_mm"]


def test_the_most_telling_runs_come_first_and_none_is_missing():
    cases = planned()
    assert len(cases) == len(set(cases)) == len(VARIANTS) * (len(FRACTIONS) + len(SEEDS) - 1)
    telling = len(VARIANTS) * len(SEEDS)
    assert {case.fraction for case in cases[:telling]} == {REPEATED}


def lines(plan: str, offset: float) -> list[dict]:
    """Made-up runs of a whole study."""
    return [
        vars(case)
        | {"plan": plan, "labels": 4, "source_test_mm": 9.0, "processor_minutes": 1.0}
        | {"test_mm": offset + 10 * case.fraction + case.seed + 5 * (case.variant != "full")}
        for case in planned()
    ]


def test_the_report_fills_the_page_from_the_newest_plan(tmp_path):
    page, path = tmp_path / "page.md", tmp_path / "runs.jsonl"
    page.write_text(PAGE)
    (tmp_path / "page").mkdir()
    (tmp_path / "page" / "benchmark.json").write_text('{"generator_ms": 1.25}')
    path.write_text("\n".join(map(json.dumps, lines("old", 90) + lines("new", 10))))
    assert study.main(["report", "--runs", str(path), "--page", str(page)]) == 0
    text = page.read_text()
    assert "old" not in text
    assert "between" in text
    assert "| 2% (4) | 16.20 ± 1.00 | 11.20 ± 1.00 |" in text
    assert "0.691" in text  # 11.2 / 16.2
    assert "| without L_gan | 3 | 16.20 ± 1.00 | 5.00 ± 0.00 |" in text
    assert "| one latent to depth | 1.250 ms |" in text
    assert "whole frame" not in text  # not measured
    for plot in ("labelled_fraction.png", "ablations.png"):
        assert (tmp_path / "page" / plot).stat().st_size > 5000


def test_a_page_without_markers_and_a_study_without_runs_are_told():
    with pytest.raises(ValueError, match="substring"):
        report.replaced("nothing", "curve", "table")
    with pytest.raises(SystemExit, match="no runs"):
        report.write_report([], None)
