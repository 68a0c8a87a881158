"""Paths through the latent space, the prior's density, and the files of both."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.errors import DataError, OutputError
from app.geometry import matrix_from_6d
from app.latent import file
from app.latent.density import PriorDensity
from app.latent.path import Between, Recorder, Walked, sample
from app.latent.space import LatentSpace, fit_latent_space
from app.latent.walk import LatentWalk

N = 6


@pytest.fixture(scope="module")
def space() -> LatentSpace:
    """Two clusters, the first axis by far the widest; the mean is not the zero code."""
    rng = np.random.default_rng(0)
    spread = np.array([2.0, 0.8, 0.5, 0.3, 0.2, 0.1])
    codes = np.concatenate(
        [rng.normal(size=(1500, N)) * spread * 0.3 + sign * np.eye(N)[0] * 2 for sign in (-1, 1)]
    )
    return fit_latent_space(codes + 0.7, components=2, directions=4, seed=1)


def opposite(space: LatentSpace) -> tuple[np.ndarray, np.ndarray]:
    """Two hands on either side of the mean one, nearly opposite each other."""
    start = space.along(space.along(space.neutral(), 0, 2.0), 1, 0.4)
    return start, space.along(space.along(space.neutral(), 0, -2.0), 1, 0.4)


def test_the_line_passes_the_mean_hand_and_the_arc_goes_round_it(space):
    start, end = opposite(space)
    line, arc = (Between(start, end, space, arc=a) for a in (False, True))
    for path in (line, arc):
        np.testing.assert_allclose(path.at(0.0), start, atol=1e-6)
        np.testing.assert_allclose(path.at(1.0), end, atol=1e-6)
        np.testing.assert_allclose(path.at(7.0), end, atol=1e-6)
    size = [np.linalg.norm(z[:N] - space.centre) for z in (start, line.at(0.5), arc.at(0.5))]
    assert size[1] < 0.25 * size[0]
    assert size[2] == pytest.approx(size[0], rel=1e-3)


def test_a_walk_is_the_same_when_scrubbed_as_when_it_was_walked(space):
    walk, recorder, passed = LatentWalk(space, seed=2), Recorder(), []
    for k in range(40):
        passed.append(walk.step(0.02))
        recorder.add(3.0 + 0.02 * k, passed[-1])
        recorder.add(3.0 + 0.02 * k, passed[0])  # the same moment again counts for nothing
    walked = recorder.walked(N)
    assert walked.seconds == pytest.approx(0.78)
    np.testing.assert_allclose(walked.at(10 / 39), passed[10], atol=1e-5)
    frames = sample(walked, walked.seconds, 50)
    np.testing.assert_allclose(frames, passed, atol=1e-4)
    half = walked.at(10.5 / 39)
    np.testing.assert_allclose(half[:N], (passed[10] + passed[11])[:N] / 2, atol=1e-5)
    assert np.linalg.det(matrix_from_6d(half[N : N + 6])) == pytest.approx(1, abs=1e-5)


def test_a_recorder_keeps_the_newest_and_gives_nothing_of_one_point(space):
    recorder = Recorder(limit_s=1.0)
    recorder.add(0.0, space.neutral())
    assert recorder.walked(N) is None
    for k in range(1, 300):
        recorder.add(k / 100, space.neutral() + k)
    walked = recorder.walked(N)
    assert 0.99 <= walked.seconds <= 1.01
    assert walked.points[-1, 0] == space.neutral()[0] + 299
    recorder.clear()
    assert recorder.walked(N) is None


def test_a_walk_of_one_point_stands_still_and_a_wrong_one_is_refused():
    point = np.arange(5, dtype=np.float32)[None]
    np.testing.assert_array_equal(Walked(np.zeros(1), point, 2).at(0.5), point[0])
    for times in (np.zeros(2), np.array([1.0, 0.0])):
        with pytest.raises(ValueError, match="walk"):
            Walked(times, np.zeros((2, 5), np.float32), 2)
    with pytest.raises(ValueError, match="walk"):
        Walked(np.arange(3.0), np.zeros((2, 5), np.float32), 2)


def test_a_larger_stride_strays_farther(space):
    def spread(stride: float) -> float:
        walk = LatentWalk(space, seed=1, stride=stride)
        return float(np.std([walk.step(0.1)[N + 6] for _ in range(1500)]))

    small, large = spread(0.3), spread(1.0)
    assert small == pytest.approx(0.3 * large, rel=0.25)


def test_half_of_the_prior_is_below_the_median_and_a_far_code_is_at_the_bottom(space):
    density = PriorDensity(space)
    drawn = space.draw(np.random.default_rng(5), 400)
    ranks = [density.rank(space.compose(code)) for code in drawn]
    assert np.mean(np.array(ranks) < 0.5) == pytest.approx(0.5, abs=0.08)
    assert density.rank(space.along(space.neutral(), 1, 8.0)) == 0.0


@pytest.fixture
def lopsided() -> LatentSpace:
    """Two clusters of unlike size in unlike quarters of the plane."""
    means = np.zeros((2, N), np.float32)
    means[:, :2] = (-0.6, -0.9), (1.8, 0.7)
    eye, ones = np.eye(N, dtype=np.float32), np.ones(N, np.float32)
    return LatentSpace(
        np.array([0.7, 0.3], np.float32), means, np.stack([0.4 * eye, 0.3 * eye]),
        np.zeros(N, np.float32), eye, ones, -3 * ones, 3 * ones,
    )  # fmt: skip


def test_the_plane_shows_where_draws_fall(lopsided):
    cells, reach, space = 20, 3.0, lopsided
    plane = PriorDensity(space).plane(
        *(space.directions[:2] / space.spread[:2, None]), reach, cells
    )
    drawn = space.draw(np.random.default_rng(6), 20_000)
    along = np.array([space.coordinates(space.compose(code))[:2] for code in drawn])
    edges = np.linspace(-reach, reach, cells + 1)
    counted = np.histogram2d(along[:, 0], along[:, 1], bins=(edges, edges))[0]
    counted = counted.T[::-1] / counted.max()
    assert plane.max() == 1
    assert np.corrcoef(plane.ravel(), counted.ravel())[0, 1] > 0.97


def test_latents_survive_the_file(space, tmp_path):
    rng = np.random.default_rng(3)
    points = {name: space.compose(space.draw(rng, 1)[0]) for name in ("hand", "A", "B")}
    path = tmp_path / "hands.json"
    file.write_latents(path, points, space, "live.safetensors sha256:0123")
    again = file.read_latent_file(path, space)
    assert again.weights == "live.safetensors sha256:0123"
    assert list(again.latents) == ["hand", "A", "B"]
    for name, z in points.items():
        np.testing.assert_array_equal(again.latents[name], z)
    assert again.walk is None
    assert json.loads(path.read_text())["parts"] == {
        "articulation": N, "rotation_6d": 6, "origin_half_cubes": 3,
    }  # fmt: skip


def test_a_walk_survives_the_file(space, tmp_path):
    points = sample(Between(*opposite(space), space), 1.0, 30)
    file.write_walk(tmp_path / "walk.json", points, 30, space, "w")
    walk = file.read_latent_file(tmp_path / "walk.json", space).walk
    np.testing.assert_array_equal(walk.points, points)
    assert walk.seconds == pytest.approx(1.0)


def damaged(space: LatentSpace) -> dict[str, str]:
    good = {"kind": "latents", "format": 1, "latents": {"a": space.neutral().tolist()}}
    walk = {"kind": "walk", "format": 1, "fps": 30, "points": [space.neutral().tolist()] * 2}
    return {
        "no JSON": "{",
        "a list": "[1]",
        "of a later version": json.dumps(good | {"format": 2}),
        "something else": json.dumps({"kind": "joints", "format": 1}),
        "nobody": json.dumps(good | {"latents": {}}),
        "short": json.dumps(good | {"latents": {"a": [1.0, 2.0]}}),
        "words": json.dumps(good | {"latents": {"a": ["x"] * 15}}),
        "not a number": json.dumps(good | {"latents": {"a": [float("nan")] * 15}}),
        "huge": json.dumps(good | {"latents": {"a": [1e9] * 15}}),
        "no orientation": json.dumps(good | {"latents": {"a": [0.0] * 15}}),
        "no rate": json.dumps(walk | {"fps": 0}),
        "one point": json.dumps(walk | {"points": walk["points"][:1]}),
        "ragged": json.dumps(walk | {"points": [[1.0], [1.0, 2.0]]}),
    }


def test_a_damaged_file_gives_one_clear_line(space, tmp_path):
    for name, text in damaged(space).items():
        path = tmp_path / f"{name}.json"
        path.write_text(text)
        with pytest.raises(DataError) as caught:
            file.read_latent_file(path, space)
        assert "\n" not in str(caught.value), name
    with pytest.raises(DataError, match="no such file"):
        file.read_latent_file(tmp_path / "gone.json", space)
    (tmp_path / "no").write_text("a file where a folder should be")
    with pytest.raises(OutputError):
        file.write_latents(tmp_path / "no" / "x.json", {"a": space.neutral()}, space, "w")
