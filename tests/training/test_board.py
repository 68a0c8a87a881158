"""TensorBoard's files: what is in them, and what happens without the package."""

import sys

import numpy as np
import pytest
import torch
from tensorboardX.proto.event_pb2 import Event

from app.training.board import Board
from app.training.journal import BOARD
from tests.training.fakes import run

torch.set_num_threads(1)


def read_events(folder) -> list[Event]:
    """Every event of the files in a folder: length, its CRC, the message, its CRC."""
    events = []
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        while content:
            size = int.from_bytes(content[:8], "little")
            events.append(Event.FromString(content[12 : 12 + size]))
            content = content[16 + size :]
    return events


def tags(folder) -> dict[str, list[int]]:
    """Tag -> its steps."""
    found: dict[str, list[int]] = {}
    for event in read_events(folder):
        for value in event.summary.value:
            found.setdefault(value.tag, []).append(event.step)
    return found


def test_scalars_and_pictures_are_written(tmp_path):
    said = []
    board = Board(tmp_path, said.append)
    board.scalars("train", "joint", 7, loss=0.5, name="no number")
    board.picture("joint", 7, np.linspace(0, 1, 64).reshape(8, 8))
    board.close()
    assert tags(tmp_path) == {"joint/train/loss": [7], "joint/samples": [7]}
    assert said == []


def test_a_run_shows_its_validation_and_samples(tmp_path):
    made = run(tmp_path, ("regress",), tensorboard=True)
    made.journal.board.close()
    found = tags(tmp_path / BOARD)
    assert found["regress/validation/joint_mm"] == [4]
    assert found["regress/samples"] == [4]


def test_sample_pictures_show_eight_hands_four_ways(tmp_path):
    made = run(tmp_path, ("generate",))
    sheet = made._validator.sheet(made.model)
    assert sheet.shape == (4 * 128, 128 * min(8, int(made._validator.here.sum())))
    assert sheet.min() >= 0
    assert sheet.max() <= 1
    seen = 1 - 2 * sheet[:128, :128]
    np.testing.assert_allclose(
        seen, made._validator.batch.images[made._validator.here][0], atol=1e-6
    )


@pytest.fixture
def without_tensorboard(monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)


@pytest.mark.usefixtures("without_tensorboard")
def test_without_the_package_it_says_so_once_and_goes_on(tmp_path):
    said = []
    board = Board(tmp_path, said.append)
    board.scalars("train", "joint", 7, loss=0.5)
    board.picture("joint", 7, np.zeros((8, 8)))
    board.close()
    assert len(said) == 1
    assert "tensorboardX" in said[0]
    assert list(tmp_path.iterdir()) == []
