"""The crop against scenes by formula, and the way back."""

from __future__ import annotations

import numpy as np
import pytest

from app.frames import HandCrop
from app.geometry import project
from app.segmentation import crop as module
from app.segmentation.crop import (
    SIZE,
    camera_to_crop,
    crop_footprint,
    crop_to_camera,
    make_crop,
)

from .conftest import crop_pixels, frame_of, rays, sphere_depth

CENTRES = [(0.0, 0.0, 500.0), (180.0, -120.0, 600.0), (-150.0, 140.0, 420.0)]


def virtual_rays(crop: HandCrop) -> np.ndarray:
    slope = (np.arange(SIZE) - 63.5) / 128 * crop.cube_mm / crop.distance_mm
    return np.stack([*np.meshgrid(slope, slope), np.ones((SIZE, SIZE))], -1)


@pytest.mark.parametrize("lens", ["pinhole", "bent"])
@pytest.mark.parametrize("centre", CENTRES)
def test_sphere_looks_as_seen_from_the_virtual_camera(request, lens, centre):
    """A ball at the cube's centre.

    Its image is centred and its depth is the formula's, wherever it hangs.
    """
    intrinsics, centre = request.getfixturevalue(lens), np.array(centre)
    frame = frame_of(np.minimum(sphere_depth(rays(intrinsics), centre, 60.0), 1500), intrinsics)
    crop = make_crop(frame, centre, 250.0)
    at = sphere_depth(virtual_rays(crop), np.array([0, 0, np.linalg.norm(centre)]), 60.0)
    hit = np.isfinite(at)
    expected = np.where(hit, (at - crop.distance_mm) / 125, 1)
    error_mm = np.abs(crop.image - expected) * 125
    assert (error_mm[hit] < 2).mean() > 0.93  # nearest sampling slips at the steep rim only
    assert np.median(error_mm[hit]) < 0.5
    assert ((crop.image < 1) != hit).mean() < 0.01
    rows, columns = np.nonzero(crop.image < 1)
    assert abs(rows.mean() - 63.5) < 0.3
    assert abs(columns.mean() - 63.5) < 0.3


def test_plane_across_the_camera_keeps_its_depth(pinhole):
    """A wall at z = 520 seen off axis: every crop pixel unprojects to the wall."""
    frame = frame_of(np.full((480, 640), 520.0), pinhole)
    crop = make_crop(frame, np.array([150.0, 90.0, 500.0]), 250.0)
    inside = crop.image < 1
    points = virtual_rays(crop) * (crop.image * 125 + crop.distance_mm)[..., None]
    z = (points @ crop.rotation)[..., 2]
    assert inside.mean() > 0.9
    np.testing.assert_allclose(z[inside], 520, atol=0.01)


def test_outside_the_cube_and_holes_are_background(pinhole):
    for z in (0.0, 370.0, 630.0):
        crop = make_crop(frame_of(np.full((480, 640), z), pinhole), np.array([0, 0, 500.0]), 250.0)
        assert (crop.image == 1).all(), z
    crop = make_crop(frame_of(np.full((480, 640), 390.0), pinhole), np.array([0, 0, 500.0]), 250.0)
    np.testing.assert_allclose(crop.image, -110 / 125, atol=1e-6)
    edge = make_crop(
        frame_of(np.full((480, 640), 500.0), pinhole), np.array([-336.0, 0, 500.0]), 250.0
    )
    assert (edge.image[:, :50] == 1).all()  # beyond the frame
    assert (edge.image[40:90, 70:] < 1).all()


def test_fall_back_equals_the_compiled_version(pinhole, bent):
    rng = np.random.default_rng(3)
    for intrinsics in (pinhole, bent):
        raw = rng.integers(0, 8000, (480, 640)).astype(np.uint16)
        raw[raw < 1000] = 0
        rotation = module.look_at(np.array([80.0, -60, 500])).astype(float)
        k = (intrinsics.fx, intrinsics.fy, intrinsics.cx, intrinsics.cy)
        arguments = (raw, 0.125, k, intrinsics.distortion, rotation, 510.0, 250.0)
        slow, fast = module._sample_numpy(*arguments), module._sample_numba(*arguments)
        assert (slow < 1).mean() > 0.1
        assert (np.abs(slow - fast) > 1e-6).mean() < 1e-3
        for place in ((-330, -250, 500), (340, -20, 500), (10, 260, 500), (900, 0, 100)):
            rotation = module.look_at(np.array(place, float)).astype(float)
            arguments = (raw, 0.125, k, intrinsics.distortion, rotation, 510.0, 250.0)
            slow, fast = module._sample_numpy(*arguments), module._sample_numba(*arguments)
            assert (slow == 1).mean() > 0.3  # beyond the picture
            assert (np.abs(slow - fast) > 1e-6).mean() < 1e-3


def test_points_round_trip(pinhole):
    frame = frame_of(np.full((480, 640), 500.0), pinhole)
    points = np.random.default_rng(1).uniform(-1, 1, (50, 3)).astype(np.float32)
    for mirrored in (False, True):
        crop = make_crop(frame, np.array([120.0, -80, 550]), 240.0, mirrored)
        np.testing.assert_allclose(
            camera_to_crop(crop_to_camera(points, crop), crop), points, atol=1e-4
        )
        np.testing.assert_allclose(crop_to_camera(np.zeros(3), crop), crop.centre_mm, atol=1e-3)
        on_axis = crop_to_camera(np.array([0, 0, 1.0]), crop)
        np.testing.assert_allclose(np.cross(on_axis, crop.centre_mm), 0, atol=1)
        assert np.linalg.norm(on_axis - crop.centre_mm) == pytest.approx(120, abs=1e-3)


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("lens", ["pinhole", "bent"])
def test_a_ball_lands_on_its_own_pixel(request, lens, mirrored):
    """The image and the crop coordinates agree about where a thing is, mirrored or not."""
    intrinsics = request.getfixturevalue(lens)
    centre, ball = np.array([-130.0, 60, 480]), np.array([-100.0, 20, 460])
    frame = frame_of(sphere_depth(rays(intrinsics), ball, 9.0), intrinsics)
    crop = make_crop(frame, centre, 250.0, mirrored)
    rows, columns = np.nonzero(crop.image < 1)
    u, v = crop_pixels(camera_to_crop(ball, crop), crop)
    assert columns.mean() == pytest.approx(u, abs=0.6)
    assert rows.mean() == pytest.approx(v, abs=0.6)


def test_mirrored_is_the_flipped_image(pinhole):
    frame = frame_of(sphere_depth(rays(pinhole), np.array([40.0, 10, 480]), 40.0), pinhole)
    plain = make_crop(frame, np.array([20.0, 0, 500]), 250.0)
    mirrored = make_crop(frame, np.array([20.0, 0, 500]), 250.0, mirrored=True)
    np.testing.assert_array_equal(mirrored.image, plain.image[:, ::-1])
    assert not np.array_equal(mirrored.image, plain.image)


def test_footprint_holds_what_the_crop_shows(bent):
    frame = frame_of(np.full((480, 640), 500.0), bent)
    crop = make_crop(frame, np.array([60.0, 30, 500]), 250.0)
    corners = crop_footprint(crop, bent)
    edge = crop_to_camera(np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0.0]]), crop)
    np.testing.assert_allclose(corners, project(edge, bent), atol=0.01)


def test_a_centre_behind_the_camera_is_refused(pinhole):
    frame = frame_of(np.full((480, 640), 500.0), pinhole)
    for centre, cube in (
        ((0, 0, -100), 250),
        ((0, 0, 0), 250),
        ((np.nan, 0, 500), 250),
        ((0, 0, 500), 0),
    ):
        with pytest.raises(ValueError, match="no cube"):
            make_crop(frame, np.array(centre, float), cube)


def test_what_it_returns_is_read_only(pinhole):
    crop = make_crop(frame_of(np.full((480, 640), 500.0), pinhole), np.array([0, 0, 500.0]), 250.0)
    for array in (crop.image, crop.centre_mm, crop.rotation):
        assert not array.flags.writeable


def test_the_crop_is_compiled(pinhole):
    """The compiled loop is what keeps the frame's budget."""
    make_crop(frame_of(np.full((480, 640), 500.0), pinhole), np.array([0, 0, 500.0]), 250.0)
    assert module._sample_numba.nopython_signatures


@pytest.mark.parametrize("compiled", [False, True])
def test_a_hole_is_background_even_where_the_cube_reaches_the_camera(
    pinhole, monkeypatch, compiled
):
    monkeypatch.setattr(module, "HAVE_NUMBA", compiled)
    crop = make_crop(frame_of(np.zeros((480, 640)), pinhole), np.array([0, 0, 90.0]), 250.0)
    assert (crop.image == 1).all()
