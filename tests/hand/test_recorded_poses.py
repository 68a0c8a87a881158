"""Recorded poses: the file that holds them, the hinges in it, and its blocks."""

from __future__ import annotations

import numpy as np
import pytest

from app.errors import DataError
from app.hand import recorded_poses


def test_blocks_of_recorded_frames_are_contiguous_and_apart():
    train, test = recorded_poses.split_blocks(1000)
    assert abs(len(test) - 200) <= 4
    assert (np.diff(test) > 1).sum() == 3  # four blocks
    gaps = np.abs(train[:, None] - test[None]).min()
    assert gaps >= recorded_poses.MARGIN


def test_a_hinge_is_found_where_it_is(rng):
    """Two bodies that turn about a common point which is the origin of neither."""
    n, pivot_parent, pivot_child = 80, np.array([10.0, -5, 40]), np.array([2.0, 1, -3])
    turn = np.zeros((n, 3, 3, 3))
    position = np.zeros((n, 3, 3))
    for k in range(n):
        turn[k, 1] = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        turn[k, 2] = np.linalg.qr(rng.normal(size=(3, 3)))[0]
        position[k, 1] = rng.normal(size=3) * 100
        position[k, 2] = position[k, 1] + turn[k, 1] @ pivot_parent - turn[k, 2] @ pivot_child
    exact = position[:, 1] + turn[:, 1] @ pivot_parent
    assert np.abs(recorded_poses._hinge(position, turn, 1, 2) - exact).max() < 0.5


def test_a_file_without_poses_is_refused(tmp_path):
    np.savez(tmp_path / "other.npz", depth=np.zeros(3))
    with pytest.raises(DataError, match="recorded poses"):
        recorded_poses.read_recorded(tmp_path / "other.npz")
