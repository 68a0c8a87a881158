"""The shared latent as sliders see it: articulation directions, three angles and an origin in mm.

z = [articulation | 6-D rotation of the palm frame | palm origin in half cubes] (METHOD.md 2). The angles are
yaw, pitch and roll, in that order from outside in, about the camera's axes, from a right hand whose palm faces
the camera with the fingers up.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from app.geometry import matrix_from_6d, rotation_6d

REST = np.diag([1.0, -1.0, -1.0])  # palm frame of that hand: index side right, knuckles up
HALF_CUBE_MM = 125.0
ROTATION, ORIGIN = slice(-9, -3), slice(-3, None)


class LatentSpace(Protocol):
    """What the panel needs to know about the articulation part of the latent."""

    names: tuple[str, ...]  # of the directions
    mean: np.ndarray  # float [A]
    directions: np.ndarray  # float [K, A], rows of unit length, orthogonal
    spread: np.ndarray  # float [K], standard deviation along each

    def draw(self, rng: np.random.Generator) -> np.ndarray:
        """float [A]: an articulation from the prior."""

    def walk(self, articulation: np.ndarray, rng: np.random.Generator, step: float) -> np.ndarray:
        """float [A]: one mean-reverting step, `step` in shares of a second."""


@dataclass(frozen=True)
class LatentPose:
    """One point of the latent space."""

    articulation: np.ndarray  # float [A]
    angles_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)  # yaw, pitch, roll
    origin_mm: tuple[float, float, float] = (0.0, 0.0, 0.0)  # of the palm, from the crop's centre

    def z(self) -> np.ndarray:
        """float32 [A + 9]."""
        rotation = rotation_6d(rotation_from_angles(self.angles_deg))
        origin = np.array(self.origin_mm) / HALF_CUBE_MM
        return np.concatenate([self.articulation, rotation, origin]).astype(np.float32)

    def along(self, space: LatentSpace, k: int) -> float:
        """Position along direction k, in standard deviations."""
        return float((self.articulation - space.mean) @ space.directions[k] / space.spread[k])

    def moved_along(self, space: LatentSpace, k: int, value: float) -> LatentPose:
        """The same pose with direction k at `value` standard deviations; everything else stays."""
        change = (value - self.along(space, k)) * space.spread[k]
        return replace(self, articulation=self.articulation + change * space.directions[k])


def pose_from_z(z: np.ndarray) -> LatentPose:
    """Inverse of `LatentPose.z`."""
    z = np.asarray(z, np.float64)
    origin = tuple(float(v) for v in z[ORIGIN] * HALF_CUBE_MM)
    return LatentPose(z[: ROTATION.start], angles_from_rotation(matrix_from_6d(z[ROTATION])), origin)


def rotation_from_angles(angles_deg: tuple[float, float, float]) -> np.ndarray:
    """float [3, 3], palm frame to camera."""
    (cy, cp, cr), (sy, sp, sr) = np.cos(np.radians(angles_deg)), np.sin(np.radians(angles_deg))
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return yaw @ pitch @ roll @ REST


def angles_from_rotation(rotation: np.ndarray) -> tuple[float, float, float]:
    """Inverse of `rotation_from_angles`: yaw and roll in ±180, pitch in ±90 degrees."""
    m = rotation @ REST.T
    yaw = np.arctan2(m[0, 2], m[2, 2])
    pitch = np.arcsin(np.clip(-m[1, 2], -1, 1))
    roll = np.arctan2(m[1, 0], m[1, 1])
    return tuple(float(v) for v in np.degrees([yaw, pitch, roll]))
