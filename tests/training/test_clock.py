"""What the loop does when: a made-up clock, and a stage whose every update takes five seconds."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from app.model.crossing_nets import build
from app.model.recipe import LossWeights
from app.training import loop as loop_module
from app.training.config import TrainingConfig
from app.training.journal import METRICS, Journal, load_checkpoint
from app.training.loop import Clock, Loop, Progress, rate_factor
from app.training.process_group import ProcessGroup
from app.training.stages.stage import Context, Stage
from tests.thin import thin_preset

UPDATE_S = 5.0


@pytest.fixture
def now(monkeypatch) -> SimpleNamespace:
    """The time that the loop reads: `s` on the wall, `used_s` by the processor."""
    now = SimpleNamespace(s=1000.0, used_s=50.0)
    monkeypatch.setattr(loop_module, "time", SimpleNamespace(monotonic=lambda: now.s))
    monkeypatch.setattr(loop_module, "processor_seconds", lambda: now.used_s)
    return now


class Steady(Stage):
    """Every update takes UPDATE_S, and the stage waits a second for its data in all."""

    name = "regress"

    def __init__(self, config: TrainingConfig, model, now: SimpleNamespace):
        context = Context(0, torch.device("cpu"), False, LossWeights(), batch=6, workers=0)
        super().__init__(model, config.schedule(self.name), context)
        self.now, self.rates = now, []

    def trained(self):
        return [self.model.gen.out]

    def prepare(self, first, fresh):
        self.first, self.fresh = first, fresh
        self.stream = SimpleNamespace(waited_s=1.26, close=lambda: None)

    def set_rate(self, factor):
        self.rates.append(factor)

    def update(self, step):
        self.now.s += UPDATE_S
        self.now.used_s += 2 * UPDATE_S
        return {"pose": torch.tensor(2.5), "each": torch.ones(3)}


class Steps:
    """A loop over one steady stage, and what it told others."""

    def __init__(self, out, now, group=None, speaks=True, **changes):
        config = TrainingConfig(out, checkpoint_minutes=0.2, validate_minutes=0.3, **changes)
        model = build(thin_preset("live"))
        self.validated, self.published = [], []
        self.loop = Loop(
            config, model, Journal(out, speaks=speaks), self.validate, self.publish, group
        )
        self.stage, self.now = Steady(config, model, now), now

    def validate(self, model, stage):
        self.validated.append(self.now.s - 1000)
        return {"joint_mm": 7.0}

    def publish(self, model, progress):
        self.published.append(self.now.s - 1000)


def read_metrics(folder: Path) -> list[dict[str, Any]]:
    """Every line of metrics.jsonl."""
    return [json.loads(line) for line in (folder / METRICS).read_text().splitlines()]


def test_the_clock_goes_on_from_where_the_run_was(now):
    clock = Clock(Progress([], step=4, elapsed_s=7.0, minutes=2.0, processor_minutes=3.0))
    now.s, now.used_s = 1090.0, 80.0
    clock.tick()
    progress = clock.progress
    assert (progress.elapsed_s, progress.minutes, progress.processor_minutes) == (97.0, 3.5, 3.5)
    clock.tick()
    assert progress.elapsed_s == 97.0  # counted once


def test_something_is_due_once_its_interval_has_passed(now):
    clock = Clock(Progress([]))
    met = []
    for now.s in (1000.0, 1010.0, 1010.5, 1011.0, 1020.5, 1021.0):
        met.append((clock.due("save", 10.0), clock.due("log", 1000.0)))
    assert [saved for saved, _ in met] == [False, False, True, False, False, True]
    assert not any(logged for _, logged in met)


def test_the_rate_is_of_the_steps_since_it_was_asked_last(now):
    clock = Clock(Progress([], step=4))
    now.s += 20
    assert clock.rate(14) == pytest.approx(0.5)
    now.s += 5
    assert clock.rate(24) == pytest.approx(2.0)
    now.s += 5
    assert clock.rate(24) == pytest.approx(0.2)  # never 0: time left is a fraction of it


def test_a_stage_ends_when_its_minutes_are_over(tmp_path, now):
    steps = Steps(tmp_path, now, minutes={"regress": 0.5})
    assert steps.loop.run(steps.stage)
    assert steps.stage.rates == [rate_factor(k * UPDATE_S / 30, 0.02, True) for k in range(6)]
    assert steps.loop.progress.finished == ["regress"]
    assert (steps.loop.progress.step, steps.loop.progress.stage) == (6, "")
    assert steps.loop.progress.processor_minutes == pytest.approx(1.0)


def test_saved_validated_and_logged_when_due(tmp_path, now):
    steps = Steps(tmp_path, now, steps={"regress": 10})
    assert steps.loop.run(steps.stage)
    assert steps.published == [15.0, 30.0, 45.0, 50.0]  # more than 12 s after the last, at the end
    assert steps.validated == [20.0, 40.0, 50.0]  # more than 18 s
    lines = read_metrics(tmp_path)
    assert [(v["step"], v["minutes"]) for v in lines if v["kind"] == "validation"] == [
        (4, 0.33), (8, 0.67), (10, 0.83),
    ]  # fmt: skip
    logged = [line for line in lines if line["kind"] == "train"]
    assert [(line["step"], line["done"]) for line in logged] == [(3, 0.2), (6, 0.5), (9, 0.8)]
    assert all((line["samples_s"], line["waited_s"]) == (1.2, 1.3) for line in logged)
    assert all(line["pose"] == 2.5 and "each" not in line for line in logged)
    assert logged[0]["rate"] == pytest.approx(rate_factor(0.2, 0.02, True))


@pytest.mark.parametrize("changes", [{"steps": {"regress": 10}}, {"minutes": {"regress": 0.84}}])
def test_the_time_that_is_left_is_said(tmp_path, now, capsys, changes):
    steps = Steps(tmp_path, now, **changes)
    assert steps.loop.run(steps.stage)
    said = [line for line in capsys.readouterr().err.splitlines() if "left" in line]
    times = [line.split(" left")[0].split()[-1] for line in said]
    late = 5 if "minutes" in changes else 0  # said after the step, by the time before it
    assert times == [f"0:{left + late:02d}" for left in (35, 20, 5)]


def test_a_stage_that_was_stopped_goes_on_at_its_step(tmp_path, now):
    steps = Steps(tmp_path, now, steps={"regress": 10})
    assert not steps.loop.run(steps.stage, stop_after=3)
    assert (steps.stage.first, steps.stage.fresh, steps.stage.stream) == (0, True, None)
    assert steps.published[-1] == 15.0
    later = Steps(tmp_path, now, steps={"regress": 10})
    later.loop.restore(load_checkpoint(tmp_path))
    assert later.loop.average.updates == 3
    assert later.loop.run(later.stage)
    assert (later.stage.first, later.stage.fresh) == (3, False)
    assert later.loop.progress.elapsed_s == 50.0
    again = Steady(later.loop.config, later.loop.model, now)
    again.name = "vae"
    later.loop.config.steps["vae"] = 2
    assert later.loop.run(again)
    assert (again.first, again.fresh) == (0, True)
    assert later.loop.progress.elapsed_s == 10.0  # of this stage alone
    assert later.loop.progress.minutes == pytest.approx(1.0)


def test_one_of_several_processes_writes_and_the_figures_are_everybodys(tmp_path, now):
    class Second(ProcessGroup):
        def agree(self, value, device):
            return value

    second = Steps(tmp_path, now, Second(1, 2), speaks=False, steps={"regress": 4})
    assert second.loop.run(second.stage)
    assert (second.validated, second.published) == ([], [])
    assert load_checkpoint(tmp_path) is None
    first = Steps(tmp_path, now, Second(0, 2), steps={"regress": 4})
    assert first.loop.run(first.stage)
    [line] = [line for line in read_metrics(tmp_path) if line["kind"] == "train"]
    assert (line["pose"], line["samples_s"]) == (5.0, 2.4)
