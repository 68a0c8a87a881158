"""The timeline by its pixels and by what the mouse does on it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.export.track import DOUBTFUL, NO_HAND, SURE
from tests.export.tracks import make_track
from tests.widgets.pixels import grab, near
from widgets.parts import theme
from widgets.playback.timeline import Timeline

COUNT = 60


@pytest.fixture
def line(application, qtbot):
    line = Timeline()
    qtbot.addWidget(line)
    line.resize(620, 28)
    line.show_frames(COUNT, 30.0)
    line.show()
    qtbot.waitExposed(line)
    return line


@pytest.fixture(scope="module")
def track():
    track = make_track(COUNT, without=(10, 11, 12), doubtful=(40,))
    return replace(track, t_s=track.t_s + track.source.start_s)


def at(line, frame: int) -> QPoint:
    return QPoint(round(line.x_of(frame)), line.height() // 2)


def columns(line, colour: str) -> np.ndarray:
    """Pixel columns in which this colour is."""
    return np.flatnonzero(near(grab(line), colour).any(0))


def test_frames_without_a_hand_and_doubtful_ones_are_marked(line, track):
    line.show_track(track)
    red, yellow = columns(line, theme.BAD), columns(line, theme.WARN)
    step = line.x_of(1) - line.x_of(0)
    assert abs(red.min() - line.x_of(10)) <= step
    assert abs(red.max() - line.x_of(12)) <= step
    assert abs(yellow.mean() - line.x_of(40)) <= step
    heights = [near(grab(line), colour).any(1).sum() for colour in (theme.BAD, theme.WARN)]
    assert heights[0] > heights[1]  # told apart without colours too
    line.show_track(None)
    assert not len(columns(line, theme.BAD))


def test_one_frame_without_a_hand_among_thousands_is_seen(line):
    line.show_frames(100_000, 30.0)
    line._marks = np.full(100_000, SURE, np.uint8)
    line._marks[5000] = NO_HAND
    kinds = {kind: (left, right) for left, right, kind in line.runs()}
    left, right = kinds[NO_HAND]
    assert left <= line.x_of(5000) + 1
    assert right >= line.x_of(5000) - 1


def test_a_click_and_a_drag_seek(line, qtbot):
    seen = []
    line.valueChanged.connect(seen.append)
    qtbot.mousePress(line, Qt.MouseButton.LeftButton, pos=at(line, 30))
    assert seen == [30]
    assert line.isSliderDown()
    qtbot.mouseMove(line, at(line, 45))
    qtbot.mouseRelease(line, Qt.MouseButton.LeftButton, pos=at(line, 45))
    assert seen[-1] == 45
    assert not line.isSliderDown()


def test_brackets_are_dragged_and_never_cross(line, qtbot):
    line.show_range(20, 40)
    seen = []
    line.range_wanted.connect(lambda first, last: seen.append((first, last)))
    for start, end in ((20, 30), (40, 10)):
        qtbot.mousePress(line, Qt.MouseButton.LeftButton, pos=at(line, start))
        qtbot.mouseMove(line, at(line, end))
        qtbot.mouseRelease(line, Qt.MouseButton.LeftButton, pos=at(line, end))
    assert (30, 40) in seen
    assert seen[-1] == (30, 30)
    assert line.value() == 0  # nothing was sought


def test_the_range_is_drawn_and_the_rest_dimmed(line):
    whole = grab(line)
    line.show_range(20, 40)
    picture = grab(line)
    accent = np.flatnonzero(near(picture, theme.ACCENT, 40).sum(0) > 12)
    assert abs(accent.min() - line.x_of(20)) <= 3
    assert abs(accent.max() - line.x_of(40)) <= 3
    x = round(line.x_of(50))
    assert (picture[:, x] != whole[:, x]).any()


def test_the_next_doubtful_stretch_is_found_either_way(line, track):
    line.show_track(track)
    line.setValue(0)
    assert line.next_mark(1) == 10
    line.setValue(10)
    assert line.next_mark(1) == 40
    line.setValue(40)
    assert line.next_mark(1) is None
    assert line.next_mark(-1) == 10


def test_words_about_a_frame(line, track):
    line.show_track(track)
    assert line.describe(11) == "frame 11  ·  0.37 s  ·  no hand"
    assert line.describe(40).endswith("uncertain")
    assert line.describe(2) == "frame 2  ·  0.07 s"
    assert set(track.marks) == {NO_HAND, DOUBTFUL, SURE}
