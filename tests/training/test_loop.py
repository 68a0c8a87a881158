"""What the loop does with every step: the rate, the average and who hears it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import pytest
import torch

from app.training.loop import rate_factor
from app.training.run import Run
from app.training.stages.joint_stage import JointStage
from app.training.stages.pose_stages import RegressStage
from app.training.stages.stage import Stage
from tests.training.fakes import STEPS, run, same

torch.set_num_threads(1)
HALF = {"samples": 40, "labelled_fraction": 0.5}


def watch(
    monkeypatch: pytest.MonkeyPatch, kind: type[Stage], look: Callable[[Stage, int], None]
) -> None:
    """Calls `look` after every update of a stage, before the average moves."""
    plain = kind.update

    def update(stage: Stage, step: int) -> dict[str, torch.Tensor]:
        losses = plain(stage, step)
        look(stage, step)
        return losses

    monkeypatch.setattr(kind, "update", update)


def test_the_teacher_is_the_slow_average_and_not_the_student(tmp_path, monkeypatch):
    alike, taught = [], []

    def look(stage: Stage, _: int) -> None:
        alike.append(same(stage.teacher, stage.model))
        taught.append(stage.teacher)

    watch(monkeypatch, JointStage, look)
    made = run(tmp_path, ("joint",), **HALF)
    assert alike == [False] * STEPS  # the student has moved, the average only a little
    assert all(teacher is made.loop.average.model for teacher in taught)
    assert not any(part.training for part in made.loop.average.model.modules())


def test_the_average_follows_by_the_stages_own_decay(tmp_path, monkeypatch):
    """average <- decay average + (1 - decay) student, early on faster."""
    students = []
    watch(
        monkeypatch,
        RegressStage,
        lambda stage, _: students.append(stage.model.disc.pose_out[-1].weight.detach().clone()),
    )
    plain, expected = Run._network, []

    def network(self: Run) -> torch.nn.Module:
        model = plain(self)
        expected.append(model.disc.pose_out[-1].weight.detach().clone())
        return model

    monkeypatch.setattr(Run, "_network", network)
    ema = 0.15
    change_schedule(monkeypatch, ema=ema)
    made = run(tmp_path, ("regress",))
    average = expected[0]
    for k, student in enumerate(students):
        decay = min(ema, (2 + k) / (11 + k))
        average = decay * average + (1 - decay) * student
    torch.testing.assert_close(made.loop.average.model.disc.pose_out[-1].weight, average)


def change_schedule(monkeypatch: pytest.MonkeyPatch, **changes: float) -> None:
    """Another schedule for every stage of every run."""
    from app.training.config import TrainingConfig

    plain = TrainingConfig.schedule
    monkeypatch.setattr(
        TrainingConfig,
        "schedule",
        lambda self, stage: dataclasses.replace(plain(self, stage), **changes),
    )


def test_the_rate_reaches_the_optimiser_and_follows_the_stage(tmp_path, monkeypatch):
    rates, peaks = [], set()

    def look(stage: Stage, _: int) -> None:
        rates.append(stage.optimisers["pose"].param_groups[0]["lr"])
        peaks.add(stage.config.rate)

    watch(monkeypatch, RegressStage, look)
    run(tmp_path, ("regress",), steps={"regress": 8})
    (peak,) = peaks
    assert rates == pytest.approx([peak * rate_factor(k / 8, 0.02, True) for k in range(8)])


def test_the_average_is_validated_and_published(tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(
        Run, "_validate", lambda self, model, stage: seen.append(model) or {"joint_mm": 1.0}
    )
    made = run(tmp_path, ("regress",), stop_after=None)
    assert seen
    assert all(model is made.loop.average.model for model in seen)


def test_the_generator_moves_every_so_many_steps(tmp_path, monkeypatch):
    change_schedule(monkeypatch, generator_every=3)
    moved, before = [], {}

    def look(stage: Stage, step: int) -> None:
        weight = stage.model.gen.out.weight.detach().clone()
        if step:
            moved.append(not torch.equal(weight, before["weight"]))
        before["weight"] = weight

    watch(monkeypatch, JointStage, look)
    run(tmp_path, ("joint",), steps={"joint": 5})
    assert moved == [False, False, True, False]
