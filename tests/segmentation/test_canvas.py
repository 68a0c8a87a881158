"""The normalised view of a frame, and the localiser's input, target and peaks."""

from __future__ import annotations

import numpy as np
import pytest

from app.frames import Intrinsics
from app.segmentation.blob import SURFACE_TO_JOINTS_MM
from app.segmentation.canvas import (
    FOCAL_PX,
    HOLE,
    Canvas,
    canvas_input,
    localiser_input,
    make_canvas,
)
from app.segmentation.locate import heatmap_peaks, localiser_target

from .conftest import frame_of, rays, sphere_depth

CAMERAS = {
    "sr305": Intrinsics(640, 480, 476.0, 476.0, 313.7, 242.8),
    "kinect2": Intrinsics(512, 424, 363.9, 363.9, 255.4, 206.3),
    "wide": Intrinsics(848, 480, 420.0, 420.0, 424.0, 240.0),
    "bent": Intrinsics(640, 480, 390.0, 385.0, 331.0, 242.0, (0.1, -0.2, 0.001, 0.002, 0.03)),
}


@pytest.mark.parametrize("name", CAMERAS)
def test_a_ball_is_where_and_as_large_as_any_camera_sees_it(name):
    intrinsics, ball = CAMERAS[name], np.array([90.0, -70, 620])
    canvas = make_canvas(frame_of(sphere_depth(rays(intrinsics), ball, 80.0), intrinsics))
    rows, columns = np.nonzero(canvas.depth_mm)
    u, v = canvas.pixels(ball)
    assert columns.mean() == pytest.approx(u, abs=0.5)
    assert rows.mean() == pytest.approx(v, abs=0.5)
    assert np.sqrt(rows.size / np.pi) == pytest.approx(FOCAL_PX * 80 / 620, rel=0.05)
    assert canvas.depth_mm.max() < 620
    assert canvas.depth_mm[canvas.depth_mm > 0].min() == pytest.approx(540, abs=4)
    np.testing.assert_allclose(canvas.points(canvas.pixels(ball), ball[2]), ball, atol=1e-6)


def test_speckle_is_left_out_and_small_holes_are_closed(pinhole):
    depth = np.full((480, 640), 700.0)
    depth[::7, ::5] = 0
    assert (make_canvas(frame_of(depth, pinhole)).depth_mm[8:-8, 8:-8] > 0).all()
    speckle = np.zeros((480, 640))
    speckle[::9, ::9] = 700
    assert (make_canvas(frame_of(speckle, pinhole)).depth_mm > 0).mean() < 0.02


def test_network_input_says_what_is_missing(pinhole):
    depth = np.full((480, 640), 600.0)
    depth[:240] = 0
    depth[400:] = 6000
    inputs, canvas = localiser_input(frame_of(depth, pinhole))
    assert inputs.shape == (1, 2, *canvas.depth_mm.shape)
    assert inputs.dtype == np.float32
    assert all(side % 16 == 0 for side in canvas.depth_mm.shape)
    np.testing.assert_array_equal(inputs[0, 1] > 0, canvas.depth_mm > 0)
    assert (inputs[0, 0][inputs[0, 1] == 0] == HOLE).all()
    assert abs(inputs[0, 0, 80, 80]) < 1e-3
    assert inputs[0, 0].max() == HOLE


@pytest.mark.parametrize("name", CAMERAS)
def test_peaks_of_a_perfect_answer_are_the_hands(name):
    intrinsics = CAMERAS[name]
    hands = np.array([[-120.0, 60, 500], [130, -40, 800]])
    balls = [sphere_depth(rays(intrinsics), hand + np.array([0, 0, 40]), 52.0) for hand in hands]
    canvas = make_canvas(frame_of(np.minimum(*balls), intrinsics))
    target = localiser_target(canvas, hands)
    heat = np.log(target[0].clip(1e-4, 1 - 1e-4) / (1 - target[0].clip(1e-4, 1 - 1e-4)))
    centres, scores = heatmap_peaks(np.stack([heat, target[1]]), canvas)
    assert len(centres) == 2
    assert (scores > 0.7).all()  # the peak may lie between cells
    for hand in hands:  # half a cell is 17 mm at 1 m
        assert np.linalg.norm(centres - hand, axis=1).min() < 25


def test_the_target_is_a_gaussian_of_25_mm_and_the_distance_within(pinhole):
    canvas = make_canvas(frame_of(np.full((480, 640), 700.0), pinhole))
    cell_mm = 4 / FOCAL_PX * 600
    middle = canvas.points(np.array([4 * 15 + 1.5, 4 * 12 + 1.5]), 600.0)  # of cell (12, 15)
    heat, depth = localiser_target(canvas, middle)
    assert heat[12, 15] == pytest.approx(1)
    for cells in (1, 2):
        expected = np.exp(-((cells * cell_mm / 25) ** 2) / 2)
        for place in ((12, 15 + cells), (12 - cells, 15)):
            assert heat[place] == pytest.approx(expected, rel=1e-4)
    assert (depth[heat > 0.05] == 0).all()  # log(600 / 600)
    nearer = localiser_target(canvas, np.stack([middle / 2, middle]))
    assert nearer[1, 12, 15] == pytest.approx(np.log(0.5))  # the nearer hand is the larger bump
    assert (nearer[1][nearer[0] <= 0.05] == 0).all()
    far = localiser_target(canvas, 4 * middle)[0]
    assert far[12, 16] == pytest.approx(np.exp(-((1 / 0.8) ** 2) / 2), rel=1e-4)  # no narrower


def test_no_hand_no_peak(pinhole):
    canvas = make_canvas(frame_of(np.full((480, 640), 700.0), pinhole))
    target = localiser_target(canvas, np.zeros((0, 3)))
    assert not target.any()
    centres, scores = heatmap_peaks(target - 6, canvas)
    assert centres.shape == (0, 3)
    assert scores.shape == (0,)


def test_input_of_a_canvas_equals_that_of_its_frame(pinhole):
    frame = frame_of(sphere_depth(rays(pinhole), np.array([0, 0, 600.0]), 90.0), pinhole)
    inputs, canvas = localiser_input(frame)
    np.testing.assert_array_equal(canvas_input(canvas.depth_mm), inputs[0])


def flat_answer(canvas, i: int, j: int, z: float) -> np.ndarray:
    """An answer of the network that is sure of one cell and of its distance."""
    output = np.full((2, *[side // 4 for side in canvas.depth_mm.shape]), -9.0, np.float32)
    output[:, i, j] = 3.0, np.log(z / 600)
    return output


def test_a_cell_stands_for_the_middle_of_its_sixteen_pixels():
    canvas = Canvas(np.zeros((64, 96), np.float32), 47.5, 31.5)
    ((x, y, z),), _ = heatmap_peaks(flat_answer(canvas, 3, 11, 500.0), canvas)
    assert z == pytest.approx(500)
    np.testing.assert_allclose(canvas.pixels(np.array([x, y, z])), (45.5, 13.5), atol=0.02)


def test_a_distance_is_that_of_the_surface_on_both_sides():
    depth = np.full((64, 96), 620.0, np.float32)
    depth[:, :46] = 590.0  # the smaller part, by a column, of what lies round pixel 46
    canvas = Canvas(depth, 47.5, 31.5)
    (centre,), _ = heatmap_peaks(flat_answer(canvas, 3, 11, 610.0), canvas)
    assert centre[2] == pytest.approx(620 + SURFACE_TO_JOINTS_MM)


def test_the_picture_is_read_to_its_rim():
    camera = Intrinsics(32, 32, FOCAL_PX, FOCAL_PX, 15.5, 15.5)
    depth = np.full((32, 32), 700.0)
    depth[1:-1, 1:-1] = 900.0
    np.testing.assert_allclose(make_canvas(frame_of(depth, camera)).depth_mm, depth, rtol=1e-3)


def test_a_hole_is_nothing_that_one_takes_the_logarithm_of():
    with np.errstate(all="raise"):
        channels = canvas_input(np.array([[0, 600.0]], np.float32))
    np.testing.assert_array_equal(channels, [[[HOLE, 0]], [[0, 1]]])
