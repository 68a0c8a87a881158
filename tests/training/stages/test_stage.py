"""What every stage shares: the optimiser, the clipped step, held statistics, losses by name."""

from __future__ import annotations

import dataclasses

import pytest
import torch

from app.model.crossing_nets import build
from app.model.recipe import LossWeights
from app.model.recipes.live import LIVE
from app.training.stages.pose_stages import RegressStage
from app.training.stages.stage import Context
from tests.thin import thin_preset
from tests.training.fakes import FakeCrops

torch.set_num_threads(1)


def context(**weights: float) -> Context:
    return Context(0, torch.device("cpu"), False, LossWeights(**weights), 4, 0)


def stage(**changes: float) -> RegressStage:
    schedule = dataclasses.replace(LIVE.schedule["regress"], **changes)
    model = build(thin_preset("live"))
    return RegressStage(model, schedule, context(), FakeCrops(0, "train"))


def parameters(made: RegressStage) -> dict[str, torch.nn.Parameter]:
    return {
        f"{k}.{name}": p
        for k, module in enumerate(made.trained())
        for name, p in module.named_parameters()
    }


def test_weight_decay_pulls_kernels_alone_towards_zero():
    made = stage(weight_decay=0.5, rate=0.01)
    ours = parameters(made)
    before = {name: p.detach().clone() for name, p in ours.items()}
    made.descend(sum(0.0 * p.sum() for p in ours.values()), "pose")  # no loss pulls
    kinds = set()
    for name, p in ours.items():
        share = 1 - 0.01 * 0.5 if p.ndim > 1 else 1.0
        torch.testing.assert_close(p.detach(), share * before[name])
        kinds.add(p.ndim > 1)
    assert kinds == {True, False}


def test_a_step_is_clipped_to_the_largest_norm():
    made = stage(clip=0.5)
    ours = list(parameters(made).values())
    made.descend(1e3 * sum(p.square().sum() for p in ours), "pose")
    norm = torch.stack([p.grad.norm() for p in ours]).norm()
    assert float(norm) == pytest.approx(0.5, rel=1e-4)
    free = stage(clip=0.0)
    ours = list(parameters(free).values())
    free.descend(1e3 * sum(p.square().sum() for p in ours), "pose")
    assert float(torch.stack([p.grad.norm() for p in ours]).norm()) > 100


@pytest.mark.parametrize("held", [False, True])
def test_held_statistics_stay(held):
    made = stage(held=held)
    means = [b for n, b in made.model.disc.named_buffers() if n.endswith("running_mean")]
    before = [b.clone() for b in means]
    made.prepare(0, fresh=True)
    made.update(0)
    assert all(torch.equal(a, b) for a, b in zip(means, before, strict=True)) == held


def test_a_loss_is_the_weighted_sum_of_its_terms():
    terms = {"joints": torch.tensor(2.0), "votes": torch.tensor(10.0)}
    assert context(votes=0.3).weighted_sum(terms) == pytest.approx(5.0)
    with pytest.raises(KeyError, match="'joint'"):
        context().weighted_sum({"joint": torch.tensor(2.0)})


def test_the_numbers_of_a_step_depend_on_seed_stage_and_step_alone():
    def draw(seed: int, name: str, step: int) -> float:
        made = dataclasses.replace(context(), seed=seed)
        return float(torch.rand(1, generator=made.generator(name, step)))

    assert draw(1, "joint", 5) == draw(1, "joint", 5)
    assert (
        len({draw(1, "joint", 5), draw(2, "joint", 5), draw(1, "vae", 5), draw(1, "joint", 6)}) == 4
    )
