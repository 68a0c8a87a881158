"""How far a hand runs through itself: capsules for fingers, rays to the knuckles for the palm."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from app.hand.capsules import CONTACT, PALM_RAY, with_rays
from app.hand.shape import mean_shape
from app.jit import njit
from app.skeleton import bone_lengths


@cache
def capsule_pairs() -> np.ndarray:
    """int64 [p, 2]: rows of `CONTACT` that may meet.

    Not those of one finger, and palm rays only with tips and middles.
    """
    pairs = []
    for i, one in enumerate(CONTACT):
        at_palm = one["finger"] >= PALM_RAY or one["start"] % 4 == 1 or one["start"] == 2
        for k in range(i + 1, len(CONTACT)):
            other = CONTACT[k]
            on_ray = other["finger"] >= PALM_RAY
            if one["finger"] != other["finger"] and not (on_ray and at_palm):
                pairs.append((i, k))
    return np.array(pairs)


def overlap_mm(joints_mm: np.ndarray) -> np.ndarray:
    """float32 [n]: the deepest overlap of two capsules in hands [n, 21, 3] of any size.

    Capsules are as thick as the hand is large: by the sum of its bones against the mean hand's.
    The overlap is in mm of the mean hand.
    """
    scale = bone_lengths(joints_mm).sum(-1) / mean_bones_mm()
    return deepest(np.asarray(joints_mm / scale[:, None, None], np.float32))


@cache
def mean_bones_mm() -> float:
    """Sum of the mean hand's bones."""
    return float(bone_lengths(mean_shape().joints_mm).sum())


def deepest(joints_mm: np.ndarray) -> np.ndarray:
    """float32 [n]: as `overlap_mm`, with capsules as thick as the mean hand's."""
    out = np.empty(len(joints_mm), np.float32)
    _deepest(with_rays(joints_mm), CONTACT, capsule_pairs(), out)
    return out


@njit
def _deepest(points, capsules, pairs, out):
    """Fills out[n] with the largest of (sum of radii - distance) over the pairs."""
    for n in range(points.shape[0]):
        worst = 0.0
        for p in range(pairs.shape[0]):
            a, b = capsules[pairs[p, 0]], capsules[pairs[p, 1]]
            gap = segment_distance(
                points[n, a["start"]],
                points[n, a["stop"]],
                points[n, b["start"]],
                points[n, b["stop"]],
            )
            worst = max(worst, a["radius_mm"] + b["radius_mm"] - gap)
        out[n] = worst


@njit
def segment_distance(p1, q1, p2, q2):
    """Distance of the segments p1 q1 and p2 q2.

    Ericson 2004, Real-Time Collision Detection, 5.1.9; `app.model.contact` has it with gradients.
    """
    a, b, c, e, f = 0.0, 0.0, 0.0, 0.0, 0.0
    for k in range(3):
        d1, d2, r = q1[k] - p1[k], q2[k] - p2[k], p1[k] - p2[k]
        a += d1 * d1
        b += d1 * d2
        c += d1 * r
        e += d2 * d2
        f += d2 * r
    spread = a * e - b * b
    s = min(max((b * f - c * e) / spread, 0.0), 1.0) if spread > 1e-6 else 0.0
    t = (b * s + f) / e
    if t < 0:
        t, s = 0.0, min(max(-c / a, 0.0), 1.0)
    elif t > 1:
        t, s = 1.0, min(max((b - c) / a, 0.0), 1.0)
    square = 0.0
    for k in range(3):
        x = p1[k] - p2[k] + (q1[k] - p1[k]) * s - (q2[k] - p2[k]) * t
        square += x * x
    return math.sqrt(square)
