"""The geometric part of the shared latent as sliders see it: three angles and a place in mm.

z = [articulation | 6-D rotation of the palm's frame | palm origin in half cubes], see
docs/design/method.md, 2.1.
Yaw, pitch and roll turn, from outside in, about the camera's axes a right hand whose palm faces
the camera, fingers up.
"""

from __future__ import annotations

import numpy as np

from app.frames import CUBE_MM
from app.geometry import matrix_from_6d, rotation_6d
from app.latent.space import FACING, LatentSpace
from app.latent.walk import LatentWalk, axis_and_angle

HALF_CUBE_MM = CUBE_MM / 2
_ROTATION, _ORIGIN = slice(-9, -3), slice(-3, None)
_ORIGIN_STEP = 0.05  # half cubes of one unit of a walk's state

Angles = tuple[float, float, float]


def can_turn(space: LatentSpace) -> bool:
    """Whether this latent has an orientation of its own (`live`), or not (`paper`)."""
    return space.tail == 9


def angles_of(z: np.ndarray) -> Angles:
    """Yaw and roll in ±180, pitch in ±90 degrees, of z [D]."""
    m = rotation_of(z) @ FACING.T
    yaw, roll = np.arctan2(m[0, 2], m[2, 2]), np.arctan2(m[1, 0], m[1, 1])
    pitch = np.arcsin(np.clip(-m[1, 2], -1, 1))
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))


def rotation_of(z: np.ndarray) -> np.ndarray:
    """float64 [3, 3], palm frame to camera, of z [D]."""
    return matrix_from_6d(np.asarray(z[_ROTATION], np.float64))


def with_rotation(z: np.ndarray, rotation: np.ndarray) -> np.ndarray:
    """A copy of z [D] with another orientation [3, 3], palm frame to camera."""
    moved = np.array(z, np.float32)
    moved[_ROTATION] = rotation_6d(rotation)
    return moved


def with_angles(z: np.ndarray, angles_deg: Angles) -> np.ndarray:
    """A copy of z [D] with another orientation."""
    return with_rotation(z, rotation_from_angles(angles_deg))


def origin_mm(z: np.ndarray) -> Angles:
    """Place of the palm from the middle of the cube, mm, in the crop's camera frame."""
    x, y, depth = (float(v) * HALF_CUBE_MM for v in z[_ORIGIN])
    return x, y, depth


def with_origin(z: np.ndarray, place_mm: Angles) -> np.ndarray:
    """A copy of z [D] with the palm elsewhere."""
    moved = np.array(z, np.float32)
    moved[_ORIGIN] = np.array(place_mm) / HALF_CUBE_MM
    return moved


def rotation_from_angles(angles_deg: Angles) -> np.ndarray:
    """float [3, 3], palm frame to camera."""
    (cy, cp, cr), (sy, sp, sr) = np.cos(np.radians(angles_deg)), np.sin(np.radians(angles_deg))
    yaw = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    pitch = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    roll = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    return yaw @ pitch @ roll @ FACING


def walk_from(space: LatentSpace, z: np.ndarray, seed: int) -> LatentWalk:
    """A random walk that begins at z [D] instead of somewhere in the prior."""
    walk = LatentWalk(space, seed)
    turn = np.zeros(3)
    if can_turn(space):
        axis, angle = axis_and_angle(rotation_of(z) @ FACING.T)
        turn = axis * angle / walk.turn_rad
    parts = (space.coordinates(z), turn, z[_ORIGIN] / _ORIGIN_STEP)
    walk.state = np.concatenate(parts).astype(np.float64)
    walk.target = walk.state.copy()
    return walk
