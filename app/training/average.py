"""The exponential moving average of the weights: what is validated and what ships."""

from __future__ import annotations

import copy
import itertools

import torch
from torch import nn

from app.model.crossing_nets import CrossingNets


class AveragedModel:
    """A copy of the network whose trained parts follow it slowly."""

    def __init__(self, model: CrossingNets):
        self.model = copy.deepcopy(model).eval()
        for parameter in self.model.parameters():
            parameter.requires_grad_(False)
        self.updates = 0

    @torch.no_grad()
    def update(self, model: CrossingNets, trained: list[nn.Module], decay: float) -> None:
        """average <- decay average + (1 - decay) model, for `trained` alone.

        Early on the average follows faster.
        """
        self.updates += 1
        decay = min(decay, (1 + self.updates) / (10 + self.updates))
        names = {id(module): name for name, module in model.named_modules()}
        mine, theirs = [], []
        for module in trained:
            own = self.model.get_submodule(names[id(module)])
            own_values = itertools.chain(own.parameters(), own.buffers())
            for a, b in zip(
                own_values, itertools.chain(module.parameters(), module.buffers()), strict=True
            ):
                if a.is_floating_point():
                    mine.append(a)
                    theirs.append(b.detach())
                else:
                    a.copy_(b)
        torch._foreach_lerp_(mine, theirs, 1 - decay)

    def copy_to(self, model: CrossingNets) -> None:
        """The averaged weights into the network: what a stage leaves to the next."""
        model.load_state_dict(self.model.state_dict())

    def copy_from(self, model: CrossingNets) -> None:
        self.model.load_state_dict(model.state_dict())
        self.updates = 0
