"""Trains one stage for some steps: alone, or as one of several processes (torchrun).

In double precision on fake crops, in single precision on rendered ones.

train_together.py OUT STAGE BATCH single|double
"""

import sys
from pathlib import Path

import torch

from app.training.config import TrainingConfig
from app.training.run import Run, Sources
from app.training.stages.stage import Context
from tests.training.fakes import SOURCES, fake_poses

STEPS = {"regress": 20, "joint": 8}  # the first of the default schedule


def in_double_precision() -> None:
    """Where rounding is nothing, what is left is the arithmetic: it must be the same."""
    torch.Tensor.float = torch.Tensor.double
    for name in ("images", "tensor"):
        plain = getattr(Context, name)
        setattr(Context, name, lambda self, array, plain=plain: plain(self, array).double())
    network = Run._network
    Run._network = lambda self: network(self).double()


def main(out: str, stage: str, batch: str, precision: str) -> None:
    torch.set_num_threads(1)
    sources = Sources(poses=fake_poses)
    if precision == "double":
        in_double_precision()
        sources = SOURCES
    config = TrainingConfig(
        Path(out), stages=(stage,), batch=int(batch), workers=0,
        precision="fp32", pool=300, samples=200, labelled_fraction=0.5, tensorboard=False,
        validate_minutes=float("inf"),  # however slow the machine is
    )  # fmt: skip
    with Run(config, sources, quiet=True) as run:
        run.start(stop_after=STEPS[stage])


if __name__ == "__main__":
    main(*sys.argv[1:])
