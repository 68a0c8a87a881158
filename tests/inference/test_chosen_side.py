"""Of two hands in view the chosen one is followed, and the other is not called by its name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.config import EstimatorConfig
from app.frames import DepthFrame, HandRegion
from app.inference.pipeline import FramePipeline
from app.segmentation.tracker import HandTracker
from tests.inference.fakes import CAMERA, FakeEngine, empty_frame, hand_frame, mirrored_frame
from tests.inference.test_pipeline import make


def test_the_other_hand_is_not_called_by_the_name_of_the_chosen_one():
    pipeline = make(hand="left")
    result = pipeline.process(hand_frame())
    assert (result.hands, result.other_side) == ((), True)
    assert len(pipeline.tracker.passed) >= 1
    assert not make().process(hand_frame()).other_side
    assert not make(None, hand="left").process(empty_frame()).other_side


def two_hands(index: int, apart_mm: float = 300.0) -> DepthFrame:
    """A right hand on the left of the picture and a left one at its right, both 50 cm away."""
    right, left = (half_a_frame(index, side, apart_mm) for side in ("right", "left"))
    return replace(hand_frame(index), depth_raw=np.maximum(right, left))


def half_a_frame(index: int, side: str, apart_mm: float) -> np.ndarray:
    shift = round(apart_mm / 2 / 500 * CAMERA.fx) * (1 if side == "left" else -1)
    whole = (hand_frame if side == "right" else mirrored_frame)(index).depth_raw
    return np.roll(whole, shift - round(30 / 500 * CAMERA.fx), axis=1)


class TwoPlaces:
    """A locator that names the right hand first, the left one second."""

    def locate(self, frame, **options):
        return [HandRegion(np.array([x, -20, 500], np.float32), 0.9) for x in (-150.0, 150.0)]

    def follow(self, frame, previous_centre_mm, cube_mm):
        nearest = min(self.locate(frame), key=lambda r: abs(r.centre_mm - previous_centre_mm)[0])
        return replace(nearest, tracked=True)


@pytest.mark.parametrize(("side", "x_mm"), [("left", 150.0), ("right", -150.0)])
def test_of_two_hands_in_view_the_chosen_one_is_followed(side, x_mm):
    config = EstimatorConfig(hand=side)
    pipeline = FramePipeline(FakeEngine(), config, HandTracker(TwoPlaces()))
    hands = [pipeline.process(two_hands(i)).first for i in range(40)]
    assert [hand.hand for hand in hands] == [side] * 40
    assert all(abs(hand.joints_raw_mm[:, 0].mean() - x_mm) < 40 for hand in hands)


def test_another_hand_that_takes_the_place_of_the_chosen_one_is_noticed_soon():
    pipeline = make(hand="right")
    for i in range(40):
        pipeline.process(hand_frame(i))
    results = [pipeline.process(mirrored_frame(40 + i)) for i in range(12)]
    assert results[-1].other_side
    assert not results[-1].hands
