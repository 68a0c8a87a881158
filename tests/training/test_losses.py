"""Every loss at values known by hand, and the property it is there for."""

import math

import pytest
import torch

from app.training import losses as L

torch.set_num_threads(1)


def test_kl_is_zero_at_the_prior_and_known_beside_it():
    zero = torch.zeros(3, 4)
    assert L.kl_divergence(zero, zero) == 0
    assert L.kl_divergence(zero + 2, zero) == pytest.approx(4 * 2.0)
    narrow = L.kl_divergence(zero, zero + math.log(0.25))
    assert narrow == pytest.approx(4 * 0.5 * (0.25 - 1 - math.log(0.25)))


def test_free_bits_cost_nothing_below_their_amount():
    mean = torch.tensor([[0.1, 2.0]])
    free = L.kl_divergence(mean, torch.zeros(1, 2), free_bits=0.5)
    assert free == pytest.approx(0.5 + 2.0)


def test_vae_loss_weighs_its_terms():
    target, output = torch.zeros(2, 3), torch.full((2, 3), 0.2)
    mean, log_variance = torch.ones(2, 2), torch.zeros(2, 2)
    loss = L.vae_loss(target, output, mean, log_variance, tolerance=0.1, beta=0.5)
    assert loss == pytest.approx(3 * 0.04 / (2 * 0.01) + 0.5 * 1.0)
    paper = L.vae_loss(target, output, mean, log_variance, tolerance=math.sqrt(0.5))
    assert paper == pytest.approx(3 * 0.04 + 1.0)
    assert L.vae_loss(target, output, mean, log_variance) == pytest.approx(3 * 0.04 / 2 + 1.0)


def test_convex_combinations_lie_among_the_latents():
    z = torch.randn(40, 6)
    mixed = L.convex_combinations(z, 300, torch.Generator().manual_seed(0))
    assert mixed.shape == (300, 6)
    assert (mixed.max(0).values <= z.max(0).values).all()
    assert (mixed.min(0).values >= z.min(0).values).all()
    ones = torch.ones(10, 2)
    torch.testing.assert_close(L.convex_combinations(ones, 5), torch.ones(5, 2))
    again = L.convex_combinations(z, 300, torch.Generator().manual_seed(0))
    torch.testing.assert_close(mixed, again)


def test_adversarial_losses_at_indifference_and_certainty():
    zero, sure = torch.zeros(4), torch.full((4,), 20.0)
    assert L.discriminator_bce(zero, zero) == pytest.approx(2 * math.log(2))
    assert L.discriminator_bce(sure, -sure) == pytest.approx(0, abs=1e-6)
    assert L.discriminator_hinge(zero, zero) == 2
    assert L.discriminator_hinge(sure, -sure) == 0
    assert L.generator_hinge(sure) == -20


def test_feature_matching_sees_means_alone():
    real = torch.randn(8, 3, 4, 4)
    shuffled = real[torch.randperm(8)]
    assert L.feature_matching(real.mean(0), shuffled.mean(0)) == pytest.approx(0, abs=1e-6)
    assert L.feature_matching(real.mean(0), (real + 0.5).mean(0)) == pytest.approx(0.5)


def test_reconstruction_is_clipped_at_one():
    target = torch.zeros(1, 1, 2, 2)
    output = torch.tensor([[[[0.5, 0.0], [0.0, 2.0]]]], requires_grad=True)
    loss = L.clipped_reconstruction(output, target)
    assert loss.item() == pytest.approx((0.25 + 1.0) / 4)
    loss.backward()
    assert output.grad[0, 0, 1, 1] == 0  # a hole pulls nothing
    assert output.grad[0, 0, 0, 0] != 0
    moved = L.clipped_reconstruction(output.detach() + 3, target + 3)
    assert moved == pytest.approx(loss.item())
    assert L.clipped_reconstruction(output.detach(), target, clip=0.1) == pytest.approx(0.2 / 4)


def test_latent_loss_is_the_squared_distance():
    assert L.latent_loss(torch.tensor([[1.0, 2.0]]), torch.tensor([[0.0, 0.0]])) == 5


def test_smoothness_vanishes_when_the_embedding_is_the_latent():
    z_left, z_right = torch.randn(5, 7), torch.randn(5, 7)
    offset = torch.randn(7)  # only differences count
    combined, same = L.smoothness_loss(
        z_left + offset, z_right + offset, z_left + offset, z_left, z_right
    )
    assert combined == pytest.approx(0, abs=1e-5)
    assert same == 0
    combined, same = L.smoothness_loss(z_left + 1, z_right, z_left, z_left, z_right)
    assert combined == pytest.approx(7, rel=1e-4)
    assert same == pytest.approx(7, rel=1e-4)


def test_joint_loss_is_least_where_sigma_is_the_error():
    target = torch.zeros(1, 2, 3)
    output = torch.tensor([[[0.3, 0.0, 0.4], [0.0, 0.2, 0.0]]])
    best = torch.log(torch.tensor([[0.5, 0.2]]))
    for beta in (0.0, 1.0):
        log_sigma = best.clone().requires_grad_()
        L.joint_loss(output, target, log_sigma, beta).backward()
        torch.testing.assert_close(log_sigma.grad, torch.zeros(1, 2), atol=1e-6, rtol=0)
    at_best = L.joint_loss(output, target, best, beta=0.0)
    assert at_best < L.joint_loss(output, target, best + 0.3, beta=0.0)
    assert at_best < L.joint_loss(output, target, best - 0.3, beta=0.0)


def test_uncertain_joints_are_not_given_up():
    """beta = 1: the pull on a joint does not depend on how sure the network is."""
    output = torch.tensor([[[0.3, 0.0, 0.0], [0.3, 0.0, 0.0]]], requires_grad=True)
    log_sigma = torch.tensor([[-3.0, 0.5]])
    L.joint_loss(output, torch.zeros(1, 2, 3), log_sigma, beta=1.0).backward()
    pull = output.grad[0, :, 0]
    assert pull[0] == pytest.approx(float(pull[1]), rel=1e-5)
    assert pull[0] == pytest.approx(0.5, rel=1e-4)  # the gradient of a mean distance of two


def test_side_loss_knows_right_hands_from_their_mirror_images():
    far = torch.full((3,), 20.0)
    assert L.side_loss(torch.zeros(3), torch.zeros(3)) == pytest.approx(math.log(2))
    assert L.side_loss(far, -far) == pytest.approx(0, abs=1e-6)
    assert L.side_loss(-far, far) == pytest.approx(20, abs=1e-3)
    assert L.side_loss(far[:0], far[:0]) == 0


def test_presence_loss():
    present = torch.tensor([1.0, 0.0])
    assert L.presence_loss(torch.zeros(2), present) == pytest.approx(math.log(2))
    assert L.presence_loss(torch.tensor([20.0, -20.0]), present) == pytest.approx(0, abs=1e-6)


def test_mask_and_depth_count_where_they_should():
    clean = torch.ones(1, 1, 4, 4)
    clean[..., :2] = -0.2
    logit = torch.where(clean < 1, 20.0, -20.0)
    assert L.mask_loss(logit, clean) == pytest.approx(0, abs=1e-6)
    assert L.depth_loss(clean, clean) == 0
    depth = clean.clone()
    depth[..., 2:] = -1.0  # depth outside the hand is nobody's business
    assert L.depth_loss(depth, clean) == 0
    depth[..., :2] += 0.1
    assert L.depth_loss(depth, clean) == pytest.approx(0.1)
    assert L.mask_loss(-logit, clean) == pytest.approx(20)
    assert L.depth_loss(depth, torch.ones_like(clean)) == 0  # no hand anywhere


def test_votes_come_from_where_the_joint_is():
    """The loss is smallest for votes from a Gaussian round the joint's place in the picture."""
    target = torch.tensor([[[0.45, -0.6, 0.5]]])
    votes = torch.zeros(1, 1, 256)
    equal = L.vote_loss(votes.log_softmax(-1), target)
    assert equal == pytest.approx(math.log(256), rel=1e-5)
    votes.requires_grad_(True)
    for _ in range(400):
        (gradient,) = torch.autograd.grad(L.vote_loss(votes.log_softmax(-1), target), votes)
        votes = (votes - 20 * gradient).detach().requires_grad_(True)
    weight = votes.detach().softmax(-1).unflatten(-1, (16, 16))
    centre = (torch.arange(16) + 0.5) / 8 - 1
    place = (weight.sum(2) @ centre).item(), (weight.sum(3) @ centre).item()
    assert place == pytest.approx((0.45 / 1.1, -0.6 / 1.1), abs=0.01)
    spread = (weight.sum(2)[0, 0] * (centre - place[0]).square()).sum().sqrt()
    assert spread == pytest.approx(L.VOTE_SPREAD / 8, rel=0.2)


def test_resynthesis_counts_pixels_of_either_hand_in_sure_crops():
    crop, output = torch.ones(2, 1, 8, 8), torch.ones(2, 1, 8, 8)
    crop[:, :, :4], output[:, :, 2:4] = 0.0, 0.5
    sure = torch.tensor([1.0, 0.0])
    # 16 pixels lack (difference 1), 16 are half a cube too deep
    expected = (16 * 1.0 + 16 * 0.25) / 32
    assert L.resynthesis_loss(output, crop, sure) == pytest.approx(expected / 2)
    assert L.resynthesis_loss(crop, crop, sure) == 0
    far = torch.full_like(crop, -3.0)
    assert L.resynthesis_loss(far, crop, torch.ones(2)) == pytest.approx(1.0)  # clipped
    nothing = torch.ones_like(crop)
    assert L.resynthesis_loss(nothing, nothing, torch.ones(2)) == 0  # no hand in either


def half(values: torch.Tensor) -> torch.Tensor:
    """The part that one of two equal processes has of a mean."""
    return values.mean() / 2


def test_every_loss_of_a_process_is_its_part_of_the_mean():
    generator = torch.Generator().manual_seed(0)

    def draw(*shape: int) -> torch.Tensor:
        return torch.rand(*shape, generator=generator)

    flat, images, joints = draw(4), draw(4, 1, 8, 8), draw(4, 21, 3)
    votes, few = draw(4, 21, 16).log_softmax(-1), draw(4, 5)
    losses = {
        L.kl_divergence: (few, draw(4, 5), 0.0),
        L.vae_loss: (draw(4, 63), draw(4, 63), few, draw(4, 5), 0.5, 0.1, 0.05),
        L.discriminator_bce: (flat, draw(4)),
        L.discriminator_hinge: (flat, draw(4)),
        L.generator_hinge: (flat,),
        L.clipped_reconstruction: (images, draw(4, 1, 8, 8), 0.5),
        L.resynthesis_loss: (images, draw(4, 1, 8, 8), flat),
        L.latent_loss: (few, draw(4, 5)),
        L.joint_loss: (joints, draw(4, 21, 3), draw(4, 21), 0.5),
        L.vote_loss: (votes, joints),
        L.side_loss: (flat, draw(4)),
        L.presence_loss: (flat, draw(4).round()),
        L.mask_loss: (images, draw(4, 1, 8, 8)),
        L.depth_loss: (images, draw(4, 1, 8, 8)),
    }
    for loss, given in losses.items():
        assert loss(*given) != 0, loss
        torch.testing.assert_close(loss(*given, mean=half), loss(*given) / 2, msg=loss.__name__)
    terms = (few, draw(4, 5), draw(4, 5), draw(4, 5), draw(4, 5))
    for part, whole in zip(
        L.smoothness_loss(*terms, mean=half), L.smoothness_loss(*terms), strict=True
    ):
        torch.testing.assert_close(part, whole / 2)


def test_convex_weights_are_uniform_and_of_five_latents():
    """Each of a batch of many: five of them at most are in one combination, about equally."""
    z = torch.eye(40)
    mixed = L.convex_combinations(z, 2000, torch.Generator().manual_seed(1))
    counts = (mixed > 0).sum(1)
    assert counts.max() == L.MIXED == 5
    assert (counts == 5).float().mean() > 0.7
    torch.testing.assert_close(mixed.sum(1), torch.ones(2000))
    assert mixed.mean(0).max() < 1.3 / 40  # no latent is drawn more than others


def test_a_joint_beyond_the_picture_is_voted_for_at_its_rim_and_a_near_one_farther_out():
    def middle(target: list[float]) -> float:
        """Column of the map, in -1..1, where votes of an even row cost least."""
        costs = []
        for column in range(16):
            votes = torch.full((16, 16), -20.0)
            votes[:, column] = 0.0
            at = torch.tensor([[target]])
            costs.append(float(L.vote_loss(votes.flatten().log_softmax(-1)[None, None], at)))
        return (min(range(16), key=costs.__getitem__) + 0.5) / 8 - 1

    assert middle([3.0, 0.0, 0.0]) == pytest.approx(15 / 16)
    assert middle([-3.0, 0.0, 0.0]) == pytest.approx(-15 / 16)
    assert middle([0.45, 0.0, -0.9]) > middle([0.45, 0.0, 0.9])
