import json

import numpy as np
import pytest

from app.evaluation.__main__ import main
from app.evaluation.predictions import BENCHMARKS, unproject_uvd

RNG = np.random.default_rng(2)


def write(path, uvd) -> str:
    np.savetxt(path, uvd.reshape(len(uvd), -1), fmt="%.6f")
    return str(path)


def uvd_of(points_mm, camera) -> np.ndarray:
    x, y, z = np.moveaxis(points_mm, -1, 0)
    return np.stack([x / z * camera.fx + camera.cx, y / z * camera.fy + camera.cy, z], -1)


def run(tmp_path, dataset, truth, *others, extra=()) -> int:
    files = [write(tmp_path / f"p{i}.txt", other) for i, other in enumerate(others)]
    truth = write(tmp_path / "truth.txt", truth)
    given = ["predictions", "--dataset", dataset, "--groundtruth", truth, "--predictions", *files]
    return main([*given, *extra])


@pytest.mark.parametrize("dataset", sorted(BENCHMARKS))
def test_errors_are_measured_in_mm(tmp_path, capsys, dataset):
    camera = BENCHMARKS[dataset]
    truth = RNG.normal(0, 80, (6, camera.joints, 3)) + np.array([0, 0, 700])
    near = truth + np.array([6.0, 0.0, 8.0])
    uvd = [uvd_of(points, camera) for points in (truth, truth, near)]
    assert np.allclose(unproject_uvd(uvd[2], camera), near)
    plot = tmp_path / "plot.png"
    assert run(tmp_path, dataset, *uvd, extra=("--json", "--plot", str(plot))) == 0
    exact, off = json.loads(capsys.readouterr().out)
    assert exact["mean_joint_error_mm"] == pytest.approx(0, abs=1e-3)
    assert off["mean_joint_error_mm"] == pytest.approx(10, abs=1e-3)
    assert off["frames_max_within_mm"] == {"20": 1.0, "30": 1.0, "40": 1.0}
    assert (off["name"], off["frames"]) == ("p1", 6)
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_a_table_for_people(tmp_path, capsys):
    uvd = np.full((2, 16, 3), 300.0)
    assert run(tmp_path, "icvl", uvd, uvd) == 0
    assert "p0" in capsys.readouterr().out


def test_files_that_do_not_fit_are_said_in_one_line(tmp_path, capsys):
    good = np.full((3, 16, 3), 300.0)
    holes = good.copy()
    holes[1, 2, 0] = np.nan
    assert run(tmp_path, "icvl", good, good[:2]) == 3
    assert run(tmp_path, "icvl", good, good[:, :14]) == 3
    assert run(tmp_path, "icvl", good, holes) == 3
    for content in (b"", b"a b c\n", b"\xff\xfe\x00", b" ".join([b"x"] * 48)):
        bad = tmp_path / "bad.txt"
        bad.write_bytes(content)
        truth = str(tmp_path / "truth.txt")
        given = ["--dataset", "icvl", "--groundtruth", truth, "--predictions", str(bad)]
        assert main(["predictions", *given]) == 3
    missing = ["--groundtruth", str(tmp_path / "none"), "--predictions", truth]
    assert main(["predictions", "--dataset", "icvl", *missing]) == 3
    assert capsys.readouterr().err.count("\n") == 8
