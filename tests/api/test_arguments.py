"""Depth images and cameras of one's own: read as they are meant, or refused in plain words."""

from __future__ import annotations

import numpy as np
import pytest

from app.api.arguments import FINE_MM, as_intrinsics, as_raw_depth, checked_unit
from app.frames import Intrinsics


def test_integers_are_taken_as_they_are():
    depth = np.array([[0, 500, 65535]], np.uint16)
    raw, unit_mm = as_raw_depth(depth, 0.25)
    np.testing.assert_array_equal(raw, depth)
    assert raw.dtype == np.uint16
    assert unit_mm == 0.25
    assert not raw.flags.writeable


def test_the_callers_array_stays_his():
    depth = np.full((2, 2), 700, np.uint16)
    raw, _ = as_raw_depth(depth, 1.0)
    depth[:] = 1
    assert (raw == 700).all()
    assert depth.flags.writeable


def test_negative_steps_are_no_reading():
    raw, _ = as_raw_depth(np.array([[-5, 800]], np.int32), 1.0)
    assert raw.tolist() == [[0, 800]]


@pytest.mark.parametrize("kind", [np.float32, np.float64])
def test_fractions_keep_an_eighth_of_a_millimetre(kind):
    mm = np.linspace(60, 8100, 1000).astype(kind).reshape(20, 50)
    raw, unit_mm = as_raw_depth(mm, 1.0)
    assert unit_mm == FINE_MM
    np.testing.assert_allclose(raw * unit_mm, mm, atol=FINE_MM / 2 + 1e-3)
    np.testing.assert_array_equal(as_raw_depth(mm / 1000, 1000.0)[0] // 8, raw // 8)


def test_what_is_no_number_or_too_far_is_no_reading():
    depth = np.array([[np.nan, np.inf, -np.inf, -1.0, 9000.0, 500.0]])
    raw, unit_mm = as_raw_depth(depth, 1.0)
    assert (raw * unit_mm).tolist() == [[0, 0, 0, 0, 0, 500]]


@pytest.mark.parametrize(
    ("depth", "complaint"),
    [
        (np.zeros((2, 2, 3), np.uint16), r"\[2, 2, 3\]"),
        (np.zeros((0, 4), np.uint16), r"\[0, 4\]"),
        (np.zeros((2, 2), bool), "bool"),
        (np.array([["a"]]), "numbers are wanted"),
        (np.full((2, 2), 70_000, np.int64), "70000"),
        (np.full((2, 2), 0.7), "depth_unit_mm"),
    ],
)
def test_what_is_no_depth_image_is_refused(depth, complaint):
    with pytest.raises(ValueError, match=complaint):
        as_raw_depth(depth, 1.0)


def test_an_empty_picture_is_a_depth_image():
    assert as_raw_depth(np.zeros((3, 3), np.uint16), 1.0)[0].sum() == 0
    assert as_raw_depth(np.zeros((3, 3)), 1.0)[0].sum() == 0


@pytest.mark.parametrize("unit_mm", [0.0, -1.0, float("nan"), float("inf"), 1e6])
def test_a_unit_that_no_image_has_is_refused(unit_mm):
    with pytest.raises(ValueError, match="depth_unit_mm"):
        checked_unit(unit_mm)


def test_four_numbers_or_intrinsics_are_a_camera():
    wanted = Intrinsics(640, 480, 475.0, 476.0, 319.5, 239.5)
    assert as_intrinsics((475.0, 476.0, 319.5, 239.5), (480, 640)) == wanted
    assert as_intrinsics(np.array([475, 476, 319.5, 239.5]), (480, 640)) == wanted
    lens = Intrinsics(640, 480, 475.0, 476.0, 319.5, 239.5, (0.1, 0.0, 0.0, 0.0, 0.0))
    assert as_intrinsics(lens, (480, 640)) == lens


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ((475.0, 475.0, 320.0), "not 3 numbers"),
        ((0.0, 475.0, 320.0, 240.0), "focal"),
        ((475.0, float("nan"), 320.0, 240.0), "finite"),
        (Intrinsics(640, 480, 475, 475, 320, 240), "640 x 480 pixels for an image of 320 x 240"),
    ],
)
def test_what_is_no_camera_is_refused(given, complaint):
    with pytest.raises(ValueError, match=complaint):
        as_intrinsics(given, (240, 320))
