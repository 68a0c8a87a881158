"""Crops of the hand in a recording without labels: what `--adapt` learns from.

They are found as in live use: segmentation follows the hand, the network confirms it, tells left
from right and centres the crop. Left hands are mirrored.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from app.capture.base import DepthSource
from app.capture.registry import open_source
from app.config import EstimatorConfig
from app.data.sample import IMAGE_SIZE
from app.data.source import Arrays, Layout
from app.errors import DataError, EndedEarly
from app.frames import Frame, FrameResult
from app.inference.run_check import RunCheck

LIMIT_BYTES = 512 << 20  # of crops in memory; of a longer recording every 2nd, 4th, ... is kept
ENDLESS_FRAMES = 3000  # of a camera or the demo
REFINE = 5  # steps of each answer
STORED = np.float16  # steps of 0.06 mm in a cube of 250 mm


class Finder(Protocol):
    """`app.inference.pipeline.FramePipeline`, or what stands in for it."""

    def process(self, frame: Frame) -> FrameResult: ...


@dataclass
class RecordedCrops:
    """Crops [n, 128, 128] of right hands (left ones mirrored), given endlessly.

    Every epoch has another order.
    """

    crops: np.ndarray
    perspective: np.ndarray  # float32 [n]: half the cube over its distance from the camera
    z: np.ndarray  # float32 [n, D]: what the weights say of each, refined
    seed: int
    summary: str  # one line for the user
    name: str = ""  # of the recording
    layout: Layout = field(init=False)

    def __post_init__(self) -> None:
        self.layout = {
            "images": ((IMAGE_SIZE, IMAGE_SIZE), "float32"),
            "perspective": ((), "float32"),
            "z": (self.z.shape[1:], "float32"),
        }

    def arrays(self, start: int, n: int) -> Arrays:
        epochs, places = np.divmod(np.arange(start, start + n), len(self.crops))
        orders = {int(e): self._order(int(e)) for e in np.unique(epochs)}
        chosen = [orders[int(e)][p] for e, p in zip(epochs, places, strict=True)]
        return {
            "images": self.crops[chosen].astype(np.float32),
            "perspective": self.perspective[chosen],
            "z": self.z[chosen],
        }

    def _order(self, epoch: int) -> np.ndarray:
        return np.random.default_rng([self.seed, 19, epoch]).permutation(len(self.crops))


class Thinned:
    """Keeps at most `limit` of the items it is given, evenly spaced from the first."""

    def __init__(self, limit: int):
        self.limit, self.step, self.count = limit, 1, 0
        self.items: list[Any] = []

    def add(self, item: Any) -> None:
        if self.count % self.step == 0:
            if len(self.items) == self.limit:
                self.items, self.step = self.items[::2], 2 * self.step
            if self.count % self.step == 0:
                self.items.append(item)
        self.count += 1


def read_recording(spec: str, weights: Path, seed: int, refine: int = REFINE) -> RecordedCrops:
    """Every hand that these weights find in a SOURCE, each answer refined by so many steps.

    Raises CaptureError, WeightsError, DataError where there is none, or none to be believed: a
    wrong depth unit teaches nonsense.
    """
    from app.engine.load import load_engine
    from app.inference.pipeline import FramePipeline

    config = EstimatorConfig(weights=str(weights), refine=refine)
    pipeline = FramePipeline(load_engine(weights, "torch"), config, synthesise=False)
    check = RunCheck(pipeline.engine)
    return collect_crops(open_source(spec), pipeline, spec, seed, check=check)


def collect_crops(
    source: DepthSource,
    finder: Finder,
    spec: str,
    seed: int,
    limit_bytes: int = LIMIT_BYTES,
    check: RunCheck | None = None,
) -> RecordedCrops:
    """As `read_recording`. Of a recording that is damaged part-way what comes before counts.

    check: is shown every result, and may refuse the recording.
    """
    size = IMAGE_SIZE * IMAGE_SIZE * np.dtype(STORED).itemsize
    found = Thinned(max(limit_bytes // size, 2))
    frames, damage = 0, ""
    try:
        for frame in _frames(source):
            frames += 1
            result = finder.process(frame)
            if check is not None:
                check.add(result)
            for hand in result.hands:
                crop = hand.crop
                found.add((crop.image.astype(STORED), np.float32(crop.perspective), hand.z))
    except EndedEarly as error:
        damage = f"; the recording {error.message}"
    finally:
        source.close()
    name = Path(spec).name
    refusal = "" if check is None else check.refusal()
    if not found.items:
        raise DataError(f"no hand found in {name}: {frames} frames{damage}", refusal)
    if refusal:
        raise DataError(f"nothing can be learnt from {name}", refusal)
    crops, perspective, z = (np.stack(part) for part in zip(*found.items, strict=True))
    thinned = f" (kept {len(crops)})" if len(crops) < found.count else ""
    summary = f"{name}: a hand in {found.count} of {frames} frames{thinned}{damage}"
    return RecordedCrops(crops, perspective, z, seed, summary, name)


def _frames(source: DepthSource) -> Iterator[Frame]:
    endless = source.open().kind in ("camera", "demo")
    yield from islice(source.frames(), ENDLESS_FRAMES if endless else None)
