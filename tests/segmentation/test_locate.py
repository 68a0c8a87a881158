"""The locator on scenes by formula: a crude hand before a torso, with nearer things about."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from app.segmentation.blob import find_blob
from app.segmentation.canvas import make_canvas
from app.segmentation.locate import HEAT_BOUND, MIN_HEAT, HandLocator, localiser_target

from .conftest import capsule_depth, frame_of, hand_depth, rays, sphere_depth

PALM = np.array([-110.0, 20.0, 560.0])
ELBOW = np.array([-60.0, 330.0, 760.0])


@pytest.fixture
def body(small):
    """A torso with head and shoulders, [H, W] mm."""
    direction = rays(small)
    torso = capsule_depth(
        direction, np.array([120.0, 150, 1000]), np.array([120.0, 500, 1000]), 190
    )
    return np.minimum(torso, sphere_depth(direction, np.array([120.0, -180, 1000]), 100))


@pytest.fixture
def scene(small, body):
    return np.minimum(body, hand_depth(rays(small), PALM, ELBOW))


def test_hand_before_a_body_is_found(small, scene):
    regions = HandLocator().locate(frame_of(scene, small))
    assert regions
    assert np.linalg.norm(regions[0].centre_mm - PALM) < 50
    assert not regions[0].tracked
    assert 0 <= regions[0].score <= 1


def test_a_nearer_elbow_is_not_the_hand(small, scene):
    direction = rays(small)
    joint = np.array([150.0, 60, 380])
    for end in ([260.0, 250, 620], [330.0, -120, 600]):
        scene = np.minimum(scene, capsule_depth(direction, joint, np.array(end), 42))
    assert np.nanmin(scene) < 400
    region = HandLocator().locate(frame_of(scene, small))[0]
    assert np.linalg.norm(region.centre_mm - PALM) < 50


def test_no_hand_where_there_is_none(small, body):
    wall = np.full((240, 320), 1200.0)
    for depth in (np.zeros((240, 320)), wall, np.minimum(wall, body)):
        assert HandLocator().locate(frame_of(depth, small), min_score=0.5) == []


def test_the_network_decides_where_to_look(small, scene):
    """With a heat map only its peaks count, and a hand it does not name is not reported."""
    frame = frame_of(scene, small)
    canvas = make_canvas(frame)
    answer = localiser_target(canvas, PALM)[None]
    answer[:, 0] = answer[:, 0] * 8 - 4
    found = HandLocator(lambda inputs: answer).locate(frame)
    assert len(found) == 1
    assert np.linalg.norm(found[0].centre_mm - PALM) < 40
    assert found[0].score > 0.9
    assert HandLocator(lambda inputs: answer * 0 - 5).locate(frame) == []


def answer_for(frame, *hands, heat=0.98) -> np.ndarray:
    """What the network would say of hands there, so surely."""
    target = localiser_target(make_canvas(frame), np.stack(hands))
    target[0] = np.log(target[0].clip(1e-4, 1) * heat) - np.log1p(-target[0] * heat)
    return target[None]


def test_no_score_is_more_than_twice_what_the_network_says(small, scene):
    frame = frame_of(scene, small)
    for heat in (0.2, 0.3):
        answer = answer_for(frame, PALM, heat=heat)
        (found,) = HandLocator(lambda inputs, a=answer: a).locate(frame, min_score=0.1)
        peak = 1 / (1 + np.exp(-answer[0, 0].max()))
        assert found.score == pytest.approx(HEAT_BOUND * peak, rel=1e-3)
    faint = answer_for(frame, PALM, heat=0.9 * MIN_HEAT)
    assert HandLocator(lambda inputs: faint).locate(frame, min_score=0.0) == []


def test_the_best_few_hands_are_named_each_once(small):
    places = [np.array([x, -10.0, 600.0]) for x in (-230, -80, 80, 230)]
    depth = np.min([sphere_depth(rays(small), place, 50) for place in places], 0)
    frame = frame_of(depth, small)
    twice = [*places, places[0] + np.array([20.0, 0, 0])]
    locator = HandLocator(lambda inputs: answer_for(frame, *twice))
    found = locator.locate(frame, min_score=0.0)
    assert len(found) == 4
    assert all(a.score >= b.score for a, b in pairwise(found))
    for place in places:
        assert min(np.linalg.norm(r.centre_mm - place) for r in found) < 45
    assert len(locator.locate(frame, limit=2, min_score=0.0)) == 2
    assert locator.locate(frame, min_score=1.1) == []
    asked = []
    locator.verify = lambda crop: asked.append(crop) or 1.0
    locator.locate(frame)
    assert len(asked) == locator.top_k == 3


def test_what_is_smaller_than_a_hand_is_not_followed(small):
    for radius, there in ((12.0, False), (45.0, True)):
        ball = sphere_depth(rays(small), PALM, radius)
        region = HandLocator().follow(frame_of(ball, small), PALM)
        assert (region is not None) == there
    assert region.tracked
    assert region.score == 1.0


def test_verify_overrules_the_scores(small):
    direction = rays(small)
    first, second = np.array([-140.0, 20, 560]), np.array([150.0, 20, 600])
    depth = np.minimum(
        hand_depth(direction, first, first + np.array([0, 350.0, 150])),
        hand_depth(direction, second, second + np.array([0, 350.0, 150])),
    )
    frame = frame_of(depth, small)
    answer = localiser_target(make_canvas(frame), np.stack([first, second]))[None]
    answer[:, 0] = answer[:, 0] * 8 - 4
    seen = []

    def right_side(crop):
        seen.append(crop.image.shape)
        return 0.9 if crop.centre_mm[0] > 0 else 0.05

    regions = HandLocator(lambda inputs: answer, verify=right_side).locate(frame, min_score=0.5)
    assert len(regions) == 1
    assert np.linalg.norm(regions[0].centre_mm - second) < 45
    assert seen == [(128, 128)] * 2


def test_centre_is_refined_from_nearby_and_ignores_what_is_behind(small):
    direction = rays(small)
    hand = hand_depth(direction, PALM, PALM + np.array([40, 330, 0.0]))
    chest = np.full((240, 320), PALM[2] + 75)  # closer than half a cube, but not connected
    alone = find_blob(frame_of(hand, small), PALM).centre_mm
    before = find_blob(frame_of(np.minimum(hand, chest), small), PALM).centre_mm
    assert np.linalg.norm(alone - PALM) < 30
    assert np.linalg.norm(before - alone) < 8
    for shift in ([35, 0, 0], [-35, 0, 20], [0, 30, -20], [0, -35, 0]):
        moved = find_blob(frame_of(hand, small), PALM + shift).centre_mm
        assert np.linalg.norm(moved - alone) < 15, shift


def test_only_the_connected_surface_counts(small):
    """A disc 60 mm before a wall has its own centre; a ramp that joins them pulls it back."""
    points = rays(small) * 500
    disc = np.hypot(points[..., 0], points[..., 1]) < 50
    apart = np.where(disc, 500.0, 560.0)
    joined = np.clip(450 + np.hypot(points[..., 0], points[..., 1]), 500, 560)
    alone = find_blob(frame_of(apart, small), np.array([0, 0, 500.0])).centre_mm
    together = find_blob(frame_of(joined, small), np.array([0, 0, 500.0])).centre_mm
    assert alone[2] == pytest.approx(512, abs=1)
    assert together[2] > 520


def test_no_surface_no_blob(small):
    frame = frame_of(np.zeros((240, 320)), small)
    assert find_blob(frame, PALM) is None
    assert HandLocator().follow(frame, PALM) is None


def test_blob_area_is_metric(small):
    for z in (400.0, 800.0):
        disc = np.full((240, 320), np.inf)
        points = rays(small) * z
        disc[np.hypot(points[..., 0], points[..., 1]) < 60] = z
        blob = find_blob(frame_of(disc, small), np.array([0, 0, z]))
        assert blob.area_mm2 == pytest.approx(np.pi * 60**2, rel=0.08)
        assert blob.centre_mm[2] == pytest.approx(z + 12, abs=2)


@pytest.mark.parametrize("name", ["scene", "body"])
def test_results_are_repeatable_and_read_only(request, small, name):
    frame = frame_of(request.getfixturevalue(name), small)
    one, two = (HandLocator().locate(frame) for _ in range(2))
    assert [r.score for r in one] == [r.score for r in two]
    assert all(not r.centre_mm.flags.writeable for r in one)
