"""`python -m app.benchmark`: time whole frames and the networks alone, on this machine.

Whole frame = 640x480 depth in, joints and synthesised depth out, following the demo's hand from
frame to frame (rendering the demo is not counted). The networks are timed in turn, so that all see
the same machine.
"""

from __future__ import annotations

import argparse
import sys

from app.command_line import OneLineParser, exit_code_of
from app.config import EstimatorConfig

PROGRAM = "python -m app.benchmark"
LEAST_RUNS = 200


def make_parser() -> argparse.ArgumentParser:
    """The arguments of the benchmark."""
    parser = OneLineParser(prog=PROGRAM, description=(__doc__ or "").split("\n\n")[1])
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--weights", metavar="FILE", help="default: the shipped ones")
    parser.add_argument("--threads", type=int, default=1, metavar="N", help="default 1")
    parser.add_argument("--runs", type=int, default=300, metavar="N", help=f"at least {LEAST_RUNS}")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = make_parser()
    args = parser.parse_args(arguments)
    if args.runs < LEAST_RUNS:
        parser.error(f"--runs: medians need at least {LEAST_RUNS}")
    return exit_code_of(PROGRAM, lambda: _run(args))


def _run(args: argparse.Namespace) -> int:
    config = EstimatorConfig(weights=args.weights, threads=args.threads)
    from app.benchmark.report import print_report
    from app.benchmark.timings import measure

    print_report(measure(config, args.runs), as_json=args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
