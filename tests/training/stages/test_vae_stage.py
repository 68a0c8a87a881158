"""The VAE stage of `live`: what the encoder is shown, what decoded hands may not do, the prior."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from app.data.synthetic import sample_poses
from app.hand.plausible import is_plausible
from app.model.crossing_nets import build
from app.model.presets import POSE_UNIT_MM, UNIT_MM
from app.model.recipe import LossWeights
from app.model.recipes.live import LIVE
from app.training.latents import fit_latents
from app.training.stages.pose_stages import VaeStage
from app.training.stages.stage import Context

torch.set_num_threads(1)


@pytest.fixture(scope="module")
def poses_mm() -> np.ndarray:
    return sample_poses(0, 3000, shapes=64)


def stage(poses_mm: np.ndarray, **weights: float) -> VaeStage:
    context = Context(0, torch.device("cpu"), False, LossWeights(**weights), 64, 0)
    schedule = replace(LIVE.schedule["vae"], rate=5e-4)
    pool = torch.from_numpy(poses_mm / np.float32(UNIT_MM))
    made = VaeStage(build(LIVE.preset), schedule, context, pool)
    made.prepare(0, fresh=True)
    return made


def test_every_fourth_hand_is_shown_a_few_mm_off_the_same_at_each_try(poses_mm):
    vae = stage(poses_mm)
    joints = vae.joints(5, 64)
    shown = vae.add_joint_noise(5, joints)
    off = (shown - joints).norm(dim=-1).mean(1) * UNIT_MM
    every = torch.arange(64) % 4 == 3
    assert torch.equal(off > 0, every)
    assert 2 < off[every].mean() < 15
    assert torch.equal(shown, vae.add_joint_noise(5, joints))
    assert not torch.equal(shown, vae.add_joint_noise(6, joints))


def test_a_network_that_has_begun_goes_on_where_it_is(poses_mm):
    vae = stage(poses_mm)
    vae.update(0)
    before = {name: value.clone() for name, value in vae.model.vae.state_dict().items()}
    vae.prepare(0, fresh=True)
    assert all(torch.equal(before[k], v) for k, v in vae.model.vae.state_dict().items())


def test_two_halves_of_a_batch_collide_as_the_whole_does(poses_mm):
    """Several processes share a batch: midpoints pair within each one's part."""
    vae = stage(poses_mm)
    codes, noise = torch.randn(32, 32), torch.randn(32, 32)
    with torch.no_grad():
        whole = vae.collisions(codes, noise).sum()
        halves = sum(vae.collisions(codes[h], noise[h]).sum() for h in (slice(16), slice(16, 32)))
    assert float(whole) == pytest.approx(float(halves), rel=1e-4)
    assert whole > 0


def test_the_contact_term_parts_fingers_of_hands_that_were_never_shown(poses_mm):
    def collisions(contact: float) -> float:
        vae = stage(poses_mm, contact=contact)
        for step in range(80):
            vae.update(step)
        noise = torch.randn(1024, 32, generator=torch.Generator().manual_seed(1))
        with torch.no_grad():
            return float(vae.collisions(noise, noise).mean())

    assert collisions(20.0) < 0.7 * collisions(0.0)


def test_draws_of_the_prior_are_hands_before_any_training_even(poses_mm):
    """The start is linear and ends in the rig; the prior knows the rest."""
    model = stage(poses_mm).model.eval()
    space = fit_latents(model, poses_mm, 0)
    assert (space.n_shape, space.n_code, space.tail) == (9, 32, 9)
    assert space.of_shape.sum() == 9
    codes = torch.from_numpy(space.draw(np.random.default_rng(0), 500))
    with torch.no_grad():
        joints = model.vae.decode_local(codes).unflatten(1, (21, 3)).numpy() * POSE_UNIT_MM
    assert is_plausible(joints).mean() > 0.85
