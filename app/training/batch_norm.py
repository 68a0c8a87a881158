"""Batch norm over the samples of several processes: the statistics are those of the whole batch.

(torch's own SyncBatchNorm needs a GPU.) Layers keep their names, weights and running statistics,
so a state of one kind of network fits the other.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn.functional import batch_norm

from app.training.process_group import ProcessGroup


class SyncedBatchNorm(nn.Module):
    """Takes the place of a BatchNorm1d or BatchNorm2d in training; in evaluation it is one."""

    running_mean: Tensor
    running_var: Tensor
    num_batches_tracked: Tensor

    def __init__(self, plain: nn.modules.batchnorm._BatchNorm, group: ProcessGroup):
        super().__init__()
        self.weight, self.bias, self.eps = plain.weight, plain.bias, plain.eps
        # None, a plain mean over all batches, is a thing that no network of ours asks for
        self.momentum, self.group = plain.momentum or 0.0, group
        for name, buffer in plain.named_buffers():
            self.register_buffer(name, buffer)

    def forward(self, x: Tensor) -> Tensor:
        """[n, C] or [n, C, H, W]; n may differ between the processes."""
        if not self.training:
            return batch_norm(
                x, self.running_mean, self.running_var, self.weight, self.bias, eps=self.eps
            )
        over = [d for d in range(x.ndim) if d != 1]
        shape = [1, -1] + [1] * (x.ndim - 2)
        values = x.float()
        count = values.new_full((1,), float(values.numel() // values.shape[1]))
        total = self.group.sum(torch.cat([values.sum(over), count]))
        mean, count = total[:-1] / total[-1], total[-1].detach()
        centred = values - mean.view(shape)
        variance = self.group.sum(centred.square().sum(over)) / count
        self._remember(mean.detach(), variance.detach() * count / (count - 1))
        scale = (variance + self.eps).rsqrt() * self.weight
        return (centred * scale.view(shape) + self.bias.view(shape)).to(x.dtype)

    @torch.no_grad()
    def _remember(self, mean: Tensor, variance: Tensor) -> None:
        self.num_batches_tracked += 1
        self.running_mean.lerp_(mean, self.momentum)
        self.running_var.lerp_(variance, self.momentum)


def share_batch_norm(model: nn.Module, group: ProcessGroup) -> None:
    """Every batch norm of the network over all processes, in place; alone nothing changes."""
    if group.size == 1:
        return
    for name, module in list(model.named_modules()):
        if isinstance(module, nn.modules.batchnorm._BatchNorm):
            model.set_submodule(name, SyncedBatchNorm(module, group))
