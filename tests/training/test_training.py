"""The training itself: schedules, averaging, exact resume, what each stage changes, the files."""

import json
from itertools import pairwise

import numpy as np
import pytest
import torch

from app.data.sample import Batch
from app.errors import WeightsError
from app.model.checkpoint import load_weights
from app.model.crossing_nets import build
from app.model.recipe import LossWeights
from app.model.weights_file import read_latents
from app.training import journal
from app.training.__main__ import main
from app.training.average import AveragedModel
from app.training.loop import rate_factor
from app.training.options import parse_amounts
from app.training.run import Run
from app.training.stages.pose_losses import pose_losses, split_output
from app.training.stages.pose_stages import show_clean
from app.training.stages.stage import Context
from app.training.validation import Validator, area_under_curve
from tests.thin import thin_preset
from tests.training.fakes import SOURCES, STEPS, FakeCrops, config, note_runs, run, same

torch.set_num_threads(1)


def test_rate_rises_then_falls():
    rates = [rate_factor(k / 100, 0.1, True) for k in range(101)]
    assert rates[0] < 0.05
    assert max(rates) == rates[10] == 1
    assert all(a >= b for a, b in pairwise(rates[10:]))
    assert rates[100] == pytest.approx(0.01)
    assert rate_factor(0.9, 0.1, False) == 1


@pytest.mark.parametrize("stage", ["vae", "regress", "generate", "joint"])
@pytest.mark.parametrize("preset", ["live", "paper"])
def test_a_resumed_run_ends_in_the_same_weights(tmp_path, stage, preset):
    whole = run(tmp_path / "whole", (stage,), preset=preset)
    run(tmp_path / "parts", (stage,), stop_after=STEPS // 2, preset=preset)
    resumed = run(tmp_path / "parts", (stage,), preset=preset, resume=True)
    assert same(whole.model, resumed.model)
    assert same(whole.model, whole.loop.average.model)  # what a stage leaves is its average
    assert same(whole.loop.average.model, resumed.loop.average.model)
    fresh = Run(config(tmp_path / "fresh", (stage,), preset=preset), SOURCES, quiet=True)
    assert not same(whole.model, fresh.model)


def test_a_run_stopped_between_stages_goes_on_with_the_next(tmp_path):
    whole = run(tmp_path / "whole", ("vae", "regress"))
    run(tmp_path / "parts", ("vae",))
    resumed = run(tmp_path / "parts", ("vae", "regress"), resume=True)
    assert resumed.loop.progress.finished == ["vae", "regress"]
    assert same(whole.loop.average.model, resumed.loop.average.model)


def test_the_seed_decides_the_weights(tmp_path):
    a, b = (run(tmp_path / name, ("regress",)) for name in "ab")
    other = run(tmp_path / "c", ("regress",), seed=1)
    assert same(a.model, b.model)
    assert not same(a.model, other.model)


POSE_HEAD = {
    f"disc.{part}" for part in ("trunk", "pose_features", "pose_maps", "pose_hidden", "pose_out")
}
CHANGED = {
    "vae": {"vae"},
    "regress": POSE_HEAD,
    "generate": {"ali", "gen"},
    "joint": POSE_HEAD
    | {"ali", "gen"}
    | {"disc.gan_features", "disc.gan_out", "disc.smooth_features", "disc.smooth_out"},
}


@pytest.mark.parametrize("stage", list(CHANGED))
def test_a_stage_changes_its_own_networks_alone(tmp_path, stage):
    made = run(tmp_path, (stage,))
    start = build(thin_preset("live"), 0)
    parts = ["vae", "ali", "gen", *(f"disc.{name}" for name, _ in start.disc.named_children())]
    changed = {p for p in parts if not same(made.model.get_submodule(p), start.get_submodule(p))}
    assert changed == CHANGED[stage]


def test_the_joint_stage_keeps_the_generators_statistics(tmp_path):
    made, start = run(tmp_path, ("joint",)), build(thin_preset("live"), 0)
    ours, theirs = dict(made.model.gen.named_buffers()), dict(start.gen.named_buffers())
    means = [name for name in ours if name.endswith("running_mean")]
    assert means
    assert all(torch.equal(ours[name], theirs[name]) for name in means)


def test_regression_learns_where_a_blob_is(tmp_path):
    before = run(tmp_path / "a", ("regress",), steps={"regress": 1})
    after = run(tmp_path / "b", ("regress",), steps={"regress": 60}, batch=16)
    assert after.figures["joint_mm"] < 0.6 * before.figures["joint_mm"]


def test_generator_learns_to_draw_the_blob(tmp_path):
    before = run(tmp_path / "a", ("generate",), steps={"generate": 1})
    after = run(tmp_path / "b", ("generate",), steps={"generate": 120}, batch=8)
    assert after.figures["picture_iou"] > 0.4
    assert after.figures["picture_iou"] > 2 * before.figures["picture_iou"]


def test_a_kill_while_the_checkpoint_is_written_keeps_the_one_before(tmp_path, monkeypatch):
    run(tmp_path, ("regress",), stop_after=2)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("app.outputs.os.fsync", killed)
    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, ("regress",), stop_after=3, resume=True)
    assert journal.load_checkpoint(tmp_path)["progress"]["step"] == 2


@pytest.mark.parametrize("keep", [0, 100, 0.6])
def test_a_damaged_checkpoint_is_refused(tmp_path, keep):
    run(tmp_path, ("vae",), stop_after=1)
    path = tmp_path / journal.CHECKPOINT
    content = path.read_bytes()
    path.write_bytes(content[: int(keep * len(content)) if keep < 1 else keep])
    with pytest.raises(WeightsError, match="damaged"):
        run(tmp_path, ("vae",), resume=True)


def test_a_run_leaves_weights_prior_configuration_and_figures(tmp_path):
    made = run(tmp_path, ("vae", "regress", "generate", "joint"), steps={}, minutes={
        "vae": 0.005, "regress": 0.005, "generate": 0.005, "joint": 0.01,
    })  # fmt: skip
    loaded, metadata = load_weights(tmp_path / "live.safetensors")
    assert same(loaded, made.loop.average.model)
    assert set(metadata["measured"]) >= {"joint_mm", "vae_mm", "picture_iou", "presence_auc"}
    space = read_latents(tmp_path / "live.safetensors")
    assert space.draw(np.random.default_rng(0), 3).shape == (3, 32)
    assert json.loads((tmp_path / "config.json").read_text())["preset"] == "live"
    lines = (tmp_path / journal.METRICS).read_text().splitlines()
    kinds = {json.loads(line)["kind"] for line in lines}
    assert kinds == {"start", "validation"}


def test_the_average_begins_anew_from_a_network_and_goes_into_one():
    a, b = build(thin_preset("live"), 0), build(thin_preset("live"), 1)
    average = AveragedModel(a)
    average.update(a, [a.gen], 0.5)
    average.copy_from(b)
    assert same(average.model, b)
    assert not same(average.model, a)
    assert average.updates == 0
    average.copy_to(a)
    assert same(a, b)


def test_the_average_follows_the_trained_parts_alone():
    a, b = build(thin_preset("live"), 0), build(thin_preset("live"), 1)
    average = AveragedModel(a)
    average.updates = 10**6
    average.update(b, [b.gen], 0.75)
    weight = average.model.gen.out.weight
    torch.testing.assert_close(weight, 0.75 * a.gen.out.weight + 0.25 * b.gen.out.weight)
    assert same(average.model.disc, a.disc)


def test_area_under_curve_at_known_values():
    positive = np.array([True, True, False, False])
    assert area_under_curve(np.array([4.0, 3, 2, 1]), positive) == 1
    assert area_under_curve(np.array([1.0, 2, 3, 4]), positive) == 0
    assert area_under_curve(np.array([1.0, 1, 1, 1]), positive) == 0.5
    assert area_under_curve(np.array([3.0, 1, 2, 0]), positive) == 0.75


def test_validation_is_in_millimetres_of_the_samples_own_cube():
    arrays = FakeCrops(0, "train").arrays(0, 8)
    model = build(thin_preset("live")).eval()
    with torch.no_grad():
        images = torch.from_numpy(arrays["images"])[:, None]
        out = model.estimate(images)
        joints = model.decode(out.z).numpy()
    half = arrays["cube_mm"] / 2
    exact = Batch(**(arrays | {"joints": joints + np.float32([0.08, 0, 0])}))
    figures = Validator(exact, torch.device("cpu")).measure(model, ("pose",))
    assert figures["joint_mm"] == pytest.approx(0.08 * half[0], rel=1e-3)
    assert figures["joint_centred_mm"] == pytest.approx(0, abs=1e-2)
    expected = 0.08 / float(out.log_sigma[arrays["present"]].exp().mean())
    assert figures["sigma_ratio"] == pytest.approx(expected, rel=1e-3)


def test_regression_learns_the_side_from_mirror_images(tmp_path):
    model = build(thin_preset("live"))
    arrays = FakeCrops(0, "train").arrays(0, 8)
    context = Context(0, torch.device("cpu"), False, LossWeights(), 8, 0)
    images, joints = context.images(arrays["images"]), context.tensor(arrays["joints"])
    losses = pose_losses(model, images, joints, context.tensor(arrays["present"]), context)
    losses["side"].backward()
    gradient = model.disc.pose_out[-1].weight.grad
    assert gradient[-1].abs().sum() > 0
    assert gradient[:-1].abs().sum() == 0
    bare = split_output(model.estimate(images), 6, 2)
    assert (len(bare[0].z), len(bare[1].side_logit)) == (6, 2)


def test_one_crop_in_eight_is_shown_as_the_generator_draws_hands():
    rng = np.random.default_rng(5)
    images, clean = rng.random((2, 19, 128, 128), np.float32)
    arrays = {"images": images.copy(), "clean": clean}
    show_clean(arrays)
    np.testing.assert_array_equal(arrays["images"][:17], images[:17])
    np.testing.assert_array_equal(arrays["images"][17:], clean[17:])
    few = {"images": images[:7].copy(), "clean": clean[:7]}
    show_clean(few)
    np.testing.assert_array_equal(few["images"], images[:7])


def test_amounts_of_stages():
    stages = ("vae", "joint")
    assert parse_amounts("7", stages, int) == {"vae": 7, "joint": 7}
    assert parse_amounts("joint=2.5", stages, float) == {"joint": 2.5}
    assert parse_amounts("", stages, int) == {}
    with pytest.raises(ValueError, match="gan"):
        parse_amounts("gan=3", stages, int)


@pytest.mark.parametrize("wrong", [
    ["--stages", "gan"], ["--steps", "x"], ["--minutes", "gan=3"], ["--labelled-fraction", "0"],
    ["--labelled-fraction", "1.5"], ["--ablate", "pos"], ["--samples", "-1"],
    ["--adapt", "x.bag", "--stages", "regress"],
])  # fmt: skip
def test_bad_arguments_exit_with_2(tmp_path, wrong, capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--out", str(tmp_path), *wrong])
    assert caught.value.code == 2
    assert "usage" in capsys.readouterr().err


def test_exporting_a_run_that_is_not_there_says_so(tmp_path, capsys):
    assert main(["--out", str(tmp_path / "none"), "--export"]) == WeightsError.exit_code
    assert "no checkpoint" in capsys.readouterr().err


def test_options_reach_the_run(tmp_path, monkeypatch):
    seen = note_runs(monkeypatch)
    main(
        [
            "--out",
            str(tmp_path),
            "--labelled-fraction",
            "0.02",
            "--ablate",
            "smo",
            "--ablate",
            "gan",
        ]
    )
    main(["--out", str(tmp_path), "--adapt", "mine.bag"])
    some, adapting = seen
    assert (some.labelled_fraction, some.ablate, some.weights_file) == (0.02, ("smo", "gan"), None)
    assert some.set_size() > 0
    assert adapting.stages == ("adapt",)
    assert adapting.weights_file.name == "live.safetensors"
    assert adapting.minutes == {"adapt": 10.0}
    assert adapting.set_size() == 0
