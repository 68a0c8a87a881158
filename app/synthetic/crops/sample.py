"""What one training crop shows: a record of whose hand, how it is held, seen by what, among what.

A record is complete in itself and says nothing of pixels, so that whatever draws it, depth today,
draws the same sample. `parameters` fills records, `render` draws them. A sample goes to compiled
code as an array without dimensions, SAMPLE []: numba knows an array at once and a lone record only
after a while.
"""

from __future__ import annotations

import numpy as np

from app.hand.kinematics import N_DOFS
from app.synthetic.clutter import SLOTS
from app.synthetic.crops.people import PERSON
from app.synthetic.crops.sleeves import SLEEVE
from app.synthetic.crops.wristbands import BAND
from app.synthetic.flaws import FLAWS
from app.synthetic.held.things import PARTS
from app.synthetic.motion_blur import MOTION
from app.synthetic.sensor_models import SENSOR
from app.synthetic.solids import PLANE, SOLID

HAND = np.dtype(
    [
        ("theta", np.float32, N_DOFS),  # rad
        ("rotation", np.float32, (3, 3)),  # rest axes -> camera
        ("identity", np.int64),  # which of the meshes that may appear
        ("shape", np.int64),  # row of that mesh's pool of shapes
        ("target_mm", np.float32, 3),  # where the joints' mean, or a point of the forearm, lies
        ("at_forearm", np.float32),  # > 0: that point, as a share of the way to the elbow
    ],
    align=True,
)
VIEW = np.dtype(
    [
        ("focal_px", np.float32),
        ("distance_mm", np.float32),  # of the cube's centre
        ("cube_mm", np.float32),
        ("phase_px", np.float32, 2),  # sub-pixel place of the window in the camera's grid
        # share of the window beyond the frame's end: left, right, top, bottom
        ("beyond", np.float32, 4),
    ]
)
SAMPLE = np.dtype(
    [
        ("hand", HAND),
        ("present", np.bool_),  # the hand shows; else the sample is a negative
        ("drawn", np.bool_),  # its mesh is drawn, if only its forearm shows
        ("sleeve", SLEEVE),
        ("band", BAND),
        (
            "held",
            SOLID,
            PARTS,
        ),  # what the hand holds, in its rest frame, the wrist at 0
        ("second", HAND),  # a left hand, given as the right one that it mirrors
        ("has_second", np.bool_),
        ("person", PERSON),
        ("solids", SOLID, SLOTS),
        ("plane", PLANE),
        ("view", VIEW),
        ("motion", MOTION),
        ("sensor", SENSOR),
        ("flaws", FLAWS),
        ("noise_seed", np.uint64),
    ],
    align=True,
)
