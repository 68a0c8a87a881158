"""Typical cameras, and frames whose numbers are known better than their source knows them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from app.capture.camera_presets import PRESETS, camera_of, corrected_frame
from app.config import CameraConfig
from app.frames import ColourImage, DepthFrame, Frame, Intrinsics
from app.geometry import project

GIVEN = Intrinsics(640, 480, 500.0, 501.0, 310.0, 250.0, (0.1, 0.0, 0.0, 0.0, 0.0))


def frame() -> DepthFrame:
    return DepthFrame(0, 1, 0.0, 0.0, np.full((480, 640), 700, np.uint16), GIVEN, 0.125)


def test_nothing_known_better_changes_nothing():
    given = frame()
    assert corrected_frame(given, CameraConfig()) is given


def test_known_numbers_replace_the_sources_and_pixels_stay():
    given = frame()
    made = corrected_frame(given, CameraConfig(fx=400.0, depth_unit_mm=1.0))
    assert made.intrinsics == replace(GIVEN, fx=400.0)
    assert made.depth_unit_mm == 1.0
    assert made.depth_raw is given.depth_raw
    assert not corrected_frame(given, CameraConfig(pinhole=True)).intrinsics.distorted


def test_the_numbers_in_use_come_back_as_they_are():
    used = camera_of(GIVEN, 0.125)
    assert used.fx == 500.0
    made = corrected_frame(frame(), used)
    assert (made.intrinsics, made.depth_unit_mm) == (GIVEN, 0.125)


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_presets_are_cameras(preset):
    for mode in preset.modes:
        camera = preset.camera_for(mode.width, mode.height)
        assert camera.depth_unit_mm == preset.depth_unit_mm
        view = math.degrees(2 * math.atan(mode.width / 2 / camera.fx))
        assert 50 < view < 95
        assert abs(camera.cx / mode.width - 0.5) < 0.05
        assert abs(camera.cy / mode.height - 0.5) < 0.1


def test_a_smaller_image_of_the_same_shape_sees_the_same_at_its_own_pixels():
    preset = PRESETS[0]
    point = np.array([40.0, -70.0, 500.0])
    pixels = []
    for width, height in ((640, 480), (320, 240)):
        c = preset.camera_for(width, height)
        pixels.append(project(point, Intrinsics(width, height, c.fx, c.fy, c.cx, c.cy)))
    assert np.allclose((pixels[0] + 0.5) / 2, pixels[1] + 0.5)


def test_an_image_of_another_shape_is_not_this_cameras():
    kinect2 = next(p for p in PRESETS if p.name == "Kinect v2")
    assert kinect2.camera_for(640, 480) is None


def test_colour_that_lies_on_the_depth_stays_there():
    rgb, known = np.zeros((480, 640, 3), np.uint8), CameraConfig(fx=400.0)
    laid = ColourImage(rgb, GIVEN, np.eye(4))
    apart = ColourImage(rgb, replace(GIVEN, fx=600.0), np.eye(4))
    made = corrected_frame(replace(frame(), colour=laid), known)
    assert made.colour.intrinsics == made.intrinsics == replace(GIVEN, fx=400.0)
    assert corrected_frame(replace(frame(), colour=apart), known).colour is apart


def test_numbers_known_better_hold_for_colour_alone():
    rgb = np.zeros((480, 640, 3), np.uint8)
    known = Frame(0, 0, 0.0, 0.0, colour=ColourImage(rgb, GIVEN))
    made = corrected_frame(known, CameraConfig(fx=9))
    assert made.camera == replace(GIVEN, fx=9)
    unknown = Frame(0, 0, 0.0, 0.0, colour=ColourImage(rgb))
    assert corrected_frame(unknown, CameraConfig(fx=9)) is unknown
