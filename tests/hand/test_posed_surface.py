"""The skin over 21 joints: the true skin where a hand made them, and calm where none did."""

from __future__ import annotations

import numpy as np
import pytest

from app.geometry import rotation_about, rotation_between, unit, vertex_normals
from app.hand import kinematics as kin
from app.hand.posed_surface import PosedSurface
from app.hand.prior import load_prior
from app.hand.shape import make_shape, mean_shape
from app.hand.skinning import skin
from app.skeleton import mirror

TURN = rotation_about(unit(np.array([0.3, 1.0, -0.2])), 0.8)
PLACE = np.array([10.0, -30.0, 420.0])


@pytest.fixture(scope="module")
def surface() -> PosedSurface:
    return PosedSurface()


def true_skin(theta: np.ndarray, shape) -> tuple[np.ndarray, np.ndarray]:
    """Joints and vertices (those of the hand only) of the rig itself."""
    bones = kin.pose_bones(theta, shape, TURN, PLACE)
    return kin.joints_of(bones, shape), skin(shape, bones)


def volume(vertices: np.ndarray, surface: PosedSurface) -> float:
    """mm^3 within the closed skin."""
    return float(np.linalg.det(vertices[surface.triangles].astype(np.float64)).sum()) / 6


def poses(n: int) -> list[np.ndarray]:
    drawn = load_prior().sample(np.random.default_rng(3), n)
    return [np.where(np.arange(kin.N_DOFS) < 3, 0, theta).astype(np.float32) for theta in drawn]


def test_the_joints_of_the_rig_give_back_its_skin(surface):
    errors = []
    for theta in poses(12):
        joints, vertices = true_skin(theta, mean_shape())
        posed, _ = surface.pose(joints)
        errors.append(np.linalg.norm(posed - vertices[surface.used], axis=1))
    assert np.mean(errors) < 1.5
    assert np.percentile(errors, 95) < 4


def test_a_larger_hand_has_a_larger_skin(surface):
    joints, vertices = true_skin(kin.pose(), make_shape(scale=1.2))
    posed, _ = surface.pose(joints)
    assert np.linalg.norm(posed - vertices[surface.used], axis=1).mean() < 1.5


def test_a_left_hand_is_the_mirror_image_and_normals_still_point_outwards(surface):
    joints, _ = true_skin(poses(1)[0], mean_shape())
    right, out = surface.pose(joints)
    left, out_left = surface.pose(mirror(joints), left=True)
    assert np.allclose(left, mirror(right), atol=1e-3)
    assert np.allclose(out_left, mirror(out), atol=1e-4)
    swollen = right + out  # by a millimetre
    assert volume(swollen, surface) > 1.05 * volume(right, surface) > 1e5


def test_joints_that_no_hand_has_give_a_skin_of_finite_size(surface):
    rng = np.random.default_rng(0)
    for joints in (rng.normal(0, 80, (21, 3)), np.zeros((21, 3)), np.full((21, 3), 7.0)):
        posed, normals = surface.pose(joints.astype(np.float32))
        assert np.isfinite(posed).all()
        assert np.isfinite(normals).all()
        assert np.abs(posed).max() < 2000


def test_the_smallest_turn_turns_and_is_a_rotation():
    rng = np.random.default_rng(1)
    pairs = [unit(rng.normal(size=(2, 3))) for _ in range(20)]
    x = np.array([1.0, 0, 0])
    for a, b in [*pairs, (x, x), (x, -x)]:
        turn = rotation_between(a, b)
        assert np.allclose(turn @ a, b, atol=1e-9)
        assert np.allclose(turn @ turn.T, np.eye(3), atol=1e-9)
        assert np.trace(turn) == pytest.approx(1 + 2 * a @ b, abs=1e-9)  # no further twist


def test_normals_of_a_cube_corner_point_along_its_diagonal():
    vertices = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0, 1]], float)
    triangles = np.array([[0, 2, 1], [0, 1, 3], [0, 3, 2]])
    assert np.allclose(vertex_normals(vertices, triangles)[0], -np.ones(3) / np.sqrt(3))
