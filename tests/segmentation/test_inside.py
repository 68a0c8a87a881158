"""What of a frame lies in the cube: the same as what the crop shows."""

from __future__ import annotations

import numpy as np
import pytest

from app.geometry import project
from app.segmentation.crop import SIZE, make_crop
from app.segmentation.inside import cube_mask, cube_points

from .conftest import crop_pixels, frame_of, rays, sphere_depth

CENTRE = np.array([150.0, -90.0, 520.0])


@pytest.fixture(params=["pinhole", "bent"])
def scene(request):
    """A ball in the cube before a wall behind it, and the ball's own pixels."""
    intrinsics = request.getfixturevalue(request.param)
    ball = sphere_depth(rays(intrinsics), CENTRE, 60.0)
    frame = frame_of(np.where(np.isfinite(ball), ball, 1500.0), intrinsics)
    return frame, np.isfinite(ball)


def test_the_mask_is_the_ball(scene):
    frame, ball = scene
    (rows, columns), mask = cube_mask(frame, make_crop(frame, CENTRE, 250.0))
    whole = np.zeros_like(ball)
    whole[rows, columns] = mask
    assert (whole != ball).sum() < 0.01 * ball.sum()


def test_a_wall_through_the_cube_is_cut_where_the_crop_ends(pinhole):
    frame = frame_of(np.full((480, 640), 520.0), pinhole)
    crop = make_crop(frame, CENTRE, 250.0)
    (rows, columns), mask = cube_mask(frame, crop)
    v, u = np.nonzero(mask)
    pixels = np.stack([u + columns.start, v + rows.start], -1)
    points = np.c_[(pixels - (pinhole.cx, pinhole.cy)) / pinhole.fx * 520.0, np.full(len(u), 520)]
    local = (points @ crop.rotation.T - (0, 0, crop.distance_mm)) / 125
    at = crop_pixels(local, crop)
    assert (at > -1).all()
    assert (at < SIZE).all()
    assert (np.abs(local[:, 2]) <= 1).all()
    assert 0.95 < mask.sum() / ((crop.image < 1).sum() * (250 / 128 * pinhole.fx / 520) ** 2) < 1.15


def test_what_is_in_front_of_the_cube_is_not_in_it(pinhole):
    frame = frame_of(np.full((480, 640), 300.0), pinhole)
    crop = make_crop(frame, CENTRE, 250.0)
    assert not cube_mask(frame, crop)[1].any()
    assert len(cube_points(frame, crop)) == 0


def test_points_lie_on_the_ball_and_project_to_their_pixels(scene):
    frame, ball = scene
    points = cube_points(frame, make_crop(frame, CENTRE, 250.0), most=500)
    assert 100 < len(points) <= 500
    assert np.abs(np.linalg.norm(points - CENTRE, axis=1) - 60).max() < 3
    pixels = project(points, frame.intrinsics)
    assert np.abs(pixels - np.round(pixels)).max() < 0.02  # bent lenses too
    u, v = np.round(pixels).astype(int).T
    assert ball[v, u].mean() > 0.98


def test_a_cube_beside_the_picture_holds_nothing(pinhole):
    frame = frame_of(np.full((480, 640), 520.0), pinhole)
    crop = make_crop(frame, np.array([3000.0, 0, 520]), 250.0)
    assert cube_mask(frame, crop) is None
    assert cube_points(frame, crop).shape == (0, 3)
