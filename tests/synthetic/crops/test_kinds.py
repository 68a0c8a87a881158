"""Crops of other kinds are what they say, and leave plain ones as they are."""

from __future__ import annotations

import numpy as np
import pytest

from app.synthetic.crops.generator import BLOCK, CropGenerator
from app.synthetic.kinds import MIXTURE, WILD_KINDS
from app.synthetic.solids import NOTHING

N = 64


@pytest.fixture(scope="module")
def plain():
    return CropGenerator(seed=3)


@pytest.fixture(scope="module")
def only():
    return {kind: CropGenerator(seed=3, kinds={kind: 1.0}) for kind in WILD_KINDS}


def seen_share(generator, n=N):
    made = generator.batch(0, n, clean=False)
    return made.seen[made.present].mean()


def test_plain_samples_of_a_mixture_are_those_without(plain):
    mixed = CropGenerator(seed=3, kinds=MIXTURE)
    a, b = plain.batch(0, 2 * N), mixed.batch(0, 2 * N)
    same = (a.images == b.images).all((1, 2)) & (a.joints == b.joints).all((1, 2))
    left = 1 - sum(MIXTURE.values())
    assert left - 0.1 < same.mean() < left + 0.25  # negatives stay plain
    assert same[~a.present].all()


def test_shares_that_are_none_are_refused():
    for shares in ({"held": 0.8, "two": 0.4}, {"held": -0.1}):
        with pytest.raises(ValueError, match="share"):
            CropGenerator(seed=3, kinds=shares)


def test_negatives_stay_without_a_hand(plain, only):
    empty = ~plain.samples(0, BLOCK)["present"]
    for generator in only.values():
        np.testing.assert_array_equal(~generator.samples(0, BLOCK)["present"], empty)


def test_held_crops_hold_and_hide_fingers(plain, only):
    samples = only["held"].samples(0, N)
    there = samples["held"]["kind"][samples["present"], 0] != NOTHING
    assert there.mean() > 0.8
    assert (plain.samples(0, N)["held"]["kind"] == NOTHING).all()
    assert seen_share(only["held"]) < seen_share(plain)


def test_what_is_held_is_drawn(only):
    """Without the thing the same hand gives another picture, mostly a farther one."""
    generator = only["held"]
    samples = generator.samples(0, 24)
    held = np.flatnonzero(samples["held"]["kind"][:, 0] != NOTHING)
    nearer = 0
    for k in held:
        images = [np.ones((128, 128), np.float32) for _ in range(2)]
        bare = samples[k, ...].copy()
        bare["held"]["kind"] = NOTHING
        for sample, image in zip((samples[k, ...], bare), images, strict=True):
            generator._renderer.draw(sample, image, None)
        nearer += (images[0] < images[1] - 0.02).sum() > 30
    assert nearer > 0.8 * len(held)


def test_second_hands_are_near_where_recorded_ones_are(only):
    samples = only["two"].samples(0, BLOCK)
    samples = samples[samples["present"]]
    assert samples["has_second"].all()
    gap = samples["second"]["target_mm"] - samples["hand"]["target_mm"]
    away = np.linalg.norm(gap, axis=1)
    assert 60 < np.median(away) < 220
    determinants = np.linalg.det(samples["second"]["rotation"].astype(np.float64))
    np.testing.assert_allclose(determinants, 1, atol=1e-3)


def test_own_hands_point_away_from_below(only):
    made = only["egocentric"].batch(0, N, clean=False)
    joints = made.joints[made.present]
    along = joints[:, 9] - joints[:, 0]
    assert (along[:, 1] < 0).mean() > 0.85  # up in the picture
    assert (along[:, 2] > 0).mean() > 0.85  # away
    distance = made.centre_mm[made.present, 2]
    assert distance.min() >= 250
    assert distance.max() <= 600


def test_near_crops_are_near_and_cut(only):
    samples = only["near"].samples(0, BLOCK)
    samples = samples[samples["present"]]
    view = samples["view"]
    assert view["distance_mm"].min() >= 120
    assert view["distance_mm"].max() <= 250
    assert (view["beyond"] > 0).any(1).mean() > 0.2
    assert 0.25 < (samples["flaws"]["hole_mm"] > 0).mean() < 0.55


def test_a_sparse_crop_has_fewer_readings_and_the_same_joints(plain, only):
    a, b = plain.batch(0, N), only["sparse"].batch(0, N)
    bare = (only["sparse"].samples(0, N)["held"]["kind"][:, 0] == NOTHING) & a.present
    np.testing.assert_array_equal(a.joints[bare], b.joints[bare])
    read = [(images[bare] < 1).mean() for images in (a.images, b.images)]
    assert read[1] < 0.5 * read[0]


def test_joints_beyond_the_border_are_not_seen(only):
    generator = only["border"]
    made, samples = generator.batch(0, N, clean=False), generator.samples(0, N)
    cut = (samples["view"]["beyond"] > 0.3).any(1) & made.present
    assert cut.sum() > 10
    assert made.seen[cut].mean() < made.seen[made.present & ~cut].mean()
    for k in np.flatnonzero(cut):
        left = samples["view"]["beyond"][k, 0]
        depth = made.joints[k, :, 2] + made.centre_mm[k, 2]
        across = made.joints[k, :, 0] / depth * made.centre_mm[k, 2] / made.cube_mm[k] + 0.5
        assert not made.seen[k, across < left - 0.03].any()
