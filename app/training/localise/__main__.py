"""Train the hand localiser on rendered scenes: `python -m app.training.localise --help`.

First the scenes are rendered once, resampled to the localiser's canvas and kept on disc; then the
network is trained on random windows of them (mirrored, scaled, with holes and cut-off distances).
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from app.command_line import exit_code_of
from app.training.localise.plan import LocaliserPlan
from app.training.options import kinds_shares

PROGRAM = "python -m app.training.localise"


def make_parser() -> argparse.ArgumentParser:
    """The arguments of the command."""
    parser = argparse.ArgumentParser(prog=PROGRAM, description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="rendered scenes and the log")
    parser.add_argument("--out", type=Path, default=Path("weights/localiser.safetensors"))
    parser.add_argument("--frames", type=int, default=16000)
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--start", type=Path, help="weights to go on from")
    parser.add_argument("--rate", type=float, default=2e-3)
    parser.add_argument(
        "--kinds",
        type=kinds_shares,
        default={},
        metavar="SHARES",
        help="scenes of other kinds, as egocentric=0.2,held=0.1, or wild (default: none)",
    )
    parser.add_argument("--render-only", action="store_true")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    options = make_parser().parse_args(arguments)
    return exit_code_of(PROGRAM, lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    import torch

    from app.training.localise.fit import save, train
    from app.training.localise.windows import load_windows

    torch.set_num_threads(options.threads)
    plan = LocaliserPlan(
        options.folder,
        options.frames,
        options.minutes,
        rate=options.rate,
        seed=options.seed,
        kinds=options.kinds,
    )
    windows = load_windows(plan)
    if not options.render_only:
        model, took = train(plan, windows, options.start)
        save(model, options.out, took, len(windows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
