"""The flesh on the bones, against spheres laid side by side."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from app.hand.kinematics import pose_joints_batch
from app.hand.prior import load_prior
from app.hand.shape import facing_rotation, mean_shape
from app.model.crossing_nets import build
from app.model.presets import UNIT_MM
from app.model.recipes.live import LIVE
from app.model.skeleton_raster import N_PHALANGES, SIDE, SOLIDS, SkeletonRaster

torch.set_num_threads(1)
NONE = torch.zeros(1, 2 * SOLIDS, 4)
FAR_AWAY = torch.tensor([0.0])  # no perspective


@pytest.fixture(scope="module")
def hands() -> torch.Tensor:
    """joints_norm [3, 21, 3] about the middle, seen from in front."""
    theta = load_prior().sample(np.random.default_rng(2), 3, "test")
    joints = pose_joints_batch(theta, mean_shape()) @ facing_rotation().T
    joints -= joints.mean(1, keepdims=True)
    return torch.from_numpy((joints / UNIT_MM).astype(np.float32))


def spheres(
    raster: SkeletonRaster, joints: torch.Tensor, count: int = 200
) -> tuple[torch.Tensor, ...]:
    """Inside (bool) and depth [6, 64, 64] of many spheres along every solid."""
    ends, radius = (x[0] for x in raster._ends(joints[None], NONE))
    share = torch.linspace(0, 1, count)[:, None, None]
    place = (1 - share) * ends[:SOLIDS] + share * ends[SOLIDS:]  # [count, SOLIDS, 3]
    r = ((1 - share) * radius[:SOLIDS] + share * radius[SOLIDS:])[..., 0]
    middle = (torch.arange(SIDE) + 0.5) * (2 / SIDE) - 1
    grid = torch.stack(torch.meshgrid(middle, middle, indexing="xy"), -1).reshape(-1, 2)
    away = ((place[:, :, None, :2] - grid) ** 2).sum(-1)
    within = r[..., None] ** 2 - away
    depth = torch.where(within > 0, place[..., 2:] - within.clamp_min(0).sqrt(), 9.0).amin(0)
    groups = [*range(0, N_PHALANGES, 3), N_PHALANGES, SOLIDS]
    grouped = [depth[a:b].amin(0) for a, b in pairwise(groups)]
    depth = torch.stack(grouped).unflatten(1, (SIDE, SIDE))
    return depth < 9, depth


def test_outline_and_surface_are_those_of_swept_spheres(hands):
    raster = SkeletonRaster()
    for joints in hands:
        inside, depth = (x[0] for x in raster(joints[None], NONE, FAR_AWAY))
        true_inside, true_depth = spheres(raster, joints)
        assert inside.shape == depth.shape == (6, SIDE, SIDE)
        assert true_inside.any((1, 2)).all()
        assert ((inside > 0) != true_inside).float().mean() < 2e-3
        both = (inside > 0) & true_inside
        off = (depth - true_depth)[both].abs() * UNIT_MM
        assert off.mean() < 0.5
        assert off.quantile(0.95) < 2


def test_compiled_loops_give_torchs_maps_and_gradients(hands, monkeypatch):
    """Of the maps, and of a random sum of them with respect to everything that is learnt."""
    raster, generator = SkeletonRaster(), torch.Generator().manual_seed(0)
    changes = (0.1 * torch.randn(3, 2 * SOLIDS, 4, generator=generator)).requires_grad_(True)
    weight = torch.randn(2, 3, 6, SIDE, SIDE, generator=generator)
    seen = torch.linspace(0.1, 0.4, 3)
    learnt = [changes, *raster.parameters()]
    answers = []
    for compiled in (True, False):
        monkeypatch.setattr("app.model.skeleton_raster.HAVE_NUMBA", compiled)
        maps = torch.stack(raster(hands, changes, seen))
        loss = (weight * torch.where(maps.abs() < 1, maps, 0)).sum()
        answers.append((maps.detach(), torch.autograd.grad(loss, learnt)))
    (maps, gradients), (expected, slopes) = answers
    assert ((maps - expected).abs() > 1e-4).float().mean() < 1e-4
    for gradient, slope in zip(gradients, slopes, strict=True):
        assert slope.norm() > 0
        assert (gradient - slope).norm() < 1e-2 * slope.norm()


def test_many_at_once_are_as_one_by_one(hands):
    raster, many = SkeletonRaster(), hands.repeat(4, 1, 1)
    changes = 0.1 * torch.randn(12, 2 * SOLIDS, 4, generator=torch.Generator().manual_seed(0))
    seen = torch.linspace(0.1, 0.4, 12)
    inside, depth = raster(many, changes, seen)
    for k in (0, 7, 11):
        one = raster(many[k : k + 1], changes[k : k + 1], seen[k : k + 1])
        torch.testing.assert_close(inside[k], one[0][0], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(depth[k], one[1][0], atol=1e-4, rtol=1e-4)


def test_near_things_look_larger_and_changes_make_fingers_fat(hands):
    raster, near = SkeletonRaster(), hands[:1] - torch.tensor([0.0, 0.0, 0.5])
    for finger in range(5):
        area = [
            int((raster(near, NONE, torch.tensor([p]))[0][0, finger] > 0).sum())
            for p in (0.05, 0.4)
        ]
        assert area[1] > area[0]
    fat = NONE.clone()
    fat[..., 0] = 0.2
    before, after = (raster(hands[:1], change, FAR_AWAY)[0] for change in (NONE, fat))
    assert (after > before).float().mean() > 0.95


def test_an_untrained_generator_pulls_a_displaced_hand_back(hands):
    """Gradients with respect to the latent are good enough to fit a picture from the start."""
    model = build(LIVE.preset, 0).eval()
    z = model.encode(hands).detach()
    target = model.render(z).detach()
    moved = z.clone()
    moved[:, -3:-1] += torch.tensor([0.06, -0.04])
    moved.requires_grad_(True)
    optimiser = torch.optim.Adam([moved], 5e-3)
    apart = (model.decode(moved) - model.decode(z)).norm(dim=-1).mean().item()
    for _ in range(20):
        optimiser.zero_grad()
        (model.render(moved) - target).square().mean().backward()
        optimiser.step()
    assert (model.decode(moved) - model.decode(z)).norm(dim=-1).mean().item() < 0.4 * apart


def test_perspective_reaches_the_picture(hands):
    model = build(LIVE.preset, 0).eval()
    with torch.no_grad():
        z = model.encode(hands - torch.tensor([0.0, 0.0, 0.4]))
        near, usual, far = (
            (model.synthesise(z, p) < 1).sum()
            for p in (torch.full((3,), 0.5), None, torch.full((3,), 0.01))
        )
    assert near > usual > far > 0
