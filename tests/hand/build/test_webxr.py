"""The second hand: that it is whole, poses as the first one does, and wears the same labels."""

from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.render import frame_generator
from app.hand import kinematics as kin
from app.hand import labels
from app.hand.asset import load_asset
from app.hand.build.build_webxr import build, distance_to_skin
from app.hand.build.webxr import download_package
from app.hand.shape import make_shape, palm_axes, sample_shape, shape_pool
from app.hand.skinning import skin
from app.skeleton import bone_lengths
from app.synthetic.scenes.builder import N_SHAPES, SHAPE_SEED
from tests.hand.build.rebuilt import assert_as_shipped

EYE, STILL = np.eye(3), np.zeros(3)


@pytest.fixture(scope="module")
def both():
    return make_shape(), make_shape(identity="webxr")


def enclosed(vertices: np.ndarray, triangles: np.ndarray) -> float:
    """mm^3 inside a closed mesh, positive where its faces look outwards."""
    a, b, c = (vertices[triangles[:, k]].astype(np.float64) for k in range(3))
    return float((a * np.cross(b, c)).sum() / 6)


def test_the_mesh_is_closed_and_looks_outwards():
    asset = load_asset("webxr")
    edges = np.concatenate([asset.triangles[:, [k, (k + 1) % 3]] for k in range(3)])
    assert len({tuple(e) for e in edges.tolist()}) == len(edges)
    assert {tuple(e) for e in edges.tolist()} == {tuple(e) for e in edges[:, ::-1].tolist()}
    assert 8e5 < enclosed(asset.mean_mm[: asset.n_vertices], asset.triangles) < 1.2e6


def test_skin_weights_are_shares_of_every_bone():
    asset = load_asset("webxr")
    np.testing.assert_allclose(asset.skin_weights.sum(1), 1, atol=1e-6)
    assert (np.diff(asset.skin_weights, axis=1) <= 0).all()
    assert set(np.unique(asset.skin_bones[asset.skin_weights > 0.3])) == set(range(21))


def test_it_rests_as_the_first_hand_does(both):
    """Phalanges point the same way, so the same angles give the same pose."""
    along, palmar = zip(*(labels.finger_directions(s.pivots_mm) for s in both), strict=True)
    assert (along[0] * along[1]).sum(-1).min() > 0.999
    assert (palmar[0] * palmar[1])[1:].sum(-1).min() > 0.99
    chain = [np.linalg.norm(np.diff(s.joints_mm[9:13], axis=0), axis=1).sum() for s in both]
    assert abs(chain[0] / chain[1] - 1) < 0.05


def test_labels_lie_in_its_flesh_where_they_lie_in_the_first_hand(both):
    """Depth under the skin of palm and back, and of the tips under that of the finger's end."""
    out = palm_axes()[:, 2]
    depths = []
    for shape in both:
        corners = shape.vertices_mm.astype(np.float64)[load_asset(shape.identity).triangles]
        _, palmar = labels.finger_directions(both[0].pivots_mm.astype(np.float64))
        ways = {0: out} | {
            k: out if k % 4 == 1 else palmar[(k - 1) // 4, (k - 1) % 4 - 1] for k in range(1, 21)
        }
        row = [
            [distance_to_skin(corners, shape.joints_mm[k], s * ways[k]) for s in (1, -1)]
            for k in (0, 2, 3, 5, 6, 7, 9, 10, 11, 13, 14, 15, 17, 18, 19)
        ]
        depths.append(np.array(row))
    np.testing.assert_allclose(depths[1], depths[0], atol=4)
    surface = both[1].vertices_mm
    for tip in (4, 8, 12, 16, 20):
        assert np.linalg.norm(surface - both[1].joints_mm[tip], axis=1).min() < 4
    assert 7 < depths[1][0, 0] < 11  # the wrist: about 9 mm under the palm side's skin


def test_the_forearm_reaches_as_far_and_bends_at_the_wrist(both):
    axis = palm_axes()[:, 1]
    ends = [(s.vertices_mm @ axis).min() for s in both]
    assert abs(ends[0] - ends[1]) < 15
    bent = kin.pose_bones(kin.pose(wrist_flexion=50), both[1], EYE, STILL)
    moved = np.linalg.norm(skin(both[1], bent) - both[1].vertices_mm, axis=1)
    along = both[1].vertices_mm @ axis
    assert moved[along < -60].min() > 30
    assert moved[along > 30].max() < 1e-3


def test_bent_fingers_keep_their_flesh(both):
    """A fist loses some of what skinning folds away, but not much more than the first hand's."""
    fingers = ("index", "middle", "ring", "little")
    bent = {f"{f}_{k}_flexion": v for f in fingers for k, v in (("mcp", 70), ("pip", 90))}
    lost = []
    for shape in both:
        triangles = load_asset(shape.identity).triangles
        fist = skin(shape, kin.pose_bones(kin.pose(**bent), shape, EYE, STILL))
        assert ((fist - shape.vertices_mm) @ palm_axes()[:, 2]).max() > 40
        lost.append(1 - enclosed(fist, triangles) / enclosed(shape.vertices_mm, triangles))
    assert max(lost) < 0.06


def test_its_shapes_vary_as_much_as_the_first_hands():
    lengths, girths = [], []
    for identity in ("makehuman", "webxr"):
        shapes = [
            sample_shape(np.random.default_rng(k), identity=identity) for k in range(24)
        ]  # the same draws
        lengths.append([np.linalg.norm(s.joints_mm[12] - s.joints_mm[0]) for s in shapes])
        knuckles = [np.linalg.norm(s.joints_mm[5] - s.joints_mm[17]) for s in shapes]
        girths.append(np.array(knuckles) / lengths[-1])
    assert np.corrcoef(lengths)[0, 1] > 0.95
    assert np.corrcoef(girths)[0, 1] > 0.8
    assert 0.7 < np.std(girths[1]) / np.std(girths[0]) < 1.4


def test_fingers_stretch_by_its_own_skin_weights(both):
    fingers = np.ones((5, 2))
    fingers[1] = 1.1, 1.2
    long = make_shape(fingers=fingers, identity="webxr")
    moved = np.linalg.norm(long.joints_mm - both[1].joints_mm, axis=1)
    np.testing.assert_allclose(moved[[*range(6), *range(9, 21)]], 0, atol=1e-4)
    asset = load_asset("webxr")
    on_index = np.isin(asset.skin_bones[:, 0], (9, 10, 11)) & (asset.skin_weights[:, 0] > 0.9)
    skin_moved = np.linalg.norm(long.vertices_mm - both[1].vertices_mm, axis=1)
    assert skin_moved[on_index].min() > 0.3
    np.testing.assert_allclose(skin_moved[asset.skin_bones[:, 0] == 0], 0, atol=1e-3)


@pytest.mark.full
def test_it_can_be_built_again_from_the_package(tmp_path):
    assert_as_shipped("webxr", build(download_package(tmp_path)))


def test_frames_show_it_where_it_is_asked_for():
    """The same scene but for the hand: bones of the pool of its own mesh."""
    plain, second = (
        frame_generator("test", 5, crops=True, identity=identity).frame(0)
        for identity in ("makehuman", "webxr")
    )
    assert plain.hand == second.hand
    assert not np.array_equal(plain.depth_mm, second.depth_mm)
    pool = shape_pool(SHAPE_SEED, N_SHAPES, "test", "webxr")
    rigid = np.setdiff1d(np.arange(20), (12, 16))  # the others cup
    lengths = bone_lengths(np.stack([shape.joints_mm for shape in pool]))[:, rigid]
    for scene, close in ((second, True), (plain, False)):
        off = np.abs(bone_lengths(scene.joints_mm)[rigid] - lengths).max(1).min()
        assert (off < 0.05) == close
