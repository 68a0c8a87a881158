"""Pictures with gaps between their readings are filled, others are left as they are."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from app.capture.registry import open_source
from app.config import EstimatorConfig
from app.frames import DepthFrame, Intrinsics
from app.inference.pipeline import FramePipeline
from app.inference.single_frame import make_estimator
from app.segmentation.sparse import block_size, fill_sparse, is_sparse
from tests.inference.fakes import FakeEngine, FakeTracker, hand_frame
from tests.inference.test_pipeline import region

SAMPLE = Path(__file__).parents[2] / "samples" / "sr305_hand.bag"
CAMERA = Intrinsics(320, 240, 240.0, 240.0, 159.5, 119.5)


def slope(hole: bool = False) -> np.ndarray:
    """A plane that leans: 500 mm at the left, 820 at the right; `hole`: a disc without readings."""
    depth = np.repeat(500 + np.arange(320, dtype=np.uint16)[None], 240, 0)
    if hole:
        i, j = np.mgrid[:240, :320]
        depth[(i - 120) ** 2 + (j - 160) ** 2 < 60**2] = 0
    return depth


def a_frame(depth: np.ndarray) -> DepthFrame:
    return DepthFrame(0, 0, 0.0, 0.0, depth, CAMERA)


def grid(depth: np.ndarray, rows: int, columns: int, first: tuple[int, int] = (0, 0)):
    """Readings of every so many rows and columns only."""
    kept = np.zeros_like(depth)
    places = slice(first[0], None, rows), slice(first[1], None, columns)
    kept[places] = depth[places]
    return kept


def thin(depth: np.ndarray, share: float, seed: int = 0) -> np.ndarray:
    """Each reading is kept with this probability."""
    return np.where(np.random.default_rng(seed).random(depth.shape) < share, depth, 0).astype("u2")


def spread(depth: np.ndarray, scale: float) -> np.ndarray:
    """Moved point by point into a picture of another size."""
    size = [round(n * scale) for n in depth.shape]
    i, j = (
        np.minimum(np.round((np.arange(n) + 0.5) * scale - 0.5).astype(int), m - 1)
        for n, m in zip(depth.shape, size, strict=True)
    )
    out = np.zeros(size, np.uint16)
    out[i[:, None], j] = depth
    return out


GRIDS = [(1, 2), (2, 1), (2, 2), (2, 3), (3, 2), (3, 3), (1, 4), (4, 1)]
SHARES = [0.75, 0.5, 0.25, 1 / 6, 1 / 9]
SPARSE = [
    *[pytest.param(lambda d, g=g: grid(d, *g), id=f"grid {g}") for g in GRIDS],
    pytest.param(lambda d: grid(d, 3, 3, (1, 2)), id="grid (3, 3) from (1, 2)"),
    pytest.param(lambda d: grid(d, 2, 2, (1, 1)), id="grid (2, 2) from (1, 1)"),
    *[pytest.param(lambda d, s=s: thin(d, s), id=f"random {s:.2f}") for s in SHARES],
]


@pytest.mark.parametrize("make", SPARSE)
def test_gaps_are_closed_with_readings_from_near_by(make):
    filled = fill_sparse(a_frame(make(slope()))).depth_raw
    inside = filled[8:-8, 8:-8]
    assert (inside > 0).mean() > 0.94
    away = np.abs(inside.astype(int) - slope()[8:-8, 8:-8])[inside > 0]
    assert away.max() <= 9  # pixels, as the plane leans
    assert away.mean() < 2.5


@pytest.mark.parametrize("make", SPARSE)
def test_a_place_without_readings_keeps_its_size(make):
    whole = slope(hole=True)
    filled = fill_sparse(a_frame(make(whole))).depth_raw
    empty, before = np.count_nonzero(filled == 0), np.count_nonzero(whole == 0)
    assert 0.8 * before < empty < 1.4 * before


@pytest.mark.parametrize("scale", [1.25, 1.5, 2.0, 2.5, 3.0])
def test_a_picture_moved_into_a_larger_one_is_whole_again(scale):
    moved = spread(slope(), scale)
    assert is_sparse(moved)
    filled = fill_sparse(a_frame(moved)).depth_raw
    expected = 500 + (np.arange(filled.shape[1]) + 0.5) / scale - 0.5
    inside = filled[8:-8, 8:-8]
    assert (inside > 0).mean() > 0.99
    assert np.abs(inside - expected[8:-8]).max() <= 2


@pytest.mark.parametrize(
    ("make", "block"),
    [
        (lambda d: grid(d, 2, 3), (2, 3)),
        (lambda d: grid(d, 1, 4), (1, 4)),
        (lambda d: thin(d, 1 / 9), (3, 3)),
        (lambda d: thin(d, 1 / 4), (2, 2)),
        (lambda d: thin(d, 0.5), (1, 1)),
        (np.zeros_like, (1, 1)),
        (lambda d: d[:8, :8], (1, 1)),
    ],
)
def test_a_block_is_as_large_as_the_gaps(make, block):
    assert block_size(make(slope())) == block


def dense() -> list[np.ndarray]:
    """What usual cameras give, noise and silhouettes in it, and little of anything."""
    with open_source(str(SAMPLE)) as source:
        real = [frame.depth_raw for frame in islice(source.depth_frames(), 3)]
    half, alone, dot = real[0][::2, ::2], hand_frame().depth_raw, np.zeros((240, 320), np.uint16)
    dot[100:104, 100:104] = 500
    edges = np.zeros((240, 320), np.uint16)
    edges[:, :40] = 500
    return [*real, half, alone, dot, edges, slope(True), thin(slope(True), 0.95), dot * 0]


def test_a_usual_picture_is_left_as_it_is():
    for depth in dense():
        frame = a_frame(depth)
        assert fill_sparse(frame) is frame


def test_the_pipeline_looks_into_the_filled_picture_and_gives_back_the_sensors():
    shown = []
    tracker = FakeTracker(region(tracked=False))
    tracker.update = lambda frame: shown.append(frame) or region(tracked=False)
    sparse = replace(hand_frame(), depth_raw=grid(hand_frame().depth_raw, 2, 2))
    result = FramePipeline(FakeEngine(), tracker=tracker).process(sparse)
    assert result.frame.depth_raw is sparse.depth_raw
    gained = np.count_nonzero(shown[0].depth_raw) / np.count_nonzero(sparse.depth_raw)
    assert 3.5 < gained < 4.5
    assert np.count_nonzero(result.first.crop.image < 1) > 1000


@pytest.mark.parametrize(
    "make", [lambda d: grid(d, 2, 2), lambda d: grid(d, 3, 3), lambda d: thin(d, 0.5)]
)
def test_a_real_hand_is_found_and_measured_as_in_the_full_picture(make, sample_hands):
    estimator, frames, whole = sample_hands
    for frame, hand in zip(frames, whole, strict=True):
        found = estimator.find(replace(frame, depth_raw=make(frame.depth_raw)))
        assert found is not None
        away = np.linalg.norm(found.joints_mm - hand.joints_mm, axis=1)
        assert away.mean() < 10


@pytest.fixture(scope="module")
def sample_hands():
    """(estimator, frames of the sample, their hands)."""
    with open_source(str(SAMPLE)) as source:
        frames = list(islice(source.depth_frames(), 0, 6, 2))
    estimator = make_estimator(EstimatorConfig())
    return estimator, frames, [estimator.find(frame) for frame in frames]
