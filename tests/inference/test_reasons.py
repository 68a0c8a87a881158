"""What speaks against a hand, and how much of its confidence that leaves."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace

import numpy as np
import pytest

from app.capture.registry import open_source
from app.config import EstimatorConfig
from app.frames import DepthFrame, HandCrop, Intrinsics
from app.inference.camera_check import CameraCheck, Finding
from app.inference.pipeline import make_pipeline
from app.inference.reasons import RANGE_MM, UNSURE, Reason, ReasonKind, doubts, honest_confidence
from app.segmentation.tracker import SURE
from tests.inference.fakes import plain_hand

CAMERA = Intrinsics(640, 480, 475.0, 475.0, 319.5, 239.5)


def a_frame(reading_mm: int = 450) -> DepthFrame:
    return DepthFrame(0, 1, 0.0, 0.0, np.full((480, 640), reading_mm, np.uint16), CAMERA)


def a_hand(distance_mm: float = 450.0, x_mm: float = 0.0, **values):
    """Joints in a row, 8 mm from one to the next, across the line of sight."""
    joints = np.zeros((21, 3), np.float32)
    joints[:, 0] = x_mm + 8.0 * np.arange(-10, 11)
    joints[:, 2] = distance_mm
    return plain_hand(joints, **{"confidence": 0.95, **values})


def kinds(*told) -> list[ReasonKind]:
    return [reason.kind for reason in doubts(*told)]


def test_nothing_speaks_against_a_hand_in_the_middle_of_the_picture():
    assert doubts(a_frame(), a_hand()) == ()
    assert honest_confidence(a_hand(), ()) == pytest.approx(0.95)


@pytest.mark.parametrize(
    ("distance_mm", "kind"), [(120.0, ReasonKind.TOO_NEAR), (1800.0, ReasonKind.TOO_FAR)]
)
def test_a_hand_out_of_range_is_not_shown_as_a_good_one(distance_mm, kind):
    hand = a_hand(distance_mm)
    (reason,) = doubts(a_frame(round(distance_mm)), hand)
    assert reason.kind is kind
    assert f"{distance_mm / 10:.0f} cm" in reason.message
    assert honest_confidence(hand, [reason]) < SURE
    worse = a_hand(distance_mm + (distance_mm - np.mean(RANGE_MM)) / 20)
    assert honest_confidence(worse, doubts(a_frame(0), worse)) < reason.most


@pytest.mark.parametrize("distance_mm", RANGE_MM)
def test_the_ends_of_the_range_belong_to_it(distance_mm):
    assert kinds(a_frame(round(distance_mm)), a_hand(distance_mm)) == []


def test_the_more_joints_lie_outside_the_picture_the_less_is_believed():
    half_width_mm = 450.0 * 320 / 475
    left = []
    for outside in (1, 5, 11):
        hand = a_hand(x_mm=half_width_mm - 80 + 8 * outside - 4)
        (reason,) = doubts(a_frame(), hand)
        assert reason.kind is ReasonKind.CUT
        assert reason.message.startswith(f"{outside} of 21")
        left.append(honest_confidence(hand, [reason]))
    assert 0.95 > left[0] > left[1] > left[2]
    assert left[0] > SURE > left[1]


def test_joints_behind_the_camera_are_outside_the_picture():
    hand = a_hand()
    joints = hand.joints_raw_mm.copy()
    joints[:3, 2] = -10.0
    reason = doubts(a_frame(0), replace(hand, joints_raw_mm=joints))[0]
    assert (reason.kind, reason.message[:7]) == (ReasonKind.CUT, "3 of 21")


def test_a_thing_in_front_of_the_hand_is_told_and_the_hand_itself_is_not():
    depth = np.full((480, 640), 450, np.uint16)
    depth[:, 330:] = 300
    frame = replace(a_frame(), depth_raw=depth)
    (reason,) = doubts(frame, a_hand())
    assert reason.kind is ReasonKind.HIDDEN
    assert "9 of 21" in reason.message
    pointing = a_hand()
    joints = pointing.joints_raw_mm.copy()
    joints[0, 2] = 320.0  # a finger towards the camera, before the others
    assert doubts(frame, replace(pointing, joints_raw_mm=joints)) == ()


def test_no_reading_hides_nothing():
    assert kinds(a_frame(0), a_hand()) == []


def test_an_answer_that_does_not_look_like_the_picture_is_told():
    image = np.ones((128, 128), np.float32)
    image[32:96, 32:96] = 0.0
    crop = HandCrop(image, np.array([0, 0, 450], np.float32), 250.0, np.eye(3, dtype=np.float32))
    assert kinds(a_frame(), a_hand(crop=crop, synthesised=image)) == []
    other = np.where(image < 1, image + np.float32(0.39), 1.0)
    assert kinds(a_frame(), a_hand(crop=crop, synthesised=other)) == [ReasonKind.UNLIKE]


@pytest.mark.parametrize(("level", "green"), [("wrong", False), ("doubtful", False)])
def test_findings_of_the_camera_count_and_good_ones_do_not(level, green):
    hand = a_hand()
    told = [Finding("good", "fine"), Finding(level, "Focal length does not fit")]
    (reason,) = doubts(a_frame(), hand, told)
    assert (reason.kind, reason.message) == (ReasonKind.CAMERA, "Focal length does not fit")
    assert (honest_confidence(hand, [reason]) >= SURE) == green


def test_the_weightiest_comes_first_and_an_unsure_network_is_told_only_by_itself():
    unsure = a_hand(confidence=UNSURE - 0.1)
    assert kinds(a_frame(), unsure) == [ReasonKind.UNSURE]
    findings = [Finding("doubtful", "small"), Finding("wrong", "unit")]
    assert [r.message for r in doubts(a_frame(), unsure, findings)] == ["unit", "small"]


def test_reasons_never_raise_the_confidence():
    hand = a_hand(confidence=0.1)
    assert honest_confidence(hand, [Reason(ReasonKind.CUT, "", 0.7)]) == pytest.approx(0.1)


@pytest.mark.full
def test_nothing_speaks_against_the_demo_hand():
    pipeline, check = make_pipeline(EstimatorConfig()), CameraCheck()
    with closing(open_source("demo")) as source:
        source.open()
        frames = (frame for _ in range(150) if (frame := source.read()) is not None)
        for result in map(pipeline.process, frames):
            check.add(result)
            assert result.hands
            for hand in result.hands:
                assert not doubts(result.frame, hand, check.findings())
