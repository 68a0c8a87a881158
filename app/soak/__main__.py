"""`python -m app.soak`: capture, estimator and recorder for minutes or hours, faults on schedule.

Nothing is shown. Every frame is followed from the camera to its end; each fault must pass, and
nothing may pile up. Returns 1 where a check fails.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from functools import partial

from app.command_line import OneLineParser, exit_code_of, stop_on_signal
from app.config import EstimatorConfig
from app.memory import give_memory_back
from app.soak.faults import KINDS, parse_kinds

PROGRAM = "python -m app.soak"
say = partial(print, file=sys.stderr, flush=True)


def make_parser() -> argparse.ArgumentParser:
    """The arguments."""
    kinds = "\n".join(f"  {kind:10} {what}" for kind, (what, _) in KINDS.items())
    parser = OneLineParser(
        prog=PROGRAM, description=(__doc__ or "").split("\n\n")[1],
        epilog=f"faults:\n{kinds}", formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument("--minutes", type=float, default=30.0, metavar="N", help="default 30")
    parser.add_argument("--faults", default="all", metavar="KINDS", help="all, none, or a,b,c")
    parser.add_argument("--every", type=float, default=10.0, metavar="S", help="between two faults")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="of the faults")
    parser.add_argument("--source", default="demo", help="as main.py's SOURCE; default: the demo")
    parser.add_argument("--fps", type=float, default=90.0, metavar="X", help="default 90")
    parser.add_argument("--weights", metavar="FILE", help="default: the shipped ones")
    parser.add_argument("--no-record", action="store_true", help="without a recorder")
    parser.add_argument(
        "--no-timing", action="store_true", help="latency is told, not judged: the machine is busy"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Entry point; returns the exit code."""
    parser = make_parser()
    args = parser.parse_args(arguments)
    if not 0.1 <= args.minutes <= 7 * 24 * 60:
        parser.error("--minutes takes 0.1 to 10080")
    if not 0.5 <= args.every <= 3600:
        parser.error("--every takes 0.5 to 3600")
    if not 1 <= args.fps <= 240:
        parser.error("--fps takes 1 to 240")
    return exit_code_of(PROGRAM, lambda: _run(args))


def _run(args: argparse.Namespace) -> int:
    give_memory_back()
    logging.getLogger("app").setLevel(logging.CRITICAL)  # failures are counted, and told at the end
    from app.soak.run import Plan, soak
    from app.soak.verdict import judge, to_json

    plan = Plan(
        seconds=60 * args.minutes, source=args.source, fps=args.fps,
        kinds=parse_kinds(args.faults), every_s=args.every, seed=args.seed,
        record=not args.no_record, estimator=EstimatorConfig(weights=args.weights),
    )  # fmt: skip
    with stop_on_signal() as stop:
        outcome = soak(plan, stop, say)
    checks = judge(outcome, timing=not args.no_timing)
    if args.json:
        print(json.dumps(to_json(outcome, checks), indent=1))
    else:
        for check in checks:
            mark = {True: "ok", False: "FAILED", None: "not judged"}[check.passed]
            print(f"{mark:10} {check.what}: {check.found}")
    return int(any(check.passed is False for check in checks))


if __name__ == "__main__":
    sys.exit(main())
