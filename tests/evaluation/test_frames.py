import json
from functools import partial

import numpy as np
import pytest

from app.config import EstimatorConfig
from app.errors import DataError
from app.evaluation.__main__ import main
from app.evaluation.annotated import AnnotatedFrames
from app.evaluation.frames import measure
from app.frames import HandRegion
from app.inference.run_check import RunCheck
from app.inference.single_frame import FrameEstimator
from tests.inference.fakes import (
    CAMERA,
    CENTRE_MM,
    FakeEngine,
    hand_frame,
    mirrored_frame,
)

N = 5
INTRINSICS = np.array([CAMERA.fx, CAMERA.fy, CAMERA.cx, CAMERA.cy])
DEPTH = np.stack([hand_frame().depth_raw] * N)
JOINTS = np.random.default_rng(0).normal(0, 30, (N, 21, 3)) + CENTRE_MM
GOOD = {"depth_mm": DEPTH, "intrinsics": INTRINSICS, "joints_mm": JOINTS}


class Locator:
    """Finds the hand where it is, or nothing."""

    def __init__(self, *regions: HandRegion):
        self.regions = list(regions)

    def locate(self, frame, **options) -> list[HandRegion]:
        return self.regions


def estimator(*regions: HandRegion) -> FrameEstimator:
    return FrameEstimator(FakeEngine(), EstimatorConfig(smoothing=False), Locator(*regions))


HERE = HandRegion(CENTRE_MM, 0.9)


@pytest.mark.parametrize("raw", [False, True])
@pytest.mark.parametrize("each", [False, True])
@pytest.mark.parametrize("savez", [np.savez, np.savez_compressed])
def test_frames_come_as_they_were_written(tmp_path, raw, each, savez):
    intrinsics = np.tile(INTRINSICS, (N, 1)) + np.arange(N)[:, None] if each else INTRINSICS
    depth = {"depth_raw": DEPTH, "depth_unit_mm": 0.125} if raw else {"depth_mm": DEPTH}
    savez(tmp_path / "f.npz", intrinsics=intrinsics, joints_mm=JOINTS, **depth)
    annotated = AnnotatedFrames(tmp_path / "f.npz")
    frames = list(annotated)
    assert len(annotated) == len(frames) == N
    assert all(np.array_equal(f.depth_raw, d) for f, d in zip(frames, DEPTH, strict=True))
    assert frames[3].depth_unit_mm == (0.125 if raw else 1.0)
    assert frames[3].intrinsics.fx == CAMERA.fx + (3 if each else 0)
    assert len({f.epoch for f in frames}) == N
    assert np.allclose(annotated.joints_mm, JOINTS, atol=1e-3)


def test_scores_have_the_contract_form(save):
    scores = measure(AnnotatedFrames(save(**GOOD)), estimator(HERE), "segmentation").to_json()
    assert set(scores) == {
        *("frames", "detected", "mean_joint_error_mm", "mean_joint_error_detected_mm"),
        *("mean_root_aligned_error_mm", "mean_similarity_aligned_error_mm"),
        *("per_joint_error_mm", "frames_max_within_mm", "median_ms_per_frame"),
        "found_within_60_mm",
    }
    assert scores["frames"] == scores["detected"] == N
    json.dumps(scores, allow_nan=False)


def test_the_crop_goes_where_it_is_told_to(save):
    far = JOINTS + np.array([0, 0, 400])
    annotated = AnnotatedFrames(save(**GOOD | {"joints_mm": far}))
    assert measure(annotated, estimator(HERE), "groundtruth").detected == 0
    assert measure(annotated, estimator(HERE), "segmentation").detected == N
    assert measure(annotated, estimator(), "segmentation").mean_joint_error_mm == 100


def test_frames_do_not_know_of_each_other(save):
    depth = DEPTH.copy()
    depth[2] = mirrored_frame().depth_raw
    hands = np.array(["right"] * 2 + ["left"] + ["right"] * 2)
    annotated = AnnotatedFrames(save(**GOOD | {"depth_mm": depth, "hand": hands}))
    scores = measure(annotated, estimator(HERE), "segmentation")
    assert scores.handedness_accuracy == 1.0


@pytest.mark.parametrize(
    "change",
    [
        {"depth_mm": DEPTH.astype(np.float32)},
        {"depth_mm": DEPTH[0]},
        {"depth_mm": DEPTH[:0]},
        {"depth_mm": None},
        {"depth_mm": None, "depth_raw": DEPTH},
        {"depth_mm": None, "depth_raw": DEPTH, "depth_unit_mm": 0.0},
        {"intrinsics": None},
        {"intrinsics": INTRINSICS[:3]},
        {"intrinsics": INTRINSICS * np.nan},
        {"intrinsics": -INTRINSICS},
        {"joints_mm": None},
        {"joints_mm": JOINTS[:, :20]},
        {"joints_mm": JOINTS[:3]},
        {"joints_mm": np.where(JOINTS.max() - 1 < JOINTS, np.nan, JOINTS)},
        {"joints_mm": np.array([None] * 3)},
        {"t_s": np.zeros(2)},
        {"hand": np.array("both")},
        {"hand": np.zeros(N)},
    ],
)
def test_what_is_wrong_with_a_file_is_said_in_one_line(save, change, capsys):
    path = save(**GOOD | change)
    assert main(["frames", path]) == 3
    assert capsys.readouterr().err.count("\n") == 1


def test_files_that_are_no_npz(tmp_path, capsys):
    (tmp_path / "text.npz").write_text("hello")
    (tmp_path / "empty.npz").write_bytes(b"")
    np.save(tmp_path / "a.npy", DEPTH)
    for name in ("text.npz", "empty.npz", "a.npy", "none.npz", "."):
        assert main(["frames", str(tmp_path / name)]) == 3
    assert capsys.readouterr().err.count("\n") == 5


def test_damage_in_the_middle_is_noticed(save, tmp_path):
    path = save(**GOOD)
    content = bytearray((tmp_path / "f.npz").read_bytes())
    content[60_000] ^= 0xFF
    (tmp_path / "f.npz").write_bytes(content)
    annotated = AnnotatedFrames(path)
    with pytest.raises(DataError, match="damaged"):
        list(annotated)


def test_a_number_of_steps_that_cannot_be_is_refused(save, capsys):
    assert main(["frames", save(**GOOD), "--refine", "-1"]) == 2
    assert "refine must be between 0 and" in capsys.readouterr().err


def test_refinement_is_asked_for_and_told_apart(save, weights, capsys):
    given = ["frames", save(**GOOD), "--centre", "groundtruth", "--weights", str(weights), "--json"]
    errors = []
    for steps in ("0", "2"):
        assert main([*given, "--refine", steps]) == 0
        errors.append(json.loads(capsys.readouterr().out)["mean_joint_error_mm"])
    assert errors[0] != errors[1]


def test_gain_and_cost_of_refinement(save, weights, capsys):
    given = ["refinement", save(**GOOD), "--weights", str(weights), "--frames", "2", "--json"]
    assert main([*given, "--by", "surface", "--steps", "1", "3"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert [(row["by"], row["steps"]) for row in rows] == [
        ("first answer", 0),
        ("surface", 1),
        ("surface", 3),
    ]
    assert all(len(row["per_joint_error_mm"]) == 21 for row in rows)
    assert rows[2]["median_ms"] > 0


def test_the_command_line_end_to_end(save, weights, capsys):
    given = ["frames", save(**GOOD), "--centre", "groundtruth", "--weights", str(weights), "--json"]
    assert main(given) == 0
    scores = json.loads(capsys.readouterr().out)
    assert scores["frames"] == N
    assert scores["mean_joint_error_mm"] > 0
    assert main(given[:-1]) == 0
    assert "mean joint error mm" in capsys.readouterr().out


def test_bad_weights(save, tmp_path):
    assert main(["frames", save(**GOOD), "--weights", str(tmp_path / "none")]) == 4


def test_what_a_run_would_warn_of_is_said_here_too(save, monkeypatch, capsys):
    monkeypatch.setattr("app.evaluation.frames.make_estimator", lambda config: estimator())
    check = partial(RunCheck, search=lambda engine, frames: None)
    monkeypatch.setattr("app.evaluation.frames.RunCheck", check)
    assert main(["frames", str(save(**GOOD)), "--json"]) == 0
    told, said = capsys.readouterr()
    (warning,) = json.loads(told)["warnings"]
    assert (warning["kind"], warning["frames"]) == ("no_hand", N)
    assert warning["message"] in said
