"""The terms of refinement on the surface: their values where one knows them, and their slopes."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from app.hand.capsules import SURFACE_RADII_MM, SURFACE_SEGMENTS
from app.hand.shape import mean_shape
from app.inference import surface
from app.inference.hand_size import measure_scale
from app.inference.surface import (
    ANCHOR,
    BONE_MM,
    CLIP_MM,
    FEWEST,
    IN_FRONT,
    IN_FRONT_CLIP_MM,
    INSIDE,
    MARGIN_MM,
    OUTSIDE,
    OUTSIDE_CLIP_MM,
    POINT_MM,
    POINTS,
    SURE_MM,
    SurfaceFit,
    closest_surface,
    joint_radii,
    seen_points,
)
from app.segmentation.crop import make_crop
from app.skeleton import BONES, MCP, WRIST, bone_lengths
from tests.hand.fixtures import pose_joints
from tests.inference.fakes import CENTRE_MM, hand_frame

CROP = make_crop(hand_frame(), CENTRE_MM, 250.0)
SIGMA_MM = np.linspace(1, 21, 21)
FLAT = pose_joints(np.zeros(31, np.float32), mean_shape(), np.eye(3), np.zeros(3))
JOINTS = np.asarray(FLAT - FLAT.mean(0), np.float64)
TERMS = ("_surface", "_in_front", "_outside", "_bones")


@pytest.fixture(scope="module")
def fit() -> SurfaceFit:
    return SurfaceFit(CROP, JOINTS, SIGMA_MM)


def off(mm: float, seed: int = 0) -> np.ndarray:
    """The joints, each moved about so far, and all of them before what was seen."""
    return JOINTS + np.random.default_rng(seed).normal(0, mm, JOINTS.shape) - (3, 4, 8)


def slope(of: Callable[[np.ndarray], np.ndarray], joints: np.ndarray) -> np.ndarray:
    """Derivative [m, 63] of values [m], or of one number, by differences."""
    step, columns = 1e-4, []
    for k in range(joints.size):
        moved = np.zeros(joints.size)
        moved[k] = step
        moved = moved.reshape(joints.shape)
        columns.append((of(joints + moved) - of(joints - moved)) / (2 * step))
    return np.stack(columns, -1)


def followed(name: str) -> np.ndarray:
    """[63]: the moves of joints that a term's slopes know; `_outside` looks across alone."""
    axes = [True, True, name != "_outside"]
    return np.tile(axes, 21)


@pytest.mark.parametrize("name", TERMS)
def test_rows_are_the_slopes_of_what_a_term_squares(fit, name):
    term, joints = getattr(fit, name), off(6)
    _, rows, _, weight = term(joints)
    counted = weight > 0
    assert counted.sum() >= 3
    measured = slope(lambda moved: term(moved)[2], joints)
    known = np.ix_(counted, followed(name))
    np.testing.assert_allclose(rows[known], measured[known], atol=2e-2)


@pytest.mark.parametrize("name", TERMS)
def test_weights_make_the_gradient_that_of_the_cost(fit, name):
    term, joints = getattr(fit, name), off(6)
    _, rows, residual, weight = term(joints)
    share = min(1.0, POINTS / len(residual)) / POINT_MM**2

    def cost(moved):
        if name != "_surface":
            return term(moved)[0]
        distance = term(moved)[2][weight > 0]  # the others cost, but pull nothing
        return share * (distance**2 / (1 + (distance / CLIP_MM) ** 2)).sum()

    gradient, known = 2 * rows.T @ (weight * residual), followed(name)
    np.testing.assert_allclose(gradient[known], slope(cost, joints)[known], atol=2e-2)
    if name == "_surface":
        fade = 1 / (1 + (residual / CLIP_MM) ** 2)
        assert term(joints)[0] == pytest.approx(share * float(residual**2 @ fade))


def test_the_objective_is_the_sum_of_its_terms_and_of_the_anchor(fit):
    joints, anchor = off(6), np.repeat(ANCHOR / np.maximum(SIGMA_MM, SURE_MM) ** 2, 3)
    offset = (joints - JOINTS).ravel()
    cost, gradient, hessian = anchor @ offset**2, anchor * offset, np.diag(anchor)
    for name in TERMS:
        value, rows, residual, weight = getattr(fit, name)(joints)
        cost = cost + value
        gradient = gradient + rows.T @ (weight * residual)
        hessian = hessian + rows.T @ np.diag(weight) @ rows
    seen = fit.evaluate(joints)
    assert seen.cost == pytest.approx(cost)
    np.testing.assert_allclose(seen.gradient, gradient)
    np.testing.assert_allclose(seen.hessian, hessian)


def test_a_seen_point_is_read_where_it_lies(fit):
    points = seen_points(CROP)
    points = points[:: len(points) // 21][:21]
    readings, in_image = fit._readings(points)
    assert np.abs(readings - points[:, 2]).max() < 1e-3
    assert in_image.all()
    for axis in (0, 1):
        for sign in (-1, 1):
            beyond = points.copy()
            beyond[:, axis] = sign * 135.0
            assert not fit._readings(beyond)[1].any()


def test_joints_before_the_surface_are_pushed_behind_it(fit):
    points = seen_points(CROP)
    joints = points[np.abs(points[:, :2]).max(1) < 25][:21].copy()
    joints[:, 2] -= 10  # nearer: seen through the same pixels but for a little
    cost, _, excess, _ = fit._in_front(joints)
    scale = measure_scale(JOINTS)
    np.testing.assert_allclose(
        excess, 10 + INSIDE * scale * joint_radii(SURFACE_RADII_MM), atol=0.3
    )
    assert cost == pytest.approx(
        IN_FRONT * (excess**2 / (1 + (excess / IN_FRONT_CLIP_MM) ** 2)).sum()
    )
    joints[:, 2] += 60
    cost, _, _, weight = fit._in_front(joints)
    assert (cost, weight.max()) == (0, 0)


def test_joints_beside_what_is_seen_are_drawn_back(fit):
    joints = np.repeat(seen_points(CROP).max(0)[None], 21, 0)
    joints[:, 0] += np.linspace(8, 40, 21)
    joints[:, 1] = 0
    cost, rows, excess, weight = fit._outside(joints)
    assert excess[0] == pytest.approx(8 - MARGIN_MM, abs=0.6)
    np.testing.assert_allclose(np.diff(excess), 32 / 20, atol=0.1)
    assert (weight > 0).all()
    assert (np.einsum("jjk->jk", rows.reshape(21, 21, 3))[:, 0] > 0.9).all()
    each = OUTSIDE * excess**2 / (1 + (excess / OUTSIDE_CLIP_MM) ** 2)
    assert cost == pytest.approx(each.sum())
    inside = np.repeat(np.median(seen_points(CROP), 0)[None], 21, 0)
    assert fit._outside(inside)[0] == 0


def test_bones_cost_what_their_lengths_differ(fit):
    assert fit._bones(JOINTS + 7)[0] == pytest.approx(0, abs=1e-9)
    cost, _, residual, _ = fit._bones(1.1 * JOINTS)
    lengths = bone_lengths(JOINTS)
    np.testing.assert_allclose(residual, 0.1 * lengths, rtol=1e-6)
    assert cost == pytest.approx((0.01 * lengths**2).sum() / BONE_MM**2)


def test_the_far_side_of_a_hand_costs_but_pulls_nothing(fit):
    before = JOINTS - np.array([0, 0, 120])  # every point is behind this hand
    cost, _, distance, weight = fit._surface(before)
    assert cost > 0
    assert (distance > 0).all()
    assert weight.max() == 0
    assert fit._surface(JOINTS + np.array([0, 0, 40]))[3].max() > 0


def test_joints_lie_as_deep_as_the_bones_that_end_there():
    radii = np.arange(2 * len(SURFACE_RADII_MM), dtype=float).reshape(-1, 2)
    found = joint_radii(radii)
    for bone, (_, end) in enumerate(BONES):
        assert found[end] == radii[bone, 1]
    assert found[WRIST] == pytest.approx(np.mean([found[k] for k in MCP]))


def test_few_points_or_numbers_that_are_not_finite_cannot_be_used(fit):
    assert fit.usable
    nowhere = make_crop(hand_frame(), np.array([400, 400, 500], np.float32), 250.0)
    assert not SurfaceFit(nowhere, JOINTS, SIGMA_MM).usable
    assert not SurfaceFit(CROP, JOINTS * np.nan, SIGMA_MM).usable
    assert not SurfaceFit(CROP, JOINTS, SIGMA_MM * np.nan).usable


def test_twenty_points_are_just_enough(fit, monkeypatch):
    for count, usable in ((FEWEST, True), (FEWEST - 1, False)):
        monkeypatch.setattr(surface, "seen_points", lambda crop, n=count: seen_points(crop)[:n])
        assert SurfaceFit(CROP, JOINTS, SIGMA_MM).usable == usable


def test_on_the_axis_of_a_cone_nothing_leans():
    start, end = SURFACE_SEGMENTS[5]
    point = 0.25 * JOINTS[end] + 0.75 * JOINTS[start]
    radii = np.tile([1.0, 1.0], (len(SURFACE_SEGMENTS), 1))
    radii[5] = 30, 12
    segment, share, _, distance = closest_surface(point[None], JOINTS, radii)
    assert segment == 5
    assert share == pytest.approx(0.25, abs=1e-5)
    assert distance == pytest.approx(-(30 - 0.25 * 18), abs=1e-3)
