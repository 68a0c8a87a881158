"""`render` writes what it rendered, whole or not at all."""

import argparse
import resource
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.errors import OutputError
from app.evaluation import render
from app.geometry import project

ROOT = Path(__file__).parents[2]


def run(*words):
    parser = argparse.ArgumentParser()
    render.add_arguments(parser)
    return render.run(parser.parse_args([str(word) for word in words]))


def test_the_file_holds_the_generators_frames(tmp_path):
    path = tmp_path / "out.npz"
    assert run(path, "--split", "test", "--seed", 3, "--frames", 4) == 0
    expected = list(render.sound_scenes(render.frame_generator("test", 3), 4))
    with np.load(path) as data:
        assert set(data.files) == {"depth_mm", "intrinsics", "joints_mm", "t_s", "hand", "visible"}
        assert data["depth_mm"].dtype == np.uint16
        assert data["depth_mm"].shape == (4, 480, 640)
        for k, scene in enumerate(expected):
            np.testing.assert_array_equal(data["depth_mm"][k], np.rint(scene.depth_mm))
            np.testing.assert_array_equal(data["joints_mm"][k], scene.joints_mm)
            c = scene.intrinsics
            np.testing.assert_allclose(data["intrinsics"][k], [c.fx, c.fy, c.cx, c.cy])
            assert data["hand"][k] == scene.hand
        np.testing.assert_allclose(np.diff(data["t_s"]), 1 / 30)
    assert list(tmp_path.iterdir()) == [path]


def test_seed_split_and_mode_change_the_frames(tmp_path):
    firsts = []
    for number, words in enumerate(
        (["--seed", 1], ["--seed", 2], ["--seed", 1, "--split", "train"], ["--seed", 1, "--crops"])
    ):
        path = tmp_path / f"{number}.npz"
        run(path, "--frames", 1, *words)
        with np.load(path) as data:
            firsts.append(data["depth_mm"][0])
    for a in range(4):
        for b in range(a):
            assert not np.array_equal(firsts[a], firsts[b])


def test_distractor_frames_have_something_nearer_than_the_hand():
    generator = render.frame_generator("test", 0, distractors=True)
    for scene in render.sound_scenes(generator, 5):
        near = scene.depth_mm[scene.depth_mm > 0].min()
        assert near < scene.joints_mm[:, 2].min()


def test_frames_are_at_the_distances_of_a_desk_and_in_view():
    for scene in render.sound_scenes(render.frame_generator("train", 8), 10):
        assert 300 <= scene.centre_mm[2] <= 900
        pixels = project(scene.joints_mm, scene.intrinsics)
        assert (pixels > 0).all()
        assert (pixels < [639, 479]).all()


@pytest.mark.parametrize("words", [["--frames", "0"], ["--frames", "x"], ["--seed", "-1"]])
def test_nonsense_is_refused(tmp_path, words):
    with pytest.raises(SystemExit) as error:
        run(tmp_path / "out.npz", *words)
    assert error.value.code == 2
    assert not list(tmp_path.iterdir())


def test_a_folder_that_is_not_there_is_an_output_error(tmp_path):
    with pytest.raises(OutputError, match="cannot be written"):
        run(tmp_path / "none" / "out.npz", "--frames", 1)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="cannot be written"):
        run(tmp_path / "file" / "out.npz", "--frames", 1)


def test_an_interrupt_leaves_nothing(tmp_path, monkeypatch):
    def interrupted(generator, count):
        yield from real(generator, 1)
        raise KeyboardInterrupt

    real = render.sound_scenes
    monkeypatch.setattr(render, "sound_scenes", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path / "out.npz", "--frames", 3)
    assert not list(tmp_path.iterdir())


def test_a_full_disk_is_an_output_error_and_leaves_nothing(tmp_path):
    def limit_file_size():
        resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))

    path = tmp_path / "out.npz"
    done = subprocess.run(
        [sys.executable, "-m", "app.evaluation", "render", path, "--frames", "20"],
        cwd=ROOT,
        preexec_fn=limit_file_size,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 6, done.stderr
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    assert not list(tmp_path.iterdir())
