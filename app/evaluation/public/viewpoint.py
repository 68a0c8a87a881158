"""Error against the direction that a hand is seen from, for MSRA (Sun et al., CVPR 2015, Fig. 4).

The angles are those of the public collection: the palm's y axis runs from the wrist to the root of
the middle finger; pitch is how far it points to the camera, yaw how far it leans sideways.
"""

from __future__ import annotations

import numpy as np

from app.geometry import unit

WRIST, MIDDLE_ROOT = 0, 5  # in MSRA's order of joints
YAW_DEG, PITCH_DEG = (-40, 40), (-10, 90)  # the ranges the field plots; few hands lie outside
STEP_DEG = 2.0


def msra_angles(joints_mm: np.ndarray) -> np.ndarray:
    """[N, 21, 3] mm, MSRA's joints, x right, y down, z forward -> [N, 2] degrees, yaw and pitch."""
    axis = unit(joints_mm[:, MIDDLE_ROOT] - joints_mm[:, WRIST])
    pitch = -np.arcsin(np.clip(axis[:, 2], -1, 1))
    level = np.maximum(np.cos(pitch), 1e-9)
    yaw = np.arcsin(np.clip(axis[:, 0] / level, -1, 1))
    return np.degrees(np.stack([yaw, pitch], -1))


def error_by_angle(
    errors_mm: np.ndarray,
    angle_deg: np.ndarray,
    limits_deg: tuple[float, float],
    step_deg: float = STEP_DEG,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Joint errors [N, J] by one angle [N] of their frames, in steps centred on its multiples.

    Returns (centres in degrees [K], mean error in mm [K], frames [K]); a step without frames has
    no entry, frames outside the limits have none either.
    """
    nearest = np.round(angle_deg / step_deg).astype(int)
    inside = (nearest * step_deg >= limits_deg[0]) & (nearest * step_deg <= limits_deg[1])
    steps, place, frames = np.unique(nearest[inside], return_inverse=True, return_counts=True)
    sums = np.bincount(place, errors_mm.mean(1)[inside], minlength=len(steps))
    return steps * step_deg, sums / frames, frames


def viewpoint_table(errors_mm: np.ndarray, angles_deg: np.ndarray, step_deg: float = 10.0) -> dict:
    """Errors [N, J] by yaw and by pitch, angles [N, 2], for JSON."""
    table = {}
    for k, (name, limits) in enumerate((("yaw", YAW_DEG), ("pitch", PITCH_DEG))):
        centres, means, frames = error_by_angle(errors_mm, angles_deg[:, k], limits, step_deg)
        table[name] = {
            "degrees": centres.tolist(),
            "mean_joint_error_mm": np.round(means, 3).tolist(),
            "frames": frames.tolist(),
        }
    return table
