"""Sleeves, and forearms that the camera does not see: what becomes of the skin behind the wrist."""

from __future__ import annotations

import math

import numpy as np

from app.jit import njit

SLEEVE = np.dtype(
    [
        ("start_mm", np.float32),  # from the wrist; 0: bare skin
        ("thickness_mm", np.float32),
        ("fold_mm", np.float32),  # height of its folds
        ("phase", np.float32),  # rad, where they lie
        ("lost_mm", np.float32),  # from here on the forearm is not seen; 0: all of it is
    ]
)


def sample_sleeves(rng: np.random.Generator, n: int) -> np.ndarray:
    """SLEEVE [n]: half wear one; some forearms are lost to the camera."""
    sleeve = np.zeros(n, SLEEVE)
    sleeve["start_mm"] = np.where(rng.random(n) < 0.5, rng.uniform(3, 130, n), 0)
    sleeve["thickness_mm"] = rng.uniform(2, 20, n)
    sleeve["fold_mm"] = rng.uniform(0, 6, n)
    sleeve["phase"] = rng.uniform(0, 6.3, n)
    sleeve["lost_mm"] = np.where(rng.random(n) < 0.08, rng.uniform(5, 100, n), 0)
    return sleeve


@njit
def put_on(vertices, forearm, wrist, elbow, sleeve):
    """Dresses the forearm's vertices [V, 3] mm, in place; lost ones go behind the camera.

    forearm: int32 [m] numbers of its vertices; wrist, elbow: [3] mm; sleeve: SLEEVE [].
    """
    axis = elbow - wrist
    axis /= math.sqrt(axis[0] ** 2 + axis[1] ** 2 + axis[2] ** 2)
    worn = sleeve[()]
    start, lost = worn["start_mm"], worn["lost_mm"]
    radial = np.empty(3, np.float32)
    for i in forearm:
        v = vertices[i]
        along = (
            (v[0] - wrist[0]) * axis[0] + (v[1] - wrist[1]) * axis[1] + (v[2] - wrist[2]) * axis[2]
        )
        square = np.float32(1e-6)
        for r in range(3):
            radial[r] = v[r] - wrist[r] - along * axis[r]
            square += radial[r] ** 2
        if start > 0 and along > start:
            push = min((along - start) / 6, 1.0) * _thickness(along, radial, worn)
            size = math.sqrt(square)
            for r in range(3):
                v[r] += push * radial[r] / size
        if lost > 0 and along > lost:
            v[2] = -1.0


@njit
def _thickness(along, radial, sleeve):
    """Cloth in mm at a place of the forearm: so far behind the wrist, [3] away from its axis."""
    phase = sleeve["phase"]
    fold = math.sin(along * 0.12 + phase) * math.sin(0.15 * radial[0] + 0.11 * radial[1] + phase)
    return sleeve["thickness_mm"] + sleeve["fold_mm"] * fold
