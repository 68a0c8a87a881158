"""Bands round the wrist and pictures taken while the hand moves."""

from __future__ import annotations

import numpy as np
import pytest

from app.synthetic.crops.wristbands import BAND, SHARE, draw_band, outline_of, sample_bands
from app.synthetic.motion_blur import MOTION, blur, sample_motion

FAR = 900.0
CAMERA = 300.0, 300.0, 59.5, 59.5
WRIST, ELBOW = np.array([0.0, -40, 500]), np.array([0.0, 200, 500])  # straight down the image
BACK = np.array([0.0, 0, -1])


def forearm(half_width: float = 27.0, half_depth: float = 19.0) -> np.ndarray:
    """float32 [m, 3]: rings of an elliptic arm about the line from WRIST to ELBOW."""
    around = np.linspace(0, 2 * np.pi, 20, endpoint=False)
    rings = [
        np.stack([half_width * np.cos(around), 0 * around + y, half_depth * np.sin(around)], -1)
        for y in np.arange(0, 240, 12)
    ]
    return (np.concatenate(rings) + WRIST).astype(np.float32)


def band(**changes: float) -> np.ndarray:
    worn = np.zeros((), BAND)
    for name, value in ({"start_mm": 30, "width_mm": 20, "thickness_mm": 4} | changes).items():
        worn[name] = value
    return worn


def drawn(row: np.ndarray) -> np.ndarray:
    depth = np.full((120, 120), FAR, np.float32)
    draw_band(depth, CAMERA, forearm(), (WRIST, ELBOW), BACK, row)
    return depth


def test_the_outline_is_that_of_the_arm(rng):
    angle = rng.uniform(0, 2 * np.pi, 60)
    turn = np.array([[0.8, -0.6], [0.6, 0.8]])
    points = np.stack([30 * np.cos(angle), 20 * np.sin(angle)], -1) @ turn.T + [5, -3]
    middle, corners = outline_of(points)
    np.testing.assert_allclose(middle, [5, -3], atol=1.0)
    local = corners @ turn / [30, 20]
    np.testing.assert_allclose(np.linalg.norm(local, axis=1), 1, atol=0.05)


def test_a_band_lies_on_the_arm_where_it_is_worn():
    depth = drawn(band())
    rows, columns = np.nonzero(depth < FAR)
    assert 4 <= columns.size / np.ptp(rows) < 80
    along = (rows - CAMERA[3]) / CAMERA[1] * depth[rows, columns] - WRIST[1]
    assert along.min() > 28
    assert along.max() < 53
    middle = depth[:, 59].min()
    assert middle == pytest.approx(500 - 19 - 4, abs=0.7)  # skin and thickness
    assert np.ptp(columns) * 500 / 300 == pytest.approx(2 * (27 + 4), abs=3.5)


def test_a_watch_sits_on_the_back_of_the_wrist():
    front, behind = (
        drawn(band(case_radius_mm=18, case_height_mm=10)),
        drawn(band(case_radius_mm=18, case_height_mm=10, angle=np.pi)),
    )
    assert front[:, 59].min() == pytest.approx(500 - 19 - 4 - 10, abs=5)
    assert behind[:, 59].min() > 500 - 19 - 6


def test_some_wear_one_and_the_same_key_the_same():
    bands = sample_bands([1, 0, 5], 4000)
    np.testing.assert_array_equal(bands, sample_bands([1, 0, 5], 4000))
    assert abs((bands["width_mm"] > 0).mean() - SHARE) < 0.02
    assert not np.array_equal(bands, sample_bands([1, 0, 6], 4000))


def step_scene() -> np.ndarray:
    """A square at 400 mm before a wall at 520 mm, right of it nothing."""
    depth = np.full((60, 60), 520.0, np.float32)
    depth[:, 45:] = FAR
    depth[20:40, 20:40] = 400
    return depth


def motion(across: float = 0.0, down: float = 0.0, light: float = 0.8) -> np.void:
    return np.array((across, down, 3000, 1800, light), MOTION)[()]


def test_what_does_not_move_is_measured_as_it_is():
    depth = step_scene()
    blur(depth, FAR, motion())
    np.testing.assert_allclose(depth, step_scene(), atol=1e-3)


def test_motion_spoils_the_edges_it_crosses_and_nothing_else():
    depth = step_scene()
    blur(depth, FAR, motion(across=6))
    changed = np.abs(depth - step_scene()) > 1
    assert changed[20:40, 16:24].any()
    inner = np.ones((60, 60), bool)
    for column in (20, 40, 45):
        inner[:, column - 4 : column + 4] = False
    np.testing.assert_allclose(depth[inner], step_scene()[inner], atol=0.1)
    assert changed[30].sum() >= 8  # as wide as the motion, at both sides
    upright = step_scene()
    blur(upright, FAR, motion(down=6))
    assert not (np.abs(upright - step_scene()) > 1)[30].any()


def test_wrong_depths_are_of_surfaces_that_mix():
    depth = step_scene()
    blur(depth, FAR, motion(across=6, light=0.0))
    rim = depth[30, 16:24]
    mixed = rim[(rim > 401) & (rim < 519)]
    assert mixed.size > 0
    read = depth[depth < FAR]
    assert read.min() > 300
    assert (depth[:, 49:] == FAR).all()


def test_only_time_of_flight_blurs_and_more_so_near(rng):
    flight = rng.random(3000) < 0.5
    focal, distance = np.full(3000, 400.0), np.where(np.arange(3000) % 2, 300.0, 1200.0)
    rows = sample_motion([2, 0, 1], flight, focal, distance)
    size = np.hypot(rows["across_px"], rows["down_px"])
    assert (size[~flight] == 0).all()
    assert 0.1 < (size[flight] > 0).mean() < 0.3
    moving = size > 0
    assert size[moving & (distance < 500)].mean() > 2 * size[moving & (distance > 500)].mean()
