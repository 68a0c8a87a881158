"""What is measured of a candidate, on surfaces whose measures one knows."""

from __future__ import annotations

import numpy as np
import pytest

from app.segmentation.candidates import (
    APART_MM,
    FEATURES,
    FURTHEST_MM,
    NEARBY_MM,
    NEAREST_MM,
    NETWORK_WEIGHTS,
    WEIGHTS,
    _score_seeds,
    describe,
    expand,
    find_candidates,
    hand_probability,
    logit,
    sigmoid,
)
from app.segmentation.canvas import Canvas

Z = 600.0
CENTRE = np.array([[0.0, 0.0, Z]])
SHAPE = (192, 256)
SLANT = np.hypot(1, 0.4)  # length along a cone that rises by 0.4 of what it goes outwards


def canvas_of(depth_mm: np.ndarray) -> Canvas:
    return Canvas(depth_mm.astype(np.float32), SHAPE[1] / 2 - 0.5, SHAPE[0] / 2 - 0.5)


def plane(z: float = Z) -> tuple[np.ndarray, np.ndarray]:
    """x and y [h, w] mm of every pixel of a canvas, at this depth."""
    bare = canvas_of(np.zeros(SHAPE))
    rows, columns = np.mgrid[: SHAPE[0], : SHAPE[1]]
    return (columns - bare.cx) / bare.focal * z, (rows - bare.cy) / bare.focal * z


def seeds_of(depth_mm: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places to look at [n, 3] mm, and how promising each one is."""
    canvas = canvas_of(depth_mm)
    return _score_seeds(canvas.depth_mm, (canvas.focal, canvas.cx, canvas.cy))


def features(depth_mm: np.ndarray, at: np.ndarray = CENTRE) -> dict[str, float]:
    (values,) = describe(canvas_of(depth_mm), at)
    return dict(zip(FEATURES, values.tolist(), strict=True))


def disc(radius_mm: float, z: float = Z) -> np.ndarray:
    x, y = plane(z)
    return np.where(np.hypot(x, y) < radius_mm, z, 0.0)


def test_a_disc_alone_is_a_hand_without_an_arm():
    seen = features(disc(70))
    assert seen["inner_area"] == pytest.approx(np.pi * 0.7**2, rel=0.03)
    assert (seen["shell_area"], seen["shell_angle"], seen["exits"], seen["recess"]) == (0, 0, 0, 0)
    # steps along pixels make a circle as long as the square round it
    assert seen["outline"] == pytest.approx(8 / np.sqrt(np.pi), rel=0.05)
    assert seen["covered"] == 0
    assert seen["relief"] == pytest.approx(0, abs=1e-3)
    assert seen["behind"] == 0
    assert seen["distance"] == pytest.approx(0)


@pytest.mark.parametrize("z", [300.0, 1000.0])
def test_measures_are_metric_at_any_distance(z):
    seen = features(disc(70, z), np.array([[0.0, 0.0, z]]))
    assert seen["inner_area"] == pytest.approx(np.pi * 0.7**2, rel=0.06)
    assert seen["distance"] == pytest.approx(np.log(z / 600))


def test_a_torso_goes_on_all_around():
    seen = features(disc(150))
    assert seen["inner_area"] == pytest.approx(np.pi * 0.95**2, rel=0.03)
    assert seen["shell_area"] == pytest.approx(np.pi * (1.5**2 - 1.15**2), rel=0.04)
    assert seen["shell_angle"] == 1
    assert seen["exits"] <= 1


@pytest.mark.parametrize("arms", [1, 2, 3])
def test_arms_are_counted_by_where_they_leave(arms):
    x, y = plane()
    depth = disc(70)
    for k in range(arms):
        turn = 2 * np.pi * k / 3 + 0.2
        along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        depth[(along > 0) & (along < 160) & (np.abs(across) < 25)] = Z
    seen = features(depth)
    assert seen["exits"] == arms
    assert seen["shell_area"] == pytest.approx(arms * 0.5 * 0.45, rel=0.12)
    assert arms * 0.05 < seen["shell_angle"] < arms * 0.15


def test_the_surface_round_a_candidate_is_followed_and_nothing_else():
    x, y = plane()
    depth = disc(60)
    depth[(np.hypot(x, y) > 75) & (np.hypot(x, y) < 160)] = Z + 120  # behind, and not connected
    seen = features(depth)
    assert seen["inner_area"] == pytest.approx(np.pi * 0.6**2, rel=0.04)
    assert seen["shell_area"] == 0


def test_a_shell_that_lies_behind_has_a_recess_and_the_middle_a_relief():
    x, y = plane()
    away = np.hypot(x, y)
    depth = np.where(away < 150, Z + 0.4 * away, 0.0)  # a cone that points at the camera
    seen = features(depth)
    inner, first, last = 0.95 / SLANT, 1.15 / SLANT, 1.5  # dm from the axis, along the surface
    means = 2 / 3 * inner, 2 / 3 * (last**3 - first**3) / (last**2 - first**2)  # of such areas
    assert seen["recess"] == pytest.approx(0.4 * (means[1] - means[0]), abs=0.03)
    assert seen["relief"] == pytest.approx(0.4 * inner * 100 / np.sqrt(18) / 50, abs=0.03)
    hollow = np.where(away < 150, Z - 0.4 * away, 0.0)
    assert features(hollow)["recess"] == pytest.approx(-seen["recess"], abs=0.05)


def test_an_outline_where_something_nearer_hides_the_rest_is_covered():
    x, _ = plane()
    depth = disc(70)
    half = np.where((x > 0) & (depth == 0), Z - 200, depth)  # a cup before the right side
    seen = features(half)
    assert seen["covered"] == pytest.approx(0.5, abs=0.08)
    assert seen["behind"] == pytest.approx(200 / 300, abs=0.02)
    behind = np.where((x > 0) & (depth == 0), Z + 200, depth)
    assert features(behind)["covered"] == 0


def test_features_are_bounded():
    x, y = plane(300)
    comb = np.where((np.abs(y) < 90) & ((x / 10).astype(int) % 2 == 0), 300.0, 0.0)
    comb[np.abs(y) < 8] = 300.0
    seen = features(comb, np.array([[0.0, 0.0, 300.0]]))
    assert seen["outline"] <= 8
    far = disc(70, 1400)
    far[:3, :] = 160
    assert features(far, np.array([[0.0, 0.0, 1400.0]]))["behind"] == 3


def test_a_point_beside_the_surface_is_described_by_the_nearest_reading():
    near = CENTRE + np.array([NEARBY_MM * 0.6, 0, 0])
    x, _ = plane()
    half = np.where(x < 0, disc(70), 0.0)
    assert features(half, near)["inner_area"] == pytest.approx(np.pi * 0.7**2 / 2, rel=0.06)
    nowhere = CENTRE + np.array([NEARBY_MM * 1.4, 0, 0])
    assert set(features(half, nowhere).values()) == {0.0}
    assert not describe(canvas_of(np.zeros(SHAPE)), CENTRE).any()


@pytest.mark.parametrize("rim", ["left", "right", "upper"])
def test_a_surface_ends_at_the_rim_of_the_picture(rim):
    """What is seen at the opposite rim is no part of it."""
    x, y = plane()
    place = {"left": (x.min(), 0), "right": (x.max(), 0), "upper": (0, y.min())}[rim]
    alone = np.where(np.hypot(x - place[0], y - place[1]) < 70, Z, 0.0)
    both = alone.copy()
    opposite = {"left": np.s_[:, -2:], "right": np.s_[:, :2], "upper": np.s_[-2:, :]}[rim]
    both[opposite] = Z
    at = np.array([[*place, Z]])
    assert features(both, at) == features(alone, at)
    assert features(alone, at)["inner_area"] == pytest.approx(np.pi * 0.7**2 / 2, rel=0.06)


def two_hands() -> np.ndarray:
    x, y = plane()
    left, right = np.hypot(x + 200, y - 120) < 60, np.hypot(x - 200, y + 90) < 60
    return np.where(left | right, Z, 0.0)


def test_candidates_are_the_middles_of_what_is_as_large_as_a_hand():
    depth = two_hands()
    points, values = find_candidates(canvas_of(depth))
    assert values.shape == (len(points), len(FEATURES))
    for place in ([-200, 120, Z], [200, -90, Z]):
        assert np.linalg.norm(points - place, axis=1).min() < 45
        assert np.linalg.norm(points - place, axis=1).max() > 300
    apart = np.linalg.norm(points[:, None] - points[None], axis=-1)[np.triu_indices(len(points), 1)]
    assert (apart >= APART_MM).all()
    assert len(find_candidates(canvas_of(depth), limit=1)[0]) == 1


@pytest.mark.parametrize(
    ("z", "seen"), [(NEAREST_MM - 20, False), (FURTHEST_MM + 50, False), (900, True)]
)
def test_candidates_are_within_reach(z, seen):
    points, _ = find_candidates(canvas_of(disc(60, z)))
    assert (len(points) > 0) == seen


def test_what_lies_before_a_place_is_as_far_from_it_as_it_is():
    """An arm that comes towards the camera beside a hand is no part of it, near as it looks."""
    x, _ = plane()
    near = np.where((x > 40) & (x < 90), Z - 120, disc(60))
    seeds, scores = seeds_of(near)
    alone, without = seeds_of(disc(60))
    middle = np.linalg.norm(alone - CENTRE, axis=1).argmin()
    same = np.linalg.norm(seeds - alone[middle], axis=1).argmin()
    np.testing.assert_allclose(seeds[same], alone[middle])
    assert scores[same] < without[middle] - 0.05


def test_what_is_too_small_is_no_candidate():
    assert len(find_candidates(canvas_of(disc(15)))[0]) == 0


def test_a_limbs_end_comes_before_its_middle():
    x, y = plane()
    limb = np.where((np.abs(x) < 45) & (y > -60), Z, 0.0)
    (first, *_), _ = find_candidates(canvas_of(limb))
    assert first[1] < 60


def test_the_regression_is_on_features_squares_and_one():
    values = np.random.default_rng(0).normal(0, 0.3, (5, 10))
    expected = values @ WEIGHTS[:10] + values**2 @ WEIGHTS[10:20] + WEIGHTS[20]
    np.testing.assert_allclose(hand_probability(values), 1 / (1 + np.exp(-expected)))
    heat = np.linspace(0.1, 0.9, 5)
    score = NETWORK_WEIGHTS[0] * np.log(heat / (1 - heat)) + expand(values) @ NETWORK_WEIGHTS[1:]
    np.testing.assert_allclose(hand_probability(values, heat), 1 / (1 + np.exp(-score)))


def test_probabilities_and_logits_are_each_others_inverse_and_bounded():
    p = np.array([1e-5, 0.2, 0.5, 0.99])
    np.testing.assert_allclose(sigmoid(logit(p)), p)
    assert logit(np.array([0.0, 1.0])) == pytest.approx([-np.log(1e6), np.log(1e6)], rel=1e-3)
    assert sigmoid(np.array([-1e4, 1e4])) == pytest.approx([0, 1], abs=1e-12)
