"""Crop, synthesis and difference."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QFontMetrics

from tests.widgets import fakes
from tests.widgets.pixels import grab, near
from widgets.parts import theme
from widgets.views.synthesis_view import Comparison, SynthesisView, fitting


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
        assert near(part(view, picture, k), theme.PANEL, 3).mean() > 0.95


@pytest.mark.parametrize("size", [(230, 140), (900, 200), (250, 700)])
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
