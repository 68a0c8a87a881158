"""Hands that hold: they touch the thing, are not in it, and stay hands."""

from __future__ import annotations

import numpy as np
import pytest

from app.hand import kinematics as kin
from app.hand.kinematics import pose_bones
from app.hand.pool import load_hand_pool
from app.hand.prior import TOLERANCE_MM, load_prior, penetration_mm
from app.hand.shape import palm_axes, shape_pool
from app.hand.skinning import skin
from app.synthetic.held.closure import GRIP, close_hands
from app.synthetic.held.distance import distance_to
from app.synthetic.held.grasps import WAYS, Hands, hold
from app.synthetic.solids import CYLINDER, NOTHING, make_solids

N = 96


@pytest.fixture(scope="module")
def hands() -> Hands:
    pool = load_hand_pool("makehuman", "train")
    return Hands(pool.pivots_mm, pool.joints_mm, pool.scale)


@pytest.fixture(scope="module")
def held(hands):
    rng = np.random.default_rng(8)
    shape, theta = rng.integers(0, 512, N), load_prior().sample(rng, N)
    return shape, theta, *hold(rng, hands, shape, theta)


def test_most_hands_hold_something_of_every_kind(held):
    _, _, _, solids, good = held
    assert good.mean() > 0.75
    assert set(range(5)) <= set(np.unique(solids["kind"][good]))
    assert (solids["kind"][~good] == NOTHING).all()
    assert 0.1 < (solids["kind"][good, 1] != NOTHING).mean() < 0.6


def test_the_skin_touches_the_thing_and_is_not_deep_in_it(held):
    """Against the drawn skin, not the capsules that fingers are closed by."""
    shape, _, theta, solids, good = held
    pool = shape_pool(0, 512, "train")
    nearest, deepest = [], []
    for k in np.flatnonzero(good)[:40]:
        person = pool[shape[k]]
        vertices = skin(person, pose_bones(theta[k], person, np.eye(3), np.zeros(3)))
        gaps = np.array([distance_to(solids[k], v) for v in vertices.astype(np.float32)])
        nearest.append(gaps.min())
        deepest.append(np.percentile(gaps, 1))
    assert np.mean(np.array(nearest) < 3) > 0.95
    assert np.median(deepest) > -4
    assert min(deepest) > -14


def test_held_hands_are_hands(held):
    shape, before, theta, _, good = held
    assert (theta >= kin.LOWEST).all()
    assert (theta <= kin.HIGHEST).all()
    assert penetration_mm(theta[good]).max() <= TOLERANCE_MM
    np.testing.assert_array_equal(theta[:, :3], before[:, :3])  # the wrist stays
    np.testing.assert_array_equal(theta[~good], before[~good])
    assert shape.shape == (N,)


def test_the_same_numbers_hold_the_same(hands, held):
    rng = np.random.default_rng(8)
    shape, theta = rng.integers(0, 512, N), load_prior().sample(rng, N)
    again = hold(rng, hands, shape, theta)
    np.testing.assert_array_equal(again[0], held[2])
    np.testing.assert_array_equal(again[1], held[3])


@pytest.mark.parametrize("way", WAYS)
def test_every_way_of_holding_succeeds_now_and_then(hands, way, monkeypatch):
    monkeypatch.setitem(WAYS, way, (WAYS[way][0], 1e9))
    rng = np.random.default_rng(3)
    _, _, good = hold(rng, hands, np.arange(24), load_prior().sample(rng, 24))
    assert good.mean() > 0.5


def test_a_thicker_bar_stops_the_fingers_earlier(hands):
    """A finger closes until it touches, and where nothing is, as far as it goes."""
    start, closed = kin.pose()[None], kin.pose(index_mcp_flexion=75, index_pip_flexion=95)[None]
    moves, bent = np.array([[False, True, False, False, False]]), {}
    for radius in (0, 8, 25):
        across, _, out = palm_axes().T
        axes = np.stack([out, np.cross(across, out), across], 1)
        middle = hands.joints_mm[0, 6] + 45 * out
        solid = make_solids(
            np.array([[CYLINDER]]), np.array([[[radius + 1e-3] * 2 + [200.0]]]), axes, middle
        )
        if radius == 0:
            solid["kind"] = NOTHING
        theta, grips = np.empty((1, 31), np.float32), np.zeros(1, GRIP)
        arrays = hands.pivots_mm, hands.joints_mm, hands.scale, kin.dof_axes()
        close_hands(start, closed, moves, solid, np.zeros(1, int), *arrays, theta, grips)
        bent[radius] = float(theta[0, kin.dof("index_mcp_flexion")])
        if radius:
            assert -2 < grips["gap_mm"][0, 1] < 3
    assert bent[0] == pytest.approx(np.radians(75), abs=1e-5)
    assert bent[25] < bent[8] < bent[0]
