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
    parser.add_argument(
        "--recording", type=float, metavar="S",
        help="instead: what recording the demo at 90 fps for S seconds costs, and whether every "
        "frame is in the file",
    )  # fmt: skip
    parser.add_argument("--fps", type=float, default=90.0, metavar="X", help="of --recording")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = make_parser()
    args = parser.parse_args(arguments)
    if args.runs < LEAST_RUNS:
        parser.error(f"--runs: medians need at least {LEAST_RUNS}")
    if args.recording is not None and not 1 <= args.recording <= 3600:
        parser.error("--recording takes 1 to 3600 seconds")
    if not 1 <= args.fps <= 240:
        parser.error("--fps takes 1 to 240")
    return exit_code_of(PROGRAM, lambda: _run(args))


def _run(args: argparse.Namespace) -> int:
    if args.recording is not None:
        from app.benchmark.recording import measure_recording, print_cost

        print_cost(measure_recording(args.recording, args.fps), as_json=args.json)
        return 0
    config = EstimatorConfig(weights=args.weights, threads=args.threads)
    from app.benchmark.report import print_report
    from app.benchmark.timings import measure

    print_report(measure(config, args.runs), as_json=args.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
