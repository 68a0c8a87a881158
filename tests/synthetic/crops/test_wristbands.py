"""Bands round the wrist: as wide as the arm, where they are worn."""

from __future__ import annotations

import numpy as np
import pytest

from app.synthetic.crops.wristbands import BAND, SHARE, draw_band, outline_of, sample_bands

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
