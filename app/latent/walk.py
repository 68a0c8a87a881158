"""Ways through the shared latent space.

The line between two hands (the paper's Figure 1) and an endless random walk.
"""

from __future__ import annotations

import numpy as np

from app.geometry import matrix_from_6d, rotation_6d, rotation_about
from app.latent.space import BOUND, FACING, LatentSpace


def lerp(start: np.ndarray, end: np.ndarray, t: float) -> np.ndarray:
    """The straight line from start (t = 0) to end (t = 1)."""
    return (1 - t) * start + t * end


def slerp(start: np.ndarray, end: np.ndarray, t: float) -> np.ndarray:
    """The great arc from start to end; lengths are interpolated.

    Falls back to the line where they are parallel.
    """
    a, b = np.linalg.norm(start), np.linalg.norm(end)
    if a < 1e-9 or b < 1e-9:
        return lerp(start, end, t)
    angle = np.arccos(np.clip(start @ end / (a * b), -1, 1))
    if angle < 1e-4 or angle > np.pi - 1e-4:
        return lerp(start, end, t)
    unit = (np.sin((1 - t) * angle) * start / a + np.sin(t * angle) * end / b) / np.sin(angle)
    return unit * ((1 - t) * a + t * b)


def interpolate(
    start: np.ndarray, end: np.ndarray, t: float, n_code: int, centre: np.ndarray | None = None
) -> np.ndarray:
    """z [D] between two hands: codes and origins on a line, orientations by the shortest turn.

    centre: code [n_code] about which the codes take the great arc instead of the line; half way
    between two opposite hands the line passes through the mean hand, the arc does not.
    """
    z = lerp(start, end, t)
    if centre is not None:
        z[:n_code] = centre + slerp(start[:n_code] - centre, end[:n_code] - centre, t)
    if len(start) == n_code + 9:
        a, b = (matrix_from_6d(v[n_code : n_code + 6]) for v in (start, end))
        axis, angle = axis_and_angle(a.T @ b)
        z[n_code : n_code + 6] = rotation_6d(a @ rotation_about(axis, t * angle))
    return z.astype(np.float32)


def axis_and_angle(rotation: np.ndarray) -> tuple[np.ndarray, float]:
    """[3, 3] -> unit axis [3] and angle in [0, pi]."""
    skew = np.array(
        [
            rotation[2, 1] - rotation[1, 2],
            rotation[0, 2] - rotation[2, 0],
            rotation[1, 0] - rotation[0, 1],
        ]
    )
    angle = float(np.arctan2(np.linalg.norm(skew), np.trace(rotation) - 1))
    if angle < 1e-6:
        return np.array([0.0, 0.0, 1.0]), 0.0
    if angle > np.pi - 1e-4:  # no skew part is left: the longest column of R + I
        column = (rotation + np.eye(3))[:, int(np.argmax(np.diag(rotation)))]
        return column / np.linalg.norm(column), angle
    return skew / np.linalg.norm(skew), angle


class LatentWalk:
    """A mean-reverting random walk (Ornstein-Uhlenbeck) over hands: endless, smooth and bounded.

    The pose wanders in the whitened principal directions, the palm's orientation round a facing
    one, the origin round the crop's middle; the hand stays the same person's. A second, faster
    process follows the first, so that the velocity is continuous.

    stride: size of the random steps, hence how far from the mean the walk strays: 1 wanders as the
    prior is spread. It may be changed on the way.
    """

    def __init__(
        self,
        space: LatentSpace,
        seed: int = 0,
        time_constant_s: float = 2.5,
        turn_rad: float = 0.45,
        stride: float = 1.0,
    ):
        self.space, self.stride = space, stride
        self.rng = np.random.default_rng(seed)
        self.time_constant_s, self.turn_rad = time_constant_s, turn_rad
        k = len(space.spread)
        self.target = np.concatenate([self.rng.standard_normal(k), np.zeros(6)])
        self.state = self.target.copy()
        self.still = np.concatenate([space.of_shape, np.zeros(6, bool)])

    def step(self, dt_s: float) -> np.ndarray:
        """z [D] after another dt_s seconds."""
        decay = np.exp(-dt_s / self.time_constant_s)
        noise = self.stride * self.rng.standard_normal(len(self.target))
        moved = np.clip(decay * self.target + np.sqrt(1 - decay**2) * noise, -BOUND, BOUND)
        self.target = np.where(self.still, self.target, moved)
        follow = 1 - np.exp(-dt_s / (0.25 * self.time_constant_s))
        self.state = self.state + follow * (self.target - self.state)
        return self.current()

    def current(self) -> np.ndarray:
        """z [D] where the walk is now."""
        space, k = self.space, len(self.space.spread)
        along = np.clip(self.state[:k] * space.spread, space.low, space.high)
        turn = self.state[k : k + 3] * self.turn_rad
        angle = float(np.linalg.norm(turn))
        rotation = rotation_about(turn / angle, angle) @ FACING if angle > 1e-9 else FACING
        return space.compose(
            space.centre + along @ space.directions, rotation, 0.05 * self.state[k + 3 : k + 6]
        )
