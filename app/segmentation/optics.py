"""The lens for compiled loops, point by point; `geometry.distort` does the same for arrays."""

from __future__ import annotations

from app.jit import njit


@njit
def distort_point(a, b, lens):
    """Brown-Conrady on normalised image coordinates; lens = k1 k2 p1 p2 k3."""
    k1, k2, p1, p2, k3 = lens
    r2 = a * a + b * b
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return (
        a * radial + 2 * p1 * a * b + p2 * (r2 + 2 * a * a),
        b * radial + p1 * (r2 + 2 * b * b) + 2 * p2 * a * b,
    )


@njit
def is_distorted(lens):
    """False: `distort_point` would change nothing, and need not be called."""
    k1, k2, p1, p2, k3 = lens
    return k1 != 0 or k2 != 0 or p1 != 0 or p2 != 0 or k3 != 0
