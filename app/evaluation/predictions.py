"""Published predictions against their ground truth:
text files, a frame a line, u v d for each joint.

The format and the cameras are those of the collection
github.com/xinghaochen/awesome-hand-pose-estimation.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.errors import DataError, reason_of
from app.evaluation.metrics import joint_errors, shares
from app.evaluation.report import plot_curves, print_json, print_table


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Camera and joint count of a public data set; fy may be negative (v upwards)."""

    joints: int
    fx: float
    fy: float
    cx: float
    cy: float


BENCHMARKS = {
    "nyu": Benchmark(14, 588.03, -587.07, 320.0, 240.0),
    "icvl": Benchmark(16, 240.99, 240.96, 160.0, 120.0),
    "msra": Benchmark(21, 241.42, 241.42, 160.0, 120.0),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `predictions`."""
    parser.add_argument("--dataset", choices=sorted(BENCHMARKS), required=True)
    parser.add_argument("--groundtruth", type=Path, required=True, metavar="FILE")
    parser.add_argument("--predictions", type=Path, required=True, nargs="+", metavar="FILE")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument(
        "--plot", type=Path, metavar="PNG", help="curve of frames within a worst error"
    )


def run(args: argparse.Namespace) -> int:
    """Score every prediction file. Raises DataError."""
    benchmark = BENCHMARKS[args.dataset]
    true_mm = read_joints(args.groundtruth, benchmark)
    rows, curves = [], {}
    for path in args.predictions:
        predicted_mm = read_joints(path, benchmark)
        if len(predicted_mm) != len(true_mm):
            raise DataError(
                f"{path} has {len(predicted_mm)} frames, the ground truth {len(true_mm)}"
            )
        errors = joint_errors(predicted_mm, true_mm)
        curves[path.stem] = errors.max(1)
        rows.append(
            {
                "name": path.stem,
                "frames": len(errors),
                "mean_joint_error_mm": round(float(errors.mean()), 3),
                "frames_max_within_mm": shares(errors),
            }
        )
    if args.plot:
        plot_curves(args.plot, curves, args.dataset.upper())
    if args.json:
        print_json(rows)
    else:
        print_table(
            ("predictions", "frames", "mean mm", "<=20", "<=30", "<=40"),
            [
                (
                    r["name"],
                    r["frames"],
                    r["mean_joint_error_mm"],
                    *r["frames_max_within_mm"].values(),
                )
                for r in rows
            ],
        )
    return 0


def read_joints(path: Path, benchmark: Benchmark) -> np.ndarray:
    """A result file -> float64 [N, J, 3] mm in the data set's camera. Raises DataError."""
    try:
        rows = [
            line.split() for line in path.read_text(encoding="ascii").splitlines() if line.strip()
        ]
    except OSError as error:
        raise DataError(f"cannot read {path}: {reason_of(error)}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a text file of numbers") from error
    columns = benchmark.joints * 3
    wrong = next((i for i, row in enumerate(rows, 1) if len(row) != columns), None)
    if wrong is not None:
        raise DataError(
            f"{path}, frame {wrong}: {len(rows[wrong - 1])} numbers where {columns} belong"
        )
    if not rows:
        raise DataError(f"{path} is empty")
    try:
        uvd = np.array(rows, np.float64).reshape(-1, benchmark.joints, 3)
    except ValueError as error:
        raise DataError(f"{path} is not a text file of numbers: {error}") from error
    if not np.isfinite(uvd).all():
        raise DataError(f"{path} contains numbers that are not finite")
    return unproject_uvd(uvd, benchmark)


def unproject_uvd(uvd: np.ndarray, benchmark: Benchmark) -> np.ndarray:
    """[..., 3] u, v (px), d (mm) -> [..., 3] mm."""
    u, v, d = np.moveaxis(uvd, -1, 0)
    x = (u - benchmark.cx) * d / benchmark.fx
    y = (v - benchmark.cy) * d / benchmark.fy
    return np.stack([x, y, d], -1)
