"""What a training run is: stages with their schedules, and the options of the command line."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from app.model.recipe import LossWeights, Recipe, StageConfig
from app.model.recipes.registry import recipe_named

STAGES = ("vae", "regress", "generate", "joint")
ABLATIONS = ("smo", "gan", "self", "recons", "teacher")
Bad = Literal["refuse", "skip"]
SAMPLES = 20_000  # of a data set of which a part is labelled


ABLATED: dict[str, tuple[str, ...]] = {
    "smo": ("smooth", "smooth_joints"),
    "gan": ("gan", "matching"),
    "self": ("same",),
    "recons": ("recons", "mask", "depth"),
    "teacher": ("consistency", "resynthesis"),
}


def ablated(weights: LossWeights, terms: tuple[str, ...]) -> LossWeights:
    """The weights with the terms of ABLATIONS left out."""
    return replace(weights, **{name: 0.0 for term in terms for name in ABLATED[term]})


@dataclass(frozen=True)
class TrainingConfig:
    """One run; stored as config.json beside its weights."""

    out: Path
    preset: str = "live"
    stages: tuple[str, ...] = STAGES
    seed: int = 0
    steps: dict[str, int] = field(default_factory=dict)  # a stage -> its steps
    # of the whole run, split by each stage's share; schedules follow the clock
    max_minutes: float | None = None
    minutes: dict[str, float] = field(default_factory=dict)  # a stage -> its minutes
    device: str = "auto"
    threads: int = 1
    workers: int = 1
    precision: str = "auto"  # bf16 | fp32 | auto: bf16 where the processor has it
    batch: int | None = None
    rate: float | None = None  # peak learning rate of every stage; None: the preset's
    resume: bool = False
    checkpoint_minutes: float = 2.0
    validate_minutes: float = 3.0
    validation_samples: int = 384
    pool: int = 200_000  # poses the VAE learns from
    labelled_fraction: float = 1.0  # of the data set's samples
    # size of the data set; 0: endless, every sample is new (SAMPLES where some lack labels)
    samples: int = 0
    ablate: tuple[str, ...] = ()  # terms of the joint stage that are left out
    adapt: str | None = None  # recording whose crops are the unlabelled samples
    weights_file: Path | None = None  # to start from
    dataset: str = "synthetic"  # or nyu, icvl, msra
    root: Path | None = None  # of a data set on disk
    subject: int | None = None  # of msra: who is left out of training
    bad_frames: Bad = "refuse"  # missing or damaged pictures
    tensorboard: bool = True
    data_options: tuple[tuple[str, Any], ...] = ()  # further arguments of the crop generator

    @property
    def recipe(self) -> Recipe:
        """Of the preset. Raises WeightsError where there is none."""
        return recipe_named(self.preset)

    def schedule(self, stage: str) -> StageConfig:
        """Of one stage, as the preset has it; its rate may be the run's own."""
        schedule = self.recipe.schedule[stage]
        return schedule if self.rate is None else replace(schedule, rate=self.rate)

    def weights(self, stage: str = "joint") -> LossWeights:
        """Of the terms of one stage; ablations concern `joint` alone."""
        weights = self.recipe.weights
        if self.labelled_fraction < 1:
            weights = replace(weights, **self.recipe.few_labels)
        return ablated(weights, self.ablate) if stage == "joint" else weights

    def set_size(self) -> int:
        """Samples in the data set, 0 for endless."""
        return self.samples or (SAMPLES if self.labelled_fraction < 1 else 0)

    def stage_minutes(self, stage: str) -> float | None:
        """The clock of one stage in minutes, or None where steps count."""
        if stage in self.minutes:
            return self.minutes[stage]
        if self.max_minutes is None or stage in self.steps:
            return None
        shares = {s: self.schedule(s).share or 0.05 for s in self.stages}
        return self.max_minutes * shares[stage] / sum(shares.values())

    def stage_steps(self, stage: str) -> int:
        return self.steps.get(stage, self.schedule(stage).steps)

    def stage_batch(self, stage: str) -> int:
        return self.batch or self.schedule(stage).batch

    def to_dict(self) -> dict[str, Any]:
        values = asdict(self) | {"out": str(self.out)}
        values["schedules"] = {s: asdict(self.schedule(s)) for s in self.stages}
        values["weights"] = asdict(self.weights())
        return values
