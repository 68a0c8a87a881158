"""How well hands are found: `python -m app.evaluation.segmentation --help`.

On a recording with hand-checked centres (tests/data/centres_*.json), on a recording without a hand,
or on rendered scenes in which an elbow, a knee or an object is nearer than the hand.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.capture.registry import open_source
from app.command_line import OneLineParser, exit_code_of
from app.evaluation.report import print_json
from app.frames import CUBE_MM, DepthFrame, HandRegion
from app.geometry import unproject
from app.segmentation.blob import find_blob
from app.segmentation.crop import make_crop
from app.segmentation.heatmap import shipped_heatmap
from app.segmentation.locate import HandLocator
from app.segmentation.tracker import HandTracker
from app.synthetic.scenes.generator import SceneGenerator
from app.synthetic.scenes.options import Kind

WITHIN_MM = 60.0


@dataclass(frozen=True, slots=True)
class Found:
    """One frame: what was found and the centres that count as right (mm, camera frame)."""

    index: int
    region: HandRegion | None
    truths: list[np.ndarray] | None  # None: not checked by hand; empty: no hand

    @property
    def error_mm(self) -> float | None:
        """Distance to the nearest right centre; None where there is nothing to compare."""
        if self.region is None or not self.truths:
            return None
        return min(float(np.linalg.norm(self.region.centre_mm - truth)) for truth in self.truths)


def read_centres(path: Path) -> dict[int, list[tuple[list[float], float]]]:
    """Frame number -> [(pixel, depth in mm)] of the hands in it."""
    frames = json.loads(path.read_text())["frames"]
    return {f["frame"]: [(h["pixel"], h["depth_mm"]) for h in f["hands"]] for f in frames}


def best_of(regions: list[HandRegion]) -> HandRegion | None:
    """The first of them, if any."""
    return regions[0] if regions else None


def find_in_frames(
    frames: Iterable[tuple[DepthFrame, list[np.ndarray] | None]],
    locator: HandLocator,
    tracked: bool,
    times_ms: list[float],
) -> Iterator[Found]:
    """Each frame by itself, or with the tracker from one to the next.

    Unchecked frames are skipped unless tracked. Appends the time of each search to times_ms.
    """
    tracker = HandTracker(locator)
    for frame, truths in frames:
        if truths is None and not tracked:
            continue
        start = time.perf_counter()
        region = tracker.update(frame) if tracked else best_of(locator.locate(frame))
        times_ms.append(1e3 * (time.perf_counter() - start))
        yield Found(frame.index, region, truths)


def recorded(
    source: str, centres: dict | None
) -> Iterator[tuple[DepthFrame, list[np.ndarray] | None]]:
    """Every frame of a recording with its checked centres; without any, no frame shows a hand."""
    with open_source(source) as opened:
        for k, frame in enumerate(opened.depth_frames()):
            hands = [] if centres is None else centres.get(k)
            truths = hands and [
                unproject(np.array(pixel, float), depth, frame.intrinsics) for pixel, depth in hands
            ]
            yield frame, truths


def rendered(n: int, seed: int, kind: Kind) -> Iterator[tuple[DepthFrame, list[np.ndarray] | None]]:
    """Rendered scenes of one kind, of subjects and poses that training never draws."""
    generator = SceneGenerator(seed, "test", kinds={kind: 1.0}, strict=True)
    for i in range(n):
        scene = generator.frame(i)
        yield scene.as_frame(i), [] if scene.centre_mm is None else [scene.centre_mm]


def summarise(found: list[Found], times_ms: list[float]) -> dict:
    """Counts and figures of a run, ready for JSON."""
    with_hand = [f for f in found if f.truths]
    without = [f for f in found if f.truths is not None and not f.truths]
    errors = [f.error_mm for f in with_hand if f.error_mm is not None]
    right = sum(error <= WITHIN_MM for error in errors)
    return {
        "frames_with_hand": len(with_hand),
        "within_60_mm": right,
        "share": right / len(with_hand) if with_hand else None,
        "missed": [f.index for f in with_hand if f.region is None],
        "wrong": [f.index for f in with_hand if (f.error_mm or 0) > WITHIN_MM],
        "median_error_mm": float(np.median(errors)) if errors else None,
        "frames_without_hand": len(without),
        "false_hands": [f.index for f in without if f.region is not None],
        "median_ms": float(np.median(times_ms)) if times_ms else None,
    }


def measure_following(source: str, runs: int = 200) -> dict:
    """Median ms of following and of cropping in the recording's first frame."""
    frame = next(frame for frame, _ in recorded(source, None))
    region = best_of(HandLocator(shipped_heatmap()).locate(frame, min_score=0.0))
    if region is None:
        return {}
    times = np.zeros((runs, 2))
    for k in range(runs):
        start = time.perf_counter()
        find_blob(frame, region.centre_mm)
        middle = time.perf_counter()
        make_crop(frame, region.centre_mm, CUBE_MM)
        times[k] = middle - start, time.perf_counter() - middle
    follow, crop = 1e3 * np.median(times, 0)
    return {"follow_ms": float(follow), "crop_ms": float(crop)}


def main(arguments: list[str] | None = None) -> int:
    parser = OneLineParser(prog="python -m app.evaluation.segmentation", description=__doc__)
    parser.add_argument("source", nargs="?", help="a recording; without --centres: of no hand")
    parser.add_argument("--centres", type=Path, help="hand-checked centres of its frames")
    parser.add_argument("--tracked", action="store_true", help="with the tracker")
    parser.add_argument("--rendered", type=int, metavar="N", help="N rendered scenes instead")
    parser.add_argument("--kind", choices=("hand", "distractor", "none"), default="distractor")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--classical", action="store_true", help="without the network")
    options = parser.parse_args(arguments)
    if (options.source is None) == (options.rendered is None):
        parser.error("give either a recording or --rendered N")
    return exit_code_of(parser.prog, lambda: _run(options))


def _run(options: argparse.Namespace) -> int:
    locator = HandLocator(None if options.classical else shipped_heatmap())
    times_ms: list[float] = []
    if options.rendered is not None:
        frames = rendered(options.rendered, options.seed, options.kind)
        extra = {}
    else:
        frames = recorded(options.source, options.centres and read_centres(options.centres))
        extra = measure_following(options.source)
    found = list(find_in_frames(frames, locator, options.tracked, times_ms))
    print_json(summarise(found, times_ms) | extra)
    return 0


if __name__ == "__main__":
    sys.exit(main())
