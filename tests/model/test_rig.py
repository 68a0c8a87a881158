"""The decoder's rig: the project's own kinematics, limits and bone lengths by construction."""

import numpy as np
import pytest
import torch

from app.data.synthetic import sample_poses
from app.hand import kinematics as kin
from app.hand.contact import overlap_mm
from app.hand.shape import shape_pool
from app.model.contact import Contact, contact_loss
from app.model.crossing_nets import build
from app.model.pose_vae import LivePoseVae
from app.model.presets import POSE_UNIT_MM
from app.model.recipes.live import LIVE
from app.model.rig import HINGES, MARGIN, N_ANGLES, Rig
from app.skeleton import bone_lengths

torch.set_num_threads(1)
CUPPED = (12, 16)  # bones from the wrist to the knuckles of ring and little finger


@pytest.fixture(scope="module")
def rig() -> Rig:
    return Rig(9)


@pytest.fixture(scope="module")
def vae() -> LivePoseVae:
    return build(LIVE.preset).vae.eval()


def at_rest(hand) -> torch.Tensor:
    points = np.concatenate([hand.joints_mm, hand.pivots_mm[list(HINGES)]]) / POSE_UNIT_MM
    return torch.tensor(points, dtype=torch.float32)[None]


def test_it_moves_as_the_kinematics_of_the_hand(rig):
    rng = np.random.default_rng(0)
    theta = rng.uniform(kin.LOWEST, kin.HIGHEST, (16, kin.N_DOFS)).astype(np.float32)
    for hand in shape_pool(3, 3, "test"):
        expected = kin.pose_joints_batch(theta, hand)
        joints = rig.pose(at_rest(hand).expand(16, -1, -1), torch.tensor(theta[:, 3:]))
        np.testing.assert_allclose(joints * POSE_UNIT_MM, expected, atol=1e-3)


def test_eight_proportions_and_a_size_describe_hands_it_was_not_fitted_to(rig):
    off = []
    for hand in shape_pool(9, 24, "test"):
        points = at_rest(hand)[0].double()
        points = points - points[[0, 5, 9, 13, 17]].mean(0)
        points = points / points.norm(dim=-1).mean()
        apart = (points - rig.rest).flatten()
        basis = rig.proportions.double()
        entries = torch.linalg.lstsq(basis.T, apart).solution
        left = (apart - entries @ basis).unflatten(0, (-1, 3))
        off.append(float(left.norm(dim=-1).mean() * torch.exp(rig.log_size[0])) * POSE_UNIT_MM)
        assert entries.abs().max() < 5  # they are in standard deviations
    assert np.mean(off) < 0.5


def test_angles_keep_their_limits_and_are_left_alone_within(rig):
    low, high = (torch.tensor(a[3:]) for a in (kin.LOWEST, kin.HIGHEST))
    wild = rig.angles(50 * torch.randn(200, N_ANGLES))
    assert (wild <= high + MARGIN + 1e-5).all()
    assert (wild >= low - MARGIN - 1e-5).all()
    inside = 0.5 * (low + high) + 0.3 * (high - low) * (torch.rand(50, N_ANGLES) - 0.5)
    torch.testing.assert_close(rig.angles(inside), inside, atol=2e-3, rtol=0)


def test_bones_belong_to_the_shape_entries_alone(vae):
    code = torch.randn(64, vae.code) * 2
    code[:, : vae.n_shape] = code[:1, : vae.n_shape]
    with torch.no_grad():
        joints = vae.decode_local(code).unflatten(1, (21, 3)).numpy()
    lengths = bone_lengths(joints)
    off = np.abs(lengths / lengths.mean(0) - 1)
    fixed = np.setdiff1d(np.arange(20), CUPPED)
    assert off[:, fixed].max() < 1e-4
    assert off.max() < 0.05  # cupping bends the palm a little
    code[:, 0] += 1
    with torch.no_grad():
        larger = bone_lengths(vae.decode_local(code).unflatten(1, (21, 3)).numpy())
    np.testing.assert_allclose(larger / lengths, np.exp(float(vae.rig.log_size[1])), rtol=1e-4)


def test_decoded_hands_lie_in_their_own_palm_frame(vae):
    z = torch.randn(16, LIVE.preset.latent)
    with torch.no_grad():
        joints = vae.decode(z)
        again = vae.decode(torch.cat([z[:, :32], vae.encode(joints)[:, 32:]], -1))
    torch.testing.assert_close(again, joints, atol=2e-5, rtol=0)


def test_contact_in_torch_is_that_of_numpy_and_its_gradient_parts_the_fingers():
    joints = sample_poses(0, 256, shapes=8)
    contact = Contact()
    points = torch.tensor(joints / POSE_UNIT_MM, requires_grad=True)
    depth = contact(points)
    np.testing.assert_allclose(depth.detach().amax(1).clamp_min(0), overlap_mm(joints), atol=1e-3)
    loss = contact_loss(depth, 2.0, 2.0)
    assert loss.max() > 0.5
    loss.sum().backward()
    moved = points.detach() - 0.0002 * points.grad
    assert contact_loss(contact(moved), 2.0, 2.0).sum() < 0.95 * loss.sum()
