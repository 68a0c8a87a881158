"""Where the cameras of one device stand against each other."""

from __future__ import annotations

import numpy as np

from app.capture.base import Damaged
from app.frames import read_only

FARTHEST_M = 10.0  # between two cameras of one device


def pose_of(move: tuple[float, ...], turn: tuple[float, ...]) -> np.ndarray:
    """float64 [4, 4] from a translation and a quaternion x y z w of any length.

    Raises Damaged where the quaternion is none.
    """
    length = float(np.linalg.norm(turn))
    if not 0.5 < length < 2.0:
        raise Damaged("a rotation that is none")
    x, y, z, w = (value / length for value in turn)
    pose = np.eye(4)
    pose[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    pose[:3, 3] = move
    return pose


def between(depth: np.ndarray | None, colour: np.ndarray | None) -> np.ndarray | None:
    """Depth camera -> colour camera, float64 [4, 4], mm, read-only.

    depth, colour: [4, 4] in metres, from a frame that they share to each camera's; None: it is not
    told, or no device has its cameras so far apart.
    """
    if depth is None or colour is None:
        return None
    pose = colour @ np.linalg.inv(depth)
    if not np.isfinite(pose).all() or np.abs(pose[:3, 3]).max() > FARTHEST_M:
        return None
    pose[:3, 3] *= 1000.0
    return read_only(pose)


def pose_of_matrix(rotation: np.ndarray, move: np.ndarray) -> np.ndarray:
    """float64 [4, 4] from a rotation [3, 3] and a translation; Damaged where it is no rotation."""
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, move
    if not np.isfinite(pose).all() or np.abs(rotation @ rotation.T - np.eye(3)).max() > 0.01:
        raise Damaged("a rotation that is none")
    return pose
