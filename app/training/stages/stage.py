"""What a stage is: it owns its optimisers and its data, and makes one update at a time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from app.data.source import Arrays, ArraySource
from app.data.subset import Share
from app.model.crossing_nets import CrossingNets
from app.model.recipe import LossWeights, StageConfig
from app.training.labelled_joints import LabelledJoints
from app.training.process_group import ProcessGroup
from app.training.samples.stream import BatchStream


@dataclass(frozen=True)
class Context:
    """What every stage needs to know of the run."""

    seed: int
    device: torch.device
    bf16: bool
    weights: LossWeights
    batch: int
    workers: int
    group: ProcessGroup = field(default_factory=ProcessGroup)
    labels: LabelledJoints = field(default_factory=LabelledJoints)

    def autocast(self) -> AbstractContextManager[Any]:
        return torch.autocast(self.device.type, torch.bfloat16) if self.bf16 else nullcontext()

    def weighted_sum(self, terms: dict[str, Tensor]) -> Tensor:
        """The loss of these terms. Raises KeyError where one has a name without a weight."""
        weighted = [self.weights.of(name) * term for name, term in terms.items()]
        return sum(weighted[1:], start=weighted[0])

    def generator(self, stage: str, step: int) -> torch.Generator:
        """Random numbers of one step.

        They depend on (seed, stage, step) alone, so a resumed run draws the same.
        """
        mixed = np.random.SeedSequence([self.seed, sum(stage.encode()), step]).generate_state(1)[0]
        return torch.Generator().manual_seed(int(mixed))

    def stream(self, source: ArraySource, first: int, workers: int | None = None) -> BatchStream:
        """This process's batches of a source, from batch `first` on."""
        if self.group.size > 1:
            source = Share(source, self.group.rank, self.group.size, self.batch)
        workers = self.workers if workers is None else workers
        return BatchStream(source, self.batch, first, workers)

    def images(self, arrays: np.ndarray) -> Tensor:
        """[n, 128, 128] -> [n, 1, 128, 128] on the device, channels last."""
        tensor = torch.from_numpy(arrays)[:, None].to(self.device)
        return tensor.contiguous(memory_format=torch.channels_last)

    def tensor(self, array: np.ndarray) -> Tensor:
        return torch.from_numpy(np.ascontiguousarray(array, np.float32)).to(self.device)


class Stage(ABC):
    """One part of the training. `update` does a full step, optimiser included."""

    name: str

    def __init__(self, model: CrossingNets, config: StageConfig, context: Context):
        self.model, self.config, self.context = model, config, context
        self.optimisers: dict[str, torch.optim.Optimizer] = {}
        self.stream: BatchStream | None = None
        self.beside: BatchStream | None = None  # unlabelled batches, where there are any
        # the averaged network, which the loop keeps: teacher on unlabelled samples
        self.teacher: CrossingNets | None = None

    @abstractmethod
    def trained(self) -> list[nn.Module]:
        """The modules whose weights this stage changes (and whose average is kept)."""

    @abstractmethod
    def update(self, step: int) -> dict[str, Tensor]:
        """One step; the losses by name, detached."""

    @abstractmethod
    def prepare(self, first: int, fresh: bool) -> None:
        """Opens the data at batch `first`. fresh: the stage starts now, it is not resumed."""

    def close(self) -> None:
        for stream in (self.stream, self.beside):
            if stream is not None:
                stream.close()
        self.stream = self.beside = None

    def open_stream(self, source: ArraySource, first: int) -> None:
        self.stream = self.context.stream(source, first)

    def next_arrays(self) -> Arrays:
        """The next labelled batch."""
        assert self.stream is not None, "prepare() comes first"
        return self.stream.next()

    def optimiser(self, parameters: Iterable[nn.Parameter]) -> torch.optim.Optimizer:
        """AdamW; weight decay on matrices and kernels alone."""
        parameters = [p for p in parameters if p.requires_grad]
        groups = [
            {
                "params": [p for p in parameters if p.ndim > 1],
                "weight_decay": self.config.weight_decay,
            },
            {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
        ]
        return torch.optim.AdamW(
            groups, lr=self.config.rate, betas=(self.config.beta1, 0.999), foreach=True
        )

    def set_rate(self, factor: float) -> None:
        """The learning rate of every optimiser as a share of the stage's peak."""
        for optimiser in self.optimisers.values():
            for group in optimiser.param_groups:
                group["lr"] = self.config.rate * factor

    def descend(self, loss: Tensor, name: str) -> None:
        """Gradient of `loss`, clipped, one step of one optimiser."""
        optimiser = self.optimisers[name]
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        parameters = [p for group in optimiser.param_groups for p in group["params"]]
        self.context.group.sum_gradients(parameters)
        if self.config.clip:
            nn.utils.clip_grad_norm_(parameters, self.config.clip, foreach=True)
        optimiser.step()

    def state(self) -> dict[str, Any]:
        return {name: optimiser.state_dict() for name, optimiser in self.optimisers.items()}

    def restore(self, state: dict[str, Any]) -> None:
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(state[name])


def hold_statistics(module: nn.Module) -> None:
    """Its batch norms use, and keep, their running statistics; everything else goes on training."""
    for part in module.modules():
        if hasattr(part, "running_mean"):
            part.eval()


def freeze(module: nn.Module) -> None:
    """No gradients for its weights, evaluation mode; gradients still flow through it."""
    module.eval()
    for parameter in module.parameters():
        parameter.requires_grad_(False)


def detached(**losses: Tensor) -> dict[str, Tensor]:
    return {name: loss.detach() for name, loss in losses.items()}
