"""Distances to solids: zero on their surface, and as far as one may go without touching."""

from __future__ import annotations

import numpy as np
import pytest

from app.synthetic.held.distance import distance_to
from app.synthetic.solids import (
    BOX,
    CONE,
    CYLINDER,
    ELLIPSOID,
    NOTHING,
    RING,
    draw_solid,
    make_solids,
)

F, C, FAR = 160.0, 79.5, 2000.0
HALF = {
    ELLIPSOID: (30, 40, 55),
    BOX: (20, 45, 60),
    CYLINDER: (25, 25, 60),
    CONE: (30, 30, 60),
    RING: (45, 45, 10),
}


def distances(solid, points):
    return np.array([distance_to(solid[None], p) for p in points.astype(np.float32)])


@pytest.mark.parametrize("kind", HALF)
def test_what_is_drawn_is_where_the_distance_is_zero(rng, kind):
    for _ in range(4):
        turn = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        solid = make_solids(
            np.array(kind), np.array(HALF[kind], float), turn, np.array([0, 5, 400.0])
        )
        depth = np.full((160, 160), FAR, np.float32)
        draw_solid(depth, (F, F, C, C), solid[()])
        v, u = np.nonzero(depth < FAR)
        assert len(v) > 100
        z = depth[v, u].astype(np.float64)
        surface = np.stack([(u - C) / F * z, (v - C) / F * z, z], -1)
        assert np.abs(distances(solid, surface)).max() < 0.5
        outside = surface * 0.9  # towards the camera
        gaps = distances(solid, outside)
        nearest = np.linalg.norm(outside[:, None] - surface[None], axis=-1).min(1)
        assert (gaps > 0).all()
        assert (gaps < nearest + 0.5).all()  # never farther than the nearest drawn point
        assert (distances(solid, surface + np.array([0, 0, 2.0])) < 0.2).mean() > 0.9


def test_of_two_the_nearer_counts_and_nothing_is_far(rng):
    half, turn = np.full((2, 3), 10.0), np.stack([np.eye(3)] * 2)
    two = make_solids(np.array([BOX, BOX]), half, turn, np.array([[0.0, 0, 100], [0, 0, 200]]))
    point = np.array([0, 0, 170], np.float32)
    assert distance_to(two, point) == pytest.approx(20, abs=1e-3)
    two["kind"][1] = NOTHING
    assert distance_to(two, point) == pytest.approx(60, abs=1e-3)
    two["kind"] = NOTHING
    assert distance_to(two, point) > 1e5
