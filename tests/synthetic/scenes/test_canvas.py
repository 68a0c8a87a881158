"""What a scene is drawn on keeps the nearest surface and says how much of one is seen."""

from __future__ import annotations

import numpy as np
import pytest

from app.frames import Intrinsics
from app.synthetic.scenes.canvas import FAR_MM, DepthCanvas
from app.synthetic.scenes.furniture import box, triangulate

CAMERA = Intrinsics(80, 60, 70.0, 70.0, 39.5, 29.5)


def plate(z_mm: float, x_mm: float = 0.0, side_mm: float = 200.0) -> tuple[np.ndarray, np.ndarray]:
    return triangulate(box((side_mm, side_mm, 10), np.array([x_mm, 0, z_mm + 5])))


@pytest.fixture
def canvas() -> DepthCanvas:
    drawn = DepthCanvas(CAMERA)
    drawn.draw(*plate(500))
    return drawn


def test_nearer_surfaces_cover_farther_ones_and_not_the_other_way(canvas):
    before = canvas.depth_mm.copy()
    canvas.draw(*plate(700))
    np.testing.assert_array_equal(canvas.depth_mm[before < FAR_MM], before[before < FAR_MM])
    canvas.draw(*plate(400, side_mm=60))
    assert canvas.depth_mm[30, 40] == pytest.approx(400)


def test_half_covered_is_half_seen(canvas):
    assert canvas.visible_share(*plate(500)) == 1
    canvas.draw(*plate(400, x_mm=100))
    assert canvas.visible_share(*plate(500)) == pytest.approx(0.5, abs=0.1)
    canvas.draw(*plate(300))
    assert canvas.visible_share(*plate(500)) == 0
    assert canvas.visible_share(*plate(500, x_mm=5000)) == 0  # out of view


def test_what_gives_no_echo_is_erased_where_it_is_in_sight(canvas):
    canvas.draw(*plate(400, x_mm=100))
    before = canvas.depth_mm.copy()
    canvas.erase(*plate(500))
    np.testing.assert_array_equal(canvas.depth_mm[before < 450], before[before < 450])
    assert (canvas.depth_mm[before > 450] == FAR_MM).all()
