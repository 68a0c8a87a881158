"""One run of the study: what its variants share, then one of them, then the test."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.data.pool import Pool, make_pool, pool_size
from app.data.source import ArraySource
from app.data.subset import Part
from app.data.synthetic import CropSource, sample_poses
from app.model.crossing_nets import CrossingNets, build
from app.model.parts import in_memory_order
from app.model.presets import UNIT_MM
from app.model.recipe import StageConfig
from app.training.average import AveragedModel
from app.training.config import ablated
from app.training.loop import rate_factor
from app.training.machine import choose_bf16
from app.training.samples.variation import Varied
from app.training.stages.joint_stage import JointStage, Unlabelled
from app.training.stages.picture_stages import GenerateStage
from app.training.stages.pose_stages import RegressStage, VaeStage
from app.training.stages.stage import Context, Stage
from app.training.study.plan import (
    POOLS,
    POSES,
    SCHEDULE,
    VARIANTS,
    WEIGHTS,
    Case,
    Crops,
    study_preset,
)

CHUNK = 250
Say = Callable[[str], None]


@dataclass
class Study:
    """Everything that runs share, kept in a folder: pools, the pose VAE, head starts."""

    folder: Path
    pools: dict[str, Crops] = field(default_factory=lambda: dict(POOLS))
    schedule: dict[str, StageConfig] = field(default_factory=lambda: dict(SCHEDULE))
    weights: Any = WEIGHTS
    poses: Callable[[int, int], np.ndarray] = sample_poses  # of seed and number
    say: Say = print

    def prepare(self) -> None:
        """Makes the pools that are missing."""
        for name, crops in self.pools.items():
            folder = self._pool_folder(name)
            if pool_size(folder) != crops.samples:
                self.say(f"making {crops.samples} samples of {name}")
                options = {
                    "clutter": False,
                    "domain": crops.domain,
                    "identities": crops.identities,
                }
                source = CropSource(crops.seed, crops.split, options)
                make_pool(folder, source, crops.samples)

    def run(self, case: Case) -> dict[str, Any]:
        """Trains one variant from its head start; figures of the averaged network on the test."""
        model = self._started(case)
        began, used = time.monotonic(), time.process_time()
        context = self._context(case, "joint", VARIANTS[case.variant])
        labelled = self._labelled(case)
        if case.variant == "supervised":
            stage: Stage = RegressStage(model, self.schedule["supervised"], context, labelled)
        else:
            others = Unlabelled(Part(self._pool("target"), case.seed, self._size("target"), 1.0))
            stage = JointStage(model, self.schedule["joint"], context, labelled, others)
        losses = self._train(stage)
        minutes = (time.monotonic() - began) / 60, (time.process_time() - used) / 60
        return {
            "fraction": case.fraction,
            "seed": case.seed,
            "variant": case.variant,
            "labels": len(self._part(case)),
            "test_mm": self.error_mm(model, "test"),
            "source_test_mm": self.error_mm(model, "source_test"),
            "steps": self.schedule["joint"].steps,
            "minutes": round(minutes[0], 3),
            "processor_minutes": round(minutes[1], 3),
            "losses": {name: round(value, 4) for name, value in losses.items()},
        }

    def plan(self) -> str:
        """Changes with anything that is the same for all runs: two plans are not compared."""
        return digest(self.pools, self.schedule, self.weights, study_preset(), POSES)

    @torch.no_grad()
    def error_mm(self, model: CrossingNets, pool: str) -> float:
        """Mean joint error on a pool, mm of each sample's own cube."""
        model.eval()
        source, errors = self._pool(pool), []
        for start in range(0, self._size(pool), CHUNK):
            arrays = source.arrays(start, min(CHUNK, self._size(pool) - start))
            joints = model.decode(model.estimate(torch.from_numpy(arrays["images"])[:, None]).z)
            off = (joints - torch.from_numpy(arrays["joints"])).norm(dim=-1).mean(1)
            errors.append(off * torch.from_numpy(arrays["cube_mm"] / 2))
        return round(float(torch.cat(errors).mean()), 3)

    def vae(self) -> dict[str, Tensor]:
        """The weights of a pose VAE, the same for every run: it learns from poses alone."""
        path = self.folder / f"vae_{digest(self.schedule['vae'], study_preset().vae, POSES)}.pt"
        if not path.is_file():
            model = build(study_preset(), 0)
            poses = torch.from_numpy(self.poses(0, POSES) / UNIT_MM).float()
            schedule = self.schedule["vae"]
            context = Context(0, torch.device("cpu"), False, self.weights, schedule.batch, 0)
            self.say("training the pose VAE")
            self._train(VaeStage(model, schedule, context, poses))
            save(model.vae.state_dict(), path)
        return torch.load(path, weights_only=True)

    def _started(self, case: Case) -> CrossingNets:
        """The network with the head start of a labelled fraction and seed.

        Pos head and generator, each trained on the labelled samples alone.
        """
        model = in_memory_order(build(study_preset(), case.seed), torch.channels_last)
        model.vae.load_state_dict(self.vae())
        shared = [self.schedule[name] for name in ("vae", "regress", "generate")]
        key = digest(shared, self.pools["source"], study_preset(), POSES)
        path = self.folder / f"start_{key}_{case.fraction:g}_{case.seed}.pt"
        if not path.is_file():
            self.say(f"head start with {case.fraction:.0%} of the labels, seed {case.seed}")
            for name, kind in (("regress", RegressStage), ("generate", GenerateStage)):
                context = self._context(case, name)
                self._train(kind(model, self.schedule[name], context, self._labelled(case)))
            save(model.state_dict(), path)
        model.load_state_dict(torch.load(path, weights_only=True))
        return model

    def _train(self, stage: Stage) -> dict[str, float]:
        """All steps of a stage; leaves its average in the network. Losses of the last tenth."""
        average = AveragedModel(stage.model)
        stage.teacher = average.model
        stage.prepare(0, fresh=True)
        average.copy_from(stage.model)
        sums: dict[str, float] = {}
        steps, counted = stage.config.steps, 0
        for step in range(steps):
            stage.set_rate(rate_factor(step / steps, stage.config.warm_up, stage.config.decay))
            losses = stage.update(step)
            average.update(stage.model, stage.trained(), stage.config.ema)
            if step >= int(0.9 * steps):
                counted += 1
                for name, value in losses.items():
                    if value.ndim == 0:
                        sums[name] = sums.get(name, 0.0) + float(value)
        stage.close()
        average.copy_to(stage.model)
        return {name: value / counted for name, value in sums.items()}

    def _context(self, case: Case, stage: str, without: tuple[str, ...] = ()) -> Context:
        device = torch.device("cpu")
        weights = ablated(self.weights, without)
        batch = self.schedule[stage].batch
        return Context(case.seed, device, choose_bf16("auto", device), weights, batch, 0)

    def _labelled(self, case: Case) -> Varied:
        return Varied(self._part(case), case.seed)

    def _part(self, case: Case) -> Part:
        """The labelled samples of a case."""
        return Part(self._pool("source"), case.seed, self._size("source"), case.fraction)

    def _pool(self, name: str) -> ArraySource:
        return Pool(self._pool_folder(name))

    def _pool_folder(self, name: str) -> Path:
        return self.folder / f"{name}_{digest(self.pools[name])}"

    def _size(self, name: str) -> int:
        return self.pools[name].samples


def save(state: dict[str, Tensor], path: Path) -> None:
    """Write beside, then rename."""
    beside = path.with_suffix(".new")
    torch.save(state, beside)
    beside.rename(path)


def digest(*parts: object) -> str:
    """Ten letters that change with what the parts say of themselves."""
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:10]
