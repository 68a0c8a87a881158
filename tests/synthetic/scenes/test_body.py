"""The body behind the hand: a sound surface, rigid bones, joints that land where they are sent."""

from collections import Counter

import numpy as np
import pytest

from app.synthetic.scenes.body import (
    ASSET,
    PARENTS,
    body_of_pool,
    load_body,
    pose_body,
    scalp_triangles,
    triangles_without,
    turn_onto,
)


def test_the_asset_is_small_and_its_surface_runs_one_way():
    asset = load_body()
    assert ASSET.stat().st_size < 600_000
    edges = Counter((int(t[k]), int(t[(k + 1) % 3])) for t in asset.triangles for k in range(3))
    assert max(edges.values()) == 1  # no edge is walked twice in the same direction
    np.testing.assert_allclose(asset.skin_weights.sum(1), 1, atol=2e-3)


def test_hidden_bones_are_left_out_and_nothing_else():
    asset = load_body()
    rest = triangles_without(("hand.L",))
    gone = len(asset.triangles) - len(rest)
    assert 100 < gone < 1200
    x = asset.mean_mm[rest][..., 0]
    assert x.max() < asset.mean_mm[:, 0].max() - 30  # the left hand reached furthest
    assert x.min() == asset.mean_mm[:, 0].min()


def test_hair_grows_on_top_of_the_head_and_not_on_the_face():
    asset = load_body()
    scalp = asset.mean_mm[scalp_triangles()].reshape(-1, 3)
    head = asset.mean_mm[asset.skin_bones[:, 0] == asset.bones.index("head")]
    assert scalp[:, 1].max() == head[:, 1].max()
    nose = head[head[:, 2].argmax()]
    assert np.linalg.norm(scalp - nose, axis=1).min() > 50


def test_posing_turns_limbs_and_keeps_their_lengths():
    rng = np.random.default_rng(0)
    asset, shape = load_body(), body_of_pool("train", 0)
    upper, lower = np.array([-0.3, 0.2, 0.9]), np.array([0.1, 1.0, 0.1])
    turns = {
        "upper_arm.R": turn_onto(shape.limb("upper_arm.R"), upper),
        "forearm.R": turn_onto(shape.limb("forearm.R"), lower),
    }
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    rotation *= np.sign(np.linalg.det(rotation))
    shift = np.array([10.0, 20, 900])
    vertices, pivots = pose_body(shape, turns, rotation, shift)
    index = asset.bones.index
    for limb, start, end in (
        (upper, "upper_arm.R", "forearm.R"),
        (lower, "forearm.R", "hand.R"),
    ):
        along = (pivots[index(end)] - pivots[index(start)]) @ rotation
        np.testing.assert_allclose(
            along / np.linalg.norm(along), limb / np.linalg.norm(limb), atol=1e-4
        )
    for child, parent in PARENTS.items():
        if parent != "torso":
            rest = np.linalg.norm(shape.pivots_mm[index(child)] - shape.pivots_mm[index(parent)])
            posed = np.linalg.norm(pivots[index(child)] - pivots[index(parent)])
            assert posed == pytest.approx(rest, rel=1e-4)
    torso = (asset.skin_bones[:, 0] == 0) & (asset.skin_weights[:, 0] > 0.9995)
    expected = shape.vertices_mm[torso] @ rotation.T + shift
    np.testing.assert_allclose(vertices[torso], expected, atol=0.05)


@pytest.mark.parametrize("end", [[0, 0, 1], [1, 2, 3], [-1.0, 0, 0]])
def test_turn_onto_is_a_rotation_onto_the_direction(end):
    turn = turn_onto(np.array([1.0, 0, 0]), np.array(end, float))
    np.testing.assert_allclose(turn @ turn.T, np.eye(3), atol=1e-9)
    assert np.linalg.det(turn) == pytest.approx(1)
    np.testing.assert_allclose(turn @ [1, 0, 0], np.array(end) / np.linalg.norm(end), atol=1e-9)


def test_people_differ_and_the_splits_share_nobody():
    heights = [np.ptp(body_of_pool("train", k).vertices_mm[:, 1]) for k in range(8)]
    assert np.std(heights) > 10
    for k in range(8):
        for m in range(8):
            train, test = (body_of_pool(s, n).vertices_mm for s, n in (("train", k), ("test", m)))
            assert np.abs(train - test).max() > 5
