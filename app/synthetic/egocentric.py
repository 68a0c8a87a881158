"""Hands as a camera at the head or the shoulder of their owner sees them.

Camera frame: the forearm comes from the lower border, fingers point up in the picture and away, and
the back of the hand or its thumb side is seen.
"""

from __future__ import annotations

import numpy as np

from app.geometry import unit
from app.hand.shape import palm_axes

DISTANCE_MM = (250.0, 600.0)
ROLL_RAD = 0.85  # spread of the turn about the forearm
ANY_ROLL_SHARE = 0.12


def sample_own_views(rng: np.random.Generator, n: int) -> np.ndarray:
    """float32 [n, 3, 3]: rest axes of a right hand -> camera; a left one is the mirror image."""
    along = unit(
        np.stack(
            [rng.normal(-0.35, 0.4, n), rng.normal(-0.75, 0.4, n), rng.uniform(0.0, 1.0, n)], 1
        )
    )
    along[:, 1] = np.minimum(along[:, 1], 0.35)
    along = unit(along)
    down = np.array([0.0, 0.25, 1.0])  # the palm looks away from the camera, and down
    palm = unit(down - (along @ down)[:, None] * along)
    roll = rng.normal(0.6, ROLL_RAD, n)  # the thumb side comes up: the arm's way of resting
    anyhow = rng.random(n) < ANY_ROLL_SHARE
    roll[anyhow] = rng.uniform(-np.pi, np.pi, anyhow.sum())
    aside = np.cross(along, palm)
    palm = np.cos(roll)[:, None] * palm + np.sin(roll)[:, None] * aside
    seen = np.stack([np.cross(along, palm), along, palm], -1)
    return (seen @ palm_axes().T).astype(np.float32)


def sample_distances(rng: np.random.Generator, n: int) -> np.ndarray:
    """[n] mm from the camera to the hand."""
    low, high = np.log(DISTANCE_MM)
    return np.exp(rng.uniform(low, high, n))
