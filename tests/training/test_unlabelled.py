"""Labelled and unlabelled streams, and the terms that can be left out."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch

from app.data.subset import labelled_samples
from app.errors import DataError
from app.model.recipe import LossWeights
from app.training.config import ABLATIONS, TrainingConfig
from app.training.run import Run, Sources
from tests.training.fakes import SOURCES, STEPS, FakeCrops, config, fake_poses, run, same

torch.set_num_threads(1)
HALF = {"samples": 40, "labelled_fraction": 0.5}


class Asked(FakeCrops):
    """Remembers the numbers it was asked for."""

    numbers: set[int] = set()  # noqa: RUF012 - all of them share it

    def arrays(self, start: int, n: int) -> dict[str, np.ndarray]:
        if self.seed < 1000:  # not the validation's
            self.numbers.update(range(start, start + n))
        return super().arrays(start, n)


@pytest.mark.parametrize("stage", ["regress", "generate"])
def test_stages_with_labels_see_labelled_samples_alone(tmp_path, stage):
    Asked.numbers = set()
    run(tmp_path, (stage,), sources=Sources(Asked, fake_poses), **HALF)
    labelled = set(np.flatnonzero(labelled_samples(0, 40, 0.5)).tolist())
    assert Asked.numbers <= labelled
    assert len(Asked.numbers) >= min(STEPS * 4, len(labelled))


def test_joint_sees_both_and_learns_otherwise(tmp_path):
    Asked.numbers = set()
    with_ = run(tmp_path / "a", ("joint",), sources=Sources(Asked, fake_poses), **HALF)
    labelled = labelled_samples(0, 40, 0.5)
    seen = np.isin(np.arange(40), list(Asked.numbers))
    assert (seen & labelled).any()
    assert (seen & ~labelled).any()
    without = run(tmp_path / "b", ("joint",), samples=40, ablate=("teacher",))
    assert not same(with_.model, without.model)


def outputs(tmp_path: Path, preset: str, **changes) -> dict[str, torch.Tensor]:
    """The losses of one joint step."""
    made = Run(config(tmp_path, ("joint",), preset=preset, **changes), SOURCES, quiet=True)
    stage = made._stage("joint")
    stage.teacher = made.loop.average.model
    stage.prepare(0, fresh=True)
    return stage.update(0)


def test_the_teacher_is_heard_in_live_alone(tmp_path):
    assert outputs(tmp_path, "live", **HALF)["consistency"] > 0
    assert "consistency" not in outputs(tmp_path, "paper", **HALF)
    assert "consistency" not in outputs(tmp_path, "live")
    assert "consistency" not in outputs(tmp_path, "live", ablate=("teacher",), **HALF)


@pytest.mark.parametrize("preset", ["live", "paper"])
def test_unlabelled_crops_enter_the_adversary_alone(tmp_path, preset):
    """L_pos, L_smo and L_recons of the first step, pseudo labels apart, do not see them."""
    without = outputs(tmp_path, preset, samples=40, ablate=("teacher",))
    made = Run(
        config(tmp_path, ("joint",), preset=preset, ablate=("teacher",), samples=40), SOURCES, True
    )
    stage = made._stage("joint")
    other = Run(config(tmp_path, ("joint",), preset=preset, **HALF), SOURCES, True)
    stage.unlabelled = other._unlabelled()
    stage.teacher = made.loop.average.model
    stage.prepare(0, fresh=True)
    with_ = stage.update(0)
    assert with_["gan_d"] != without["gan_d"]
    for name in {"latent", "joints", "presence", "side"} & set(with_):
        torch.testing.assert_close(with_[name], without[name])


def test_unlabelled_crops_shift_no_statistics(tmp_path):
    """The batch norm of the pos head keeps to labelled crops: another camera's are other ones."""
    statistics = []
    for name, changes in {"a": HALF, "b": HALF | {"ablate": ("teacher",)}}.items():
        made = Run(config(tmp_path / name, ("joint",), **changes), SOURCES, quiet=True)
        stage = made._stage("joint")
        stage.teacher = made.loop.average.model
        stage.prepare(0, fresh=True)
        stage.update(0)
        assert all(part.training for part in made.model.disc.pose_features)
        statistics.append([b.clone() for b in made.model.disc.pose_features.buffers()])
    assert all(torch.equal(a, b) for a, b in zip(*statistics, strict=True))


@pytest.mark.parametrize("preset", ["live", "paper"])
def test_a_resumed_run_with_unlabelled_samples_ends_in_the_same_weights(tmp_path, preset):
    whole = run(tmp_path / "whole", ("joint",), preset=preset, **HALF)
    run(tmp_path / "parts", ("joint",), stop_after=STEPS // 2, preset=preset, **HALF)
    resumed = run(tmp_path / "parts", ("joint",), preset=preset, resume=True, **HALF)
    assert same(whole.model, resumed.model)


def gradients(tmp_path: Path, term: str | None) -> dict[str, float]:
    """Gradient norms of the parts of D and G after one joint step with a term left out."""
    changes = {"ablate": (term,)} if term else {}
    made = Run(config(tmp_path, ("joint",), **HALF, **changes), SOURCES, quiet=True)
    stage = made._stage("joint")
    norms: dict[str, float] = {}

    def descend(loss: torch.Tensor, name: str) -> None:
        stage.model.zero_grad(set_to_none=True)
        loss.backward()
        parts = {
            "discriminator": ("disc.gan_out", "disc.smooth_out", "disc.pose_out"),
            "generator": ("gen",),
        }[name]
        for part in parts:
            each = [p.grad for p in stage.model.get_submodule(part).parameters()]
            norms[part] = float(sum(g.square().sum() for g in each if g is not None))

    stage.descend = descend
    stage.teacher = made.loop.average.model
    stage.prepare(0, fresh=True)
    stage.update(0)
    return norms


def test_what_is_left_out_pulls_no_longer(tmp_path):
    full = gradients(tmp_path, None)
    assert min(full.values()) > 0
    assert gradients(tmp_path, "smo")["disc.smooth_out"] == 0
    assert gradients(tmp_path, "gan")["disc.gan_out"] == 0
    assert 0 < gradients(tmp_path, "self")["disc.smooth_out"] != full["disc.smooth_out"]
    assert gradients(tmp_path, "recons")["gen"] < 0.2 * full["gen"]
    assert gradients(tmp_path, "teacher")["disc.pose_out"] != full["disc.pose_out"]


def test_ablations_concern_the_joint_stage_alone(tmp_path):
    plain = TrainingConfig(tmp_path)
    for term in ABLATIONS:
        changed = dataclasses.replace(plain, ablate=(term,))
        assert changed.weights("joint") != LossWeights()
        assert changed.weights("generate") == changed.weights("regress") == LossWeights()
    both = dataclasses.replace(plain, ablate=("smo", "gan")).weights()
    assert (both.smooth, both.gan, both.matching) == (0, 0, 0)


def test_a_set_without_labels_is_refused(tmp_path):
    with pytest.raises(DataError, match="no labelled one"):
        run(tmp_path, ("regress",), samples=3, labelled_fraction=1e-6)


def test_synthesised_pictures_teach_the_pos_head_where_labels_are_few(tmp_path):
    """L_smo in joint space; it goes with L_smo, and `paper` has none."""
    assert outputs(tmp_path, "live", **HALF)["smooth_joints"] > 0
    assert "smooth_joints" not in outputs(tmp_path, "live", ablate=("smo",), **HALF)
    assert "smooth_joints" not in outputs(tmp_path, "live")
    assert "smooth_joints" not in outputs(tmp_path, "paper", **HALF)


def test_half_of_the_other_latents_are_draws_of_the_prior(tmp_path):
    made = Run(config(tmp_path, ("joint",)), SOURCES, quiet=True)
    stage, generator = made._stage("joint"), torch.Generator().manual_seed(0)
    z = torch.full((400, made.model.preset.latent), 3.0)
    z[:, -9:-3] = torch.tensor([1.0, 0, 0, 0, 1, 0])
    mixed, n_code = stage._mixed(z, 400, generator), made.model.vae.code
    torch.testing.assert_close(mixed[::2], z[::2])  # mixed of the same
    drawn = mixed[1::2, :n_code]
    assert abs(float(drawn.mean())) < 0.1
    assert abs(float(drawn.std()) - 1) < 0.1
    six, origin = mixed[1::2, n_code:-3].unflatten(1, (2, 3)), mixed[1::2, -3:]
    torch.testing.assert_close(six.norm(dim=-1), torch.ones(200, 2))  # a rotation
    assert 0 < float((origin - 3).std()) < 0.1
