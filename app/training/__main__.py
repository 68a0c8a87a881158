"""Command line of the training: `python -m app.training --help`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

EPILOG = """
stages   vae: poses alone, fast. regress: trunk and pos head, through the frozen pose decoder.
         generate: alignment and generator on clean pictures. joint: the adversarial phase.
         (The net that finds hands in whole frames has its own: python -m app.training.localise.)
clock    --steps N or --steps regress=N,vae=N: schedules follow steps. --max-minutes M: each stage
         gets its share of the clock and the schedules follow it; --minutes regress=30,joint=3
         sets the clock of single stages.
files    OUT/config.json, metrics.jsonl, checkpoint.pt (for --resume), <preset>.safetensors (the
         averaged weights with their prior; rewritten with every checkpoint), and at the end the
         graphs <preset>.*.onnx and a model card.

example  python -m app.training --out runs/first --max-minutes 50
"""


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="python -m app.training",
        description="Train Crossing Nets on synthetic hands, drawn on the fly.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("--out", type=Path, required=True, help="folder of the run")
    p.add_argument("--preset", choices=("live", "paper"), default="live")
    p.add_argument(
        "--stages",
        default="vae,regress,generate,joint",
        help="comma separated (default: %(default)s)",
    )
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--steps", default="", help="steps of every stage, or stage=steps,...")
    p.add_argument("--max-minutes", type=float, help="clock of the whole run")
    p.add_argument("--minutes", default="", help="clock of single stages: stage=minutes,...")
    p.add_argument("--batch", type=int, help="batch of every stage (default: the preset's)")
    p.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    p.add_argument("--precision", choices=("auto", "bf16", "fp32"), default="auto")
    p.add_argument(
        "--threads", type=int, default=1, help="threads of the network (default: %(default)s)"
    )
    p.add_argument(
        "--workers", type=int, default=1, help="processes that make samples (default: %(default)s)"
    )
    p.add_argument("--resume", action="store_true", help="continue the run in --out")
    p.add_argument(
        "--export", action="store_true", help="only write card and ONNX graphs of the run in --out"
    )
    p.add_argument("--checkpoint-minutes", type=float, default=2.0)
    p.add_argument("--validate-minutes", type=float, default=3.0)
    p.add_argument(
        "--pool", type=int, default=200_000, help="poses the VAE learns from (default: %(default)s)"
    )
    p.add_argument("--quiet", action="store_true")
    return p


def parse_amounts(
    text: str, stages: tuple[str, ...], kind: type
) -> dict[str, int] | dict[str, float]:
    """ "100" or "vae=100,joint=5" -> {stage: amount}. Raises ValueError."""
    if not text:
        return {}
    if "=" not in text:
        return {stage: kind(text) for stage in stages}
    pairs = dict(part.split("=", 1) for part in text.split(","))
    unknown = set(pairs) - set(stages)
    if unknown:
        raise ValueError(f"not a stage of this run: {', '.join(sorted(unknown))}")
    return {stage: kind(value) for stage, value in pairs.items()}


def main(arguments: list[str] | None = None) -> int:
    p = parser()
    a = p.parse_args(arguments)
    from app.errors import AppError
    from app.training.config import STAGES, TrainingConfig

    stages = tuple(s.strip() for s in a.stages.split(",") if s.strip())
    if not stages or set(stages) - set(STAGES):
        p.error(f"--stages: choose from {', '.join(STAGES)}")
    try:
        steps, minutes = (
            parse_amounts(a.steps, stages, int),
            parse_amounts(a.minutes, stages, float),
        )
    except ValueError as error:
        p.error(str(error))
    config = TrainingConfig(
        out=a.out,
        preset=a.preset,
        stages=stages,
        seed=a.seed,
        steps=steps,
        max_minutes=a.max_minutes,
        minutes=minutes,
        device=a.device,
        threads=a.threads,
        workers=a.workers,
        precision=a.precision,
        batch=a.batch,
        resume=a.resume or a.export,
        checkpoint_minutes=a.checkpoint_minutes,
        validate_minutes=a.validate_minutes,
        pool=a.pool,
    )
    try:
        from app.training.run import Run

        run = Run(config, quiet=a.quiet)
        if a.export:
            run.reopen()
        else:
            run.start()
    except AppError as error:
        print(f"error: {error}", file=sys.stderr)
        return error.exit_code
    return 0


if __name__ == "__main__":
    sys.exit(main())
