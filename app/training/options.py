"""The options of a training run: what --help says, and the configuration that they make."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import TypeVar

from app.data.benchmarks import PUBLIC_SETS
from app.errors import AppError
from app.hand.asset import IDENTITIES_OF
from app.model.recipes.registry import RECIPES
from app.resources import SHIPPED_WEIGHTS
from app.synthetic.kinds import WildKind, parse_kinds
from app.training.config import ABLATIONS, STAGES, TrainingConfig

ADAPT_MINUTES = 10.0
Amount = TypeVar("Amount", int, float)
EPILOG = """
stages   vae: poses alone, fast. regress: trunk and pos head, through the frozen pose decoder.
         generate: alignment and generator on clean pictures. joint: the adversarial phase.
         (The net that finds hands in whole frames has its own: python -m app.training.localise.)
clock    --steps N or --steps regress=N,vae=N: schedules follow steps. --max-minutes M: each stage
         gets its share of the clock and the schedules follow it; --minutes regress=30,joint=3
         sets the clock of single stages.
files    OUT/config.json, metrics.jsonl, tensorboard/ (where tensorboardX is installed),
         checkpoint.pt (for --resume), <preset>.safetensors (the averaged weights with their prior;
         rewritten with every checkpoint), and at the end the graphs <preset>.*.onnx and a model
         card.

sets     --dataset nyu|icvl|msra --root DIR: every sample of the training split is labelled (or the
         fraction that is asked for); joints that a set lacks teach nothing (docs/datasets.md).
labels   --labelled-fraction F: a data set of --samples N of which a part F, chosen by the seed and
         the sample's number alone, has labels. Every stage learns from these (the pose VAE from
         poses, which need no pictures); joint has a batch of the others beside each batch.
kinds    --kinds held=0.3,near=0.1: that many crops with a held thing, from near ...; of held, two
         (hands), egocentric, near, sparse, border; wild: a mixture of all (docs/design/wild.md).
adapt    --adapt RECORDING starts from --weights (default: the shipped ones) and runs the stage
         adapt: the hands that those weights find in the recording, which needs no labels, teach
         trunk and pos head; on synthetic crops the answers stay what they were. RECORDING: a .bag,
         a .npz, a folder of 16-bit PNG, or realsense for a live camera. --stages joint learns from
         it adversarially, beside synthetic labels.
ablate   terms of joint: smo (L_smo), self (its d_self alone), gan (L_gan of both sides), recons
         (L_recons, in live mask and depth too), teacher (what unlabelled crops teach in live).
several  torchrun --nproc-per-node 2 -m app.training ...: the live preset, --batch each.

examples python -m app.training --out runs/first --max-minutes 50
         python -m app.training --out runs/wild --weights weights/live.safetensors \
             --stages regress --kinds wild --rate 8e-4 --max-minutes 60
         python -m app.training --out runs/mine --adapt recording.bag --minutes 10
"""


def make_parser() -> argparse.ArgumentParser:
    """The options of the command, in the order in which --help shows them."""
    p = argparse.ArgumentParser(
        prog="python -m app.training",
        description="Train Crossing Nets on synthetic hands, drawn on the fly, or on a public set.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_run(p)
    _add_files(p)
    _add_data(p)
    return p


def _add_run(p: argparse.ArgumentParser) -> None:
    """What is trained, how long and on what."""
    p.add_argument("--out", type=Path, required=True, help="folder of the run")
    p.add_argument("--preset", choices=tuple(RECIPES), default="live")
    p.add_argument(
        "--stages", help="comma separated (default: vae,regress,generate,joint; --adapt: adapt)"
    )
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--steps", default="", help="steps of every stage, or stage=steps,...")
    p.add_argument("--max-minutes", type=float, help="clock of the whole run")
    p.add_argument("--minutes", default="", help="clock of single stages: stage=minutes,...")
    p.add_argument("--batch", type=int, help="batch of every stage (default: the preset's)")
    p.add_argument("--rate", type=positive, help="peak learning rate (default: the preset's)")
    p.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    p.add_argument("--precision", choices=("auto", "bf16", "fp32"), default="auto")
    p.add_argument(
        "--threads", type=int, default=1, help="threads of the network (default: %(default)s)"
    )
    p.add_argument(
        "--workers", type=int, default=1, help="processes that make samples (default: %(default)s)"
    )


def _add_files(p: argparse.ArgumentParser) -> None:
    """What is kept, how often it is looked at."""
    p.add_argument("--resume", action="store_true", help="continue the run in --out")
    p.add_argument(
        "--export", action="store_true", help="only write card and ONNX graphs of the run in --out"
    )
    p.add_argument("--checkpoint-minutes", type=float, default=2.0)
    p.add_argument("--validate-minutes", type=float, default=3.0)
    p.add_argument(
        "--pool", type=int, default=200_000, help="poses the VAE learns from (default: %(default)s)"
    )


def _add_data(p: argparse.ArgumentParser) -> None:
    """What it learns from."""
    p.add_argument("--dataset", choices=("synthetic", *PUBLIC_SETS), default="synthetic")
    p.add_argument("--root", type=Path, metavar="DIR", help="where the data set lies")
    p.add_argument("--subject", type=int, metavar="N", help="of msra: whom to leave out (0)")
    p.add_argument(
        "--bad-frames",
        choices=("refuse", "skip"),
        default="refuse",
        help="missing or damaged pictures of the data set (default: %(default)s)",
    )
    p.add_argument(
        "--identities",
        choices=tuple(IDENTITIES_OF),
        default="both",
        help="whose hands: the first mesh, the second, or three to one (default: %(default)s)",
    )
    p.add_argument(
        "--kinds",
        type=kinds_shares,
        default={},
        metavar="SHARES",
        help="synthetic crops of other kinds, as held=0.3,near=0.1, or wild (default: none)",
    )
    p.add_argument(
        "--samples",
        type=int,
        default=0,
        help="size of the data set, 0: every sample new (default: 20000 where some lack labels)",
    )
    p.add_argument(
        "--labelled-fraction", type=fraction, default=1.0, metavar="F", help="above 0 to 1"
    )
    p.add_argument(
        "--ablate",
        action="append",
        choices=ABLATIONS,
        default=[],
        help="leave out of joint; repeatable",
    )
    p.add_argument("--adapt", metavar="RECORDING", help="learn from a recording without labels")
    p.add_argument("--weights", type=Path, help="start from this file")
    p.add_argument("--no-tensorboard", action="store_true")
    p.add_argument("--quiet", action="store_true")


def kinds_shares(text: str) -> dict[WildKind, float]:
    """Shares of `app.synthetic.kinds`."""
    try:
        return parse_kinds(text)
    except AppError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def fraction(text: str) -> float:
    """Above 0, at most 1."""
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError("above 0, at most 1")
    return value


def positive(text: str) -> float:
    """Above 0."""
    value = float(text)
    if not value > 0:
        raise argparse.ArgumentTypeError("above 0")
    return value


def parse_amounts(
    text: str, stages: tuple[str, ...], kind: Callable[[str], Amount]
) -> dict[str, Amount]:
    """{stage: amount} of "100" or "vae=100,joint=5". Raises ValueError."""
    if not text:
        return {}
    if "=" not in text:
        return {stage: kind(text) for stage in stages}
    pairs = dict(part.split("=", 1) for part in text.split(","))
    unknown = set(pairs) - set(stages)
    if unknown:
        raise ValueError(f"not a stage of this run: {', '.join(sorted(unknown))}")
    return {stage: kind(value) for stage, value in pairs.items()}


def check_data(p: argparse.ArgumentParser, a: argparse.Namespace) -> None:
    """Exits with 2 where the options do not make one data set."""
    if (a.root is None) != (a.dataset == "synthetic"):
        p.error("--dataset nyu, icvl or msra and --root DIR belong together")
    if a.subject is not None and (a.dataset != "msra" or not 0 <= a.subject <= 8):
        p.error("--subject 0 .. 8 belongs to --dataset msra")
    if a.adapt is not None and a.dataset != "synthetic":
        p.error("--adapt learns from synthetic labels")


def stages_of(p: argparse.ArgumentParser, a: argparse.Namespace) -> tuple[str, ...]:
    """The stages of the run, in order. Exits with 2 where they cannot be these."""
    adapts = RECIPES[a.preset].adapts
    adapting = "adapt" if adapts else "joint"
    text = a.stages or (adapting if a.adapt else ",".join(STAGES))
    stages = tuple(s.strip() for s in text.split(",") if s.strip())
    possible = (*STAGES, "adapt") if a.adapt and adapts else STAGES
    if not stages or set(stages) - set(possible):
        p.error(f"--stages: choose from {', '.join(possible)}")
    if a.adapt is not None and not {"joint", "adapt"} & set(stages):
        p.error("--adapt: the stages that learn without labels are adapt and joint")
    return stages


def config_of(p: argparse.ArgumentParser, a: argparse.Namespace) -> TrainingConfig:
    """The run that the options ask for. Exits with 2 where they do not go together."""
    stages = stages_of(p, a)
    if a.samples < 0:
        p.error("--samples: a number of samples, 0 for endless")
    check_data(p, a)
    try:
        steps = parse_amounts(a.steps, stages, int)
        minutes = parse_amounts(a.minutes, stages, float)
    except ValueError as error:
        p.error(str(error))
    if a.adapt is not None and not (steps or minutes or a.max_minutes):
        minutes = {stages[-1]: ADAPT_MINUTES}
    alike = {f.name for f in fields(TrainingConfig)} & vars(a).keys()  # options of a field's name
    return replace(
        TrainingConfig(**{name: getattr(a, name) for name in alike}),
        stages=stages,
        steps=steps,
        minutes=minutes,
        resume=a.resume or a.export,
        ablate=tuple(a.ablate),
        weights_file=a.weights or (SHIPPED_WEIGHTS if a.adapt else None),
        tensorboard=not a.no_tensorboard,
        data_options=(("identities", a.identities), *((("kinds", a.kinds),) if a.kinds else ())),
    )
