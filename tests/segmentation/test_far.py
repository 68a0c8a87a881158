"""Hands too far away for the first search: a second one sees everything twice as near."""

from __future__ import annotations

import numpy as np
import pytest

from app.segmentation.canvas import FAR_MM as CLIPPED_MM
from app.segmentation.canvas import REFERENCE_MM, Canvas, make_canvas
from app.segmentation.locate import FAR_MM, FAR_SCORE, ZOOM, HandLocator, localiser_target
from app.segmentation.tracker import FAR_EVERY_S, HandTracker

from .conftest import frame_of, hand_depth, rays, sphere_depth

FAR_PALM = np.array([-110.0, 20.0, 1400.0])
TO_ELBOW = np.array([30.0, 300.0, 30.0])
TRAINED_MM = 900.0  # what the stand-in of the network knows


class NearSighted:
    """A heat map that knows one hand, and that only where it looks nearer than TRAINED_MM."""

    def __init__(self, palm_mm: np.ndarray):
        self.palm_mm, self.shapes = palm_mm, []

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        self.shapes.append(inputs.shape)
        depth = np.exp(inputs[0, 0]) * REFERENCE_MM * inputs[0, 1]
        zoom = float(np.round(self.palm_mm[2] / np.median(depth[depth > 0]), 1))
        answer = np.full((1, 2, inputs.shape[2] // 4, inputs.shape[3] // 4), -9.0, np.float32)
        if self.palm_mm[2] / zoom < TRAINED_MM:
            middle = [(inputs.shape[k] - 1) / 2 for k in (3, 2)]
            canvas = Canvas(depth, *middle, 120.0 * zoom)
            target = localiser_target(canvas, self.palm_mm)
            answer[0, 0] = target[0] * 16 - 8
            answer[0, 1] = target[1] - np.log(zoom) * (target[0] > 0.05)
        return answer


def sees_nothing(shapes: list):
    """A heat map without a hand, which notes what it is asked."""

    def answer(inputs: np.ndarray) -> np.ndarray:
        shapes.append(inputs.shape)
        return np.full((1, 2, inputs.shape[2] // 4, inputs.shape[3] // 4), -9.0, np.float32)

    return answer


@pytest.fixture
def alone(small):
    """A hand 1.4 m away and its forearm, nothing else."""
    depth = hand_depth(rays(small), FAR_PALM, FAR_PALM + TO_ELBOW)
    return frame_of(depth, small)


def test_a_far_hand_is_found_by_the_second_search(alone):
    network = NearSighted(FAR_PALM)
    (region,) = HandLocator(network, lambda crop: 1.0).locate(alone)
    assert np.linalg.norm(region.centre_mm - FAR_PALM) < 50
    assert region.score >= FAR_SCORE
    first, second = network.shapes
    assert second[2] * second[3] > 2 * first[2] * first[3]


def test_the_second_search_can_be_left_out_and_must_be_surer(alone):
    network = NearSighted(FAR_PALM)
    assert HandLocator(network, lambda crop: 1.0).locate(alone, far=False) == []
    assert len(network.shapes) == 1
    assert HandLocator(network, lambda crop: 0.5).locate(alone) == []


def test_where_something_is_found_or_nothing_is_far_there_is_no_second_search(small, alone):
    for z_mm, distance in ((500.0, "near"), (FAR_MM[1] + 300, "beyond reach")):
        shapes = []
        ball = sphere_depth(rays(small), np.array([0.0, 0.0, z_mm]), 80.0)
        assert HandLocator(sees_nothing(shapes)).locate(frame_of(ball, small)) == []
        assert len(shapes) == 1, distance
    near = np.array([0.0, 0.0, 600.0])
    depth = hand_depth(rays(small), near, near + TO_ELBOW)
    network = NearSighted(near)
    assert HandLocator(network).locate(frame_of(depth, small))
    assert len(network.shapes) == 1


def test_a_zoomed_canvas_is_finer_and_reaches_farther(small):
    frame = frame_of(np.full((240, 320), CLIPPED_MM + 1000), small)
    plain, zoomed = make_canvas(frame), make_canvas(frame, zoom=ZOOM)
    assert zoomed.focal == ZOOM * plain.focal
    assert zoomed.depth_mm.size > 3 * plain.depth_mm.size
    assert plain.depth_mm.max() == CLIPPED_MM
    assert zoomed.depth_mm.max() == pytest.approx(CLIPPED_MM + 1000)
    point = np.array([120.0, -60.0, 900.0])
    for canvas in (plain, zoomed):
        assert np.allclose(canvas.points(canvas.pixels(point), 900.0), point)


def test_the_tracker_looks_far_away_only_now_and_then(small):
    asked = []
    finder = HandLocator()
    finder.locate = lambda frame, far, **options: asked.append((frame.t_s, far)) or []
    tracker = HandTracker(finder)
    for k in range(31):
        tracker.update(frame_of(np.full((240, 320), 1200.0), small, k, k / 30))
    looks = [t_s for t_s, far in asked if far]
    assert looks[0] == 0.0
    assert 5 <= len(looks) <= 1 + 1 / FAR_EVERY_S
    asked.clear()
    for k in range(3):
        tracker.update(frame_of(np.full((240, 320), 1200.0), small, k, 10.0 + k))
    assert [far for _, far in asked] == [True] * 3
