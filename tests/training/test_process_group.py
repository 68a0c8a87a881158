"""Several processes train as one would with all their samples."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from app.errors import AppError
from app.training.batch_norm import SyncedBatchNorm, share_batch_norm
from app.training.config import TrainingConfig
from app.training.journal import load_checkpoint
from app.training.process_group import ProcessGroup, join_group
from app.training.run import check_group

torch.set_num_threads(1)
ROOT = Path(__file__).parents[2]
SCRIPT = "tests.training.train_together"
LIMIT_S = 600


@pytest.mark.parametrize("shape", [(10, 6), (5, 6, 4, 3)])
def test_batch_norm_of_one_process_is_plain_batch_norm(shape):
    plain = (nn.BatchNorm1d if len(shape) == 2 else nn.BatchNorm2d)(6)
    nn.init.uniform_(plain.weight, 0.5, 1.5)
    nn.init.normal_(plain.bias)
    ours = SyncedBatchNorm(plain, ProcessGroup())
    ours.running_mean, ours.running_var = plain.running_mean.clone(), plain.running_var.clone()
    x = 3 * torch.randn(shape) + 1
    inputs = [x.clone().requires_grad_() for _ in range(2)]
    outputs = [layer(each) for layer, each in zip((plain, ours), inputs, strict=True)]
    torch.testing.assert_close(outputs[1], outputs[0])
    pull = torch.randn(shape)
    gradients = []
    for output, each in zip(outputs, inputs, strict=True):
        plain.zero_grad()
        output.backward(pull)
        gradients.append([each.grad, plain.weight.grad.clone(), plain.bias.grad.clone()])
    torch.testing.assert_close(gradients[1], gradients[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(ours.running_mean, plain.running_mean)
    torch.testing.assert_close(ours.running_var, plain.running_var)
    torch.testing.assert_close(ours.eval()(x), plain.eval()(x))


def test_shared_batch_norm_keeps_names_and_values():
    model = nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4), nn.Sequential(nn.BatchNorm1d(4)))
    before = {name: value.clone() for name, value in model.state_dict().items()}
    share_batch_norm(model, ProcessGroup(0, 2))
    assert isinstance(model[2][0], SyncedBatchNorm)
    after = model.state_dict()
    assert list(after) == list(before)
    assert all(torch.equal(after[name], value) for name, value in before.items())
    share_batch_norm(alone := nn.Sequential(nn.BatchNorm1d(4)), ProcessGroup())
    assert isinstance(alone[0], nn.BatchNorm1d)


def test_alone_everything_is_plain(monkeypatch):
    monkeypatch.delenv("WORLD_SIZE", raising=False)
    group, values = join_group(torch.device("cpu")), torch.randn(5, 3)
    assert group == ProcessGroup(0, 1)
    assert group.mean(values) == values.mean()
    assert group.mean(values[:0]) == 0
    torch.testing.assert_close(group.batch_mean(values), values.mean(0))
    assert group.gather(values) is values
    assert group.mine(5).tolist() == [0, 1, 2, 3, 4]
    assert group.agree(0.25, torch.device("cpu")) == 0.25


def test_the_paper_preset_is_refused_in_several_processes(tmp_path):
    config = TrainingConfig(tmp_path, preset="paper")
    check_group(config, ProcessGroup())
    with pytest.raises(AppError, match="paper preset trains in one process"):
        check_group(config, ProcessGroup(1, 2))


def train(out: Path, stage: str, processes: int, precision: str) -> dict[str, Any]:
    """The checkpoint after some steps of 16 samples in all."""
    start = [sys.executable]
    if processes > 1:
        start += ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = [*start, "-m", SCRIPT, str(out), stage, str(16 // processes), precision]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, timeout=LIMIT_S)
    return load_checkpoint(out)


def differences(one: dict[str, Any], two: dict[str, Any]) -> torch.Tensor:
    """Of every weight and running statistic."""
    pairs = [(value, two[name]) for name, value in one.items()]
    return torch.cat([(a.double() - b.double()).abs().flatten() for a, b in pairs])


@pytest.mark.full
@pytest.mark.parametrize(("stage", "steps"), [("regress", 20), ("joint", 8)])
def test_two_processes_compute_what_one_does_with_their_samples(tmp_path, stage, steps):
    alone, together = (train(tmp_path / str(n), stage, n, "double") for n in (1, 2))
    assert alone["progress"]["step"] == together["progress"]["step"] == steps
    assert differences(alone["model"], together["model"]).max() < 1e-6
    assert differences(alone["average"], together["average"]).max() < 1e-6
    assert differences(alone["model"], alone["average"]).max() > 1e-4  # it did move


@pytest.mark.full
def test_in_single_precision_they_differ_by_rounding(tmp_path):
    alone, together = (train(tmp_path / str(n), "regress", n, "single")["model"] for n in (1, 2))
    weights = [name for name in alone if "running" not in name]
    off = differences(*({name: state[name] for name in weights} for state in (alone, together)))
    assert off.square().mean().sqrt() < 5e-5
    assert (off < 1e-4).double().mean() > 0.99
