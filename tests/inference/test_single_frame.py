"""One frame by itself: at a place, or where a hand is found; nothing is remembered."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.config import CameraConfig, EstimatorConfig
from app.frames import HandRegion
from app.inference import single_frame
from app.inference.crop_estimate import estimate_both_sides
from app.inference.single_frame import FrameEstimator
from tests.inference.fakes import CENTRE_MM, FakeEngine, empty_frame, hand_frame, mirrored_frame


class Locator:
    """Finds a hand at these places, the best first."""

    def __init__(self, *regions: HandRegion):
        self.regions, self.cubes = list(regions), []

    def locate(self, frame, cube_mm):
        self.cubes.append(cube_mm)
        return self.regions


def make(*places_mm, score: float = 0.9, **config) -> FrameEstimator:
    regions = [HandRegion((CENTRE_MM + place).astype(np.float32), score) for place in places_mm]
    return FrameEstimator(FakeEngine(), EstimatorConfig(**config), Locator(*regions))


HERE, ASIDE = np.zeros(3), np.array([40.0, 0, 0])


def test_a_place_is_cropped_exactly_there():
    estimator = make()
    hand = estimator.estimate_at(hand_frame(), CENTRE_MM + ASIDE)
    assert np.allclose(hand.crop.centre_mm, CENTRE_MM + ASIDE)
    assert len(estimator.engine.batches) == 1
    assert np.array_equal(hand.joints_mm, hand.joints_raw_mm)
    assert (hand.track, hand.region) == (0, None)


def test_a_find_is_cropped_again_round_its_joints():
    hand = make(ASIDE, HERE).find(hand_frame())
    assert np.linalg.norm(hand.crop.centre_mm - CENTRE_MM) < 0.5 * np.linalg.norm(ASIDE)


def test_nothing_found_or_too_little_is_no_hand():
    assert make().find(hand_frame()) is None
    estimator = make(HERE, score=0.4)
    assert estimator.find(hand_frame(), 0.5) is None
    assert estimator.find(hand_frame(), 0.4) is not None


def test_what_the_network_takes_for_no_hand_is_none():
    assert make().estimate_at(empty_frame(), CENTRE_MM) is None
    assert make(min_presence=0.995).estimate_at(hand_frame(), CENTRE_MM) is None
    estimator = make(HERE)
    estimator.engine.broken = True
    assert estimator.find(hand_frame()) is None


def test_frames_know_nothing_of_each_other():
    estimator = make(HERE)
    frames = [hand_frame(0), mirrored_frame(1), hand_frame(2), hand_frame(2, t_s=-3.0)]
    hands = [estimator.find(frame) for frame in frames]
    assert [hand.hand for hand in hands] == ["right", "left", "right", "right"]
    for k in (2, 3):
        assert np.array_equal(hands[k].joints_mm, hands[0].joints_mm)
        assert hands[k].confidence == hands[0].confidence


def test_side_size_and_camera_are_the_configurations():
    estimator = make(HERE, hand="left", hand_scale=1.2, cube_mm=200.0)
    hand = estimator.find(mirrored_frame())
    assert (hand.hand, hand.crop.cube_mm) == ("left", 240.0)
    assert estimator.locator.cubes == [200.0]
    assert estimator.find(hand_frame()) is None  # not called left
    doubled = replace(hand_frame(), depth_unit_mm=0.5)
    seen = make(camera=CameraConfig(depth_unit_mm=1.0)).estimate_at(doubled, CENTRE_MM)
    plain = make().estimate_at(hand_frame(), CENTRE_MM)
    assert np.array_equal(seen.joints_mm, plain.joints_mm)


@pytest.mark.parametrize(("evidence", "hand"), [(0.1, "right"), (-0.1, "left")])
def test_little_evidence_decides_the_side_too(monkeypatch, evidence, hand):
    def weighed(*given):
        return *estimate_both_sides(*given)[:2], evidence

    monkeypatch.setattr(single_frame, "estimate_both_sides", weighed)
    assert make().estimate_at(hand_frame(), CENTRE_MM).hand == hand
