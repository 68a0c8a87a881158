"""Whole scenes of the other kinds: each is what it says, its truth in its pixels."""

from __future__ import annotations

import numpy as np
import pytest

from app.evaluation.render import frame_generator, sound_scenes
from app.geometry import project
from app.synthetic.kinds import WILD_KINDS
from app.synthetic.scenes.generator import SceneGenerator

N = 6


@pytest.fixture(scope="module")
def rendered():
    kinds = ("mixed", *WILD_KINDS)
    return {kind: list(sound_scenes(frame_generator("test", 6, kind=kind), N)) for kind in kinds}


def inside(scene):
    pixels = project(scene.joints_mm, scene.intrinsics)
    return ((pixels > -0.5) & (pixels < (639.5, 479.5))).all(1)


def test_every_kind_is_named_and_has_its_truth(rendered):
    for kind, scenes in rendered.items():
        for scene in scenes:
            assert scene.kind == ("hand" if kind == "mixed" else kind)
            assert scene.joints_mm.shape == (21, 3)
            assert scene.seen_joints.shape == (21,)
            assert np.isfinite(scene.depth_mm).all()
            assert not scene.seen_joints[~inside(scene)].any()


def test_seen_joints_lie_under_the_surface(rendered):
    """Where a joint is seen, the reading there is the skin before it, or there is none."""
    for kind in ("held", "two", "egocentric", "border"):
        behind = []
        for scene in rendered[kind]:
            pixels = np.rint(project(scene.joints_mm, scene.intrinsics)).astype(int)
            for j in np.flatnonzero(scene.seen_joints & inside(scene)):
                reading = scene.depth_mm[pixels[j, 1], pixels[j, 0]]
                if reading > 0:
                    behind.append(scene.joints_mm[j, 2] - reading)
        assert len(behind) > 20, kind
        assert np.mean(np.array(behind) < 35) > 0.95, kind


def test_things_and_other_hands_hide_joints(rendered):
    share = {kind: np.mean([s.seen_joints for s in rendered[kind]]) for kind in rendered}
    assert share["held"] < share["mixed"]
    assert share["egocentric"] < share["mixed"]
    assert any(len(scene.others_mm) for scene in rendered["two"])


def test_distances_are_those_of_the_kind(rendered):
    z = {kind: np.array([s.joints_mm[:, 2].mean() for s in rendered[kind]]) for kind in rendered}
    assert ((z["near"] > 110) & (z["near"] < 260)).all()
    assert ((z["egocentric"] > 240) & (z["egocentric"] < 620)).all()
    assert (z["held"] > 290).all()


def test_a_sparse_scene_is_the_plain_one_with_one_reading_of_nine(rendered):
    for plain, sparse in zip(rendered["mixed"], rendered["sparse"], strict=True):
        np.testing.assert_array_equal(plain.joints_mm, sparse.joints_mm)
        kept = sparse.depth_mm > 0
        np.testing.assert_array_equal(sparse.depth_mm[kept], plain.depth_mm[kept])
        assert kept.sum() == pytest.approx((plain.depth_mm > 0).sum() / 9, rel=0.05)


def test_hands_at_the_border_are_cut_and_others_whole(rendered):
    assert all(0.4 < inside(scene).mean() < 1 for scene in rendered["border"])
    for kind in ("held", "egocentric"):
        assert all(inside(scene).all() for scene in rendered[kind])


def test_scenes_for_training_mix_kinds(rng):
    kinds = {"hand": 0.3, "held": 0.3, "egocentric": 0.2, "near": 0.2}
    generator = SceneGenerator(9, kinds=kinds, scale=0.25)
    assert {generator.frame(i).kind for i in range(24)} == set(kinds)
