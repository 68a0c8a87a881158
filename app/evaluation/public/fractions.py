"""Error against the share of labels.

What other commands measured, as a table and as a figure with the published curve beside it.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from app.config import ConfigError
from app.data.benchmarks import BENCHMARKS
from app.errors import DataError, reason_of
from app.evaluation.public.figure_style import check_ending
from app.evaluation.public.plots import plot_label_fractions
from app.evaluation.public.published import MURAUER_NYU, NYU_TRAINING_FRAMES
from app.evaluation.report import print_json, print_table

OURS = "Crossing Nets Live"
MURAUER = "MURAUER 2019 (published)"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `fractions`."""
    parser.add_argument("--dataset", choices=sorted(BENCHMARKS), required=True)
    parser.add_argument(
        "--point",
        nargs=2,
        action="append",
        required=True,
        metavar=("SHARE", "FILE"),
        help="share of labels that was trained with, 0 to 1, and what `dataset --json` or "
        "`predictions --json` printed for it; once for every share",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--plot", type=Path, metavar="PNG|SVG", help="the curve")


def run(args: argparse.Namespace) -> int:
    """Print and draw. Raises ConfigError, DataError, OutputError."""
    if args.plot:
        check_ending(args.plot)
    points = sorted((_share(text), read_error(Path(file))) for text, file in args.point)
    if args.plot:
        series = {OURS: points, **published_fractions(args.dataset)}
        plot_label_fractions(args.plot, BENCHMARKS[args.dataset].name, series, ours=OURS)
    if args.json:
        print_json([{"labels": share, "mean_joint_error_mm": error} for share, error in points])
    else:
        print_table(("labels", "mean mm"), [(f"{100 * s:g} %", error) for s, error in points])
    return 0


def published_fractions(dataset: str) -> dict[str, list[tuple[float, float]]]:
    """The curves of others on this set: name -> (share 0..1, mean joint error in mm)."""
    if dataset != "nyu":
        return {}
    return {MURAUER: [(frames / NYU_TRAINING_FRAMES, error) for frames, error in MURAUER_NYU]}


def read_error(path: Path) -> float:
    """mean_joint_error_mm of the one result that a JSON file holds. Raises DataError."""
    try:
        value: Any = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DataError(f"cannot read {path}: {reason_of(error)}") from error
    except ValueError as error:
        raise DataError(f"{path} is not JSON") from error
    row = value[0] if isinstance(value, list) and len(value) == 1 else value
    error_mm = row.get("mean_joint_error_mm") if isinstance(row, dict) else None
    if not isinstance(error_mm, int | float):
        raise DataError(f"{path} does not hold one result with mean_joint_error_mm")
    return float(error_mm)


def _share(text: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = 0.0
    if not 0 < share <= 1:
        raise ConfigError(f"--point: {text!r} is not a share of labels", "0 to 1, 0.05 is 5 %")
    return share
