"""The shipped localiser on the sample recording and on rendered scenes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from app.errors import WeightsError
from app.evaluation.segmentation import (
    find_in_frames,
    read_centres,
    recorded,
    rendered,
    summarise,
)
from app.segmentation.heatmap import GRAPH, OnnxHeatmap, shipped_heatmap
from app.segmentation.locate import HandLocator
from app.segmentation.tracker import HandTracker
from app.synthetic.scenes.generator import SceneGenerator

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "samples" / "sr305_hand.bag"
CENTRES = ROOT / "tests" / "data" / "centres_sr305.json"


@pytest.fixture(scope="module")
def locator():
    return HandLocator(shipped_heatmap())


def score(frames, locator, tracked=False) -> dict:
    return summarise(list(find_in_frames(frames, locator, tracked, [])), [])


@pytest.mark.parametrize("tracked", [False, True])
def test_hands_of_the_sample_recording(locator, tracked):
    result = score(recorded(str(SAMPLE), read_centres(CENTRES)), locator, tracked)
    assert result["frames_with_hand"] == 19
    assert result["within_60_mm"] >= 18


def test_sample_recording_without_the_network():
    result = score(recorded(str(SAMPLE), read_centres(CENTRES)), HandLocator())
    assert result["within_60_mm"] >= 16


def test_checked_centres_lie_on_the_recorded_surface():
    """Each was read from the map: a reading of that depth is at that pixel."""
    centres = read_centres(CENTRES)
    with_truth = list(recorded(str(SAMPLE), centres))
    assert len(with_truth) == len(centres) == 19
    for k, (frame, truths) in enumerate(with_truth):
        (pixel, depth_mm), truth = centres[k][0], truths[0]
        column, row = pixel
        patch = frame.depth_mm[row - 3 : row + 4, column - 3 : column + 4]
        assert np.median(patch[patch > 0]) == pytest.approx(depth_mm, abs=0.1)
        assert truth[2] == depth_mm


def test_the_hand_is_found_though_something_is_nearer(locator):
    result = score(rendered(40, 3, "distractor"), locator)
    assert result["within_60_mm"] >= 34


def test_rooms_and_people_without_a_hand(locator):
    result = score(rendered(40, 3, "none"), locator)
    assert len(result["false_hands"]) <= 6


@pytest.mark.full
@pytest.mark.parametrize("kind", ["distractor", "hand"])
def test_500_rendered_frames(locator, kind):
    assert score(rendered(500, 7, kind), locator)["share"] >= 0.9


def test_a_scene_is_followed_while_the_camera_moves(locator):
    """The rendered hand shifts by a pixel or two a frame: followed, not searched anew."""
    scene = SceneGenerator(5, "test", kinds={"hand": 1.0}, cameras=("sr305",), strict=True).frame(1)
    tracker = HandTracker(locator)
    frame = scene.as_frame()
    regions = []
    for k in range(6):
        raw = np.roll(frame.depth_raw, 3 * k, 1)
        moved = type(frame)(k, 0, k / 30, k / 30, raw, frame.intrinsics, frame.depth_unit_mm)
        regions.append(tracker.update(moved))
    shift = 15 * scene.centre_mm[2] / scene.intrinsics.fx
    assert np.linalg.norm(regions[0].centre_mm - scene.centre_mm) < 60
    moved_by = regions[-1].centre_mm - regions[0].centre_mm
    np.testing.assert_allclose(moved_by, [shift, 0, 0], atol=8)
    assert [r.tracked for r in regions] == [False] + [True] * 5


def test_network_is_there_and_a_damaged_one_is_an_error(tmp_path):
    assert shipped_heatmap() is not None
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(GRAPH.read_bytes()[:5000])
    for path in (broken, tmp_path / "missing.onnx"):
        with pytest.raises(WeightsError, match="usable localiser"):
            OnnxHeatmap(path)


def test_network_takes_any_canvas(locator):
    for height, width in ((96, 128), (144, 176), (192, 256)):
        answer = locator.heatmap(np.zeros((1, 2, height, width), np.float32))
        assert answer.shape == (1, 2, height // 4, width // 4)
        assert np.isfinite(answer).all()
