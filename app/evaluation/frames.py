"""Joint errors on annotated depth frames.

Frames are independent: no filter, no tracking from one to the next.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import asdict
from pathlib import Path

import numpy as np

from app.config import HAND_CHOICES, EstimatorConfig
from app.evaluation.annotated import AnnotatedFrames
from app.evaluation.metrics import FrameScores, score_frames
from app.evaluation.report import print_json, print_table
from app.frames import FrameResult
from app.inference.run_check import RunCheck
from app.inference.single_frame import FrameEstimator, make_estimator
from app.skeleton import JOINT_NAMES, N_JOINTS


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `frames`."""
    parser.add_argument("file", type=Path, metavar="FILE.npz", help="annotated frames")
    parser.add_argument(
        "--centre",
        choices=("segmentation", "groundtruth"),
        default="segmentation",
        help="crop where segmentation finds a hand, or round the true joints' mean",
    )
    parser.add_argument(
        "--hand", choices=HAND_CHOICES, default="auto", help="auto: decided by synthesis"
    )
    parser.add_argument("--weights", metavar="FILE", help="default: the shipped ones")
    parser.add_argument(
        "--refine", type=int, default=0, metavar="N", help="steps of refinement (0: off)"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Measure and print. Raises ConfigError, DataError, WeightsError."""
    config = EstimatorConfig(
        hand=args.hand, weights=args.weights, smoothing=False, refine=args.refine
    )
    annotated = AnnotatedFrames(args.file)
    estimator = make_estimator(config)
    check = RunCheck(estimator.engine, side=args.hand)
    scores = measure(annotated, estimator, args.centre, check)
    warnings = check.warnings()
    for warning in warnings:
        print(f"frames: warning: {warning.message}", file=sys.stderr)
    if args.json:
        print_json(scores.to_json() | {"warnings": [asdict(warning) for warning in warnings]})
    else:
        _print(scores)
    return 0


def measure(
    annotated: AnnotatedFrames,
    estimator: FrameEstimator,
    centre: str,
    check: RunCheck | None = None,
) -> FrameScores:
    """Estimate every frame by itself. `centre`: "segmentation" or "groundtruth".

    check: is shown every result.
    """
    predicted = np.full((len(annotated), N_JOINTS, 3), np.nan, np.float32)
    milliseconds, right_side = [], []
    for i, frame in enumerate(annotated):
        started = time.perf_counter()
        if centre == "groundtruth":
            hand = estimator.estimate_at(frame, annotated.joints_mm[i].mean(0))
        else:
            hand = estimator.find(frame)
        milliseconds.append((time.perf_counter() - started) * 1e3)
        if check is not None:
            check.add(FrameResult(frame, () if hand is None else (hand,)))
        if hand is not None:
            predicted[i] = hand.joints_raw_mm
            if annotated.hands is not None:
                right_side.append(hand.hand == annotated.hands[i])
    accuracy = round(float(np.mean(right_side)), 4) if right_side else None
    truth = annotated.joints_mm
    return score_frames(predicted, truth, milliseconds, accuracy, annotated.visible)


def _print(scores: FrameScores) -> None:
    values = scores.to_json()
    per_joint = values.pop("per_joint_error_mm") or []
    shares = values.pop("frames_max_within_mm")
    rows = [(name.replace("_", " "), value) for name, value in values.items()]
    rows += [(f"frames with worst joint within {t} mm", share) for t, share in shares.items()]
    rows += [(f"  {name}", error) for name, error in zip(JOINT_NAMES, per_joint, strict=False)]
    print_table(("", "value"), rows)
