"""Pictures taken while the hand moves: edges spoilt, and nothing else."""

from __future__ import annotations

import numpy as np

from app.synthetic.motion_blur import MOTION, blur, sample_motion

FAR = 900.0


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
