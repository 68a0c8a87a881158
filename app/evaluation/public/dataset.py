"""A network on the test split of a public data set: the field's figures, a plot, a result file.

Frames are independent. `--centre groundtruth` cuts the cube round the labelled hand, as the
benchmarks are usually run; `segmentation` looks for the hand as a live run does, and a frame where
none is found counts 100 mm.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from app.config import BACKENDS, EstimatorConfig
from app.data.annotated_set import AnnotatedSet
from app.data.benchmarks import BENCHMARKS, PUBLIC_SETS, Benchmark, project_uvd
from app.data.public_sets import open_set
from app.errors import DataError
from app.evaluation.metrics import PredictionScores, score_predictions
from app.evaluation.public.figure_style import check_ending
from app.evaluation.public.plots import Method, plot_benchmark
from app.evaluation.public.published import published
from app.evaluation.public.result_files import write_predictions
from app.evaluation.public.viewpoint import msra_angles, viewpoint_table
from app.evaluation.report import print_json, print_table
from app.inference.single_frame import FrameEstimator, make_estimator
from app.resources import SHIPPED_WEIGHTS

CENTRES = ("groundtruth", "segmentation")
Y_UP = np.array([1.0, -1.0, 1.0])


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `dataset`."""
    parser.add_argument("--dataset", choices=PUBLIC_SETS, required=True)
    parser.add_argument("--root", type=Path, required=True, metavar="DIR", help="where it lies")
    parser.add_argument("--subject", type=int, metavar="N", help="of msra: one of nine (all)")
    parser.add_argument("--frames", type=int, default=0, metavar="N", help="N, evenly spaced (all)")
    parser.add_argument("--weights", metavar="FILE", help="default: the shipped ones")
    parser.add_argument("--backend", choices=BACKENDS, default="onnx")
    parser.add_argument("--refine", type=int, default=0, metavar="N", help="steps of refinement")
    parser.add_argument("--centre", choices=CENTRES, default="groundtruth")
    parser.add_argument(
        "--bad-frames",
        choices=("refuse", "skip"),
        default="refuse",
        help="missing or damaged pictures (default: %(default)s)",
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--plot", type=Path, metavar="PNG|SVG", help="curves and bars per joint")
    parser.add_argument(
        "--write-predictions", type=Path, metavar="FILE", help="u v d a line, the public format"
    )


@dataclass(frozen=True)
class Measured:
    """Predicted and true scored joints, our camera frame."""

    predicted_mm: np.ndarray  # float32 [N, S, 3], NaN where no hand was found
    true_mm: np.ndarray  # float32 [N, S, 3]
    centres_mm: np.ndarray  # float32 [N, 3], of the labelled hands
    milliseconds: list[float]


def run(args: argparse.Namespace) -> int:
    """Measure, print, and write what is asked for.

    Raises ConfigError, DataError, WeightsError, OutputError.
    """
    if args.plot:
        check_ending(args.plot)
    benchmark = BENCHMARKS[args.dataset]
    frames = open_set(args.dataset, args.root, "test", args.bad_frames, args.subject)
    estimator = make_estimator(_config(args, frames))
    measured = measure(frames, estimator, args.centre, args.frames)
    for line in frames.skipped:
        print(f"skipped: {line}", file=sys.stderr)
    scores = score_predictions(measured.predicted_mm, measured.true_mm, benchmark.root)
    angles = msra_angles(measured.true_mm) if args.dataset == "msra" else None
    if args.write_predictions:
        write_predictions(args.write_predictions, as_uvd(measured, benchmark), benchmark)
    if args.plot:
        ours = Method("ours", scores.errors_mm, ours=True, angles_deg=angles)
        plot_benchmark(args.plot, benchmark, [ours], published(args.dataset))
    result = describe(args, benchmark, frames, measured, scores)
    if angles is not None:
        result["viewpoint"] = viewpoint_table(scores.errors_mm, angles)
    if args.json:
        print_json(result)
    else:
        _print(result, benchmark)
    return 0


def measure(
    frames: AnnotatedSet, estimator: FrameEstimator, centre: str, count: int = 0
) -> Measured:
    """Estimate every frame, or `count` of them evenly spaced, by itself, one in memory at a time.

    Raises DataError, also where not one frame can be read.
    """
    chosen, predicted, rows, centres, milliseconds = frames.joints, [], [], [], []
    for frame in frames.frames(count):
        labels = frames.labels_mm[frame.index]
        middle = chosen.to_ours(labels).mean(0).astype(np.float32)
        started = time.perf_counter()
        true = centre == "groundtruth"
        hand = estimator.estimate_at(frame, middle) if true else estimator.find(frame)
        milliseconds.append((time.perf_counter() - started) * 1e3)
        joints = np.full_like(labels, np.nan)
        if hand is not None:
            joints = chosen.from_ours(hand.joints_raw_mm.astype(np.float64))
        predicted.append(joints)
        rows.append(frame.index)
        centres.append(middle)
    if not rows:
        raise DataError(f"not one picture of {frames.root} can be read")
    return Measured(np.array(predicted), frames.labels_mm[rows], np.array(centres), milliseconds)


def as_uvd(measured: Measured, benchmark: Benchmark) -> np.ndarray:
    """float64 [N, S, 3] u v d; a frame without a hand: its crop's centre for every joint."""
    joints = measured.predicted_mm.astype(np.float64)
    joints = np.where(np.isfinite(joints), joints, measured.centres_mm[:, None])
    return project_uvd(joints * Y_UP if benchmark.fy < 0 else joints, benchmark)


def describe(
    args: argparse.Namespace,
    benchmark: Benchmark,
    frames: AnnotatedSet,
    measured: Measured,
    scores: PredictionScores,
) -> dict:
    """For JSON."""
    official = dict(benchmark.sequences)
    subject = None if args.subject is None else f"P{args.subject}"
    return {
        "dataset": args.dataset,
        "weights": Path(args.weights or SHIPPED_WEIGHTS).name,
        "centre": args.centre,
        "subject": args.subject,
        "official_frames": official[subject] if subject else benchmark.test_frames,
        **scores.to_json(),
        "joint_names": list(benchmark.joint_names),
        "skipped": frames.skipped,
        "median_ms_per_frame": round(float(np.median(measured.milliseconds)), 3),
    }


def _config(args: argparse.Namespace, frames: AnnotatedSet) -> EstimatorConfig:
    """Where the labels say that there is a hand, the network is not asked whether there is one."""
    known = args.centre == "groundtruth"
    config = EstimatorConfig(
        hand=frames.joints.hand,
        weights=args.weights,
        backend=args.backend,
        smoothing=False,
        refine=args.refine,
    )
    return replace(config, min_presence=0.0) if known else config


def _print(result: dict, benchmark: Benchmark) -> None:
    names = dict(zip(benchmark.joint_names, result["per_joint_error_mm"], strict=True))
    skip = {"per_joint_error_mm", "joint_names", "viewpoint", "skipped"}
    rows: list[tuple[str, object]] = [("frames left out", len(result["skipped"]))]
    for name, value in result.items():
        if isinstance(value, dict) and name not in skip:
            rows += [(f"{name.replace('_', ' ')} {t}", share) for t, share in value.items()]
        elif name not in skip:
            rows.append((name.replace("_", " "), value))
    rows += [(f"  {name}", error) for name, error in names.items()]
    print_table(("", "value"), rows)
    if result["frames"] != result["official_frames"]:
        print(f"{result['frames']} of the {result['official_frames']} official test frames")
