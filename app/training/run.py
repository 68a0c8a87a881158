"""Puts a run together: network, data, stages, validation, and the files it leaves behind."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch

from app.data.sample import Batch
from app.data.source import ArraySource
from app.data.subset import Part
from app.data.synthetic import CropSource, sample_poses
from app.engine.onnx_cache import ship_graphs
from app.errors import AppError, DataError, WeightsError
from app.hand.shape import Split
from app.inference.recorded_crops import RecordedCrops, read_recording
from app.latent.space import LatentSpace
from app.model.checkpoint import load_weights, save_weights, write_card
from app.model.crossing_nets import CrossingNets, build
from app.model.parts import in_memory_order
from app.model.presets import UNIT_MM
from app.model.recipes.registry import preset_by_name
from app.model.weights_file import read_latents
from app.outputs import write_atomically
from app.training.batch_norm import share_batch_norm
from app.training.card import describe_run
from app.training.config import TrainingConfig
from app.training.journal import Journal, load_checkpoint
from app.training.labelled_joints import LabelledJoints
from app.training.latents import fit_latents
from app.training.loop import Loop, Progress
from app.training.machine import choose_bf16, choose_device
from app.training.process_group import ProcessGroup, join_group, leave_group
from app.training.samples.set_crops import open_training
from app.training.samples.variation import Varied
from app.training.stages.adapt_stage import AdaptStage
from app.training.stages.joint_stage import JointStage, Unlabelled
from app.training.stages.picture_stages import GenerateStage
from app.training.stages.pose_stages import RegressStage, VaeStage
from app.training.stages.stage import Context, Stage
from app.training.validation import Validator

# added to 1000 * seed: streams of their own
STREAM_SEED = {"regress": 11, "generate": 12, "joint": 13, "set": 14, "adapt": 15}
VALIDATION_SEED = 77
LATENT_POSES = 30_000  # poses the prior is fitted to


@dataclass
class Sources:
    """Where samples come from; tests put small ones here."""

    crops: Callable[[int, Split], ArraySource] = CropSource
    poses: Callable[[int, int, Split], np.ndarray] = sample_poses
    # a recording and the weights that find its hands -> crops
    recording: Callable[[str, Path, int], RecordedCrops] = read_recording
    samples: int = 0  # in the data set; 0: endless, or as the configuration says
    tested: int = 0  # frames of its test split; 0: endless
    labels: LabelledJoints = field(default_factory=LabelledJoints)

    @classmethod
    def of(cls, config: TrainingConfig) -> Sources:
        """Synthetic hands with the run's options; poses are those of the same hands.

        Or a public set. Raises DataError.
        """
        if config.dataset != "synthetic":
            data = open_training(config)
            labels = LabelledJoints.of(data.train.joints)
            return cls(data.crops, data.poses, read_recording, data.samples, data.tested, labels)
        options = dict(config.data_options)
        poses = partial(sample_poses, identities=options.get("identities"))
        return cls(partial(CropSource, options=options), poses)


class Run:
    """One training run of the networks of a preset, from nothing or from its checkpoint."""

    def __init__(self, config: TrainingConfig, sources: Sources | None = None, quiet: bool = False):
        torch.set_num_threads(config.threads)
        self.config, self.sources = config, sources or Sources.of(config)
        self.device = choose_device(config.device)
        self.group = join_group(self.device)
        check_group(config, self.group)
        self.bf16 = choose_bf16(config.precision, self.device)
        self.journal = Journal(config.out, quiet, config.tensorboard, self.group.first)
        self.figures: dict[str, float] = {}
        self.latents: LatentSpace | None = None
        self.recorded: RecordedCrops | None = None
        self._validator: Validator | None = None
        self.model = self._network()
        self.loop = Loop(
            config, self.model, self.journal, self._validate, self._publish, self.group
        )

    def __enter__(self) -> Run:
        return self

    def __exit__(self, *_: object) -> None:
        leave_group()

    def start(self, stop_after: int | None = None) -> bool:
        """Runs every stage that is not finished; True when all are.

        stop_after: stop at this step of a stage.
        """
        config = self.config
        state = load_checkpoint(config.out) if config.resume else None
        if state is not None:
            self.loop.restore(state)
        if self.group.first:
            text = json.dumps(config.to_dict(), indent=2, default=str)
            write_atomically(config.out / "config.json", text.encode())
        self.journal.record(
            "start", device=str(self.device), bf16=self.bf16, machine=platform.processor() or "?"
        )
        for name in config.stages:
            if name in self.loop.progress.finished:
                continue
            self.journal.say(f"stage {name}")
            if not self.loop.run(self._stage(name), stop_after):
                return False
        if self.group.first:
            self._publish(self.loop.average.model, self.loop.progress)
            self.export()
        return True

    def reopen(self) -> None:
        """Card and graphs of a run that was stopped, from its checkpoint. Raises WeightsError."""
        state = load_checkpoint(self.config.out)
        if state is None:
            raise WeightsError(f"no checkpoint in {self.config.out}")
        self.loop.restore(state)
        self._validate(self.loop.average.model, "all")
        self._publish(self.loop.average.model, self.loop.progress)
        self.export()

    def export(self) -> None:
        """Model card and ONNX graphs of the averaged weights, beside them."""
        weights = self._weights_path()
        ship_graphs(weights)
        write_card(
            self.config.out / f"{weights.stem}.md", f"{weights.stem} weights", self.metadata()
        )
        self.journal.say(f"written: {weights}")

    def metadata(self) -> dict[str, Any]:
        """What ships inside the weights and in the model card."""
        return describe_run(
            self.config, self.loop.progress, self.figures, self.recorded, self.group.size
        )

    def _network(self) -> CrossingNets:
        """Freshly drawn, or the weights to start from with their prior."""
        config = self.config
        if config.weights_file is None:
            model = build(preset_by_name(config.preset), config.seed)
        else:
            model, _ = load_weights(config.weights_file)
            if model.preset.name != config.preset:
                raise WeightsError(
                    f"{config.weights_file.name} is of the {model.preset.name} preset",
                    f"add --preset {model.preset.name}",
                )
            if "vae" not in config.stages:  # else the codes move, and the prior is fitted anew
                self.latents = read_latents(config.weights_file)
        share_batch_norm(model, self.group)
        return in_memory_order(model.to(self.device), torch.channels_last)

    def _context(self, stage: str) -> Context:
        config = self.config
        bf16 = self.bf16 and stage != "vae"
        return Context(
            config.seed,
            self.device,
            bf16,
            config.weights(stage),
            config.stage_batch(stage),
            config.workers,
            self.group,
            self.sources.labels,
        )

    def _stage(self, name: str) -> Stage:
        context, schedule = self._context(name), self.config.schedule(name)
        if name == "vae":
            poses = self.sources.poses(self.config.seed, self.config.pool, "train") / np.float32(
                UNIT_MM
            )
            return VaeStage(self.model, schedule, context, torch.from_numpy(poses))
        crops = self._crops(name)
        if name == "adapt":
            assert self.config.weights_file is not None, "adapting starts from weights"
            start = load_weights(self.config.weights_file)[0].to(self.device)
            return AdaptStage(
                self.model, schedule, context, crops, self._recorded(), start.requires_grad_(False)
            )
        if name == "joint":
            return JointStage(self.model, schedule, context, crops, self._unlabelled())
        kind = {"regress": RegressStage, "generate": GenerateStage}[name]
        return kind(self.model, schedule, context, crops)

    def _crops(self, stage: str, labelled: bool = True) -> ArraySource:
        """Synthetic crops: endless and new in every stage, or a part of one data set."""
        config = self.config
        samples = self.sources.samples or config.set_size()
        if not samples:
            return self.sources.crops(1000 * config.seed + STREAM_SEED[stage], "train")
        source = self.sources.crops(1000 * config.seed + STREAM_SEED["set"], "train")
        try:
            part = Part(source, config.seed, samples, config.labelled_fraction, labelled)
        except ValueError as error:
            raise DataError(str(error), "see --samples and --labelled-fraction") from error
        turned = config.dataset != "synthetic" and config.recipe.varied_sets
        return Varied(part, config.seed) if turned else part

    def _unlabelled(self) -> Unlabelled | None:
        """What the joint stage sees beside its labelled batches."""
        config = self.config
        if config.adapt is not None:
            return Unlabelled(self._recorded(), recorded=True)
        if config.labelled_fraction < 1:
            return Unlabelled(self._crops("joint", labelled=False))
        return None

    def _recorded(self) -> RecordedCrops:
        if self.recorded is None:
            config = self.config
            assert config.adapt is not None
            assert config.weights_file is not None, "adapting starts from weights"
            self.recorded = self.sources.recording(config.adapt, config.weights_file, config.seed)
            self.journal.say(self.recorded.summary)
        return self.recorded

    def _validate(self, model: CrossingNets, stage: str) -> dict[str, float]:
        if self._validator is None:
            samples = self.config.validation_samples
            samples = min(samples, self.sources.tested or samples)
            arrays = self.sources.crops(VALIDATION_SEED, "test").arrays(0, samples)
            self._validator = Validator(Batch(**arrays), self.device, self.sources.labels)
        parts = {"vae": ("vae",), "regress": ("pose",), "generate": ("picture",)}.get(
            stage, ("vae", "pose", "picture")
        )
        self.figures |= self._validator.measure(model, parts)
        if stage != "vae":
            sheet = self._validator.sheet(model)
            self.journal.picture(stage, self.loop.progress.step, sheet)
        return self.figures

    def _publish(self, model: CrossingNets, progress: Progress) -> None:
        if self.latents is None and "vae" in progress.finished:
            count = min(LATENT_POSES, self.config.pool)
            poses = self.sources.poses(self.config.seed + 1, count, "train")
            self.latents = fit_latents(model, poses, self.config.seed)
        save_weights(self._weights_path(), model, self.metadata(), self.latents)

    def _weights_path(self) -> Path:
        return self.config.out / f"{self.config.preset}.safetensors"


def check_group(config: TrainingConfig, group: ProcessGroup) -> None:
    """Raises AppError where this run cannot be split among processes."""
    if group.size > 1 and not config.recipe.splits:
        raise AppError(
            f"the {config.preset} preset trains in one process",
            "its batch norm meets real and synthesised samples batch by batch",
        )
