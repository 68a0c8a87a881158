"""The study of few labels: its data, its network, its schedules and its list of runs.

Labels come from one camera and one build of hands, the test and the crops without labels from
another; views are limited and there is no clutter, so that a thin network learns the task in
minutes. All of it is fixed: only seeds, labelled fractions and terms vary.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from app.hand.asset import Identities
from app.hand.shape import Split
from app.model.presets import DiscriminatorConfig, Preset
from app.model.recipe import LossWeights, StageConfig
from app.model.recipes.live import LIVE
from app.synthetic.crops.domain import Domain

SOURCE = Domain(cameras=("sr305",), breadth=(0.0, 0.3), facing=True)  # slender hands
TARGET = Domain(cameras=("icvl",), facing=True)  # a small time-of-flight camera
BATCH = 16
POSES = 50_000  # the VAE learns from
SCHEDULE: dict[str, StageConfig] = {
    "vae": StageConfig(800, 0, 256, 2e-3, ema=0.98),
    # what all variants of a run share
    "regress": StageConfig(250, 0, BATCH, 4e-3, ema=0.95, clip=2.0),
    "generate": StageConfig(40, 0, BATCH, 3e-3, ema=0.9),
    # and where they differ
    "supervised": StageConfig(600, 0, BATCH, 2e-3, ema=0.97, clip=2.0, held=True),
    "joint": StageConfig(600, 0, BATCH, 2e-3, ema=0.97, clip=2.0, held=True, generator_every=4),
}
WEIGHTS = LossWeights(smooth_joints=1.0)


@dataclass(frozen=True)
class Crops:
    """One pool of samples."""

    domain: Domain
    seed: int
    split: Split
    samples: int
    identities: Identities = "makehuman"


POOLS = {
    "source": Crops(SOURCE, 301, "train", 2_000),
    "target": Crops(TARGET, 302, "train", 8_000, "webxr"),
    "test": Crops(TARGET, 303, "test", 1_000, "webxr"),
    "source_test": Crops(SOURCE, 304, "test", 500),
}
FRACTIONS = (0.01, 0.02, 0.05, 0.1, 0.25, 1.0)
REPEATED = 0.02  # the fraction with several seeds
SEEDS = (0, 1, 2)
VARIANTS: dict[str, tuple[str, ...]] = {  # terms of the joint stage that are left out
    "supervised": (),
    "full": (),
    "no_smo": ("smo",),
    "no_gan": ("gan",),
}


@dataclass(frozen=True, order=True)
class Case:
    """One run."""

    fraction: float
    seed: int
    variant: str


def planned() -> list[Case]:
    """Every run, the most telling first: they can be cut off anywhere."""
    repeated = [Case(REPEATED, seed, v) for seed in SEEDS for v in VARIANTS]
    others = [0.1, 0.01, 1.0, 0.05, 0.25]
    return repeated + [Case(fraction, SEEDS[0], v) for fraction in others for v in VARIANTS]


def study_preset() -> Preset:
    """`live` with thin layers."""
    live = LIVE.preset
    return replace(
        live,
        vae=replace(live.vae, hidden=128),
        generator=replace(live.generator, latent=32, align_hidden=64, channels=(16, 16)),
        discriminator=DiscriminatorConfig(
            trunk=(8, 16),
            pose=(24, 32, 64),
            pose_hidden=96,
            adversary=(16, 24, 32),
            smooth_hidden=48,
            maps=16,
        ),
    )
