"""The networks: shapes, the paper's counts, the geometry of the shared latent, determinism."""

import numpy as np
import pytest
import torch
from torch import nn

from app.data.synthetic import sample_poses
from app.errors import WeightsError
from app.geometry import matrix_from_6d as matrix_from_6d_numpy
from app.model.crossing_nets import CrossingNets, build
from app.model.generator import LiveGenerator, compose
from app.model.linear_start import start_vae
from app.model.localiser import Localiser, localiser_loss
from app.model.palm import from_palm, matrix_from_6d, palm_frame, rotation_6d, to_palm
from app.model.recipes.live import LIVE
from app.model.recipes.paper import PAPER
from app.model.recipes.registry import preset_from_dict
from app.skeleton import palm_frame as palm_frame_numpy

torch.set_num_threads(1)
PRESETS = {"live": LIVE.preset, "paper": PAPER.preset}


def hands(n: int, seed: int = 0) -> torch.Tensor:
    """Something with the joints of a hand: fingers of random lengths on a random palm."""
    rng = np.random.default_rng(seed)
    base = np.array([[0, 0, 0]] + [[30 - 20 * f, 80, 0] for f in range(5)], float)
    joints = [base[0] + rng.normal(0, 3, 3)]
    for f in range(5):
        joints += [base[1 + f] * (0.4 if f == 0 else 1) + [0, 30 * k, 0] for k in range(4)]
    poses = np.stack([np.array(joints) + rng.normal(0, 6, (21, 3)) for _ in range(n)]) / 125
    turn = np.linalg.qr(rng.normal(size=(n, 3, 3)))[0]
    turn *= np.sign(np.linalg.det(turn))[:, None, None]
    return torch.tensor(poses @ turn + 0.2 * rng.normal(size=(n, 1, 3)), dtype=torch.float32)


@pytest.fixture(scope="module")
def networks() -> dict[str, CrossingNets]:
    return {name: build(preset).eval() for name, preset in PRESETS.items()}


@pytest.mark.parametrize("name", ["live", "paper"])
def test_every_function_has_the_shapes_of_the_contract(networks, name):
    model, preset = networks[name], PRESETS[name]
    images, joints = torch.rand(2, 1, 128, 128) * 2 - 1, hands(2)
    with torch.no_grad():
        out = model.estimate(images)
        z = out.z
        assert z.shape == model.encode(joints).shape == (2, preset.latent)
        assert out.log_sigma.shape == (2, 21)
        assert out.presence_logit.shape == out.side_logit.shape == (2,)
        assert model.realism(images).shape == (2,)
        assert model.decode(z).shape == (2, 21, 3)
        picture = model.synthesise(z)
    assert picture.shape == (2, 1, 128, 128)
    assert picture.abs().max() <= 1


def test_the_latents_are_as_wide_as_the_method_says():
    assert LIVE.preset.latent == 32 + 6 + 3
    assert PAPER.preset.latent == 20 + 3


def multiply_adds(model: nn.Module, run) -> int:
    """Multiply-adds of convolutions and linear layers in one call, counted from their outputs."""
    counts = []

    def count(module: nn.Module, _: object, output: torch.Tensor) -> None:
        if isinstance(module, nn.Conv2d):
            counts.append(output[0].numel() * module.weight[0].numel())
        elif isinstance(module, nn.Linear):
            counts.append(module.weight.numel())

    hooks = [m.register_forward_hook(count) for m in model.modules()]
    with torch.no_grad():
        run()
    for hook in hooks:
        hook.remove()
    return sum(counts)


def test_paper_trunk_and_pos_head_cost_what_the_paper_network_costs(networks):
    disc = networks["paper"].disc
    work = multiply_adds(disc, lambda: disc.pose(torch.zeros(1, 1, 128, 128)))
    assert work == pytest.approx(54.9e6, rel=0.002)


def test_paper_generator_has_163_thousand_parameters_with_its_alignment(networks):
    parts = networks["paper"].gen, networks["paper"].ali
    count = sum(p.numel() for part in parts for p in part.parameters())
    assert count == pytest.approx(163e3, rel=0.005)


def test_paper_vae_and_heads_have_the_released_shapes(networks):
    vae, disc = networks["paper"].vae, networks["paper"].disc
    shapes = [tuple(p.shape) for p in vae.state_dict().values() if p.ndim == 2]
    assert shapes == [(40, 63), (20, 40), (20, 40), (40, 20), (63, 40)]
    assert disc.gan_out.weight.shape == (1, 512)
    assert [m.out_features for m in disc.pose_out if isinstance(m, nn.Linear)] == [23, 23]
    assert [m.out_features for m in disc.smooth_out if isinstance(m, nn.Linear)] == [512, 23]
    kernels = {m.kernel_size for m in disc.modules() if isinstance(m, nn.Conv2d)}
    assert kernels == {(6, 6)}


def test_torch_and_numpy_agree_on_the_palm_frame_and_the_6d_rotation():
    joints = hands(16)
    rotation, origin = palm_frame(joints)
    expected_rotation, expected_origin = palm_frame_numpy(joints.numpy())
    np.testing.assert_allclose(rotation, expected_rotation, atol=1e-5)
    np.testing.assert_allclose(origin, expected_origin, atol=1e-6)
    six = torch.randn(16, 6)
    np.testing.assert_allclose(matrix_from_6d(six), matrix_from_6d_numpy(six.numpy()), atol=1e-5)
    np.testing.assert_allclose(matrix_from_6d(rotation_6d(rotation)), rotation, atol=1e-5)
    back = from_palm(to_palm(joints, rotation, origin), rotation, origin)
    np.testing.assert_allclose(back, joints, atol=1e-5)


def test_live_articulation_does_not_see_where_the_hand_is_or_how_it_is_turned(networks):
    model, joints = networks["live"], hands(8)
    turn = torch.linalg.qr(torch.randn(3, 3))[0]
    turn = turn * torch.det(turn).sign()
    moved = joints @ turn.T + torch.tensor([0.3, -0.2, 0.1])
    with torch.no_grad():
        a, b = model.encode(joints), model.encode(moved)
        np.testing.assert_allclose(a[:, :32], b[:, :32], atol=1e-3)
        # The decoded hand moves along with the rest of the latent.
        expected = model.decode(a) @ turn.T + torch.tensor([0.3, -0.2, 0.1])
        np.testing.assert_allclose(model.decode(b), expected, atol=1e-3)


def test_six_numbers_of_any_length_still_give_a_rigid_hand(networks):
    model = networks["live"]
    z = torch.randn(4, 41)
    longer = z.clone()
    longer[:, 32:38] *= 7.0
    with torch.no_grad():
        np.testing.assert_allclose(model.decode(z), model.decode(longer), atol=1e-4)


def test_pca_start_already_reconstructs():
    """Statistics of the poses alone give the paper's first and last layer."""
    model, joints = build(PAPER.preset), hands(400)
    with torch.no_grad():
        start_vae(model.vae, joints)
        off = (model.vae.decoder[2].bias - model.vae.local(joints)).square().mean()
        spread = (model.vae.local(joints) - model.vae.local(joints).mean(0)).square().mean()
        layer = model.vae.encoder[0].weight
    assert off == pytest.approx(float(spread), rel=1e-4)  # the mean pose is the last layer's bias
    rows = layer[: model.vae.code]
    torch.testing.assert_close(rows @ rows.T, torch.eye(len(rows)), atol=1e-3, rtol=0)


def test_the_rig_starts_at_its_best_linear_encoder():
    model = build(LIVE.preset)
    poses = torch.from_numpy(sample_poses(0, 4000, shapes=64) / 125)
    start_vae(model.vae, poses)
    unseen = torch.from_numpy(sample_poses(3, 512, "test", shapes=32) / 125)
    with torch.no_grad():
        z = model.encode(unseen)
        off = (model.decode(z) - unseen).norm(dim=-1).mean() * 125
    assert off < 4.0
    assert 0.6 < z[:, :32].std(0).mean() < 1.4


def test_weights_of_another_version_are_refused():
    """Their presets say nothing of a shape."""
    values = LIVE.preset.to_dict()
    del values["vae"]["shape"]
    with pytest.raises(WeightsError, match="another version"):
        preset_from_dict(values)


def test_composition_is_background_outside_and_depth_inside():
    logit = torch.tensor([[-9.0, 9.0]]).reshape(1, 1, 1, 2)
    depth = torch.full((1, 1, 1, 2), -0.5)
    soft, hard = compose(logit, depth), compose(logit, depth, hard=True)
    np.testing.assert_allclose(soft.flatten(), [1.0, -0.5], atol=1e-3)
    assert hard.flatten().tolist() == [1.0, -0.5]


def test_live_picture_has_no_values_between_hand_and_background(networks):
    model = networks["live"]
    with torch.no_grad():
        z = torch.randn(2, 41)
        logit, depth = model.picture_maps(z)
        picture = model.synthesise(z)
    assert torch.equal(picture == 1, logit <= 0) or bool((depth == 1).any())
    assert torch.equal(picture[logit > 0], depth[logit > 0])


def test_a_fresh_live_generator_has_no_checkerboard():
    """What the network adds to the flesh is equal at the sub-pixels of a pixel."""
    gen = build(LIVE.preset).gen
    assert isinstance(gen, LiveGenerator)
    with torch.no_grad():
        features = torch.rand(1, LIVE.preset.generator.channels[-1], 32, 32)
        correction = gen.shuffle(gen.out(features))
    assert correction.shape == (1, 2, 128, 128)
    for part in correction[0]:
        blocks = part.unfold(0, 4, 4).unfold(1, 4, 4).flatten(2)
        assert (blocks.amax(-1) - blocks.amin(-1)).max() < 1e-5
        assert blocks[..., 0].std() > 1e-3


def test_same_seed_same_weights_and_torch_keeps_its_own_numbers():
    state = torch.random.get_rng_state()
    a, b, other = build(LIVE.preset, 5), build(LIVE.preset, 5), build(LIVE.preset, 6)
    assert torch.equal(state, torch.random.get_rng_state())
    assert all(torch.equal(p, q) for p, q in zip(a.parameters(), b.parameters(), strict=True))
    assert not torch.equal(a.disc.trunk[0].weight, other.disc.trunk[0].weight)


def test_only_the_pos_head_of_live_has_batch_norm(networks):
    disc = networks["live"].disc
    norms = [n for n, m in disc.named_modules() if isinstance(m, nn.BatchNorm1d | nn.BatchNorm2d)]
    assert norms
    assert all(name.startswith("pose_") for name in norms)


def test_presets_survive_json():
    for preset in PRESETS.values():
        assert preset_from_dict(preset.to_dict()) == preset


def test_localiser_answers_at_a_quarter_of_any_canvas():
    net = Localiser().eval()
    with torch.no_grad():
        for height, width in ((128, 176), (96, 160)):
            assert net(torch.zeros(1, 2, height, width)).shape == (1, 2, height // 4, width // 4)


def test_localiser_loss_is_least_at_its_target():
    target = torch.zeros(1, 2, 8, 8)
    target[0, 0, 3, 4], target[0, 1, 3, 4] = 0.98, 0.4
    right = torch.stack([torch.logit(target[:, 0].clamp(1e-4, 0.98)), target[:, 1]], 1)
    wrong_place, wrong_depth = right.roll(2, -1), right.clone()
    wrong_depth[0, 1, 3, 4] = -0.4
    best = localiser_loss(right, target)
    assert best < 1e-3
    assert localiser_loss(wrong_place, target) > best + 0.5
    worse = float(best) + 0.5 * 0.8 * 0.98  # weight x error x probability of the cell
    assert float(localiser_loss(wrong_depth, target)) == pytest.approx(worse, abs=1e-3)
