"""How far a hand runs through itself: capsules for fingers, rays to the knuckles for the palm."""

from __future__ import annotations

import math
from functools import cache

import numpy as np

from app.hand.shape import mean_shape
from app.jit import njit
from app.skeleton import MCP, bone_lengths

# Capsules: finger, two joints, radius in mm of the mean hand.
# Rows 21-24 are the middles of the palm's rays.
CAPSULES = np.array(
    [[0, 2, 3, 9.0], [0, 3, 4, 7.0]]
    + [
        [f, 4 * f + 1 + k, 4 * f + 2 + k, r]
        for f in range(1, 5)
        for k, r in enumerate((8.5, 7.5, 6.0))
    ]
    + [[4 + f, 20 + f, 4 * f + 1, 7.0] for f in range(1, 5)],
    np.float32,
)
_RAY = 5  # capsules of this finger on are rays of the palm


@cache
def capsule_pairs() -> np.ndarray:
    """int64 [p, 2]: rows of CAPSULES that may meet. Not those of one finger,
    and palm rays only with tips and middles.
    """
    pairs = []
    for i, (finger, start, *_) in enumerate(CAPSULES):
        for k in range(i + 1, len(CAPSULES)):
            palm = CAPSULES[k, 0] >= _RAY
            near = finger >= _RAY or (start - 1) % 4 == 0 or start == 2
            if finger != CAPSULES[k, 0] and not (palm and near):
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
    rays = 0.5 * (joints_mm[:, :1] + joints_mm[:, MCP])
    out = np.empty(len(joints_mm), np.float32)
    _deepest(np.concatenate([joints_mm, rays], 1), CAPSULES, capsule_pairs(), out)
    return out


@njit
def _deepest(points, capsules, pairs, out):
    """out[n] = max over pairs of (sum of radii - distance)."""
    for n in range(points.shape[0]):
        worst = 0.0
        for p in range(pairs.shape[0]):
            a, b = capsules[pairs[p, 0]], capsules[pairs[p, 1]]
            gap = segment_distance(
                points[n, int(a[1])],
                points[n, int(a[2])],
                points[n, int(b[1])],
                points[n, int(b[2])],
            )
            worst = max(worst, a[3] + b[3] - gap)
        out[n] = worst


@njit
def segment_distance(p1, q1, p2, q2):
    """Distance of the segments p1 q1 and p2 q2
    (Ericson 2004, Real-Time Collision Detection, 5.1.9)."""
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
