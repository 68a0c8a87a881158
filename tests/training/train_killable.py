"""Trains on fake crops with a checkpoint every 0.3 s, going on where it was: to be killed.

train_killable.py OUT
"""

import sys
from pathlib import Path

import torch

from app.training.config import TrainingConfig
from app.training.run import Run
from tests.training.fakes import SOURCES

STEPS = {"regress": 60, "joint": 30}


def main(out: str) -> None:
    torch.set_num_threads(1)
    config = TrainingConfig(
        Path(out), stages=tuple(STEPS), steps=STEPS, batch=4, workers=0, precision="fp32",
        pool=300, validation_samples=4, checkpoint_minutes=0.005, resume=True,
        samples=100, labelled_fraction=0.5, tensorboard=False,
    )  # fmt: skip
    with Run(config, SOURCES, quiet=True) as run:
        run.export = lambda: None
        print("training", flush=True)
        run.start()


if __name__ == "__main__":
    main(*sys.argv[1:])
