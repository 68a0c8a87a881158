"""Solids and planes: every pixel drawn lies on them."""

from __future__ import annotations

import numpy as np
import pytest

from app.synthetic.solids import (
    BOX,
    CONE,
    CYLINDER,
    ELLIPSOID,
    NOTHING,
    RING,
    TAPER,
    carried,
    draw_plane,
    draw_solid,
    draw_solids,
    make_solids,
)


@pytest.mark.parametrize("kind", [ELLIPSOID, BOX, CYLINDER])
def test_a_solid_is_drawn_where_it_is(rng, kind):
    """Every drawn point lies on the solid's surface, and the solid's middle is covered."""
    f, c = 80.0, 39.5
    for _ in range(10):
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        extents, centre = rng.uniform(20, 80, 3), np.array([15.0, -20, 500])
        to_unit = turn.T / extents[:, None]
        depth = np.full((80, 80), 2000, np.float32)
        draw_solid(depth, (f, f, c, c), make_solids(np.array(kind), extents, turn, centre)[()])
        v, u = np.nonzero(depth < 2000)
        assert len(v) > 10
        z = depth[v, u].astype(np.float64)
        unit = (np.stack([(u - c) / f * z, (v - c) / f * z, z], -1) - centre) @ to_unit.T
        size = np.abs(unit).max(1) if kind == BOX else np.linalg.norm(unit, axis=1)
        if kind == CYLINDER:
            size = np.maximum(np.hypot(unit[:, 0], unit[:, 1]), np.abs(unit[:, 2]))
        np.testing.assert_allclose(size, 1, atol=2e-2)
        middle = np.rint(centre[:2] / centre[2] * f + c).astype(int)
        assert depth[middle[1], middle[0]] < centre[2]


def test_a_cone_narrows_and_is_drawn_whole_from_every_side(rng):
    """Drawn points lie on its flank or an end; the wide end is at z = -1."""
    f, c = 80.0, 39.5
    for _ in range(20):
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        half, centre = np.array([40.0, 40, 60]), np.array([5.0, -10, 400])
        depth = np.full((80, 80), 2000, np.float32)
        solid = make_solids(np.array(CONE), half, turn, centre)
        draw_solid(depth, (f, f, c, c), solid[()])
        v, u = np.nonzero(depth < 2000)
        z = depth[v, u].astype(np.float64)
        unit = (np.stack([(u - c) / f * z, (v - c) / f * z, z], -1) - centre) @ turn / half
        reach = (1 + TAPER) / 2 - (1 - TAPER) / 2 * unit[:, 2]
        flank = np.hypot(unit[:, 0], unit[:, 1]) / reach
        np.testing.assert_allclose(np.maximum(flank, np.abs(unit[:, 2])), 1, atol=2e-2)
        rays = rng.uniform(0, 79, (300, 2)).astype(int)
        along = np.linspace(250, 550, 1500)
        for x, y in rays:
            inside = (
                np.stack([(x - c) / f * along, (y - c) / f * along, along], -1) - centre
            ) @ turn
            inside = inside / half
            radius = (1 + TAPER) / 2 - (1 - TAPER) / 2 * inside[:, 2]
            hit = (np.hypot(inside[:, 0], inside[:, 1]) < radius - 0.01) & (
                abs(inside[:, 2]) < 0.99
            )
            if hit.any():
                assert depth[y, x] < 2000


def test_a_ring_has_a_hole_and_a_round_tube(rng):
    f, c, outer, tube = 160.0, 79.5, 40.0, 9.0
    half, centre = np.array([outer, outer, tube]), np.array([0.0, 0, 400])
    for tilt in (0.0, 0.5, 1.4):
        turn = np.array(
            [[1, 0, 0], [0, np.cos(tilt), -np.sin(tilt)], [0, np.sin(tilt), np.cos(tilt)]]
        )
        depth = np.full((160, 160), 2000, np.float32)
        draw_solid(depth, (f, f, c, c), make_solids(np.array(RING), half, turn, centre)[()])
        v, u = np.nonzero(depth < 2000)
        z = depth[v, u].astype(np.float64)
        local = (np.stack([(u - c) / f * z, (v - c) / f * z, z], -1) - centre) @ turn
        away = np.hypot(np.hypot(local[:, 0], local[:, 1]) - (outer - tube), local[:, 2])
        np.testing.assert_allclose(away, tube, atol=0.3)
        seen_through = (outer - tube) * np.cos(tilt) > tube
        assert (depth[79, 79] == 2000) == seen_through


def test_carried_solids_are_drawn_where_they_are_carried(rng):
    turn, shift = np.linalg.qr(rng.normal(size=(3, 3)))[0], np.array([20.0, -15, 420])
    turn *= np.sign(np.linalg.det(turn))
    half, axes = np.array([[20.0, 30, 45]]), np.linalg.qr(rng.normal(size=(3, 3)))[0][None]
    middle = np.array([[4.0, 6, -9]])
    moved = make_solids(np.array([BOX]), half, turn @ axes, middle @ turn.T + shift)
    after = carried(make_solids(np.array([BOX]), half, axes, middle), np.c_[turn, shift])
    np.testing.assert_allclose(after["to_unit"], moved["to_unit"], atol=1e-5)
    np.testing.assert_allclose(after["centre_mm"], moved["centre_mm"], atol=1e-3)


def test_a_plane_is_drawn_where_it_is():
    depth = np.full((60, 60), 2000, np.float32)
    normal = np.array([0.1, 0.3, 1.0], np.float32)
    draw_plane(depth, (70.0, 70.0, 29.5, 29.5), normal, 600.0)
    v, u = np.nonzero(depth < 2000)
    z = depth[v, u].astype(np.float64)
    points = np.stack([(u - 29.5) / 70 * z, (v - 29.5) / 70 * z, z], -1)
    np.testing.assert_allclose(points @ normal, 600, atol=1e-2)
    assert len(v) > 3000


def test_a_place_without_a_solid_stays_empty():
    """Of three places one is empty: the picture is that of the two others."""
    half, centre = np.full((3, 3), 30.0), np.array([[-60.0, 0, 400], [0, 0, 400], [60, 0, 400]])
    solids = make_solids(np.array([BOX, ELLIPSOID, BOX]), half, np.stack([np.eye(3)] * 3), centre)
    camera = 80.0, 80.0, 39.5, 39.5
    depth, alone = (np.full((80, 80), 2000, np.float32) for _ in range(2))
    for solid in solids[[0, 2]]:
        draw_solid(alone, camera, solid)
    solids["kind"][1] = NOTHING
    draw_solids(depth, camera, solids)
    np.testing.assert_array_equal(depth, alone)
    assert depth[39, 39] == 2000 > depth[39, 27]
