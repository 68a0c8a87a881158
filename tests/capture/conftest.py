"""Recordings to read, and librealsense at arm's length: in its own process, with a time limit."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
LIMIT_S = 60


@pytest.fixture(scope="session")
def sample() -> Path:
    return ROOT / "samples" / "sr305_hand.bag"


@pytest.fixture(scope="session")
def d435() -> Path:
    return ROOT / "tests" / "data" / "d435_no_hand.bag"


@pytest.fixture
def replay(tmp_path):
    """Plays a recording through `rs.pipeline`: what it gave, as a dict of arrays."""

    def run(path: Path) -> dict[str, np.ndarray]:
        out = tmp_path / "replayed.npz"
        command = [sys.executable, HERE / "replay_with_librealsense.py", path, out]
        subprocess.run(command, check=True, timeout=LIMIT_S, capture_output=True)
        with np.load(out) as data:
            return dict(data)

    return run
