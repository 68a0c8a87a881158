"""How often the hand's side is told right, and the weights that would tell it best.

`python -m app.evaluation handedness FILE.npz`: annotated frames with the key `hand`, each run as it
is and mirrored. The weights of `app.inference.handedness` are the result of this command on
rendered frames of the test split.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from app.config import EstimatorConfig
from app.engine.engine import Engine
from app.engine.load import load_engine
from app.errors import DataError
from app.evaluation.annotated import AnnotatedFrames
from app.evaluation.report import print_json, print_table
from app.inference.crop_estimate import cut_crop, mirror_crop
from app.inference.handedness import WEIGHTS, side_features
from app.inference.timing import Stopwatch

JITTER_MM = 6.0  # of the crop's centre, per axis: about what segmentation leaves
STEPS = 4000  # of the fit
DECAY = 1e-3  # of the fitted weights


@dataclass(frozen=True, slots=True)
class SideScores:
    """Accuracies are shares of frames, 0..1."""

    frames: int
    accuracy: float  # with the weights in use
    accuracy_by_feature: dict[str, float]
    fitted_weights: dict[str, float]
    fitted_accuracy: float  # on the second half of the frames, fitted to the first

    def to_json(self) -> dict:
        """Plain values."""
        return asdict(self)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `handedness`."""
    parser.add_argument("file", type=Path, metavar="FILE.npz", help="annotated frames with `hand`")
    parser.add_argument("--weights", metavar="FILE", help="default: the shipped ones")
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Measure and print. Raises DataError, WeightsError."""
    annotated = AnnotatedFrames(args.file)
    features, right = collect(annotated, load_engine(args.weights))
    scores = score(features, right)
    if args.json:
        print_json(scores.to_json())
    else:
        _print(scores)
    return 0


def collect(annotated: AnnotatedFrames, engine: Engine) -> tuple[np.ndarray, np.ndarray]:
    """`side_features` of every frame [N, 4] and whether it shows a right hand, bool [N].

    Raises DataError where the frames do not say.
    """
    hands = annotated.hands
    if hands is None:
        raise DataError(f"{annotated.path} does not say which hand its frames show", "key `hand`")
    rng = np.random.default_rng(0)
    cube_mm = EstimatorConfig().cube_mm
    features, right = [], []
    for i, frame in enumerate(annotated):
        centre = annotated.joints_mm[i].mean(0) + rng.normal(0, JITTER_MM, 3)
        crop = cut_crop(frame, centre, cube_mm, Stopwatch())
        if crop is None:
            continue
        images = np.stack([crop.image, mirror_crop(crop).image])
        output = engine.estimate(images)
        features.append(
            side_features(images, output, engine.synthesise(output.z, crop.perspective))
        )
        right.append(hands[i] == "right")
    if len(set(right)) < 2:
        raise DataError(f"{annotated.path} needs frames of both hands")
    return np.array(features), np.array(right)


def score(features: np.ndarray, right: np.ndarray) -> SideScores:
    """features [N, 4], right bool [N]."""
    towards = features * np.where(right, 1.0, -1.0)[:, None]  # positive: for the true side
    half = len(towards) // 2
    fitted = fit_weights(towards[:half])
    names = list(WEIGHTS)
    return SideScores(
        frames=len(towards),
        accuracy=_share(towards @ np.array(list(WEIGHTS.values()))),
        accuracy_by_feature={n: _share(towards[:, k]) for k, n in enumerate(names)},
        fitted_weights={n: round(float(w), 3) for n, w in zip(names, fitted, strict=True)},
        fitted_accuracy=_share(towards[half:] @ fitted),
    )


def fit_weights(towards: np.ndarray) -> np.ndarray:
    """Logistic regression without a constant (the two sides are alike).

    Rows [N, K] point to the truth.

    The fitted sum is then the log odds of the side, which `SURE` and `SWITCH` are written in.
    """
    spread = towards.std(0) + 1e-9
    rows, weights = towards / spread, np.zeros(towards.shape[1])
    for _ in range(STEPS):
        wrong = 1 / (1 + np.exp(np.clip(rows @ weights, -50, 50)))
        weights += 0.5 * ((rows * wrong[:, None]).mean(0) - DECAY * weights)
    return weights / spread


def _share(values: np.ndarray) -> float:
    return round(float((values > 0).mean()), 4)


def _print(scores: SideScores) -> None:
    rows: list[tuple] = [("frames", scores.frames), ("accuracy", scores.accuracy)]
    rows += [(f"  by {n} alone", share) for n, share in scores.accuracy_by_feature.items()]
    rows += [(f"fitted weight of {n}", w) for n, w in scores.fitted_weights.items()]
    rows += [("accuracy with them, on the other half", scores.fitted_accuracy)]
    print_table(("", "value"), rows)
