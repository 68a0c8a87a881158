"""Hands of a crop lie where their record says, and records alone say what a crop shows."""

from __future__ import annotations

import numpy as np
import pytest

from app.hand.kinematics import ELBOW
from app.hand.pool import HandPool, load_hand_pool
from app.synthetic.crops.generator import CropGenerator
from app.synthetic.crops.parameters import BLOCK
from app.synthetic.crops.picture import draw_plane_at
from app.synthetic.crops.placement import place_from
from app.synthetic.crops.sample import HAND
from app.synthetic.crops.sleeves import SLEEVE, put_on
from app.synthetic.solids import NOTHING, PLANE

TARGET = np.array([10.0, -20, 500], np.float32)


@pytest.fixture(scope="module")
def generator() -> CropGenerator:
    return CropGenerator(seed=3)


@pytest.fixture
def hand(generator) -> np.ndarray:
    """HAND []: a hand as it is drawn for crops, at TARGET."""
    record = generator.samples(0, 1)["hand"][0, ...].copy()
    record["identity"], record["at_forearm"], record["target_mm"] = 0, 0, TARGET
    return record


def pool() -> HandPool:
    return load_hand_pool("makehuman", "train")


def placed(hand: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    assert hand.dtype == HAND
    return place_from(pool(), hand)


def test_the_joints_lie_about_the_target_and_the_skin_about_the_joints(hand):
    _, joints, vertices = placed(hand)
    np.testing.assert_allclose(joints.mean(0), TARGET, atol=1e-3)
    nearest = np.linalg.norm(vertices[:, None] - joints[None], axis=-1).min(0)
    assert nearest.max() < 25


def test_a_point_of_the_forearm_lies_at_the_target(hand):
    for share in (0.9, 1.0):
        hand["at_forearm"] = share
        bones, joints, _ = placed(hand)
        elbow = bones[0, :, :3] @ pool().pivots_mm[hand["shape"], ELBOW] + bones[0, :, 3]
        np.testing.assert_allclose(joints[0] + share * (elbow - joints[0]), TARGET, atol=1e-2)


def test_a_sleeve_widens_the_arm_from_where_it_begins_and_nothing_else(hand):
    bones, _, bare = placed(hand)
    wrist, elbow = bones[1, :, 3], bones[0, :, :3] @ pool().pivots_mm[hand["shape"], ELBOW]
    elbow = elbow + bones[0, :, 3]
    axis = (elbow - wrist) / np.linalg.norm(elbow - wrist)
    sleeve, dressed = np.zeros((), SLEEVE), bare.copy()
    sleeve["start_mm"], sleeve["thickness_mm"] = 50, 12
    put_on(dressed, pool().forearm, wrist, elbow, sleeve)
    moved = np.linalg.norm(dressed - bare, axis=1)
    along = (bare - wrist) @ axis
    covered = np.isin(np.arange(len(bare)), pool().forearm) & (along > 56.1)
    assert covered.sum() > 20
    np.testing.assert_allclose(moved[covered], 12, atol=0.01)
    assert moved[along < 50].max() == 0
    sleeve["lost_mm"] = 80
    put_on(dressed, pool().forearm, wrist, elbow, sleeve)
    lost = dressed[:, 2] < 0
    assert lost[covered & (along > 80.1)].all()
    assert not lost[along < 79.9].any()


def test_a_plane_stays_behind_every_point_by_its_margin(rng):
    plane, points = np.zeros((), PLANE), rng.normal(0, 40, (21, 3)).astype(np.float32) + TARGET
    plane["normal"], plane["margin_mm"] = (0, 0.6, 0.8), 25
    depth = np.full((60, 60), 5000, np.float32)
    draw_plane_at(depth, (70.0, 70.0, 29.5, 29.5), plane, points, True)
    v, u = np.nonzero(depth < 5000)
    z = depth[v, u]
    offset = ((v - 29.5) / 70 * z * 0.6 + z * 0.8).astype(np.float64)
    np.testing.assert_allclose(offset, (points @ [0, 0.6, 0.8]).max() + 25, rtol=1e-4)


def test_without_clutter_no_record_holds_any():
    samples = CropGenerator(seed=3, clutter=False).samples(0, BLOCK)
    assert samples["present"].all()
    assert not samples["has_second"].any()
    assert (samples["solids"]["kind"] == NOTHING).all()
    assert (samples["plane"]["margin_mm"] == 0).all()
    assert (samples["person"]["number"] == -1).all()
    assert (samples["band"]["width_mm"] == 0).all()
    assert (samples["motion"]["across_px"] == 0).all()


def test_shares_of_what_is_drawn_are_those_that_are_said(generator):
    samples = generator.samples(0, 4 * BLOCK)
    present = samples["present"]
    assert abs(samples["has_second"][present].mean() - 0.12) < 0.04
    assert abs((samples["view"]["beyond"] > 0).any(1).mean() - 0.1) < 0.04
    assert (samples["hand"]["at_forearm"][present] == 0).all()
    assert (samples["second"]["at_forearm"] == 0).all()
    gap = samples["second"]["target_mm"] - samples["hand"]["target_mm"]
    size = np.linalg.norm(gap, axis=1)
    assert size.min() > 89
    assert size.max() < 191
