"""What is said of a camera's numbers, right and wrong ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.capture.camera_presets import corrected_frame
from app.frames import ColourImage, DepthFrame, Frame, FrameResult, Intrinsics
from app.inference.camera_check import ENOUGH, CameraCheck
from app.inference.camera_trial import (
    BELIEVED,
    SIZE_SPREAD,
    Trial,
    best_unit,
    likely_camera,
    try_units,
)
from app.skeleton import MEAN_HAND_MM
from tests.inference.fakes import plain_hand

CAMERA = Intrinsics(640, 480, 475.0, 475.0, 319.5, 239.5)
PICTURE = ColourImage(np.zeros((48, 64, 3), np.uint8), Intrinsics(64, 48, 60.0, 60.0, 32.0, 24.0))


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
        ({"fx": 2200.0, "fy": 2200.0}, "Focal length"),
        ({"fx": 120.0, "fy": 120.0}, "Focal length"),
        ({"fy": 300.0}, "square"),
        ({"cx": 20.0}, "centre"),
    ],
)
def test_a_lens_that_no_camera_has_is_wrong(change, word):
    worst = told(FrameResult(a_frame(camera=replace(CAMERA, **change))))[0]
    assert worst.level == "wrong"
    assert word in worst.text


@pytest.mark.parametrize(
    ("change", "level"),
    [
        ({"fx": 600.0, "fy": 600.0}, "good"),  # 56 degrees
        ({"fx": 1000.0, "fy": 1000.0}, "doubtful"),  # 35 degrees
        ({"fx": 190.0, "fy": 190.0}, "doubtful"),  # 119 degrees
        ({"fy": 440.0}, "doubtful"),
        ({"fx": 475.0, "fy": 490.0}, "good"),
        ({"cx": 319.5 + 0.15 * 640}, "doubtful"),
        ({"cy": 239.5 - 0.15 * 480}, "doubtful"),
        ({"cy": 239.5 + 0.3 * 480}, "wrong"),
        ({"cx": 319.5 - 0.08 * 640, "cy": 239.5 + 0.08 * 480}, "good"),
    ],
)
def test_a_lens_that_few_cameras_have_is_doubtful(change, level):
    assert told(FrameResult(a_frame(camera=replace(CAMERA, **change))))[0].level == level


def test_the_optical_centre_is_put_in_the_middle_of_the_picture():
    bad = a_frame(camera=replace(CAMERA, cx=20.0, cy=30.0))
    fix = told(FrameResult(bad))[0].fix
    assert (fix.cx, fix.cy, fix.fx) == (319.5, 239.5, 475.0)


def test_the_worst_is_said_first():
    bad = replace(CAMERA, cx=319.5 + 0.15 * 640, fx=2200.0, fy=2200.0)
    levels = [finding.level for finding in told(FrameResult(a_frame(camera=bad)))]
    assert levels == ["wrong", "doubtful"]


def test_frames_without_a_sure_hand_are_counted_and_a_new_source_begins_anew():
    check = CameraCheck()
    for result in (FrameResult(a_frame()), a_hand(190.0), FrameResult(a_frame())):
        check.add(result)
    assert check.unseen == 1
    check.add(FrameResult(Frame(3, 1, 0.1, 0.1, colour=PICTURE)))  # nothing can be said of it
    assert check.unseen == 1
    for _ in range(ENOUGH):
        check.add(a_hand(250.0))
    assert check.hand_mm == pytest.approx(250.0)
    assert (check.findings()[0].level, check.unseen) == ("wrong", 0)
    check.reset()
    assert (check.hand_mm, check.findings()) == (None, [])


@pytest.mark.parametrize(
    ("distance_mm", "level"),
    [(110.0, "wrong"), (130.0, "good"), (1500.0, "good"), (1700.0, "wrong")],
)
def test_a_hand_of_human_size_out_of_reach_tells_of_the_unit(distance_mm, level):
    (finding,) = told(*[a_hand(190.0, distance_mm)] * ENOUGH)
    assert finding.level == level
    assert ("unit" in finding.text) == (level == "wrong")
    assert ("a normal hand size" in finding.text) == (level == "good")


@pytest.mark.parametrize(("size_mm", "cure"), [(225.0, "Longer"), (135.0, "Shorter")])
def test_the_cure_says_which_way(size_mm, cure):
    worst = told(*[a_hand(size_mm)] * ENOUGH)[0]
    assert worst.fix_text.startswith(cure)
    assert worst.fix.fy == pytest.approx(475.0 * size_mm / MEAN_HAND_MM)
    times = max(size_mm / MEAN_HAND_MM, MEAN_HAND_MM / size_mm)
    assert f"{times:.1f}×" in worst.text


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


def test_a_hand_of_unusual_size_scores_less():
    usual = Trial(1.0, 0.9, MEAN_HAND_MM, 400.0)
    assert usual.score == pytest.approx(0.9)
    for times in (np.exp(SIZE_SPREAD), np.exp(-SIZE_SPREAD)):
        odd = replace(usual, hand_mm=MEAN_HAND_MM * times)
        assert odd.score == pytest.approx(0.9 * np.exp(-0.5))
    assert best_unit([replace(usual, confidence=BELIEVED)]) is not None
    assert best_unit([replace(usual, confidence=BELIEVED - 0.01)]) is None


def test_a_trial_tells_size_and_distance():
    trials = try_units(None, a_frame(), (0.125, 1.0), make=OneUnitEstimator)
    assert (trials[0].hand_mm, trials[0].distance_mm) == (pytest.approx(185.0), 450.0)
    assert trials[1] == Trial(1.0, 0.0, 0.0, 0.0)


def test_what_is_hardly_a_hand_is_not_believed():
    assert best_unit([Trial(0.2, 0.4, 258.0, 1000.0)]) is None
    assert best_unit([]) is None


class TrueCamera:
    """Sees a hand of the mean size under one unit and focal length, and of others by the rule."""

    def __init__(self, unit_mm: float, fx: float):
        self.unit_mm, self.fx = unit_mm, fx

    def __call__(self, engine, config):
        self.camera = config.camera
        return self

    def find(self, frame, least_score):
        seen = corrected_frame(frame, self.camera)
        size = seen.depth_unit_mm / self.unit_mm * self.fx / seen.intrinsics.fx
        if not 0.6 < size < 1.4 or not 0.5 < seen.depth_unit_mm / self.unit_mm < 2:
            return None
        return a_hand(size * MEAN_HAND_MM, 400.0, seen).first


@pytest.mark.parametrize("unit_mm", [0.1, 0.125, 0.25, 10.0])
def test_the_likely_unit_is_told_with_its_cure(unit_mm):
    finding = likely_camera(None, [a_frame(), a_frame()], TrueCamera(unit_mm, CAMERA.fx))
    assert (finding.level, finding.fix.depth_unit_mm) == ("wrong", unit_mm)
    assert f"{unit_mm:g} mm" in finding.text
    assert f"{MEAN_HAND_MM:.0f} mm" in finding.text


@pytest.mark.parametrize("factor", [1 / 3, 0.5, 2.0])
def test_the_likely_focal_length_is_told_where_no_unit_does(factor):
    finding = likely_camera(None, [a_frame()], TrueCamera(1.0, CAMERA.fx * factor))
    assert finding.fix.fx == pytest.approx(CAMERA.fx * factor)
    assert finding.fix.depth_unit_mm == 1.0
    assert f"{CAMERA.fx * factor:.0f} px" in finding.text


def test_numbers_that_do_as_well_as_any_are_not_complained_of():
    assert likely_camera(None, [a_frame()], TrueCamera(1.0, CAMERA.fx)) is None
    assert likely_camera(None, [a_frame()], TrueCamera(1.1, CAMERA.fx)) is None
    assert likely_camera(None, [a_frame()], TrueCamera(70.0, CAMERA.fx)) is None
