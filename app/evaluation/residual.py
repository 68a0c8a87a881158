"""How well synthesised maps explain the hands of a recording without labels.

`python -m app.evaluation residual RECORDING --weights A B`, for each weights file.

The crops are those that the first weights find, the same for every file, so that the figures
compare. This is what `python -m app.training --adapt` must lower on frames it has not learnt from.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from app.engine.engine import Engine
from app.engine.load import load_engine
from app.evaluation.report import print_json, print_table
from app.frames import BACKGROUND
from app.inference.handedness import CLIP, map_residual
from app.resources import SHIPPED_WEIGHTS

BATCH = 32
HALF_MM = 125.0  # of a cube of the usual size


@dataclass(frozen=True, slots=True)
class Residuals:
    """Means over the crops, mm of a 250 mm cube; a pixel counts at most CLIP half cubes."""

    crops: int
    whole_mm: float  # over all pixels that either map calls hand or thing
    inside_mm: float  # over the synthesised hand's own pixels
    uncovered: float  # share of the synthesised hand's pixels where the camera saw nothing


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `residual`."""
    parser.add_argument("recording", metavar="RECORDING", help="a SOURCE without labels")
    parser.add_argument(
        "--weights", nargs="+", type=Path, metavar="FILE", help="default: the shipped ones"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Measure and print. Raises CaptureError, DataError, WeightsError."""
    from app.inference.recorded_crops import read_recording

    files = args.weights or [SHIPPED_WEIGHTS]
    found = read_recording(args.recording, files[0], 0, refine=0)
    crops = found.crops.astype(np.float32)
    scores = {path: measure(crops, found.perspective, load_engine(path)) for path in files}
    if args.json:
        print_json({str(path): asdict(score) for path, score in scores.items()})
        return 0
    rows = [
        (path.name, s.crops, s.whole_mm, s.inside_mm, s.uncovered) for path, s in scores.items()
    ]
    print_table(("weights", "crops", "residual mm", "inside mm", "uncovered"), rows)
    return 0


def measure(crops: np.ndarray, perspective: np.ndarray, engine: Engine) -> Residuals:
    """crops: float32 [n, 128, 128], right hands; perspective [n] of each."""
    rows = []
    for first in range(0, len(crops), BATCH):
        images = crops[first : first + BATCH]
        maps = engine.synthesise(engine.estimate(images).z, perspective[first : first + BATCH])
        for image, synthesised in zip(images, maps, strict=True):
            hand = synthesised < BACKGROUND
            off = np.minimum(np.abs(image - synthesised), CLIP)[hand]
            inside = float(off.mean()) if hand.any() else CLIP
            empty = float((image[hand] >= BACKGROUND).mean()) if hand.any() else 1.0
            rows.append((map_residual(image, synthesised), inside, empty))
    whole, inside, empty = np.mean(rows, axis=0)
    return Residuals(
        len(crops), round(whole * HALF_MM, 3), round(inside * HALF_MM, 3), round(float(empty), 4)
    )
