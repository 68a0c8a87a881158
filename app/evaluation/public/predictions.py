"""Published predictions, or ours, against their ground truth: the files of `result_files`.

A method that covers only one sequence of the test set is scored on it, and that is said.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from app.config import ConfigError
from app.data.benchmarks import BENCHMARKS, Benchmark
from app.evaluation.metrics import score_predictions
from app.evaluation.public.figure_style import check_ending
from app.evaluation.public.plots import Method, plot_benchmark, short_name
from app.evaluation.public.published import published
from app.evaluation.public.result_files import cover, read_joints
from app.evaluation.public.viewpoint import msra_angles, viewpoint_table
from app.evaluation.report import print_json, print_table


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `predictions`."""
    parser.add_argument("--dataset", choices=sorted(BENCHMARKS), required=True)
    parser.add_argument("--groundtruth", type=Path, required=True, metavar="FILE")
    parser.add_argument("--predictions", type=Path, required=True, nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print JSON, with every figure")
    parser.add_argument(
        "--plot", type=Path, metavar="PNG|SVG", help="success curves and bars per joint"
    )
    parser.add_argument("--ours", metavar="NAME", help="draw this one of the files black and thick")
    parser.add_argument(
        "--published", action="store_true", help="draw the published figures as points beside them"
    )


def run(args: argparse.Namespace) -> int:
    """Score every prediction file. Raises ConfigError, DataError, OutputError."""
    if args.plot:
        check_ending(args.plot)
    benchmark = BENCHMARKS[args.dataset]
    _check_ours(args.ours, args.predictions)
    true_mm = read_joints(args.groundtruth, benchmark)
    rows, methods = [], []
    for path in args.predictions:
        row, method = score_file(path, true_mm, benchmark)
        rows.append(row)
        methods.append(replace(method, ours=path.stem == args.ours))
    if args.plot:
        anchors = published(args.dataset) if args.published else ()
        plot_benchmark(args.plot, benchmark, methods, anchors)
    if args.json:
        print_json(rows)
    else:
        _print(rows)
    return 0


def score_file(path: Path, true_mm: np.ndarray, benchmark: Benchmark) -> tuple[dict, Method]:
    """A result file against the ground truth [N, J, 3] mm: its row and its line of the figure.

    Raises DataError.
    """
    predicted_mm = read_joints(path, benchmark)
    covered = cover(path.stem, len(predicted_mm), len(true_mm), benchmark)
    truth = true_mm[covered.frames]
    scores = score_predictions(predicted_mm, truth, benchmark.root)
    row = {"name": path.stem, **scores.to_json()}
    name = short_name(path.stem)
    if covered.note:
        print(f"{path}: {covered.note}", file=sys.stderr)
        row["covers"] = covered.note
        name += f" ({covered.note.partition(':')[0]})"
    angles = msra_angles(truth) if benchmark.name == "MSRA" else None
    if angles is not None:
        row["viewpoint"] = viewpoint_table(scores.errors_mm, angles)
    return row, Method(name, scores.errors_mm, angles_deg=angles)


def _check_ours(ours: str | None, files: list[Path]) -> None:
    if ours is not None and ours not in [path.stem for path in files]:
        names = ", ".join(path.stem for path in files)
        raise ConfigError(f"--ours {ours}: there is no such file", f"one of {names}")


def _print(rows: list[dict]) -> None:
    titles = ("predictions", "frames", "mean mm", "median", "root", "<=20", "<=30", "<=40", "AUC")
    cells = [
        (
            row["name"] + " (part)" * ("covers" in row),
            row["frames"],
            row["mean_joint_error_mm"],
            row["median_joint_error_mm"],
            row["mean_root_aligned_error_mm"],
            *row["frames_max_within_mm"].values(),
            row["frames_auc"],
        )
        for row in rows
    ]
    print_table(titles, cells)
