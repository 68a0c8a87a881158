"""A hand is shown with honest confidence, and in amber with one sentence where it is doubted."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.inference.camera_check import Finding
from tests.widgets import fakes
from tests.widgets.pixels import grab, near
from widgets.parts.palette import DARK
from widgets.views.depth_labels import SURE, doubt_of, judge, state_of
from widgets.views.depth_view import DepthView

FRAME = fakes.make_frame(3)


def moved(offset_mm: tuple[float, float, float]):
    """The fake hand somewhere else, its confidence as it was."""
    joints = fakes.camera_joints(3) + np.float32(offset_mm)
    return fakes.make_result(FRAME, joints_mm=joints, joints_raw_mm=joints, synthesised=None)


def seen(result, findings=()) -> tuple[str, str, str]:
    judged = judge(result, findings)
    text, colour, share = state_of(result, "", judged)
    assert share == min(one.confidence for one in judged)
    return text, colour, doubt_of(judged)


def test_a_hand_that_nothing_speaks_against_is_green():
    text, colour, doubt = seen(moved((0, 0, 0)))
    assert (text, colour, doubt) == ("Right hand  87 %", DARK.GOOD, "")


@pytest.mark.parametrize(
    ("offset_mm", "words"),
    [
        ((-320, 0, 0), "outside the picture"),
        ((0, 0, -350), "nearer"),
        ((0, 0, 1900), "in front of the hand"),
    ],
)
def test_half_a_hand_and_one_out_of_range_are_amber_and_say_so(offset_mm, words):
    text, colour, doubt = seen(moved(offset_mm))
    assert colour == DARK.WARN
    assert int(text.split()[-2]) < 100 * SURE
    assert words in doubt


@pytest.mark.parametrize("level", ["doubtful", "wrong"])
def test_doubtful_camera_settings_take_the_confidence_of_every_hand(level):
    finding = Finding(level, "The hand is too large")
    _, colour, doubt = seen(fakes.make_two(FRAME), [finding])
    assert (colour, doubt) == (DARK.WARN, "The hand is too large")


def test_the_sentence_is_of_the_hand_that_is_believed_least():
    two = fakes.make_two(FRAME)
    far = fakes.camera_joints(3) + np.float32([0, 0, 1400])
    odd = replace(two.hands[1], joints_mm=far, joints_raw_mm=far, synthesised=None)
    assert "in front of" in seen(replace(two, hands=(two.hands[0], odd)))[2]


def test_the_view_shows_chip_and_sentence_and_a_caption_takes_their_place(application, qtbot):
    view = DepthView()
    qtbot.addWidget(view)
    view.resize(640, 480)
    view.show()
    view.set_result(moved((0, 0, 0)))
    assert near(grab(view)[:60, :200], DARK.WARN).sum() == 0
    view.set_findings([Finding("wrong", "The hand is too large")])  # of the result that is shown
    assert near(grab(view)[:60, :200], DARK.WARN).sum() > 10
    assert view.doubt == "The hand is too large"
    view.set_caption("Explore")
    assert view.doubt == ""
