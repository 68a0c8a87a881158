"""Solids and planes: every pixel drawn lies on them."""

from __future__ import annotations

import numpy as np
import pytest

from app.synthetic.solids import (
    BOX,
    CYLINDER,
    ELLIPSOID,
    NOTHING,
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
