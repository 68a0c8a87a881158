"""Viewing directions: how hands are turned towards the camera."""

from __future__ import annotations

import numpy as np

from app.geometry import matrix_from_6d
from app.hand.shape import facing_rotation

# The fingers' direction along the optical axis; above it the forearm would come out of the lens.
FOREARM_LIMIT = 0.72


def sample_rotations(rng: np.random.Generator, n: int) -> np.ndarray:
    """Random rotations float32 [n, 3, 3], rest axes -> camera.

    65 % palm or back (1 in 3) within a wide cone, fingers mostly up and leaning towards the camera;
    35 % anything. The forearm never comes out of the lens.
    """
    out, filled = np.empty((n, 3, 3)), 0
    fingers = -facing_rotation()[1]  # towards the finger tips, rest axes
    while filled < n:
        m = 2 * (n - filled)
        yaw = np.where(rng.random(m) < 0.35, np.pi, 0) + rng.normal(0, 0.7, m)
        turned = _turn(yaw, rng.normal(0.25, 0.55, m), rng.normal(0, 0.7, m)) @ facing_rotation()
        anywhere = matrix_from_6d(rng.normal(size=(m, 6)))
        tried = np.where((rng.random(m) < 0.35)[:, None, None], anywhere, turned)
        tried = tried[(tried @ fingers)[:, 2] < FOREARM_LIMIT][: n - filled]
        out[filled : filled + len(tried)] = tried
        filled += len(tried)
    return out.astype(np.float32)


def sample_facing(rng: np.random.Generator, n: int) -> np.ndarray:
    """Random rotations float32 [n, 3, 3], rest axes -> camera: palm to the camera, fingers up.

    Each axis is turned by up to 43 degrees, by 14 to 23 usually.
    """
    angles = np.clip(rng.normal([0, 0.1, 0], [0.4, 0.25, 0.4], (n, 3)), -0.75, 0.75)
    return (_turn(*angles.T) @ facing_rotation()).astype(np.float32)


def _turn(yaw: np.ndarray, pitch: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """[m, 3, 3]: roll about z after pitch about x after yaw about y, rad."""
    return _about(2, roll) @ _about(0, pitch) @ _about(1, yaw)


def _about(axis: int, angle: np.ndarray) -> np.ndarray:
    """[m, 3, 3]: rotations by angle [m] rad about one coordinate axis."""
    j, k = (axis + 1) % 3, (axis + 2) % 3
    out = np.zeros((len(angle), 3, 3))
    out[:, axis, axis] = 1
    out[:, j, j] = out[:, k, k] = np.cos(angle)
    out[:, k, j] = np.sin(angle)
    out[:, j, k] = -out[:, k, j]
    return out
