"""Training on small public sets: crops, what teaches, resuming, damaged pictures, options."""

import numpy as np
import pytest
import torch

from app.data.joint_sets import joint_set
from app.data.public_sets import open_set
from app.errors import DataError
from app.frames import BACKGROUND
from app.model.crossing_nets import build
from app.model.recipe import LossWeights
from app.model.recipes.live import LIVE
from app.segmentation.crop import MIDDLE
from app.training.__main__ import main
from app.training.card import describe_run
from app.training.labelled_joints import LabelledJoints
from app.training.loop import Progress
from app.training.run import Sources
from app.training.samples.set_crops import SetCrops, bone_distances, open_training
from app.training.samples.stream import BatchStream
from app.training.stages.pose_losses import pose_losses
from app.training.stages.stage import Context
from tests.data.conftest import copy_set, set_templates
from tests.training.fakes import FakeCrops, config, note_runs, run, same

__all__ = ["copy_set", "set_templates"]
torch.set_num_threads(1)
SETS = ("nyu", "icvl", "msra")


def of_set(tmp_path, name, stages=("regress",), **changes):
    """A run's configuration; samples of one hand alone in the pool."""
    given = {"dataset": name, "root": tmp_path, "pool": 16} | changes
    return config(tmp_path / "run", stages, **given)


@pytest.mark.parametrize("name", SETS)
def test_a_crop_shows_the_hand_where_its_joints_are(tmp_path, copy_set, name):
    copy_set(name)
    subject = 0 if name == "msra" else None
    made = SetCrops(open_set(name, tmp_path, "test", "refuse", subject), 1).arrays(0, 4)
    assert made["present"].all()
    for image, clean, joints in zip(made["images"], made["clean"], made["joints"], strict=True):
        x, y = (joints[:, :2] * 64 + MIDDLE).T  # near enough: the hand is flat
        seen = [image[round(b) - 4 : round(b) + 5, round(a) - 4 : round(a) + 5].min()
                for a, b in zip(x, y, strict=True)]  # fmt: skip
        assert (np.array(seen) < BACKGROUND).mean() > 0.9
        assert (clean >= image).all()
        assert (clean < BACKGROUND).sum() > 0.7 * (image < BACKGROUND).sum()
        # a right hand, fingers up, its palm towards the camera: the thumb is on the left
        assert joints[4, 0] < joints[20, 0]


def test_a_sample_depends_on_seed_and_number_alone(tmp_path, copy_set):
    copy_set("icvl")
    frames = open_set("icvl", tmp_path, "train")
    a, b = SetCrops(frames, 1).arrays(0, 6), SetCrops(frames, 1).arrays(3, 3)
    np.testing.assert_array_equal(a["images"][3:], b["images"])
    assert (SetCrops(frames, 2).arrays(3, 3)["joints"] != b["joints"]).any()
    still = SetCrops(frames, 1, jitter=False, spread=3).arrays(0, 3)  # frames 0, 2, 4
    assert (still["cube_mm"] == 250).all()
    np.testing.assert_allclose(still["joints"].mean(1), 0, atol=1e-5)


def test_distances_from_bones():
    joints = np.zeros((21, 3), np.float32)
    joints[5] = [0, -1, 0]  # one bone of length 1, the others are points
    points = np.array([[0.3, -0.5, 0.4], [0, 0.2, 0], [0, -1.5, 0]], np.float32)
    np.testing.assert_allclose(bone_distances(points, joints), [0.5, 0.2, 0.5], rtol=1e-5)


@pytest.mark.parametrize(("name", "joint"), [("nyu", "index_dip"), ("icvl", "thumb_cmc")])
def test_what_a_set_does_not_tell_teaches_nothing(name, joint):
    """Hands that differ in what the labels leave open have the same losses."""
    chosen = joint_set(name)
    model = build(LIVE.preset)
    arrays = FakeCrops(0, "train").arrays(0, 8)
    context = Context(
        0, torch.device("cpu"), False, LossWeights(), 8, 0, labels=LabelledJoints.of(chosen)
    )
    images, present = context.images(arrays["images"]), context.tensor(arrays["present"])
    free = np.eye(21) - np.linalg.pinv(chosen.map) @ chosen.map  # moves that no label sees
    moved = arrays["joints"] + 0.3 * (free @ np.random.default_rng(0).normal(0, 1, (8, 21, 3)))
    losses = [
        pose_losses(model.eval(), images, context.tensor(joints), present, context)
        for joints in (arrays["joints"], moved.astype(np.float32))
    ]
    assert abs(moved - arrays["joints"]).max() > 0.1
    assert "latent" not in losses[0]
    for term in ("joints", "seen", "votes"):
        torch.testing.assert_close(losses[0][term], losses[1][term], rtol=1e-4, atol=1e-5)


def test_expected_errors_of_mixtures():
    labels, sigma = LabelledJoints.of(joint_set("icvl")), torch.full((2, 21), 0.05)
    torch.testing.assert_close(labels.log_sigma(sigma.log()).exp(), torch.full((2, 16), 0.05))
    assert LabelledJoints().log_sigma(sigma) is sigma
    assert LabelledJoints().complete
    assert LabelledJoints.of(joint_set("msra")).complete


@pytest.mark.parametrize("name", SETS)
def test_a_run_on_a_set_resumes_to_the_same_weights(tmp_path, copy_set, name):
    copy_set(name)
    changes = {"labelled_fraction": 0.5, "validation_samples": 4}
    settings = of_set(tmp_path, name, **changes)
    sources = Sources.of(settings)
    given = {"dataset": name, "root": tmp_path, "pool": 16, "sources": sources} | changes
    whole = run(tmp_path / "whole", ("regress",), **given)
    run(tmp_path / "parts", ("regress",), stop_after=2, **given)
    resumed = run(tmp_path / "parts", ("regress",), resume=True, **given)
    assert same(whole.model, resumed.model)
    assert whole.figures["joint_mm"] > 0


def test_the_labelled_fraction_is_one_of_the_sets_own_frames(tmp_path, copy_set):
    copy_set("msra")
    some = open_training(of_set(tmp_path, "msra", labelled_fraction=0.3))
    everything = open_training(of_set(tmp_path, "msra"))
    assert (some.samples, everything.samples, some.tested) == (20, 20, 4)
    assert 0 < some.poses.labelled.sum() < 12
    assert everything.poses.labelled.all()
    known = some.train.joints.to_ours(some.train.labels_mm[some.poses.labelled])
    drawn = open_training(
        of_set(tmp_path, "msra", labelled_fraction=0.3, preset="paper")
    ).poses(0, 30)  # fmt: skip
    off = np.abs(drawn[:, None] - known[None]).max((2, 3)).min(1)
    assert off.max() < 1e-3


def test_half_of_the_live_poses_are_the_sets(tmp_path, copy_set):
    copy_set("icvl")
    data = open_training(of_set(tmp_path, "icvl"))
    poses = data.poses(0, 20)
    assert poses.shape == (20, 21, 3)
    distances = poses[:, :, 2].mean(1)  # the set's lie in front of its camera
    assert (distances > 300).sum() == 10


@pytest.mark.parametrize("workers", [0, 1])
def test_a_damaged_picture_ends_a_run_by_name_or_is_skipped(tmp_path, copy_set, workers, capfd):
    made = copy_set("icvl")
    made["train"].paths[2].write_bytes(b"gone")
    refusing = SetCrops(open_set("icvl", tmp_path, "train"), 0)
    with (
        BatchStream(refusing, 4, workers=workers) as stream,
        pytest.raises(DataError, match="image_0002"),
    ):
        stream.next()
    skipping = SetCrops(open_set("icvl", tmp_path, "train", "skip"), 0)
    with BatchStream(skipping, 4, workers=workers) as stream:
        assert len(stream.next()["images"]) == 4
    told = capfd.readouterr().err
    assert told.count("image_0002") == 1
    assert "Traceback" not in told


def test_weights_of_research_data_say_so(tmp_path, copy_set):
    settings = of_set(tmp_path, "nyu")
    about = describe_run(settings, Progress([]), {}, None, 1)
    assert "research only" in about["licence"]
    assert "--dataset nyu" in about["training"]["command"]
    assert "NYU" in about["data"]["hands"]
    assert describe_run(config(tmp_path, ("vae",)), Progress([]), {}, None, 1)["licence"] != about


def test_options_reach_the_run(tmp_path, monkeypatch):
    seen = note_runs(monkeypatch)
    given = ["--out", str(tmp_path), "--dataset", "msra", "--root", "somewhere", "--subject", "4"]
    main([*given, "--bad-frames", "skip"])
    found = seen[0]
    assert (found.dataset, str(found.root), found.subject) == ("msra", "somewhere", 4)
    assert found.bad_frames == "skip"


@pytest.mark.parametrize("wrong", [
    ["--dataset", "nyu"], ["--root", "x"], ["--dataset", "mano", "--root", "x"],
    ["--dataset", "nyu", "--root", "x", "--subject", "1"],
    ["--dataset", "msra", "--root", "x", "--subject", "9"],
    ["--dataset", "nyu", "--root", "x", "--adapt", "y.bag"],
])  # fmt: skip
def test_options_that_make_no_set_exit_with_2(tmp_path, wrong, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--out", str(tmp_path), *wrong])
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_a_wrong_root_is_one_line(tmp_path, capsys):
    code = main(
        ["--out", str(tmp_path / "o"), "--dataset", "nyu", "--root", str(tmp_path / "none")]
    )
    told = capsys.readouterr().err.strip().splitlines()
    assert code == DataError.exit_code
    assert len(told) == 1
    assert str(tmp_path / "none") in told[0]
