"""The shared latent space in numpy: prior, directions, lines and walks. Imports no torch."""

import subprocess
import sys

import numpy as np
import pytest

from app.geometry import matrix_from_6d, rotation_about
from app.latent.space import BOUND, FACING, LatentSpace, fit_latent_space, narrowed
from app.latent.walk import LatentWalk, axis_and_angle, interpolate, lerp, slerp

N = 6


@pytest.fixture(scope="module")
def codes() -> np.ndarray:
    """Two clusters of codes, the first axis by far the widest."""
    rng = np.random.default_rng(0)
    spread = np.array([2.0, 0.8, 0.5, 0.3, 0.2, 0.1])
    return np.concatenate(
        [rng.normal(size=(1500, N)) * spread * 0.3 + sign * np.eye(N)[0] * 2 for sign in (-1, 1)]
    )


@pytest.fixture(scope="module")
def space(codes) -> LatentSpace:
    return fit_latent_space(codes, components=2, directions=4, seed=1)


def test_the_module_loads_without_torch():
    program = (
        "import sys, app.latent.walk, app.model.weights_file; assert 'torch' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_the_mixture_finds_both_clusters(space):
    assert sorted(np.round(space.means[:, 0])) == [-2, 2]
    np.testing.assert_allclose(space.weights, 0.5, atol=0.05)


def test_draws_are_distributed_as_the_codes(space, codes):
    drawn = space.draw(np.random.default_rng(2), 4000)
    np.testing.assert_allclose(drawn.mean(0), codes.mean(0), atol=0.12)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(codes.T), atol=0.25)
    # Between the clusters there are no codes, hence hardly any draws: one Gaussian fails here.
    assert (np.abs(drawn[:, 0]) < 0.3).mean() < 0.03


def test_draws_depend_on_the_seed_alone_and_stay_bounded(space):
    a, b = (space.draw(np.random.default_rng(7), 500) for _ in range(2))
    np.testing.assert_array_equal(a, b)
    white = np.linalg.solve(space.factors[0], (space.draw(np.random.default_rng(3), 500) - 0).T)
    assert np.isfinite(white).all()
    one = fit_latent_space(np.random.default_rng(0).normal(size=(4000, N)), 1, 4)
    assert np.abs(one.draw(np.random.default_rng(1), 20_000)).max() < BOUND * 1.6


def test_directions_are_orthonormal_widest_first(space):
    np.testing.assert_allclose(space.directions @ space.directions.T, np.eye(4), atol=1e-5)
    assert (np.diff(space.spread) < 0).all()
    assert abs(space.directions[0, 0]) > 0.99


def test_moving_along_a_direction_moves_that_coordinate_alone(space):
    z = space.neutral()
    np.testing.assert_allclose(space.coordinates(z), 0, atol=1e-5)
    moved = space.along(z, 2, 1.5)
    np.testing.assert_allclose(space.coordinates(moved), [0, 0, 1.5, 0], atol=1e-4)
    np.testing.assert_array_equal(moved[N:], z[N:])
    assert z[2] == space.neutral()[2]  # the original is untouched


def test_neutral_faces_the_camera_with_fingers_up(space):
    z = space.neutral()
    assert z.shape == (N + 9,)
    rotation = matrix_from_6d(z[N : N + 6])
    np.testing.assert_allclose(rotation, FACING, atol=1e-6)
    assert rotation[1, 1] == -1  # towards the knuckles is up in the image (y down)


def test_the_space_survives_storage(space):
    again = LatentSpace.from_tensors(space.to_tensors())
    np.testing.assert_array_equal(again.factors, space.factors)
    assert again.tail == space.tail
    assert LatentSpace.from_tensors({}) is None


def test_weights_that_say_nothing_of_shape_still_load(space):
    stored = space.to_tensors()
    assert LatentSpace.from_tensors(stored).n_shape == 0
    del stored["latents.n_shape"]
    old = LatentSpace.from_tensors(stored)
    assert (old.n_shape, old.tail) == (0, 9)
    assert not old.of_shape.any()


@pytest.fixture(scope="module")
def split_space() -> LatentSpace:
    """Two shape entries; of the four pose entries the last moves the hand most, varying little."""
    rng = np.random.default_rng(3)
    codes = rng.normal(size=(2000, N)) * [1.0, 0.5, 1.0, 0.8, 0.6, 0.2]
    poses = codes @ (rng.normal(size=(N, 9)) * [[5.0], [5.0], [0.2], [0.2], [0.2], [40.0]])
    return fit_latent_space(codes, 1, 3, n_shape=2, poses=poses)


def test_shape_and_pose_have_directions_of_their_own(split_space):
    assert split_space.of_shape.tolist() == [False, False, False, True, True]
    np.testing.assert_allclose(split_space.directions[:3, :2], 0)
    np.testing.assert_allclose(split_space.directions[3:], np.eye(N)[:2])
    assert abs(split_space.directions[0, 5]) > 0.95  # by what it does, not by how it varies
    again = LatentSpace.from_tensors(split_space.to_tensors())
    assert again.n_shape == 2


def test_shape_and_pose_of_a_draw_have_nothing_to_do_with_each_other():
    """Two kinds of people, two kinds of poses: every pairing is drawn, nobody in between."""
    rng = np.random.default_rng(0)
    kinds = rng.integers(0, 2, (3000, 1)) * 4.0 - 2
    codes = rng.normal(0, 0.3, (3000, 4)) + kinds  # as if each kind had its own pose
    drawn = fit_latent_space(codes, 2, 2, n_shape=1).draw(rng, 4000)
    assert (np.abs(drawn[:, 0]) < 1).mean() < 0.02
    assert (np.abs(drawn[:, 1]) < 1).mean() < 0.02
    assert abs(np.corrcoef(drawn[:, 0], drawn[:, 1])[0, 1]) < 0.1


def test_components_are_drawn_in_until_their_draws_are_hands(space):
    def is_hand(codes: np.ndarray) -> np.ndarray:
        return (codes[:, 0] < 0) | (codes[:, 1] < 0.3)  # the right cluster is cut at its edge

    before, narrow = (
        is_hand(s.draw(np.random.default_rng(0), 4000)).mean()
        for s in (space, narrowed(space, is_hand))
    )
    assert before < 0.97 < narrow
    left = int(space.means[:, 0].argmin())
    np.testing.assert_array_equal(narrowed(space, is_hand).factors[left], space.factors[left])
    right = narrowed(space, is_hand).factors[1 - left] / space.factors[1 - left].clip(1e-9)
    assert 0.45 < right[0, 0] < 1
    nothing = narrowed(space, lambda codes: np.zeros(len(codes), bool))
    assert nothing.factors[0, 0, 0] > 0.45 * space.factors[0, 0, 0]


def test_on_a_walk_the_hand_stays_the_same_persons(split_space):
    walk = LatentWalk(split_space, seed=1)
    path = np.array([walk.step(1 / 30) for _ in range(300)])
    assert np.ptp(path[:, :2], axis=0).max() < 1e-5
    assert np.ptp(path[:, 5]) > 0.1
    other = LatentWalk(split_space, seed=2).step(1 / 30)
    assert np.abs(other[:2] - path[0, :2]).max() > 0.05


def test_the_walk_is_smooth_bounded_repeatable_and_goes_somewhere(space):
    walk, again = LatentWalk(space, seed=4), LatentWalk(space, seed=4)
    path = np.array([walk.step(1 / 30) for _ in range(6000)])
    np.testing.assert_array_equal(path[:50], [again.step(1 / 30) for _ in range(50)])
    along = (path[:, :N] - space.centre) @ space.directions.T
    assert (along >= space.low - 1e-4).all()
    assert (along <= space.high + 1e-4).all()
    assert (along.std(0) > 0.3 * space.spread).all()
    assert np.abs(np.diff(along, axis=0) / space.spread).max() < 0.35  # no jumps between frames
    rotations = matrix_from_6d(path[:, N : N + 6])
    np.testing.assert_allclose(np.linalg.det(rotations), 1, atol=1e-4)
    assert np.abs(path[:, N + 6 :]).max() < 0.2


def test_the_walk_is_as_fast_at_any_frame_rate(space):
    def remembered(fps: int) -> float:
        """Correlation of the widest coordinate with itself two seconds later."""
        walk = LatentWalk(space, seed=1)
        path = np.array([walk.step(1 / fps)[:N] for _ in range(2000 * fps)])
        along = (path - space.centre) @ space.directions[0]
        return float(np.corrcoef(along[: -2 * fps], along[2 * fps :])[0, 1])

    slow, fast = remembered(5), remembered(20)
    assert 0.3 < fast < 0.8
    assert slow == pytest.approx(fast, abs=0.12)


def test_lines_start_and_end_where_they_should():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 5))
    for line in (lerp, slerp):
        np.testing.assert_allclose(line(a, b, 0.0), a, atol=1e-9)
        np.testing.assert_allclose(line(a, b, 1.0), b, atol=1e-9)
    u, v = np.eye(5)[:2]
    assert np.linalg.norm(slerp(u, v, 0.5)) == pytest.approx(1)
    assert np.linalg.norm(lerp(u, v, 0.5)) == pytest.approx(np.sqrt(0.5))


@pytest.mark.parametrize("angle", [0.0, 0.5, 3.0, np.pi])
def test_axis_and_angle_inverts_rodrigues(angle):
    axis = np.array([2.0, -1.0, 2.0]) / 3
    found_axis, found = axis_and_angle(rotation_about(axis, angle))
    assert found == pytest.approx(angle, abs=1e-5)
    np.testing.assert_allclose(
        rotation_about(found_axis, found), rotation_about(axis, angle), atol=1e-4
    )


def test_between_two_hands_the_orientation_turns_steadily(space):
    start, end = space.neutral(), space.neutral()
    turn = rotation_about(np.array([0.0, 0.0, 1.0]), 2.4)
    end[N : N + 6] = (turn @ FACING)[:, :2].T.reshape(-1)
    middle = interpolate(start, end, 0.5, N)
    expected = rotation_about(np.array([0.0, 0.0, 1.0]), 1.2) @ FACING
    np.testing.assert_allclose(matrix_from_6d(middle[N : N + 6]), expected, atol=1e-5)
