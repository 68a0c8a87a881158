"""Which joints of a hand a picture shows: neither a thing, another hand nor the hand hides them."""

from __future__ import annotations

import math

import numpy as np

from app.jit import njit
from app.synthetic.raster import NEAR_MM

# mm of the mean hand: surface so far before a joint is its own flesh's; in our joint order
FLESH_MM = np.array([26.0, 22.0, 18.0, 15.0, 12.0] + [20.0, 14.0, 12.0, 11.0] * 4, np.float32)


@njit
def see_joints(depth, camera, joints, scale, beyond, out):
    """Fills out, bool [21]: what a joint's pixel shows is the flesh round it, within the frame.

    depth: perfect, of all that is there; joints: [21, 3] mm; scale: of the hand's size.
    """
    fx, fy, cx, cy = camera
    height, width = depth.shape
    low_x, high_x = int(width * beyond[0]), width - int(width * beyond[1])
    low_y, high_y = int(height * beyond[2]), height - int(height * beyond[3])
    for j in range(21):
        out[j] = False
        z = joints[j, 2]
        if z <= NEAR_MM:
            continue
        x = math.floor(joints[j, 0] / z * fx + cx + 0.5)
        y = math.floor(joints[j, 1] / z * fy + cy + 0.5)
        if low_x <= x < high_x and low_y <= y < high_y:
            out[j] = depth[y, x] > z - FLESH_MM[j] * scale
