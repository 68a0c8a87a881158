"""Viewing directions, and an endless smooth motion for the demo."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.geometry import matrix_from_6d, rotation_6d
from app.hand.kinematics import HIGHEST, LOWEST
from app.hand.prior import load_prior
from app.hand.shape import facing_rotation

# The fingers' direction along the optical axis; above it the forearm would come out of the lens.
FOREARM_LIMIT = 0.72


def sample_rotations(rng: np.random.Generator, n: int) -> np.ndarray:
    """float32 [n, 3, 3] rest axes -> camera:
    65 % palm or back (1 in 3) within a wide cone, fingers mostly up and leaning towards the camera;
    35 % anything. The forearm never comes out of the lens."""
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


@dataclass(frozen=True)
class Trajectory:
    """A hand that moves from pose to pose for ever;
    any moment can be asked for, and gives the same answer."""

    seed: int
    period_s: float = 1.6  # from one key pose to the next
    hold: float = 0.25  # share of the period for which a key pose rests

    def at(self, t_s: float) -> tuple[np.ndarray, np.ndarray]:
        """(theta float32 [31] rad, rotation float32 [3, 3] rest axes -> camera) at a time >= 0."""
        key, phase = divmod(t_s / self.period_s, 1.0)
        phase = np.clip((phase - self.hold / 2) / (1 - self.hold), 0, 1)
        ease = phase**3 * (phase * (6 * phase - 15) + 10)  # no jump in speed or acceleration
        (theta_a, six_a), (theta_b, six_b) = (_key(self.seed, int(key) + k) for k in (0, 1))
        theta = np.clip(theta_a + ease * (theta_b - theta_a), LOWEST, HIGHEST)
        drift = 0.06 * np.sin(np.array([0.9, 1.3, 1.7]) * t_s + self.seed)
        rotation = _turn(*drift[:, None])[0] @ matrix_from_6d(six_a + ease * (six_b - six_a))
        return theta.astype(np.float32), rotation.astype(np.float32)


@lru_cache(maxsize=64)
def _key(seed: int, k: int) -> tuple[np.ndarray, np.ndarray]:
    """Angles and 6-D rotation of key pose k; the first is an open hand facing the camera."""
    rng = np.random.default_rng([seed, k])
    theta = load_prior().sample(rng, 1)[0] * (k > 0)
    theta[:3] *= 0.5
    spread = np.array([0.55, 0.3, 0.35]) * (k > 0)
    return theta, rotation_6d(_turn(*rng.normal(0, spread)[:, None])[0] @ facing_rotation())


def trajectory(seed: int) -> Trajectory:
    """The demo's motion."""
    return Trajectory(seed)
