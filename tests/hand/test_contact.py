"""Capsules that run into each other."""

from __future__ import annotations

import numpy as np

from app.hand.contact import segment_distance


def test_segment_distance_against_dense_points(rng):
    t = np.linspace(0, 1, 300)[:, None]
    for _ in range(20):
        p1, q1, p2, q2 = rng.normal(size=(4, 3)).astype(np.float32) * 20
        a, b = p1 + t * (q1 - p1), p2 + t * (q2 - p2)
        dense = np.linalg.norm(a[:, None] - b[None], axis=-1).min()
        assert abs(segment_distance(p1, q1, p2, q2) - dense) < 0.2
