"""How far a point is from a solid, for fingers that close round it. Compiled."""

from __future__ import annotations

import math

import numpy as np

from app.jit import njit
from app.synthetic.solids import BOX, CONE, CYLINDER, NOTHING, RING, TAPER, ring_distance

FAR_MM = np.float32(1e6)  # from where there is nothing


@njit
def distance_to(solids, point):
    """Signed distance (mm) of a point [3] to the nearest of solids, SOLID [k]; negative inside."""
    nearest = FAR_MM
    for k in range(solids.shape[0]):
        if solids[k]["kind"] != NOTHING:
            nearest = min(nearest, _distance(solids[k], point))
    return nearest


@njit
def _distance(solid, point):
    """Exact outside box and ring, a little short elsewhere, near the surface exact to first order.

    The ellipsoid's is that of Quilez: |q| (|q| - 1) / |gradient|, q in units of the half extents.
    """
    kind, m, c = solid["kind"], solid["to_unit"], solid["centre_mm"]
    half, q = np.empty(3, np.float32), np.empty(3, np.float32)
    for k in range(3):
        half[k] = 1 / math.sqrt(m[k, 0] ** 2 + m[k, 1] ** 2 + m[k, 2] ** 2)
        q[k] = (
            m[k, 0] * (point[0] - c[0]) + m[k, 1] * (point[1] - c[1]) + m[k, 2] * (point[2] - c[2])
        )
    x, y, z = q[0] * half[0], q[1] * half[1], q[2] * half[2]
    if kind == RING:
        return ring_distance(x, y, z, half[0], half[2])
    if kind == BOX:
        a, b, d = abs(x) - half[0], abs(y) - half[1], abs(z) - half[2]
        outside = math.sqrt(max(a, 0.0) ** 2 + max(b, 0.0) ** 2 + max(d, 0.0) ** 2)
        return outside + min(max(a, max(b, d)), 0.0)
    if kind in (CYLINDER, CONE):
        reach, steep = np.float32(1), np.float32(1)
        if kind == CONE:
            reach = (1 + TAPER) / 2 - (1 - TAPER) / 2 * q[2]
            steep = half[2] / math.hypot(half[2], half[0] * (1 - TAPER) / 2)
        a = (math.hypot(q[0], q[1]) - reach) * min(half[0], half[1]) * steep
        b = abs(z) - half[2]
        return math.hypot(max(a, 0.0), max(b, 0.0)) + min(max(a, b), 0.0)
    size = math.sqrt(q[0] ** 2 + q[1] ** 2 + q[2] ** 2)
    slope = math.sqrt((q[0] / half[0]) ** 2 + (q[1] / half[1]) ** 2 + (q[2] / half[2]) ** 2)
    return size * (size - 1) / slope if slope > 1e-9 else -min(half[0], min(half[1], half[2]))
