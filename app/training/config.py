"""What a training run is: stages with their schedules, and the options of the command line."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

STAGES = ("vae", "regress", "generate", "joint")
PUBLIC_SETS = ("nyu", "icvl", "msra")
ABLATIONS = ("smo", "gan", "self", "recons", "teacher")
Bad = Literal["refuse", "skip"]
SAMPLES = 20_000  # of a data set of which a part is labelled


@dataclass(frozen=True)
class StageConfig:
    """Schedule of one stage."""

    steps: int  # unless --steps or --max-minutes says otherwise
    share: float  # of --max-minutes
    batch: int
    rate: float  # peak learning rate
    warm_up: float = 0.02  # share of the stage over which the rate rises
    decay: bool = True  # cosine to 1 % of the peak; False: constant
    weight_decay: float = 1e-4
    beta1: float = 0.9
    ema: float = 0.999  # decay of the averaged weights a step; the average is what ships
    clip: float = 0.0  # largest norm of the gradient; 0 = off
    generator_every: int = 1  # steps between two updates of the generator in `joint`
    held: bool = False  # the pos head's batch norms keep the statistics of the stage before


@dataclass(frozen=True)
class LossWeights:
    """Weights of the terms; the paper's are all 1."""

    tolerance: float = 0.02  # standard deviation of L_vae's reconstruction, in 50 mm units
    beta: float = 1.0
    free_bits: float = 0.0
    contact: float = 9.0  # of decoded midpoints and draws that run through themselves
    latent: float = 0.003  # L_pos in the latent, beside the joints
    seen: float = 1.0  # L_pos of the joints' maps, before the latent
    votes: float = 0.03  # where those maps vote
    presence: float = 0.05
    side: float = 0.1  # right hand or left: told from crops and their mirror images
    gan: float = 0.02
    matching: float = 0.5
    smooth: float = 0.002  # L_smo
    same: float = 1.0  # d_self within L_smo
    smooth_joints: float = 0.0  # L_smo in joint space, through the pos head; see FEW_LABELS
    recons: float = 0.5
    mask: float = 3.0
    depth: float = 4.0
    consistency: float = 0.5  # with the teacher, on unlabelled crops
    kept: float = 1.0  # answers on synthetic crops, while adapting to a recording
    resynthesis: float = 0.3  # of unlabelled crops, through the generator


FEW_LABELS = {"smooth_joints": 0.3}  # of `live`: labels do not show enough poses by themselves
PAPER_WEIGHTS = LossWeights(
    tolerance=0.70710678, latent=1.0, gan=1.0, matching=1.0, smooth=1.0, recons=1.0
)
LIVE_SCHEDULE: dict[str, StageConfig] = {
    "vae": StageConfig(40_000, 0.06, 256, 2e-3, ema=0.9995),
    "regress": StageConfig(25_000, 0.68, 64, 1.5e-3, ema=0.998, clip=2.0, weight_decay=0.01),
    "generate": StageConfig(5_000, 0.20, 64, 2e-3, ema=0.998),
    "joint": StageConfig(1_000, 0.06, 64, 1e-4, ema=0.995, beta1=0.5, clip=2.0),
    # to a recording: what it has to teach is learnt in minutes
    "adapt": StageConfig(400, 0.0, 64, 2e-4, ema=0.98, clip=2.0, held=True),
}
PAPER_SCHEDULE: dict[str, StageConfig] = {
    "vae": StageConfig(40_000, 0.06, 200, 3e-4, 0.0, False, 0.0, 0.5, 0.999),
    "regress": StageConfig(15_000, 0.40, 200, 1e-3, 0.0, True, 0.0, 0.9, 0.999),
    "generate": StageConfig(10_000, 0.30, 100, 3e-4, 0.0, False, 0.0, 0.5, 0.998),
    "joint": StageConfig(10_000, 0.24, 200, 1e-3, 0.0, True, 0.0, 0.5, 0.998),
}


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

    def schedule(self, stage: str) -> StageConfig:
        return (PAPER_SCHEDULE if self.preset == "paper" else LIVE_SCHEDULE)[stage]

    def weights(self, stage: str = "joint") -> LossWeights:
        """Of the terms of one stage; ablations concern `joint` alone."""
        weights = PAPER_WEIGHTS if self.preset == "paper" else LossWeights()
        if self.preset == "live" and self.labelled_fraction < 1:
            weights = replace(weights, **FEW_LABELS)
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
