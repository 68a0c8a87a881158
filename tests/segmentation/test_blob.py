"""The surface round a point: what is entered, how far it is followed, and its weighted middle."""

from __future__ import annotations

import numpy as np
import pytest

from app.frames import Intrinsics
from app.geometry import project
from app.segmentation.blob import REACH_MM, SURFACE_TO_JOINTS_MM, find_blob
from app.segmentation.canvas import make_canvas

from .conftest import frame_of, rays, sphere_depth

Z, CUBE = 600.0, 250.0
START = np.array([0.0, 0.0, Z + SURFACE_TO_JOINTS_MM])


@pytest.fixture
def camera() -> Intrinsics:
    return Intrinsics(640, 480, 500.0, 500.0, 319.5, 239.5)


def plane(camera: Intrinsics, z: float = Z) -> tuple[np.ndarray, np.ndarray]:
    """x and y [H, W] mm of every pixel, at this depth."""
    points = rays(camera) * z
    return points[..., 0], points[..., 1]


def blob_of(seen: np.ndarray, camera: Intrinsics, start=START, **options):
    """The blob where a wall at Z is seen through a mask."""
    return find_blob(frame_of(np.where(seen, Z, np.inf), camera), start, CUBE, **options)


def weighted_middle(inside, centre: np.ndarray) -> tuple[np.ndarray, float]:
    """Mean [3] and area of a wall at Z, by (1 - (d / h)^2)^2 about a centre on it."""
    x, y = np.meshgrid(*[np.linspace(-CUBE / 2, CUBE / 2, 1001)] * 2)
    points = np.stack([x + centre[0], y + centre[1], np.full_like(x, Z)], -1)
    share = np.linalg.norm(points - centre, axis=-1) / (CUBE / 2)
    counted = (share < 1) & inside(points[..., 0], points[..., 1])
    weight = counted * (1 - share.clip(0, 1) ** 2) ** 2
    return (weight[..., None] * points).sum((0, 1)) / weight.sum(), counted.mean() * CUBE**2


def right_of(x, y):
    return x > -25


def strip(x, y):
    return (np.abs(x) < 40) & (y > -50)


@pytest.mark.parametrize("inside", [right_of, strip])
def test_one_step_goes_to_the_mean_weighed_down_with_distance(camera, inside):
    blob = blob_of(inside(*plane(camera)), camera, steps=1)
    middle, area = weighted_middle(inside, np.array([0, 0, Z]))
    middle = middle * (1 + SURFACE_TO_JOINTS_MM / np.linalg.norm(middle))
    np.testing.assert_allclose(blob.centre_mm, middle, atol=1.5)
    assert blob.area_mm2 == pytest.approx(area, rel=0.05)


def test_more_steps_come_to_rest(camera):
    seen = strip(*plane(camera))
    centre, steps = START, []
    for _ in range(8):
        moved = blob_of(seen, camera, centre, steps=1).centre_mm
        steps.append(np.linalg.norm(moved - centre))
        centre = moved
    assert steps[0] > 5
    together = blob_of(seen, camera, steps=4).centre_mm
    (third, fourth) = (blob_of(seen, camera, steps=k).centre_mm for k in (3, 4))
    assert np.linalg.norm(together - centre) < 12
    assert np.linalg.norm(fourth - centre) < np.linalg.norm(third - centre)


def test_the_joints_lie_behind_the_surface_along_the_line_of_sight(camera):
    x, y = plane(camera)
    aside = np.array([150.0, -90.0, Z])
    seen = np.hypot(x - aside[0], y - aside[1]) < 50
    blob = blob_of(seen, camera, aside * (1 + SURFACE_TO_JOINTS_MM / np.linalg.norm(aside)))
    expected = aside * (1 + SURFACE_TO_JOINTS_MM / np.linalg.norm(aside))
    np.testing.assert_allclose(blob.centre_mm, expected, atol=1)
    assert blob.centre_mm.dtype == np.float32


def test_a_surface_is_entered_near_the_start_alone(camera):
    x, y = plane(camera)
    near, far = np.hypot(x - 20, y) < 18, np.hypot(x + 80, y) < 25
    assert blob_of(near | far, camera, steps=1).centre_mm[0] == pytest.approx(20, abs=2)
    # as far off as the nearest reading, and a little more, though that is beyond the reach
    beyond = np.hypot(x - 90, y) < 25
    assert REACH_MM < 65
    assert blob_of(beyond, camera, steps=1).centre_mm[0] == pytest.approx(88, abs=4)


def test_a_gap_of_a_cell_is_crossed_and_a_wide_one_is_not(camera):
    x, y = plane(camera)
    for gap_mm, crossed in ((5, True), (16, False)):
        seen = (np.abs(y) < 40) & (np.abs(x - 55) > gap_mm / 2) & (x > -40) & (x < 110)
        area = blob_of(seen, camera, steps=1).area_mm2
        assert (area > 9500) == crossed


@pytest.mark.parametrize(("slope", "followed"), [(1.0, True), (6.0, False)])
def test_a_steep_surface_is_followed_and_a_cliff_is_not(camera, slope, followed):
    x, y = plane(camera)
    depth = np.where(x < 40, Z, Z + np.minimum(slope * (x - 40), 100))
    depth = np.where((np.abs(y) < 40) & (x > -60) & (x < 110), depth, np.inf)
    blob = find_blob(frame_of(depth, camera), START, CUBE, steps=1)
    assert (blob.area_mm2 > 1.2 * 80 * 100) == followed


@pytest.mark.parametrize("behind", [-CUBE / 2 - 15, CUBE / 2 + 15])
def test_what_lies_before_or_behind_the_cube_is_nothing(camera, behind):
    depth = np.full((480, 640), Z + behind)
    assert find_blob(frame_of(depth, camera), START, CUBE) is None
    assert find_blob(frame_of(depth, camera), np.array([0, 0, -300.0]), CUBE) is None


def test_the_rim_of_the_picture_and_what_is_beyond(camera):
    x, y = plane(camera)
    corner = np.array([x.min(), y.min(), Z])
    blob = blob_of(np.ones_like(x, bool), camera, corner + np.array([0, 0, 12]), steps=1)
    assert (blob.centre_mm[:2] > corner[:2]).all()
    assert blob_of(np.ones_like(x, bool), camera, corner - np.array([200, 200, 0])) is None


def test_a_bent_lens_changes_nothing(camera):
    ball = np.array([120.0, -70, Z])
    found = []
    for lens in ((0.0,) * 5, (0.15, -0.2, 0.003, -0.002, 0.02)):
        bent = Intrinsics(640, 480, 500.0, 500.0, 319.5, 239.5, lens)
        assert np.isfinite(project(ball, bent)).all()
        frame = frame_of(sphere_depth(rays(bent), ball, 60.0), bent)
        found.append(find_blob(frame, ball))
    np.testing.assert_allclose(found[0].centre_mm, found[1].centre_mm, atol=1.5)
    assert found[0].area_mm2 == pytest.approx(found[1].area_mm2, rel=0.05)


def test_pixels_that_are_not_square_change_nothing(camera):
    ball = np.array([50.0, -110, Z])
    flat = Intrinsics(640, 480, 500.0, 380.0, 319.5, 239.5)
    square, other = (
        find_blob(frame_of(sphere_depth(rays(k), ball, 60.0), k), ball) for k in (camera, flat)
    )
    np.testing.assert_allclose(square.centre_mm, other.centre_mm, atol=1.5)
    assert square.area_mm2 == pytest.approx(other.area_mm2, rel=0.05)


def test_a_canvas_tells_the_same_more_coarsely(camera):
    ball = np.array([60.0, -40, Z])
    frame = frame_of(sphere_depth(rays(camera), ball, 60.0), camera)
    fine, coarse = find_blob(frame, ball), find_blob(make_canvas(frame), ball)
    np.testing.assert_allclose(coarse.centre_mm, fine.centre_mm, atol=5)
    assert coarse.area_mm2 == pytest.approx(fine.area_mm2, rel=0.15)
