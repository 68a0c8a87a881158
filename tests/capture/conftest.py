"""Recordings to read, and librealsense at arm's length: in its own process, with a time limit."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from app.capture.player import Player
from app.threads.mailbox import Mailbox

ROOT = Path(__file__).parents[2]
SCRIPTS = ROOT / "tests" / "capture" / "recordings"  # run by another Python
LIMIT_S = 60


@pytest.fixture(scope="session")
def sample() -> Path:
    return ROOT / "samples" / "sr305_hand.bag"


@pytest.fixture(scope="session")
def d435() -> Path:
    return ROOT / "tests" / "data" / "d435_no_hand.bag"


def make_python(name: str, modules: str, *wanted: str) -> Path:
    """A Python that imports `modules`, in an environment of its own.

    Made once, kept beside the tree.
    """
    folder = ROOT / name
    python = folder / "bin" / "python"
    probe = [python, "-c", f"import {modules}"]
    if not python.exists() or subprocess.run(probe, capture_output=True).returncode:
        for command in (
            [sys.executable, "-m", "venv", "--clear", folder],
            [python, "-m", "pip", "install", "-q", *wanted],
        ):
            subprocess.run(command, check=True, timeout=400)
    return python


@pytest.fixture(scope="session")
def old_librealsense() -> Path:
    """A Python with the last librealsense that records `.bag`."""
    wanted = ("pyrealsense2==2.57.7.10387", "numpy")
    return make_python(".venv-rs2577", "pyrealsense2, numpy", *wanted)


@pytest.fixture(scope="session")
def packing_librealsense() -> Path:
    """A Python with the first librealsense that records `.db3`, every message packed."""
    return make_python(".venv-rs258", "pyrealsense2, numpy", "pyrealsense2==2.58.4.10922", "numpy")


@pytest.fixture(scope="session")
def azure_python() -> Path:
    """A Python with the extra `azure`, whose library was compiled for numpy 1."""
    wanted = ("pyk4a-bundle==1.5.0", "numpy<2", "platformdirs")
    return make_python(".venv-azure", "pyk4a, numpy, platformdirs", *wanted)


@pytest.fixture
def replay(tmp_path):
    """Plays a recording through `rs.pipeline`: what it gave, as a dict of arrays."""

    def run(path: Path, python: Path | str = sys.executable) -> dict[str, np.ndarray]:
        out = tmp_path / "replayed.npz"
        command = [python, SCRIPTS / "replay_with_librealsense.py", path, out]
        subprocess.run(command, check=True, timeout=LIMIT_S, capture_output=True)
        with np.load(out) as data:
            return dict(data)

    return run


@pytest.fixture
def make_player():
    players = []

    def make(source, capacity=10_000, **options):
        box = Mailbox(capacity)
        players.append(Player(source, [box.put], **options))
        return players[-1], box

    yield make
    assert all(player.stop() for player in players)
