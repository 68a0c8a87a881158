"""The hand as capsules round its bones: one list of phalanges, and how thick the flesh is.

Three parts of the program see a hand this way. They share the bones, and each has a thickness of
its own, because each says something else of it:

- contact (`CONTACT`, here): what must not run into itself. Thinner than the hand looks, for flesh
  gives way where fingers touch, and of one thickness a bone, which keeps the distance of two
  capsules that of two lines. The thumb's metacarpal is left out: it lies in the palm at rest.
- surface (`SURFACE_RADII_MM`, here): what a depth camera sees. Tapered, fitted to seen points.
- `app.model.skeleton_raster`: a first guess from which training sets out, in the network's own
  units; what it ends with is in the weights and moves with the person and the pose.
"""

from __future__ import annotations

import numpy as np

from app.frames import read_only
from app.skeleton import BONES, FINGER_JOINTS, MCP

# int [15, 2]: the joints at both ends of three phalanges a finger; of the thumb from the CMC on
PHALANGES = read_only(np.stack([FINGER_JOINTS[:, :-1], FINGER_JOINTS[:, 1:]], -1).reshape(-1, 2))

CAPSULE = np.dtype(
    [("finger", np.int32), ("start", np.int32), ("stop", np.int32), ("radius_mm", np.float32)]
)
PALM_RAY = 5  # "fingers" from this number on are rays of the palm
_CONTACT_RADII_MM = (9.0, 7.0, *(8.5, 7.5, 6.0) * 4)  # of PHALANGES but the first
_RAY_RADIUS_MM = 7.0
# CAPSULE [18], mm of the mean hand; start and stop are rows of `with_rays`
CONTACT = read_only(
    np.array(
        [((k + 1) // 3, *PHALANGES[k + 1], radius) for k, radius in enumerate(_CONTACT_RADII_MM)]
        + [(PALM_RAY + k, 21 + k, MCP[k], _RAY_RADIUS_MM) for k in range(len(MCP))],
        CAPSULE,
    )
)

# int [26, 2]: joints at both ends of what the surface is made of: bones, webs of palm and thumb
_WEBS = np.array([[5, 9], [9, 13], [13, 17], [1, 5], [2, 5], [1, 9]])
SURFACE_SEGMENTS = read_only(np.concatenate([BONES, _WEBS]))
# Radii (mm) of the mean hand at both ends of each, least squares of seen points to the true joints
# of 400 rendered frames of the training split (`python -m app.evaluation radii`); half of the
# points lie within 1.8 mm.
SURFACE_RADII_MM = read_only(
    np.array(
        [
            [10.0, 18.1], [18.1, 11.2], [11.2, 8.8], [8.9, 5.9],
            [25.0, 10.9], [10.9, 8.3], [8.3, 8.3], [8.3, 5.5],
            [25.0, 10.7], [10.8, 8.1], [8.1, 7.6], [7.6, 6.0],
            [25.0, 10.8], [10.9, 7.6], [7.6, 7.2], [7.2, 6.3],
            [25.0, 10.3], [10.4, 7.1], [7.1, 7.1], [7.1, 4.3],
            [9.2, 8.6], [6.7, 6.9], [8.7, 8.8], [19.7, 10.8], [12.0, 4.0], [15.3, 10.9],
        ]
    )
)  # fmt: skip


def with_rays(joints_mm: np.ndarray) -> np.ndarray:
    """Joints [n, 21, 3] and behind them the middles of the palm's four rays: [n, 25, 3]."""
    return np.concatenate([joints_mm, 0.5 * (joints_mm[:, :1] + joints_mm[:, MCP])], 1)
