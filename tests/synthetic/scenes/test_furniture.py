"""Solids: outside faces out, the near plane cuts, and a rendered solid is where it was put."""

import numpy as np
import pytest

from app.synthetic.raster import rasterise
from app.synthetic.scenes.furniture import (
    box,
    capsule,
    chair,
    level,
    monitor,
    prism,
    thing,
    triangulate,
    wall,
)
from app.synthetic.scenes.room import STYLES, furnish, intruder

F, W, H, FAR = 200.0, 160, 120, 9000.0


def render(polygons):
    depth = np.full((H, W), FAR, np.float32)
    rasterise(*triangulate(polygons), (F, F, W / 2, H / 2), depth)
    return depth


def volume(polygons):
    """Signed volume; positive when, in the camera's axes, faces turn outwards for `rasterise`."""
    total = 0.0
    for p in polygons:
        for k in range(1, len(p) - 1):
            total += p[0] @ np.cross(p[k], p[k + 1]) / 6
    return total


FOOT = np.array([0.0, 100, 800])


@pytest.mark.parametrize(
    ("solid", "expected"),
    [
        (box((100, 200, 300), np.array([5.0, 6, 700]), 0.4), 100 * 200 * 300),
        (prism(np.array([50.0, 50]), np.array([0.0, 100]), FOOT), np.pi * 2500 * 100),
        (
            capsule(np.array([0.0, 0, 500]), np.array([60.0, 80, 500]), 40, 40),
            np.pi * 1600 * 100 + 4 / 3 * np.pi * 40**3,
        ),
        (
            capsule(np.array([60.0, 80, 500]), np.array([0.0, 0, 500]), 40, 40),
            np.pi * 1600 * 100 + 4 / 3 * np.pi * 40**3,
        ),
    ],
    ids=["box", "prism", "capsule", "capsule the other way"],
)
def test_faces_turn_outwards_all_round(solid, expected):
    assert volume(solid) == pytest.approx(expected, rel=0.12)


@pytest.mark.parametrize("seed", range(5))
def test_furniture_is_closed_and_faces_outwards(seed):
    rng = np.random.default_rng(seed)
    for solid in (chair(rng, FOOT), monitor(rng, FOOT), thing(rng, FOOT)):
        assert volume(solid) > 0


def test_a_box_shows_its_front_face():
    depth = render(box((100, 100, 100), np.array([0.0, 0, 600])))
    assert depth[H // 2, W // 2] == pytest.approx(550, abs=0.5)
    assert (depth < FAR).sum() == pytest.approx((100 / 550 * F) ** 2, rel=0.1)


def test_a_capsule_is_nearest_at_its_tip():
    tip = np.array([20.0, -10, 500])
    depth = render(capsule(tip, tip + np.array([100.0, 0, 300]), 50, 50))
    assert depth.min() == pytest.approx(450, abs=4)


def test_walls_and_floors_reach_behind_the_camera_without_being_lost():
    assert np.allclose(render(wall(2000)), 2000, atol=1)
    floor = render(level(500))
    expected = 500 * F / (H - 1 - H / 2)  # where the lowest row meets the floor
    assert floor[-1, W // 2] == pytest.approx(expected, rel=0.01)
    assert (floor[: H // 2 - 2] == FAR).all()


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("seed", range(6))
def test_a_room_behind_the_hand_leaves_the_hand_free(style, seed):
    rng = np.random.default_rng(seed)
    hand = np.array([30.0, -20, 600])
    depth = render(furnish(rng, style, hand, True).polygons)
    u, v = (hand[:2] / hand[2] * F + [W / 2, H / 2]).astype(int)
    assert depth[v - 8 : v + 9, u - 8 : u + 9].min() > hand[2]


@pytest.mark.parametrize("seed", range(12))
def test_an_intruder_is_as_near_as_asked(seed):
    rng = np.random.default_rng(seed)
    depth = render(intruder(rng, np.array([0.0, 0, 700]), 400, np.array([0.1, 0.12])))
    assert depth.min() == pytest.approx(400, abs=25)
