"""What is said of a camera's numbers, right and wrong ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.capture.camera_presets import corrected_frame
from app.frames import DepthFrame, FrameResult, Intrinsics
from app.inference.camera_check import ENOUGH, CameraCheck
from app.inference.camera_trial import Trial, best_unit, try_units
from app.skeleton import MEAN_HAND_MM
from tests.inference.fakes import plain_hand

CAMERA = Intrinsics(640, 480, 475.0, 475.0, 319.5, 239.5)


def a_frame(unit_mm: float = 1.0, camera: Intrinsics = CAMERA, raw: int = 900) -> DepthFrame:
    return DepthFrame(0, 1, 0.0, 0.0, np.full((480, 640), raw, np.uint16), camera, unit_mm)


def a_hand(size_mm: float, distance_mm: float = 450.0, frame: DepthFrame | None = None):
    joints = np.zeros((21, 3), np.float32)
    joints[[0, 9, 10, 11, 12], 1] = np.linspace(0, size_mm, 5)
    joints[:, 2] = distance_mm
    return FrameResult(frame or a_frame(), (plain_hand(joints),))


def told(*results: FrameResult) -> list:
    check = CameraCheck()
    for result in results:
        check.add(result)
    return check.findings()


def test_before_any_frame_nothing_is_said():
    assert CameraCheck().findings() == []


def test_a_usual_hand_is_good():
    (finding,) = told(*[a_hand(190.0)] * ENOUGH)
    assert finding.level == "good"
    assert "190 mm" in finding.text
    assert "45 cm" in finding.text


def test_without_a_hand_it_asks_for_one():
    (finding,) = told(FrameResult(a_frame()))
    assert finding.level == "good"
    assert "show a hand" in finding.text


@pytest.mark.parametrize(
    ("size_mm", "level"), [(225.0, "doubtful"), (260.0, "wrong"), (100.0, "wrong")]
)
def test_a_hand_of_no_human_size_is_told_with_a_cure(size_mm, level):
    worst = told(*[a_hand(size_mm)] * ENOUGH)[0]
    assert worst.level == level
    assert ("large" in worst.text) == (size_mm > MEAN_HAND_MM)
    # seen size goes with 1 / focal length: the cure makes it the mean hand's
    assert size_mm * 475.0 / worst.fix.fx == pytest.approx(MEAN_HAND_MM, rel=1e-3)
    assert worst.fix.depth_unit_mm == 1.0


def test_a_few_hands_are_not_enough_and_unsure_ones_do_not_count():
    sure = a_hand(300.0)
    unsure = FrameResult(sure.frame, (replace(sure.first, confidence=0.3),))
    assert told(*[unsure] * 50, *[a_hand(300.0)] * (ENOUGH - 1))[0].level == "good"


def test_one_wild_hand_among_many_does_not_count():
    assert told(*[a_hand(190.0)] * ENOUGH, a_hand(400.0))[0].level == "good"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"fx": 2200.0, "fy": 2200.0}, "across"),
        ({"fx": 120.0, "fy": 120.0}, "across"),
        ({"fy": 300.0}, "square"),
        ({"cx": 20.0}, "centre"),
    ],
)
def test_a_lens_that_no_camera_has_is_wrong(change, word):
    worst = told(FrameResult(a_frame(camera=replace(CAMERA, **change))))[0]
    assert worst.level == "wrong"
    assert word in worst.text


def test_the_cure_of_an_optical_centre_is_a_cure():
    bad = a_frame(camera=replace(CAMERA, cx=20.0))
    fix = told(FrameResult(bad))[0].fix
    assert told(FrameResult(corrected_frame(bad, fix)))[0].level == "good"


@pytest.mark.parametrize(("unit_mm", "word"), [(0.1, "small"), (20.0, "large")])
def test_a_scene_out_of_reach_names_the_unit(unit_mm, word):
    worst = told(FrameResult(a_frame(unit_mm)))[0]
    assert worst.level == "wrong"
    assert f"too {word}" in worst.text


def test_an_empty_picture_is_no_error_of_the_unit():
    assert told(FrameResult(a_frame(raw=0)))[0].level == "doubtful"


class OneUnitEstimator:
    """Sees a hand under a unit of 0.125 mm, and one too small under 0.1."""

    def __init__(self, engine, config):
        self.unit_mm = config.camera.depth_unit_mm

    def find(self, frame, least_score):
        size_mm = {0.125: 185.0, 0.1: 148.0}.get(self.unit_mm)
        return None if size_mm is None else a_hand(size_mm, frame=frame).first


def test_the_unit_with_a_hand_of_human_size_wins():
    trials = try_units(None, a_frame(), make=OneUnitEstimator)
    assert [t.unit_mm for t in trials[:2]] == [0.125, 0.1]
    assert best_unit(trials).unit_mm == 0.125
    assert trials[-1].score == 0


def test_what_is_hardly_a_hand_is_not_believed():
    assert best_unit([Trial(0.2, 0.4, 258.0, 1000.0)]) is None
    assert best_unit([]) is None
