"""Killed at random moments and resumed, a run ends in the weights of one that was left alone."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from app.training.journal import load_checkpoint

ROOT = Path(__file__).parents[2]
KILLS, LIMIT_S = 10, 300


def start(out: Path) -> subprocess.Popen:
    environment = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tests.training.train_killable", str(out)]
    return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)


def live_for(out: Path, seconds: float | None) -> bool:
    """Trains for so long, then kills it; None: to the end. True where it ended by itself."""
    process = start(out)
    try:
        assert process.stdout.readline().strip() == "training"
        return process.wait(LIMIT_S if seconds is None else seconds) == 0
    except subprocess.TimeoutExpired:
        return False
    finally:
        process.kill()
        process.communicate()


@pytest.mark.full
def test_ten_kills_change_nothing(tmp_path):
    rng, done = np.random.default_rng(), []
    for _ in range(KILLS):
        if live_for(tmp_path / "killed", rng.uniform(0.05, 1.5)):
            break
        state = load_checkpoint(tmp_path / "killed")  # always whole
        if state is not None:
            done.append((len(state["progress"]["finished"]), state["progress"]["step"]))
    assert done == sorted(done)
    assert live_for(tmp_path / "killed", None)
    assert live_for(tmp_path / "whole", None)
    killed, whole = (load_checkpoint(tmp_path / name) for name in ("killed", "whole"))
    assert killed["progress"]["finished"] == ["regress", "joint"]
    for part in ("model", "average"):
        for name, value in whole[part].items():
            assert torch.equal(value, killed[part][name]), name
