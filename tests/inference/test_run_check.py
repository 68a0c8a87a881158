"""What a run without a window says about its results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.frames import DepthFrame, Frame, FrameResult, Intrinsics
from app.inference.camera_check import Finding
from app.inference.run_check import TRIED, RunCheck
from tests.inference.fakes import plain_hand

CAMERA = Intrinsics(640, 480, 475.0, 475.0, 319.5, 239.5)
UNIT = Finding("wrong", "The depth unit looks wrong", None, "Use 1 mm")


def a_frame(index: int = 0, reading_mm: int = 450) -> DepthFrame:
    depth = np.full((480, 640), reading_mm, np.uint16)
    return DepthFrame(index, 0, index / 30, 0.0, depth, CAMERA)


def seen(index: int = 0, distance_mm: float = 450.0, size_mm: float = 188.0, **values):
    """A frame with a hand whose middle finger points down."""
    joints = np.zeros((21, 3), np.float32)
    joints[[0, 9, 10, 11, 12], 1] = np.linspace(0, size_mm, 5)
    joints[:, 2] = distance_mm
    hand = plain_hand(joints, **{"confidence": 0.95, **values})
    return FrameResult(a_frame(index, round(distance_mm)), (hand,))


def unseen(index: int = 0, reading_mm: int = 450, **values):
    return FrameResult(a_frame(index, reading_mm), **values)


class Search:
    """Finds `finding`, and notes in which frames it looked."""

    def __init__(self, finding: Finding | None = None):
        self.finding, self.looked = finding, []

    def __call__(self, engine, frames):
        self.looked.append([frame.index for frame in frames])
        return self.finding


def check(*results: FrameResult, search: Search | None = None, **options) -> RunCheck:
    made = RunCheck(None, search=search or Search(), **options)
    for result in results:
        made.add(result)
    return made


def kinds(made: RunCheck) -> list[str]:
    return [warning.kind for warning in made.warnings()]


def test_a_good_run_is_not_warned_of_and_no_camera_is_tried():
    search = Search(UNIT)
    made = check(*[seen(i) for i in range(5)], search=search)
    assert (made.warnings(), made.refusal(), search.looked) == ([], "", [])


def test_what_the_source_says_of_itself_comes_first():
    made = check(unseen(), notes=["focal length assumed", ""])
    told = made.warnings()
    assert (told[0].kind, told[0].message) == ("note", "focal length assumed")
    assert kinds(made) == ["note", "no_hand"]


def test_where_hands_are_rare_another_camera_is_looked_for_and_told_with_its_cure():
    search = Search(UNIT)
    made = check(*[unseen(i) for i in range(9)], seen(9), search=search)
    (warning,) = made.warnings()
    assert (warning.kind, warning.message) == ("camera", "The depth unit looks wrong (Use 1 mm)")
    assert search.looked == [[3, 7]]  # the 4th and 8th frame without a hand
    assert len(search.looked[0]) == TRIED
    assert made.refusal() == warning.message


def test_a_hand_that_is_seen_surely_half_of_the_time_is_no_reason_to_try():
    search = Search(UNIT)
    assert kinds(check(seen(0), unseen(1), search=search)) == []
    assert search.looked == []
    kinds(check(*[seen(i) for i in range(8)], *[unseen(8 + i) for i in range(50)], search=search))
    assert search.looked == []


def test_the_size_of_few_hands_counts_at_the_end_of_a_run():
    made = check(*[seen(i, 900.0, size_mm=300.0) for i in range(3)])
    (warning,) = made.warnings()
    assert warning.kind == "camera"
    assert "too large" in warning.message
    assert "focal length" in warning.message  # the cure
    assert made.refusal() == warning.message


@pytest.mark.parametrize(
    ("reading_mm", "kind", "where"),
    [(130, "too_near", "13 cm"), (2600, "too_far", "260 cm"), (600, "no_hand", "15 to 150 cm")],
)
def test_no_hand_is_told_with_the_range_and_what_lies_outside_it(reading_mm, kind, where):
    (warning,) = check(*[unseen(i, reading_mm) for i in range(4)]).warnings()[-1:]
    assert (warning.kind, warning.frames) == (kind, 4)
    assert where in warning.message
    assert "15 to 150 cm" in warning.message


def test_what_speaks_against_hands_is_counted_by_kind():
    made = check(*[seen(i) for i in range(6)], *[seen(6 + i, 1700.0) for i in range(3)])
    (warning,) = [w for w in made.warnings() if w.kind == "too_far"]
    assert warning.frames == 3
    assert "3 of 9" in warning.message
    unsure = check(*[seen(i) for i in range(3)], seen(3, confidence=0.2))
    assert [(w.kind, w.frames) for w in unsure.warnings()] == [("low_confidence", 1)]
    assert kinds(check(*[seen(i) for i in range(40)], seen(40, confidence=0.2))) == []


def test_the_other_hand_is_told_and_no_camera_is_tried_for_it():
    search = Search(UNIT)
    results = [unseen(i, other_side=True) for i in range(4)]
    (warning,) = check(*results, side="left", search=search).warnings()
    assert (warning.kind, warning.frames) == ("other_hand", 4)
    assert "no left hand" in warning.message.lower()
    assert "a right one" in warning.message
    assert search.looked == []


def test_a_frame_without_depth_says_nothing():
    assert check(FrameResult(Frame(0, 0, 0.0, 0.0))).warnings() == []


def test_nothing_is_learnt_where_no_hand_is_sure():
    assert "No hand" in check(unseen()).refusal()
    unsure = seen()
    unsure = replace(unsure, hands=(replace(unsure.first, confidence=0.4),))
    assert "confidence" in check(unsure).refusal()
