"""`python -m app.evaluation dataset` on small public sets."""

import json

import numpy as np
import pytest

from app.data.benchmarks import BENCHMARKS
from app.data.public_sets import open_set
from app.errors import DataError
from app.evaluation.__main__ import main
from app.evaluation.public.dataset import as_uvd, measure
from app.evaluation.public.result_files import read_joints
from tests.data.conftest import copy_set, set_templates
from tests.inference.fakes import plain_hand

__all__ = ["copy_set", "set_templates"]
SETS = ("nyu", "icvl", "msra")


class Knowing:
    """Stands for the estimator: answers with the labels, shifted; finds no hand in frame 1."""

    def __init__(self, frames, shift=(0.0, 0, 0)):
        self.frames, self.shift, self.centres = frames, shift, []

    def estimate_at(self, frame, centre_mm):
        self.centres.append(centre_mm)
        joints = self.frames.joints.to_ours(self.frames.labels_mm[frame.index]) + self.shift
        return None if frame.index == 1 else plain_hand(joints)


@pytest.mark.parametrize("name", SETS)
def test_a_perfect_answer_has_no_error(tmp_path, copy_set, name):
    made = copy_set(name)
    frames = open_set(name, tmp_path, "test", subject=0 if name == "msra" else None)
    estimator = Knowing(frames)
    measured = measure(frames, estimator, "groundtruth")
    assert np.isnan(measured.predicted_mm[1]).all()
    keep = [0, 2, 3]
    truth = made["test"].labels_mm
    np.testing.assert_allclose(measured.predicted_mm[keep], truth[keep], atol=1e-2)
    np.testing.assert_allclose(measured.true_mm, truth, atol=1e-3)
    mean = np.abs(np.array(estimator.centres) - truth.mean(1)).max()
    assert mean < 25  # the hand's middle


def test_the_public_file_reads_back_as_the_labels(tmp_path, copy_set):
    made = copy_set("nyu")
    frames = open_set("nyu", tmp_path, "test")
    measured = measure(frames, Knowing(frames), "groundtruth")
    uvd = as_uvd(measured, BENCHMARKS["nyu"])
    assert np.isfinite(uvd).all()  # frame 1: the crop's centre
    k, labels = frames.camera, made["test"].labels_mm[2]
    pixels = labels[:, :2] / labels[:, 2:] * [k.fx, k.fy] + [k.cx, k.cy]
    np.testing.assert_allclose(uvd[2, :, :2], pixels, atol=1e-2)
    np.testing.assert_allclose(uvd[2, :, 2], labels[:, 2], atol=1e-2)


def test_skipped_pictures_are_not_scored(tmp_path, copy_set):
    made = copy_set("icvl")
    made["test"].paths[2].write_bytes(b"gone")
    frames = open_set("icvl", tmp_path, "test", "skip")
    measured = measure(frames, Knowing(frames, (3.0, 4, 0)), "groundtruth")
    assert len(measured.true_mm) == 3
    off = np.linalg.norm(measured.predicted_mm - measured.true_mm, axis=-1)[[0, 2]]
    np.testing.assert_allclose(off, 5, atol=1e-2)
    with pytest.raises(DataError, match="image_0000"):
        measure(open_set("icvl", tmp_path, "test"), Knowing(frames), "groundtruth")


def test_some_frames_evenly_spaced(tmp_path, copy_set):
    copy_set("icvl")
    frames = open_set("icvl", tmp_path, "train")
    assert [frame.index for frame in frames.frames(3)] == [0, 2, 4]
    assert len(list(frames.frames(100))) == 6


@pytest.mark.parametrize("centre", ["groundtruth", "segmentation"])
def test_the_command_scores_a_set(tmp_path, copy_set, weights, capsys, centre):
    copy_set("msra")
    out = tmp_path / "ours.txt"
    command = ["dataset", "--dataset", "msra", "--root", str(tmp_path), "--subject", "0"]
    command += ["--weights", str(weights), "--backend", "torch", "--centre", centre, "--json"]
    assert main([*command, "--write-predictions", str(out)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["frames"], told["official_frames"]) == (4, 8499)
    assert told["skipped"] == []
    assert len(told["per_joint_error_mm"]) == len(told["joint_names"]) == 21
    assert told["mean_joint_error_mm"] > 0
    assert {"yaw", "pitch"} <= set(told["viewpoint"])
    assert read_joints(out, BENCHMARKS["msra"]).shape == (4, 21, 3)
    if centre == "groundtruth":
        assert "detected" not in told  # nobody asks whether there is a hand


def test_a_table_and_a_plot(tmp_path, copy_set, weights, capsys):
    copy_set("icvl")
    command = ["dataset", "--dataset", "icvl", "--root", str(tmp_path), "--weights", str(weights)]
    command += ["--backend", "torch", "--plot", str(tmp_path / "plot.svg"), "--frames", "2"]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "mean joint error mm" in told
    assert "2 of the 1596 official test frames" in told
    assert "<svg" in (tmp_path / "plot.svg").read_text()


@pytest.mark.parametrize("name", SETS)
def test_a_wrong_root_is_one_line(tmp_path, name, capsys):
    root = tmp_path / "none"
    assert main(["dataset", "--dataset", name, "--root", str(root)]) == DataError.exit_code
    told = capsys.readouterr().err.strip().splitlines()
    assert len(told) == 1
    assert str(root) in told[0]
