"""Crop, synthesis and difference."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

from tests.widgets import fakes
from tests.widgets.pixels import grab, near
from widgets.parts import theme
from widgets.parts.colours import MAPS
from widgets.views.comparison import Comparison, forearm
from widgets.views.synthesis_view import SynthesisView, fitting
from widgets.views.synthesis_window import SynthesisWindow


@pytest.fixture
def view(application, qtbot):
    view = SynthesisView()
    qtbot.addWidget(view)
    view.resize(380, 210)
    view.show()
    return view


def part(view, picture, k):
    square = view.squares()[k].toRect()
    return picture[square.top() : square.bottom(), square.left() : square.right()]


def test_the_pictures_are_the_crop_and_the_synthesis(view):
    estimate = fakes.make_hand(fakes.make_frame(0))
    view.show_comparison(Comparison(estimate.crop.image, estimate.synthesised))
    picture = grab(view)
    share = (estimate.crop.image < 0.97).mean()
    for k in (0, 1):
        painted = ~near(part(view, picture, k), theme.PANEL, 25)
        assert painted.mean() == pytest.approx(share, abs=0.05)


def test_the_difference_is_red_where_the_synthesis_lies_behind_and_blue_where_before(view):
    crop = np.ones((128, 128), np.float32)
    crop[32:96, 32:96] = 0
    for shift_mm, channel in ((20.0, 0), (-20.0, 2)):
        made = crop + (crop < 1) * np.float32(shift_mm / 125)
        view.show_comparison(Comparison(crop, made, 250.0))
        middle = part(view, grab(view), 2)
        colour = middle[middle.shape[0] // 2, middle.shape[1] // 2].astype(int)
        assert colour.argmax() == channel
        assert colour[channel] - colour[2 - channel] > 60
        assert near(middle, theme.PANEL, 3)[3, 3]


def test_the_mean_gap_counts_common_pixels_in_mm():
    crop = np.ones((128, 128), np.float32)
    crop[:, :64] = 0.0
    made = np.ones((128, 128), np.float32)
    made[:, 32:] = 0.08
    comparison = Comparison(crop, made, 300.0)
    assert comparison.mean_gap_mm() == pytest.approx(0.08 * 150, rel=1e-4)
    assert np.isnan(comparison.difference_mm()[:, 100:]).sum() == 0
    assert Comparison(crop, None).mean_gap_mm() is None
    assert Comparison(crop, np.ones_like(crop)).mean_gap_mm() is None


def test_without_a_hand_the_squares_are_empty(view):
    view.show_comparison(Comparison(None, None))
    picture = grab(view)
    for k in range(3):
        assert near(part(view, picture, k), theme.PANEL, 3).mean() > 0.9  # but for words


def test_the_forearm_is_left_out_of_the_difference_and_an_outline_is_not():
    crop = np.ones((128, 128), np.float32)
    crop[30:90, 40:90] = 0.1  # the hand
    crop[90:, 55:75] = 0.2  # a forearm that leaves the picture
    crop[20:30, 45:52] = 0.1  # a finger tip that the network does not draw
    made = np.ones((128, 128), np.float32)
    made[32:90, 42:88] = 0.1
    gap = Comparison(crop, made).difference_mm()
    assert np.isnan(gap[93:, 55:75]).all()
    assert np.isfinite(gap[20:30, 45:52]).all()
    assert np.isfinite(gap[30:88, 40:42]).all()
    assert not forearm(crop, np.where(crop < 1, crop, 1)).any()


def test_the_colours_span_what_is_shown(view):
    crop = np.ones((128, 128), np.float32)
    crop[30:60] = np.linspace(-0.31, 0.11, 128)
    assert Comparison(crop, None, 200.0).span_mm() == (-40.0, 20.0)
    assert Comparison(np.ones_like(crop), None).span_mm() is None
    view.show_comparison(Comparison(crop, crop, 200.0))
    picture = part(view, grab(view), 1)
    row = picture[picture.shape[0] * 45 // 128].astype(int)
    ends = [np.array([c >> 16, c >> 8 & 255, c & 255]) for c in (MAPS["Mako"][-1], MAPS["Mako"][0])]
    assert np.abs(row[2] - ends[0]).max() < 80  # the nearest is the map's nearest colour
    assert np.abs(row[-3] - ends[1]).max() < 80


def test_the_synthesis_is_large_where_a_row_would_be_small(view):
    view.resize(330, 300)
    crop, made, gap = view.squares()
    assert made.width() > 1.9 * crop.width()
    assert made.width() > (330 - 32) / 3 * 1.8
    view.resize(900, 250)
    crop, made, gap = view.squares()
    assert crop.width() == made.width() == gap.width()
    assert crop.left() < made.left() < gap.left()


def test_a_double_click_opens_it_large_and_it_follows(view, qtbot):
    estimate = fakes.make_hand(fakes.make_frame(0))
    window = SynthesisWindow(view)
    qtbot.addWidget(window)
    view.large_wanted.connect(window.show)
    qtbot.mouseDClick(view, Qt.MouseButton.LeftButton)
    assert window.isVisible()
    assert max(square.width() for square in window.view.squares()) > 350
    view.show_comparison(Comparison(estimate.crop.image, estimate.synthesised))
    assert window.view.comparison is view.comparison
    qtbot.keyClick(window.view, Qt.Key.Key_Return)
    assert not window.isVisible()


@pytest.mark.parametrize("size", [(230, 140), (900, 200), (250, 700), (330, 300)])
def test_the_squares_fit(view, size):
    view.resize(*size)
    for square in view.squares():
        assert view.rect().contains(square.toAlignedRect().adjusted(1, 1, -1, -1))


def test_a_name_that_has_no_room_is_shortened_before_it_is_cut(application):
    metrics = QFontMetrics(application.font())
    whole = metrics.horizontalAdvance("Synthesised")
    assert fitting("Synthesised", metrics, whole + 1) == "Synthesised"
    assert fitting("Synthesised", metrics, whole - 1) == "Synth."
    assert fitting("Crop", metrics, metrics.horizontalAdvance("Cr…") + 1) == "Cr…"
