import json
from dataclasses import replace

import numpy as np
import pytest

from app.data.benchmarks import BENCHMARKS, project_uvd, unproject_uvd
from app.errors import DataError, OutputError
from app.evaluation.__main__ import main
from app.evaluation.public.result_files import cover, read_joints, read_uvd, write_predictions

RNG = np.random.default_rng(2)


def write(path, uvd, fmt="%.6f") -> str:
    np.savetxt(path, uvd.reshape(len(uvd), -1), fmt=fmt)
    return str(path)


def hands(benchmark, frames: int) -> np.ndarray:
    """[frames, J, 3] mm, the frame of the labels."""
    return RNG.normal(0, 80, (frames, benchmark.joints, 3)) + np.array([0, 0, 700])


def run(tmp_path, dataset, truth, *others, extra=()) -> int:
    files = [write(tmp_path / f"p{i}.txt", other) for i, other in enumerate(others)]
    truth = write(tmp_path / "truth.txt", truth)
    given = ["predictions", "--dataset", dataset, "--groundtruth", truth, "--predictions", *files]
    return main([*given, *extra])


@pytest.mark.parametrize("dataset", sorted(BENCHMARKS))
def test_errors_are_measured_in_mm(tmp_path, capsys, dataset):
    camera = BENCHMARKS[dataset]
    truth = hands(camera, 6)
    near = truth + np.array([6.0, 0.0, 8.0])
    uvd = [project_uvd(points, camera) for points in (truth, truth, near)]
    assert np.allclose(unproject_uvd(uvd[2], camera), near)
    assert run(tmp_path, dataset, *uvd, extra=("--json",)) == 0
    exact, off = json.loads(capsys.readouterr().out)
    assert exact["mean_joint_error_mm"] == pytest.approx(0, abs=1e-3)
    assert off["mean_joint_error_mm"] == pytest.approx(10, abs=1e-3)
    assert off["mean_root_aligned_error_mm"] == pytest.approx(0, abs=1e-3)
    assert off["frames_max_within_mm"] == {"20": 1.0, "30": 1.0, "40": 1.0}
    assert (off["name"], off["frames"]) == ("p1", 6)
    assert len(off["per_joint_error_mm"]) == camera.joints
    assert ("viewpoint" in off) == (dataset == "msra")


def test_the_joints_and_frames_of_the_public_sets():
    sizes = {name: (b.joints, b.test_frames) for name, b in BENCHMARKS.items()}
    assert sizes == {"nyu": (14, 8252), "icvl": (16, 1596), "msra": (21, 76375)}
    for benchmark in BENCHMARKS.values():
        assert len(set(benchmark.joint_names)) == benchmark.joints
        assert benchmark.joint_names[benchmark.root] in ("palm", "wrist")


def test_nyu_has_y_upwards_and_the_others_downwards():
    low_in_the_picture = np.array([400.0, 400.0, 500.0])
    up = {name: unproject_uvd(low_in_the_picture, b)[1] < 0 for name, b in BENCHMARKS.items()}
    assert up == {"nyu": True, "icvl": False, "msra": False}


def test_a_table_for_people_and_a_figure(tmp_path, capsys):
    msra = BENCHMARKS["msra"]
    uvd = project_uvd(hands(msra, 3), msra)
    plot = tmp_path / "plot.png"
    extra = ("--plot", str(plot), "--ours", "p0", "--published")
    assert run(tmp_path, "msra", uvd, uvd + 1, uvd + 2, extra=extra) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == ["predictions", "p0", "p1"]
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_what_we_write_reads_back_to_the_same_mm(tmp_path):
    for name, benchmark in BENCHMARKS.items():
        joints = hands(benchmark, 5)
        path = tmp_path / f"{name}.txt"
        write_predictions(path, project_uvd(joints, benchmark), benchmark)
        assert np.abs(read_joints(path, benchmark) - joints).max() < 3e-3
        lines = path.read_text().splitlines()
        assert len(lines) == 5
        assert {len(line.split()) for line in lines} == {3 * benchmark.joints}


def test_only_whole_predictions_can_be_written(tmp_path):
    nyu = BENCHMARKS["nyu"]
    uvd = np.full((2, 14, 3), 300.0)
    with pytest.raises(DataError, match="14 joints"):
        write_predictions(tmp_path / "a.txt", uvd[:, :13], nyu)
    with pytest.raises(OutputError, match="cannot write"):
        write_predictions(tmp_path / "none" / "a.txt", uvd, nyu)
    uvd[1, 3, 2] = np.nan
    with pytest.raises(DataError, match="missing frame"):
        write_predictions(tmp_path / "a.txt", uvd, nyu)


@pytest.mark.parametrize("fmt", ["%.3f", "%.18e", "%d", "%.15g"])
def test_any_way_of_writing_numbers(tmp_path, fmt):
    uvd = RNG.integers(100, 200, (4, 16, 3)).astype(float)
    path = tmp_path / "a.txt"
    write(path, uvd, fmt)
    path.write_text(path.read_text().replace(" ", "\t").replace("\n", " \r\n\r\n"))
    assert np.array_equal(read_uvd(path, BENCHMARKS["icvl"]), uvd)


def test_a_method_of_one_sequence_is_scored_on_it_and_that_is_said(tmp_path, capsys):
    icvl = BENCHMARKS["icvl"]
    truth = project_uvd(hands(icvl, icvl.test_frames), icvl)
    assert run(tmp_path, "icvl", truth, truth[:702], truth[702:], truth, extra=("--json",)) == 0
    told = capsys.readouterr()
    first, second, whole = json.loads(told.out)
    assert [row["frames"] for row in (first, second, whole)] == [702, 894, 1596]
    assert [row["mean_joint_error_mm"] for row in (first, second, whole)] == [0, 0, 0]
    assert "test_seq_1 only: 702 of 1596" in first["covers"]
    assert "test_seq_2" in second["covers"]
    assert "covers" not in whole
    assert told.err.count("\n") == 2
    assert "p0.txt: test_seq_1 only" in told.err


def test_which_sequence_a_file_covers():
    parts = replace(BENCHMARKS["msra"], sequences=(("P0", 4), ("P1", 5), ("P2", 4)))
    assert cover("any", 13, 13, parts).note == ""
    assert cover("any", 5, 13, parts).frames == slice(4, 9)
    assert cover("CVPR18_MSRA_P2", 4, 13, parts).frames == slice(9, 13)
    assert cover("p0_of_msra", 4, 13, parts).frames == slice(0, 4)
    with pytest.raises(DataError, match=r"fit P0 and P2 .*name one"):
        cover("CVPR18_MSRA_P25", 4, 13, parts)
    with pytest.raises(DataError, match="7 frames, the ground truth 13"):
        cover("any", 7, 13, parts)
    with pytest.raises(DataError, match="5 frames, the ground truth 12"):
        cover("any", 5, 12, parts)


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


def test_the_line_that_is_damaged_is_named(tmp_path):
    icvl = BENCHMARKS["icvl"]
    path = tmp_path / "a.txt"
    write(path, np.full((4, 16, 3), 300.0), "%d")
    lines = path.read_text().splitlines()
    path.write_text("\n".join([*lines[:2], lines[2][:-12], lines[3]]))
    with pytest.raises(DataError, match="frame 3: 45 numbers where 48 belong"):
        read_uvd(path, icvl)
    path.write_text("\n".join([lines[0], "depth_1.png " + lines[1]]))
    with pytest.raises(DataError, match=r"frame 2: 'depth_1.png' is not a number .*u v d"):
        read_uvd(path, icvl)


def test_millimetres_in_place_of_pixels_are_refused(tmp_path):
    nyu = BENCHMARKS["nyu"]
    joints = hands(nyu, 4)
    path = tmp_path / "a.txt"
    write(path, joints)
    with pytest.raises(DataError, match="x y z rather than u v d"):
        read_uvd(path, nyu)
    write(path, project_uvd(joints, nyu) * (1, 1, -1))
    with pytest.raises(DataError, match="depths below 0"):
        read_uvd(path, nyu)


def test_our_own_file_has_to_be_among_those_given(tmp_path, capsys):
    uvd = np.full((2, 16, 3), 300.0)
    assert run(tmp_path, "icvl", uvd, uvd, extra=("--ours", "p7")) == 2
    assert "one of p0" in capsys.readouterr().err


def test_shares_of_labels(tmp_path, capsys):
    (tmp_path / "a.json").write_text('{"mean_joint_error_mm": 9.5}')
    (tmp_path / "b.json").write_text('[{"mean_joint_error_mm": 12.25}]')
    (tmp_path / "c.json").write_text("[]")
    plot, points = tmp_path / "plot.svg", []
    for share, name in (("1", "a"), ("0.05", "b")):
        points += ["--point", share, str(tmp_path / f"{name}.json")]
    given = ["fractions", "--dataset", "nyu", *points]
    assert main([*given, "--json", "--plot", str(plot)]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [tuple(row.values()) for row in rows] == [(0.05, 12.25), (1.0, 9.5)]
    assert "MURAUER 2019 (published)" in plot.read_text()
    assert main([*given, "--point", "0", str(tmp_path / "a.json")]) == 2
    assert main([*given, "--point", "1", str(tmp_path / "c.json")]) == 3
    assert capsys.readouterr().err.count("\n") == 2
