"""What a preset is, all in one object.

Sizes, networks, schedules, weights of the losses, and where its training departs from the paper's.
`app.model.recipes` has one file a preset.

Importing a recipe loads no torch: its networks are imported when they are built.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from app.model.presets import Preset

if TYPE_CHECKING:
    from app.model.parts import Alignment, Discriminator, Generator, PoseVae

UNIT_TERM = "joints"  # weighs 1: the other terms of its sum are measured in it


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
    """Weights of the terms; the paper's are all 1, and 0 where it has no such term."""

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
    smooth_joints: float = 0.0  # L_smo in joint space, through the pos head
    recons: float = 0.5
    mask: float = 3.0
    depth: float = 4.0
    consistency: float = 0.5  # with the teacher, on unlabelled crops
    kept: float = 1.0  # answers on synthetic crops, while adapting to a recording
    resynthesis: float = 0.3  # of unlabelled crops, through the generator

    def of(self, term: str) -> float:
        """The weight of a term by its name. Raises KeyError where there is no such term."""
        if term == UNIT_TERM:
            return 1.0
        weights = vars(self)
        if term not in weights:
            known = ", ".join((UNIT_TERM, *weights))
            raise KeyError(f"no loss has a term {term!r}; there are {known}")
        return float(weights[term])


class Networks(NamedTuple):
    """The four networks of a preset."""

    vae: PoseVae
    ali: Alignment
    gen: Generator
    disc: Discriminator


@dataclass(frozen=True)
class Recipe:
    """A preset. The flags say where its training departs from the paper's."""

    preset: Preset
    networks: Callable[[Preset], Networks]  # freshly drawn, of these sizes
    schedule: Mapping[str, StageConfig]  # of every stage that it can be trained in
    weights: LossWeights = field(default_factory=LossWeights)
    few_labels: Mapping[str, float] = field(default_factory=dict)  # weights where some lack labels
    hand_below: float = 1.0  # what its pictures show nearer than this is hand
    joint_space: bool = False  # L_pos of joints through the decoder; presence; right hand or left
    clean_targets: bool = False  # it draws the clean picture, not what the sensor saw
    hinge: bool = False  # L_gan in its hinge form, and for the generator beside feature matching
    prior_draws: bool = False  # every other one of Z_r is drawn from the prior
    held_generator: bool = False  # `joint` keeps the statistics of the generator's batch norms
    varied_sets: bool = False  # a public set is turned, scaled and mixed with synthetic poses
    splits: bool = False  # several processes may share its batches

    @property
    def name(self) -> str:
        """The word of --preset, which is kept in the weights."""
        return self.preset.name

    @property
    def adapts(self) -> bool:
        """It has a stage of its own that learns from a recording without labels."""
        return "adapt" in self.schedule
