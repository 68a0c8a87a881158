"""What few labels, unlabelled crops and each loss are worth: `python -m app.training.study`.

    python -m app.training.study run --folder runs/study     every run that is missing
    python -m app.training.study report                      tables and plots of docs/study.md

Runs are independent, a line of JSON each in docs/study/runs.jsonl, the most telling first; `run`
can be stopped at any time and goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any

from app.command_line import exit_code_of
from app.resources import DOCS
from app.training.study.plan import Case, planned

RUNS = DOCS / "study" / "runs.jsonl"
PAGE = DOCS / "study.md"


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="python -m app.training.study",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("command", choices=("run", "report"))
    p.add_argument("--folder", type=Path, default=Path("runs/study"), help="pools, head starts")
    p.add_argument("--runs", type=Path, default=RUNS, help="lines of finished runs")
    p.add_argument("--page", type=Path, default=PAGE, help="page whose tables `report` rewrites")
    p.add_argument("--fraction", type=float, help="runs with this share of labels alone")
    p.add_argument("--seed", type=int, help="runs of this seed alone")
    p.add_argument("--variant", help="runs of this variant alone")
    p.add_argument("--max-minutes", type=float, default=float("inf"), help="start none after this")
    p.add_argument("--threads", type=int, default=1)
    return p


def main(arguments: list[str] | None = None) -> int:
    p = parser()
    args = p.parse_args(arguments)
    return exit_code_of(p.prog, lambda: obey(args))


def obey(args: argparse.Namespace) -> int:
    """Carry out the command. Raises AppError."""
    if args.command == "report":
        from app.training.study.report import write_report

        write_report(read_runs(args.runs), args.page)
        return 0
    import torch

    from app.training.study.run import Study

    torch.set_num_threads(args.threads)
    run_missing(Study(args.folder), args.runs, chosen(args), args.max_minutes)
    return 0


def chosen(args: argparse.Namespace) -> list[Case]:
    """The planned runs that the options leave."""
    wanted = {name: getattr(args, name) for name in ("fraction", "seed", "variant")}
    wanted = {name: value for name, value in wanted.items() if value is not None}
    return [case for case in planned() if all(getattr(case, k) == v for k, v in wanted.items())]


def run_missing(study: Any, path: Path, cases: list[Case], max_minutes: float) -> None:
    """Runs the cases that have no line of this plan yet, and writes a line after each."""
    began = time.monotonic()
    plan = study.plan()
    done = {case_of(run) for run in read_runs(path) if run["plan"] == plan}
    study.prepare()
    for case in cases:
        if case in done:
            continue
        if time.monotonic() - began > 60 * max_minutes:
            break
        record = {"plan": plan} | study.run(case)
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("a") as file:
            file.write(json.dumps(record) + "\n")
        study.say(f"{case.fraction:.0%} seed {case.seed} {case.variant}: {record['test_mm']} mm")


def read_runs(path: Path) -> list[dict[str, Any]]:
    """The finished runs, oldest first; none where there is no file."""
    if not path.is_file():
        return []
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def case_of(run: dict[str, Any]) -> Case:
    return Case(run["fraction"], run["seed"], run["variant"])


if __name__ == "__main__":
    sys.exit(main())
