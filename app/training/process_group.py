"""Several processes that train one network (`torchrun`): each has its own part of every batch.

A loss is written once, with a `mean` over the batch. `ProcessGroup.mean` gives a process's part of
the mean over everybody's samples, so the parts of all processes add up to the loss of the whole
batch, and their gradients, summed, are its gradient: exactly what one process with the whole batch
has.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn
from torch._utils import _flatten_dense_tensors, _unflatten_dense_tensors

from app.data.subset import shared_numbers
from app.training.losses import mean_of


class _Sum(torch.autograd.Function):
    """All-reduce whose gradient is the sum of everybody's gradients."""

    @staticmethod
    def forward(_: Any, tensor: Tensor) -> Tensor:
        total = tensor.detach().clone()
        dist.all_reduce(total)
        return total

    @staticmethod
    def backward(_: Any, gradient: Tensor) -> Tensor:
        total = gradient.contiguous().clone()
        dist.all_reduce(total)
        return total


@dataclass(frozen=True)
class ProcessGroup:
    """This process among those that train together; alone, everything is plain."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """The one that writes files and speaks."""
        return self.rank == 0

    def sum(self, tensor: Tensor) -> Tensor:
        """Over all processes; gradients flow."""
        return tensor if self.size == 1 else _Sum.apply(tensor)

    def mean(self, values: Tensor) -> Tensor:
        """This process's part of the mean over everybody's values."""
        if self.size == 1:
            return mean_of(values)
        return values.sum() / self.sum(values.new_tensor(float(values.numel()))).clamp_min(1)

    def batch_mean(self, values: Tensor) -> Tensor:
        """Mean over the samples [n, ...] of all processes: the same everywhere."""
        if self.size == 1:
            return values.mean(0)
        return self.sum(values.sum(0)) / self.sum(values.new_tensor(float(len(values))))

    def mine(self, n: int) -> Tensor:
        """int64 [n]: which rows of the whole batch of n x size samples are this process's."""
        return torch.from_numpy(shared_numbers(0, n, self.rank, self.size, n))

    def gather(self, values: Tensor) -> Tensor:
        """[n, ...] of every process -> [n x size, ...] in the whole batch's order; no gradient."""
        if self.size == 1:
            return values
        parts = [torch.empty_like(values) for _ in range(self.size)]
        dist.all_gather(parts, values.detach().contiguous())
        whole = values.new_empty(len(values) * self.size, *values.shape[1:])
        for rank, part in enumerate(parts):
            whole[ProcessGroup(rank, self.size).mine(len(values)).to(whole.device)] = part
        return whole

    def sum_gradients(self, parameters: Iterable[nn.Parameter]) -> None:
        """The gradient of the whole batch, in place, in one message."""
        gradients = [p.grad for p in parameters if p.grad is not None]
        if self.size == 1 or not gradients:
            return
        flat = _flatten_dense_tensors(gradients)
        dist.all_reduce(flat)
        for gradient, total in zip(
            gradients, _unflatten_dense_tensors(flat, gradients), strict=True
        ):
            gradient.copy_(total)

    def agree(self, value: float, device: torch.device) -> float:
        """The first process's value, for everybody: clocks differ."""
        if self.size == 1:
            return value
        tensor = torch.tensor(value, dtype=torch.float64, device=device)
        dist.broadcast(tensor, 0)
        return float(tensor)


def join_group(device: torch.device) -> ProcessGroup:
    """The processes that torchrun started, or this one alone."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        return ProcessGroup()
    if not dist.is_initialized():
        dist.init_process_group("nccl" if device.type == "cuda" else "gloo")
    return ProcessGroup(dist.get_rank(), dist.get_world_size())


def leave_group() -> None:
    if dist.is_initialized():
        dist.destroy_process_group()
