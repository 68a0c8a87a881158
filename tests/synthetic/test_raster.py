"""The z-buffer against exact ray casting, and its fallback against itself."""

from __future__ import annotations

import numpy as np
import pytest

from app.hand.asset import load_asset
from app.synthetic.raster import rasterise, rasterise_numpy

FAR, SIZE, FOCAL, CENTRE = 2000.0, 96, 150.0, 47.3
CAMERA = FOCAL, FOCAL, CENTRE, CENTRE
SMALL = 20.0, 20.0, 15.5, 15.5


def draw(vertices: np.ndarray, cull: bool = True, how=rasterise) -> np.ndarray:
    depth = np.full((SIZE, SIZE), FAR, np.float32)
    how(vertices, load_asset().triangles, CAMERA, depth, 60.0, cull)
    return depth


def cast_rays(vertices: np.ndarray, triangles: np.ndarray, pixels: np.ndarray) -> np.ndarray:
    """Depth at which the ray through each pixel [n, 2] meets a triangle from either side, or FAR.

    Moeller and Trumbore 1997, in double precision, every ray against every triangle.
    """
    a, b, c = (vertices[triangles[:, k]].astype(np.float64) for k in range(3))
    depth = np.full(len(pixels), FAR)
    for n, (u, v) in enumerate(pixels):
        ray = np.array([(u - CENTRE) / FOCAL, (v - CENTRE) / FOCAL, 1.0])
        across = np.cross(ray, c - a)
        volume = ((b - a) * across).sum(1)
        with np.errstate(divide="ignore", invalid="ignore"):
            first = (-a * across).sum(1) / volume
            turned = np.cross(-a, b - a)
            second = turned @ ray / volume
            distance = ((c - a) * turned).sum(1) / volume
        hit = (first >= 0) & (second >= 0) & (first + second <= 1) & (distance > 0)
        depth[n] = distance[hit].min(initial=FAR)
    return depth


def test_depth_and_coverage_are_those_of_exact_rays(posed):
    pixels = np.stack(np.meshgrid(np.arange(0, SIZE, 3), np.arange(0, SIZE, 3)), -1).reshape(-1, 2)
    for vertices in posed[:3]:
        drawn = draw(vertices)[pixels[:, 1], pixels[:, 0]]
        exact = cast_rays(vertices, load_asset().triangles, pixels)
        covered, expected = drawn < FAR, exact < FAR
        assert expected.sum() > 100
        assert (covered != expected).sum() <= 1  # a ray along an edge may round either way
        both = covered & expected
        assert np.median(np.abs(drawn - exact)[both]) < 0.01
        assert np.abs(drawn - exact)[both].max() < 0.2


def test_culling_back_faces_changes_nothing_of_a_closed_mesh(posed):
    for vertices in posed:
        assert np.abs(draw(vertices) - draw(vertices, cull=False)).max() < 0.2


def test_fallback_without_numba_draws_the_same(posed):
    for vertices in posed:
        fast, plain = draw(vertices), draw(vertices, how=rasterise_numpy)
        assert ((fast < FAR) != (plain < FAR)).sum() <= 2
        both = (fast < FAR) & (plain < FAR)
        assert np.abs(fast - plain)[both].max() < 0.2


def test_nearer_things_already_drawn_stay():
    triangle = np.array([[-300, -300, 500], [-300, 300, 500], [300, 0, 500]], np.float32)
    for how in (rasterise, rasterise_numpy):
        depth = np.full((32, 32), 400, np.float32)
        how(triangle, np.array([[0, 1, 2]], np.int32), SMALL, depth, 60.0, False)
        assert (depth == 400).all()


@pytest.mark.parametrize("how", [rasterise, rasterise_numpy])
def test_a_plane_has_its_exact_depth_and_edges(how):
    corners = np.array(
        [[-100, -50, 400], [100, -50, 400], [100, 50, 800], [-100, 50, 800]], np.float32
    )
    depth = np.full((40, 60), FAR, np.float32)
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    how(corners, triangles, (80.0, 80.0, 30.0, 20.0), depth, 60.0, False)
    rows, columns = np.nonzero(depth < FAR)
    slope = (rows - 20.0) / 80
    exact = 600 / (1 - 4 * slope)  # z = 600 + 4 y on the plane, y = z * slope
    assert len(rows) > 200
    assert np.abs(depth[rows, columns] - exact).max() < 0.01
    assert (np.abs((columns - 30.0) / 80 * exact) <= 100.01).all()


def test_triangles_too_near_are_left_out():
    triangle = np.array([[-300, -300, 50], [-300, 300, 500], [300, 0, 500]], np.float32)
    for how in (rasterise, rasterise_numpy):
        depth = np.full((32, 32), FAR, np.float32)
        how(triangle, np.array([[0, 1, 2]], np.int32), SMALL, depth, 60.0, False)
        assert (depth == FAR).all()
