"""The loop: runs one stage after the other with schedule, averaging, checkpoints and validation."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn

from app.training.average import AveragedModel
from app.training.config import TrainingConfig
from app.training.journal import Journal, save_checkpoint
from app.training.stage import Stage

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


def rate_factor(done: float, warm_up: float, decay: bool) -> float:
    """Learning rate as a share of its peak, done in [0, 1]: a linear rise, then half a cosine."""
    if done < warm_up:
        return max(done / warm_up, FLOOR)
    if not decay:
        return 1.0
    along = (done - warm_up) / max(1 - warm_up, 1e-9)
    return FLOOR + (1 - FLOOR) * 0.5 * (1 + math.cos(math.pi * min(along, 1.0)))


class Loop:
    """Runs stages of one network. `validate(model, stage) -> figures`, `publish(model, figures)`
    writes the weights.
    """

    def __init__(
        self,
        config: TrainingConfig,
        model: nn.Module,
        journal: Journal,
        validate: Callable[[nn.Module, str], dict[str, float]] | None = None,
        publish: Callable[[nn.Module, Progress, dict[str, float]], None] | None = None,
    ):
        self.config, self.model, self.journal = config, model, journal
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
        """Run (or continue) one stage; True when it is finished. stop_after: stop, as if killed, at
        this step.
        """
        progress = self.progress
        resumed = progress.stage == stage.name and self._restored is not None
        if resumed:
            stage.restore(self._restored)
        else:
            progress.stage, progress.step, progress.elapsed_s = stage.name, 0, 0.0
        self._restored = None
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
            figures = self._validated(stage.name)
            self._save(None, figures)
        return finished

    def _steps(self, stage: Stage, stop_after: int | None) -> bool:
        progress, config = self.progress, self.config
        minutes, steps = config.stage_minutes(stage.name), config.stage_steps(stage.name)
        began, base_s, base_minutes = time.monotonic(), progress.elapsed_s, progress.minutes
        saved = validated = logged = began
        logged_step = progress.step
        while True:
            now = time.monotonic()
            progress.elapsed_s = base_s + now - began
            progress.minutes = base_minutes + (now - began) / 60
            done = (
                progress.elapsed_s / (60 * minutes)
                if minutes is not None
                else progress.step / steps
            )
            if done >= 1:
                return True
            if stop_after is not None and progress.step >= stop_after:
                self._save(stage, {})
                return False
            if now - saved > 60 * config.checkpoint_minutes:
                saved = now
                self._save(stage, {})
            if now - validated > 60 * config.validate_minutes:
                validated = now
                self._validated(stage.name)
            stage.set_rate(rate_factor(done, stage.config.warm_up, stage.config.decay))
            losses = stage.update(progress.step)
            progress.step += 1
            self.average.update(self.model, stage.trained(), stage.config.ema)
            now = time.monotonic()
            if now - logged > LOG_S:
                rate = (progress.step - logged_step) / (now - logged)
                left = (
                    60 * minutes - progress.elapsed_s
                    if minutes is not None
                    else (steps - progress.step) / rate
                )
                self._log(stage, done, rate, left, losses)
                logged, logged_step = now, progress.step

    def _log(
        self, stage: Stage, done: float, rate: float, left_s: float, losses: dict[str, torch.Tensor]
    ) -> None:
        values = {k: float(v) for k, v in losses.items() if v.ndim == 0}
        waited = stage.stream.waited_s if stage.stream else 0.0
        samples = rate * stage.context.batch
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

    def _validated(self, stage: str) -> dict[str, float]:
        if self.validate is None:
            return {}
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
        return figures

    def _save(self, stage: Stage | None, figures: dict[str, float]) -> None:
        """stage None: between two stages."""
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
            self.publish(self.average.model, progress, figures)
