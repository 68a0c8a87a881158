"""Recorded hand poses and their split into blocks for training and test."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.errors import DataError

TIP_MM = (28.4, 23.4, 23.6, 25.9, 23.9)  # animbank: last bone to finger tip, thumb .. little
RECORDED_KEY = "pose_xyz_m_quat_xyzw"
TEST_BLOCKS = 4
TEST_SHARE = 0.2
MARGIN = 12  # frames beside a test block that training leaves out as well


def read_recorded(path: Path) -> np.ndarray:
    """float64 [n, 21, 3] mm from a file of 17 bones a frame; DataError: it is something else."""
    with np.load(path) as file:
        if RECORDED_KEY not in file:
            raise DataError(f"{path} holds no recorded poses", f"expected the key {RECORDED_KEY}")
        bones = file[RECORDED_KEY]
    if bones.ndim != 3 or bones.shape[1:] != (17, 7):
        raise DataError(f"{path}: {RECORDED_KEY} must be [n, 17, 7], not {list(bones.shape)}")
    position, turn = bones[..., :3] * 1000.0, _matrices(bones[..., 3:].astype(np.float64))
    joints = np.empty((len(bones), 21, 3))
    joints[:, 0] = position[:, 1]
    for f in range(5):
        for k in range(3):
            child = 2 + 3 * f + k
            parent = child - 1 if k else 1
            joints[:, 1 + 4 * f + k] = _hinge(position, turn, parent, child)
        joints[:, 4 + 4 * f] = position[:, child] + TIP_MM[f] * turn[:, child, :, 2]
    return joints


def _matrices(q: np.ndarray) -> np.ndarray:
    """Quaternions xyzw [..., 4] -> rotations [..., 3, 3]."""
    x, y, z, w = np.moveaxis(q / np.linalg.norm(q, axis=-1, keepdims=True), -1, 0)
    rows = (
        (1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        (2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        (2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return np.stack([np.stack(row, -1) for row in rows], -2)


def _hinge(position: np.ndarray, turn: np.ndarray, parent: int, child: int) -> np.ndarray:
    """[n, 3]: the point about which `child` turns in `parent`, which is not the origin of either.

    The a and b that make position_p + R_p a and position_c + R_c b agree best, kept near the
    child's origin.
    """
    gap = (position[:, child] - position[:, parent]).reshape(-1)
    columns = np.concatenate([turn[:, parent], -turn[:, child]], -1).reshape(-1, 6)
    pull = np.sqrt(len(position) * 0.02) * np.eye(6)[3:]
    rows, goal = np.concatenate([columns, pull]), np.concatenate([gap, np.zeros(3)])
    a, b = np.split(np.linalg.lstsq(rows, goal, rcond=None)[0], 2)
    places = [position[:, k] + turn[:, k] @ p for k, p in ((parent, a), (child, b))]
    return np.mean(places, 0)


def split_blocks(n: int) -> tuple[np.ndarray, np.ndarray]:
    """(train, test) indices of n frames: four contiguous test blocks, a fifth of all.

    Frames in the margin of a block are in neither.
    """
    length = round(n * TEST_SHARE / TEST_BLOCKS)
    starts = (np.arange(TEST_BLOCKS) + 0.4) * n / TEST_BLOCKS
    test = np.concatenate([np.arange(int(s), int(s) + length) for s in starts])
    near = np.concatenate([np.arange(int(s) - MARGIN, int(s) + length + MARGIN) for s in starts])
    return np.setdiff1d(np.arange(n), near), test
