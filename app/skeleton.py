"""The 21 joints, their bones and colours, and the palm's own frame.

Order: wrist, then thumb (CMC MCP IP TIP), index, middle, ring, little (MCP PIP DIP TIP each).
Joint centres follow the field's (MANO / OpenPose) definition; see `app/hand/labels.py` for the
offsets that bring the rig's pivots there.
"""

from __future__ import annotations

import numpy as np

from app.geometry import unit

FINGERS = ("thumb", "index", "middle", "ring", "little")
JOINT_NAMES: tuple[str, ...] = (
    "wrist",
    *(f"thumb_{k}" for k in ("cmc", "mcp", "ip", "tip")),
    *(f"{f}_{k}" for f in FINGERS[1:] for k in ("mcp", "pip", "dip", "tip")),
)
N_JOINTS = len(JOINT_NAMES)
WRIST = 0
FINGER_JOINTS = np.arange(1, 21).reshape(5, 4)  # [finger, joint from the palm outwards]
TIPS = FINGER_JOINTS[:, 3]
MCP = np.array([5, 9, 13, 17])
PALM = np.array([0, 5, 9, 13, 17])  # wrist and the four finger MCPs: rigid but for cupping
BONES = np.array(  # [20, 2]: joint nearer the wrist, joint farther from it
    [(FINGER_JOINTS[f, k - 1] if k else 0, FINGER_JOINTS[f, k]) for f in range(5) for k in range(4)]
)
# Colour of wrist and of the five fingers, RGB; distinct with the common colour deficiencies.
WRIST_RGB = (222, 226, 232)
FINGER_RGB = ((230, 97, 70), (242, 178, 52), (96, 190, 110), (78, 154, 241), (190, 124, 226))
MEAN_HAND_MM = 183.0  # wrist to middle tip of the mean hand, stretched


def joint_colours() -> np.ndarray:
    """uint8 [21, 3] RGB."""
    return np.array([WRIST_RGB, *(c for c in FINGER_RGB for _ in range(4))], np.uint8)


def palm_frame(joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The palm's own frame of a right hand.

    joints: [..., 21, 3]. Returns (rotation [..., 3, 3], origin [..., 3]) with
    joint = rotation @ local + origin. Columns of the rotation: x towards the index side, y from
    the wrist to the knuckles, z = x cross y (out of the PALM of a right hand).
    Origin: the mean of the palm joints. For a left hand mirror the joints first.
    """
    origin = joints[..., PALM, :].mean(-2)
    y = unit(joints[..., [9, 13], :].mean(-2) - joints[..., WRIST, :])
    across = joints[..., 5, :] - joints[..., 17, :]
    x = unit(across - (across * y).sum(-1, keepdims=True) * y)
    return np.stack([x, y, np.cross(x, y)], -1), origin


def mirror(points: np.ndarray) -> np.ndarray:
    """Points [..., 3] with x negated: turns a left hand into a right one and back."""
    return points * np.array([-1.0, 1.0, 1.0], points.dtype)


def bone_lengths(joints: np.ndarray) -> np.ndarray:
    """[..., 21, 3] -> [..., 20], the unit of the input, in the order of BONES."""
    return np.linalg.norm(joints[..., BONES[:, 1], :] - joints[..., BONES[:, 0], :], axis=-1)
