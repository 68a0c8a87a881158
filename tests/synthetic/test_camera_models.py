"""The one table of cameras: what crops, scenes and the demo take from it is there and agrees."""

from __future__ import annotations

import numpy as np
import pytest

from app.capture.demo_hand import CAMERA
from app.evaluation.render import CAMERAS, HEIGHT, WIDTH
from app.synthetic.camera_models import (
    CAMERA_MODELS,
    CROP_CAMERAS,
    CROP_CHANGE,
    FRAME_CAMERAS,
    frame_camera,
    sample_camera,
)
from app.synthetic.crops.parameters import sample_cameras


def test_every_camera_is_drawn_somewhere_and_each_once():
    assert {*CROP_CAMERAS, *FRAME_CAMERAS} == set(CAMERA_MODELS)
    for names in (CROP_CAMERAS, FRAME_CAMERAS):
        assert len(set(names)) == len(names)
    assert {name for name, m in CAMERA_MODELS.items() if m.crop_mm} == set(CROP_CAMERAS)


@pytest.mark.parametrize("name", FRAME_CAMERAS)
def test_single_cameras_are_about_the_nominal_one(name):
    model, low_mm = frame_camera(name), frame_camera(name).hand_mm[0]
    low, high = model.focal
    assert low < model.focal_px < high < 1.05 * low
    assert low_mm < model.hand_mm[1] < model.range_mm[1]
    c = model.nominal()
    assert (c.width - 1 - c.cx, c.height - 1 - c.cy) == (c.cx, c.cy)
    assert c.fx == c.fy == model.focal_px


def test_a_camera_without_a_whole_picture_is_refused():
    for name in ("d415", "no such camera"):
        with pytest.raises(ValueError, match=name):
            frame_camera(name)


def test_crops_have_the_lens_the_distance_and_the_errors_of_their_camera(rng):
    for name in CROP_CAMERAS:
        model = CAMERA_MODELS[name]
        focal, distance, sensor = sample_cameras(rng, (name,))
        assert np.abs(focal / model.focal_px - 1).max() <= CROP_CHANGE
        near, far = model.crop_mm
        assert near <= distance.min() < 1.1 * near
        assert 0.9 * far < distance.max() <= far
        triangulates = model.sensor in ("structured", "stereo")
        assert ((sensor["shadow_mm"] != 0).mean() > 0.5) == triangulates


def test_scenes_have_the_lens_of_their_camera_and_common_ones_more_often(rng):
    seen = [sample_camera(rng, None, 0.5) for _ in range(600)]
    for model, c in seen:
        assert model.focal[0] <= 2 * c.fx <= model.focal[1]
        assert (c.width, c.height) == (round(model.width / 2), round(model.height / 2))
    count = {name: sum(model.name == name for model, _ in seen) for name in FRAME_CAMERAS}
    assert count["sr305"] > count["azure"] > count["d435_wide"] > 0


def test_the_demo_and_rendered_files_use_cameras_of_the_table():
    assert frame_camera("sr305").nominal() == CAMERA
    assert {(frame_camera(n).width, frame_camera(n).height) for n in CAMERAS} == {(WIDTH, HEIGHT)}
