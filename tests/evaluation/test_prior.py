"""`python -m app.evaluation prior`: figures that tell hands from what is none."""

import json

import numpy as np
import pytest
import torch

from app.evaluation import __main__ as command
from app.evaluation import prior
from app.hand.kinematics import pose_joints_batch
from app.hand.prior import load_prior
from app.hand.shape import shape_pool
from app.latent.space import fit_latent_space
from app.model.crossing_nets import build
from app.model.recipes.live import LIVE
from app.resources import SHIPPED_WEIGHTS
from app.skeleton import bone_lengths


class Engine:
    """An untrained network, whose decoder is the rig all the same."""

    def __init__(self):
        self.model = build(LIVE.preset).eval()

    @torch.no_grad()
    def encode(self, joints: np.ndarray) -> np.ndarray:
        return self.model.encode(torch.tensor(joints)).numpy()

    @torch.no_grad()
    def decode(self, z: np.ndarray) -> np.ndarray:
        return self.model.decode(torch.tensor(z)).numpy()


@pytest.fixture(scope="module")
def judge() -> prior.Judge:
    codes = np.random.default_rng(0).standard_normal((400, 32)) * 0.5
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(prior, "PEOPLE", 120)
        return prior.Judge(Engine(), fit_latent_space(codes, 1, 4, n_shape=8))


@pytest.fixture(scope="module")
def real() -> np.ndarray:
    return prior.unseen_poses(np.random.default_rng(0), None)[:400]


def test_real_hands_keep_the_limits_and_have_their_own_bones(judge, real):
    hands = judge.hands(real)
    assert hands.beyond_limits < 0.01
    assert hands.off_in_bones == 0
    assert hands.bones_own_p95 is None
    assert hands.bones_nearest_p95 < 0.12


def test_hands_of_other_proportions_or_sizes_are_found(judge, real):
    stretched = real * np.array([1.0, 1.0, 1.5], np.float32)
    assert judge.hands(stretched).bones_nearest_p95 > 2 * judge.hands(real).bones_nearest_p95
    assert judge.hands(real * 2.5).off_in_extent > 0.8


def test_draws_of_the_rig_have_the_bones_of_their_own_shape(judge):
    codes = judge.space.draw(np.random.default_rng(0), 200)
    hands = judge.hands(judge.decode(codes), codes)
    assert hands.bones_own_p95 < 0.05
    assert hands.off_in_bones == 0
    others = codes[::-1].copy()  # of other subjects
    assert judge.hands(judge.decode(codes), others).bones_own_p95 > 0.05


def test_the_nearest_person_is_found_whatever_the_size():
    people = np.log(bone_lengths(np.stack([h.joints_mm for h in shape_pool(0, 40)])))
    np.testing.assert_allclose(prior.off_from_nearest(people[:5] + 0.2, people), 0, atol=1e-5)
    changed = people[:5].copy()
    changed[:, 3] += np.log(1.2)
    off = prior.off_from_nearest(changed, people)
    assert ((off > 0.05) & (off < 0.2)).all()


def test_the_test_poses_are_neither_trained_poses_nor_trained_hands(real):
    trained = bone_lengths(pose_joints_batch(load_prior().sample(np.random.default_rng(0), 1),
                                             shape_pool(0, 1)[0]))  # fmt: skip
    assert np.abs(bone_lengths(real) - trained).max(1).min() > 0.1
    again = prior.unseen_poses(np.random.default_rng(0), None)[:400]
    np.testing.assert_array_equal(again, real)


def test_midpoints_lie_half_way(judge):
    codes = np.array([[0.0, 2.0], [4.0, 6.0]])
    found = prior.midpoints(codes, 50, np.random.default_rng(0))
    assert {tuple(row) for row in found} == {(0.0, 2.0), (2.0, 4.0), (4.0, 6.0)}


def test_the_command_measures_the_shipped_weights(capsys, monkeypatch):
    monkeypatch.setattr(prior, "PEOPLE", 60)
    assert (
        command.main(["prior", "--weights", str(SHIPPED_WEIGHTS), "--draws", "100", "--json"]) == 0
    )
    found = json.loads(capsys.readouterr().out)
    assert found["reconstruction"]["mean_mm"] < 2.0
    assert set(found["sets"]) >= {"real", "draws", "draws from N(0, I)", "midpoints"}
    for hands in found["sets"].values():
        assert 0 <= hands["pass_all"] <= 1 - hands["through_itself"] + 1e-9


def test_weights_without_a_prior_are_refused(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(prior, "read_latents", lambda _: None)
    assert command.main(["prior"]) != 0
    assert "carries no prior" in capsys.readouterr().err
