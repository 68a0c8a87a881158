"""The loop: runs one stage after the other with schedule, averaging, checkpoints and validation."""

from __future__ import annotations

import dataclasses
import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch

from app.model.crossing_nets import CrossingNets
from app.training.average import AveragedModel
from app.training.config import TrainingConfig
from app.training.journal import Journal, save_checkpoint
from app.training.process_group import ProcessGroup
from app.training.stages.stage import Stage

LOG_S = 10.0  # seconds between two progress lines
FLOOR = 0.01  # of the peak learning rate, at the end of the cosine


@dataclass
class Progress:
    """Where a run is; part of its checkpoint."""

    finished: list[str]
    stage: str = ""
    step: int = 0
    elapsed_s: float = 0.0  # in the current stage
    minutes: float = 0.0  # of the whole run
    processor_minutes: float = 0.0  # of the whole run, data workers that have ended included


class Clock:
    """Keeps the times of a run's progress, and says when something is due again."""

    def __init__(self, progress: Progress):
        self.progress = progress
        self._base = dataclasses.replace(progress)
        self._began, self._processor = time.monotonic(), processor_seconds()
        self._last: dict[str, float] = {}
        self._counted = (self._began, progress.step)

    def tick(self) -> None:
        """Brings the progress up to now."""
        passed = time.monotonic() - self._began
        self.progress.elapsed_s = self._base.elapsed_s + passed
        self.progress.minutes = self._base.minutes + passed / 60
        used = processor_seconds() - self._processor
        self.progress.processor_minutes = self._base.processor_minutes + used / 60

    def due(self, what: str, interval_s: float) -> bool:
        """True when the last time was `interval_s` ago, or the start."""
        now = time.monotonic()
        if now - self._last.setdefault(what, self._began) <= interval_s:
            return False
        self._last[what] = now
        return True

    def rate(self, step: int) -> float:
        """Steps a second since the last call."""
        (then, before), now = self._counted, time.monotonic()
        self._counted = (now, step)
        return max(step - before, 1) / max(now - then, 1e-9)


def processor_seconds() -> float:
    """Processor time of this process and of its children that have ended."""
    return sum(os.times()[:4])


def rate_factor(done: float, warm_up: float, decay: bool) -> float:
    """Learning rate as a share of its peak, done in [0, 1]: a linear rise, then half a cosine."""
    if done < warm_up:
        return max(done / warm_up, FLOOR)
    if not decay:
        return 1.0
    along = (done - warm_up) / max(1 - warm_up, 1e-9)
    return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * min(along, 1.0)))


class Loop:
    """Runs stages of one network.

    `validate(model, stage) -> figures`, `publish(model, progress)` writes the weights.
    """

    def __init__(
        self,
        config: TrainingConfig,
        model: CrossingNets,
        journal: Journal,
        validate: Callable[[CrossingNets, str], dict[str, float]] | None = None,
        publish: Callable[[CrossingNets, Progress], None] | None = None,
        group: ProcessGroup | None = None,
    ):
        self.config, self.model, self.journal = config, model, journal
        self.group = group or ProcessGroup()
        self.validate, self.publish = validate, publish
        self.average = AveragedModel(model)
        self.progress = Progress([])
        self._restored: dict[str, Any] | None = None

    def restore(self, state: dict[str, Any]) -> None:
        """Continue from a checkpoint: the next `run` of its stage starts at its step."""
        self.model.load_state_dict(state["model"])
        self.average.model.load_state_dict(state["average"])
        self.average.updates = state["updates"]
        self.progress = Progress(**state["progress"])
        self._restored = state["optimisers"]

    def run(self, stage: Stage, stop_after: int | None = None) -> bool:
        """Run (or continue) one stage; True when it is finished.

        stop_after: stop, as if killed, at this step.
        """
        progress = self.progress
        resumed = progress.stage == stage.name and self._restored is not None
        if resumed and self._restored is not None:
            stage.restore(self._restored)
        else:
            progress.stage, progress.step, progress.elapsed_s = stage.name, 0, 0.0
        self._restored = None
        stage.teacher = self.average.model
        stage.prepare(progress.step, fresh=not resumed)
        if not resumed:
            self.average.copy_from(self.model)
        try:
            finished = self._steps(stage, stop_after)
        finally:
            stage.close()
        if finished:
            self.average.copy_to(self.model)
            progress.finished.append(stage.name)
            progress.stage = ""
            self._validated(stage.name)
            self._save(None)
        return finished

    def _steps(self, stage: Stage, stop_after: int | None) -> bool:
        """Updates until the stage's steps or minutes are used up (True), or until `stop_after`."""
        progress, config, clock = self.progress, self.config, Clock(self.progress)
        minutes, steps = config.stage_minutes(stage.name), config.stage_steps(stage.name)
        while True:
            clock.tick()
            if minutes is None:
                done = progress.step / steps
            else:
                done = self.group.agree(progress.elapsed_s / (60 * minutes), stage.context.device)
            if done >= 1:
                return True
            if stop_after is not None and progress.step >= stop_after:
                self._save(stage)
                return False
            if clock.due("save", 60 * config.checkpoint_minutes):
                self._save(stage)
            if clock.due("validate", 60 * config.validate_minutes):
                self._validated(stage.name)
            stage.set_rate(rate_factor(done, stage.config.warm_up, stage.config.decay))
            losses = stage.update(progress.step)
            progress.step += 1
            self.average.update(self.model, stage.trained(), stage.config.ema)
            if clock.due("log", LOG_S):
                rate = clock.rate(progress.step)
                left = (
                    60 * minutes * (1 - done)
                    if minutes is not None
                    else (steps - progress.step) / rate
                )
                self._log(stage, done, rate, left, losses)

    def _log(
        self, stage: Stage, done: float, rate: float, left_s: float, losses: dict[str, torch.Tensor]
    ) -> None:
        # a process has its part of a mean (`ProcessGroup.mean`)
        values = {k: float(v) * self.group.size for k, v in losses.items() if v.ndim == 0}
        waited = stage.stream.waited_s if stage.stream else 0.0
        samples = rate * stage.context.batch * self.group.size
        self.journal.progress(stage.name, done, samples, left_s, values)
        self.journal.record(
            "train",
            stage=stage.name,
            step=self.progress.step,
            done=round(done, 4),
            samples_s=round(samples, 1),
            waited_s=round(waited, 1),
            rate=rate_factor(done, stage.config.warm_up, stage.config.decay),
            **values,
        )

    def _validated(self, stage: str) -> None:
        if self.validate is None or not self.group.first:
            return
        figures = self.validate(self.average.model, stage)
        where = {
            "stage": stage,
            "step": self.progress.step,
            "minutes": round(self.progress.minutes, 2),
        }
        self.journal.record("validation", **where, **figures)
        self.journal.say(
            f"validation after {where['minutes']} min: "
            + "  ".join(f"{k} {v:g}" for k, v in figures.items())
        )

    def _save(self, stage: Stage | None) -> None:
        """stage None: between two stages."""
        if not self.group.first:
            return
        progress = self.progress
        state = {
            "model": self.model.state_dict(),
            "average": self.average.model.state_dict(),
            "updates": self.average.updates,
            "optimisers": stage.state() if stage is not None else None,
            "progress": vars(progress) | {"finished": list(progress.finished)},
        }
        save_checkpoint(self.config.out, state)
        if self.publish is not None:
            self.publish(self.average.model, progress)
