"""The maps of the joints: votes turn into places, and places into the latent."""

from __future__ import annotations

import pytest
import torch

from app.model.crossing_nets import build
from app.model.joint_maps import SIDE, JointMaps
from app.model.presets import DiscriminatorConfig
from app.model.recipes.live import LIVE
from app.model.recipes.registry import preset_from_dict

torch.set_num_threads(1)
N = 21


@pytest.fixture
def maps() -> JointMaps:
    """Maps whose votes are what the test writes into `votes.bias` and the finest features."""
    torch.manual_seed(0)
    return JointMaps((8, 8, 8), 8, N, 0.1).eval()


def features() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return torch.randn(2, 8, 16, 16), torch.randn(2, 8, 8, 8), torch.randn(2, 8, 4, 4)


def test_equal_votes_meet_in_the_middle(maps):
    with torch.no_grad():
        maps.votes.weight.zero_()
        maps.votes.bias.copy_(torch.arange(4).repeat_interleave(N) * 0.1)
        joints, spread, _ = maps(*features())
    expected = torch.tensor([0.1, 0.2, 0.3]).expand(2, N, 3)
    torch.testing.assert_close(joints, expected)
    step = 2 / SIDE
    uniform = 2 * ((torch.arange(SIDE) + 0.5) * step - 1).square().mean()
    torch.testing.assert_close(spread, uniform.expand(2, N))


def test_one_loud_vote_is_the_joint(maps):
    """A joint lies where its heaviest vote lies: column 12 and row 3 of the map."""
    loud = torch.zeros(1, 4 * N, 16, 16)
    loud[:, :N, 3, 12] = 60.0
    maps.votes = torch.nn.Identity()
    maps.lateral[2] = torch.nn.Identity()
    maps.smooth[1] = Constant(loud)
    with torch.no_grad():
        joints, spread, _ = maps(torch.zeros(1, 8, 16, 16), *features()[1:])
    place = torch.tensor([(12.5 / 8) - 1, (3.5 / 8) - 1, 0.0])
    torch.testing.assert_close(joints[0], place.expand(N, 3), atol=1e-5, rtol=0)
    assert float(spread.max()) < 1e-6


class Constant(torch.nn.Module):
    def __init__(self, value: torch.Tensor):
        super().__init__()
        self.value = value

    def forward(self, _: torch.Tensor) -> torch.Tensor:
        return self.value


def test_the_latent_is_the_encoding_of_what_the_maps_see_plus_a_correction():
    model = build(LIVE.preset).eval()
    images = torch.rand(3, 1, 128, 128) * 2 - 1
    with torch.no_grad():
        head, out = model.disc.pose(images), model.estimate(images)
        torch.testing.assert_close(out.z, head.z + model.encode(head.joints))
        last = model.disc.pose_out[-1]
        last.weight.zero_()
        last.bias.zero_()
        torch.testing.assert_close(model.estimate(images).z, model.encode(head.joints))


def test_a_joint_error_reaches_the_finest_features_through_the_latent():
    model = build(LIVE.preset).eval()
    out = model.estimate(torch.rand(2, 1, 128, 128))
    model.decode(out.z).square().sum().backward()
    assert model.disc.pose_maps.votes.weight.grad.abs().sum() > 0
    assert model.disc.pose_maps.lateral[2].weight.grad.abs().sum() > 0


def test_weights_of_a_head_without_maps_are_still_understood():
    old = LIVE.preset.to_dict()
    del old["discriminator"]["maps"]
    preset = preset_from_dict(old)
    assert preset.discriminator == DiscriminatorConfig()
    model = build(preset).eval()
    with torch.no_grad():
        out = model.estimate(torch.zeros(1, 1, 128, 128))
    assert out.joints.shape == (1, 0, 3)
    assert not hasattr(model.disc, "pose_maps")
