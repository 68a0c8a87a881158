"""What test-time refinement gains and costs, by objective and number of steps.

Crops lie round the true joints' mean and show the true side, so that nothing but the pose is
measured; every row starts from the same first answers. Milliseconds are processor time.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

import numpy as np

from app.config import REFINE_BY, EstimatorConfig
from app.engine.engine import EngineOutput
from app.engine.load import load_engine
from app.evaluation.annotated import AnnotatedFrames
from app.evaluation.report import print_json, print_table
from app.frames import CUBE_MM, HandCrop
from app.inference.refinement import Refiner
from app.inference.refiners import make_refiner
from app.segmentation.crop import camera_to_crop, make_crop
from app.skeleton import JOINT_NAMES, TIPS

STEPS = (1, 2, 5, 10, 20)
WORSE_MM = 2.0  # a frame whose mean error grew by more counts as made worse


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `refinement`."""
    parser.add_argument("file", type=Path, metavar="FILE.npz", help="annotated frames")
    parser.add_argument("--frames", type=int, default=400, metavar="N", help="how many (400)")
    parser.add_argument("--weights", metavar="FILE", help="default: the shipped ones")
    parser.add_argument("--steps", type=int, nargs="+", default=list(STEPS), metavar="N")
    parser.add_argument("--by", choices=REFINE_BY, nargs="+", default=list(REFINE_BY))
    parser.add_argument("--json", action="store_true", help="print JSON, with every joint's error")


def run(args: argparse.Namespace) -> int:
    """Measure and print. Raises ConfigError, DataError, WeightsError."""
    engine = load_engine(args.weights)
    crops, joints = read_crops(AnnotatedFrames(args.file), args.frames)
    first = [engine.estimate(crop.image[None]) for crop in crops]
    before = errors_mm(np.concatenate([o.joints_norm for o in first]), joints)
    rows = [describe("first answer", 0, before, before, [0.0])]
    for by in args.by:
        for steps in args.steps:
            config = EstimatorConfig(weights=args.weights, refine=steps, refine_by=by)
            refiner = make_refiner(engine, config)
            if refiner is not None:  # none: not one step is asked for
                rows.append(measure(refiner, by, crops, first, joints, before))
    if args.json:
        print_json(rows)
    else:
        titles = [name for name in rows[0] if name != "per_joint_error_mm"]
        print_table(titles, [[row[name] for name in titles] for row in rows])
    return 0


def read_crops(annotated: AnnotatedFrames, count: int) -> tuple[list[HandCrop], np.ndarray]:
    """The first `count` crops and their true joints, normalised [N, 21, 3]."""
    crops, joints = [], []
    for i, frame in enumerate(islice(annotated, count)):
        left = annotated.hands is not None and annotated.hands[i] == "left"
        true_mm = annotated.joints_mm[i]
        crops.append(make_crop(frame, true_mm.mean(0), CUBE_MM, mirrored=bool(left)))
        joints.append(camera_to_crop(true_mm, crops[-1]))
    return crops, np.array(joints)


def measure(
    refiner: Refiner,
    by: str,
    crops: Sequence[HandCrop],
    first: Sequence[EngineOutput],
    joints: np.ndarray,
    before_mm: np.ndarray,
) -> dict:
    """Refine every first answer; a row of the table."""
    refined, milliseconds = [], []
    for crop, output in zip(crops, first, strict=True):
        started = time.thread_time()
        _, better = refiner.refine(crop, output.z[0], output.joints_norm[0], output.sigma_norm[0])
        milliseconds.append((time.thread_time() - started) * 1e3)
        refined.append(better)
    return describe(
        by, refiner.steps, errors_mm(np.array(refined), joints), before_mm, milliseconds
    )


def errors_mm(predicted: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Normalised joints [N, 21, 3] twice -> errors [N, 21] mm."""
    return np.linalg.norm(predicted - true, axis=-1) * (CUBE_MM / 2)


def describe(
    by: str, steps: int, errors: np.ndarray, before: np.ndarray, milliseconds: Sequence[float]
) -> dict:
    """A row: errors [N, 21] mm against those of the first answer."""
    worse = errors.mean(1) > before.mean(1) + WORSE_MM
    return {
        "by": by,
        "steps": steps,
        "mean_mm": round(float(errors.mean()), 2),
        "tips_mm": round(float(errors[:, TIPS].mean()), 2),
        "worst_joint_mm": round(float(errors.max(1).mean()), 2),
        "frames_made_worse": round(float(worse.mean()), 4),
        "median_ms": round(float(np.median(milliseconds)), 2),
        "per_joint_error_mm": {
            name: round(float(e), 2) for name, e in zip(JOINT_NAMES, errors.mean(0), strict=True)
        },
    }
