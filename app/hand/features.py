"""What a person would say of a hand, as numbers: how each finger bends, hooks and leans; lengths.

Angles are measured in the palm's own frame (`app.skeleton.palm_frame`), so that neither place nor
orientation nor size matters.
"""

from __future__ import annotations

import numpy as np

from app.geometry import unit
from app.skeleton import FINGER_JOINTS, FINGERS, palm_frame

POSE_FEATURES: tuple[str, ...] = (
    "thumb bend", "thumb across", "thumb out",
    *(f"{finger} {what}" for what in ("bend", "hook", "sideways") for finger in FINGERS[1:]),
)  # fmt: skip
SHAPE_FEATURES: tuple[str, ...] = (
    "palm length", "palm width", *(f"{finger} length" for finger in FINGERS),
)  # fmt: skip
_WRAP_RAD = -np.pi / 2  # a finger bent further than this backwards is one that is bent forwards


def measure_pose(joints: np.ndarray) -> np.ndarray:
    """Joints [..., 21, 3] of right hands -> [..., 15] rad, in the order of `POSE_FEATURES`.

    Bend of a finger: from the palm's direction to the line from knuckle to tip, towards the palm;
    of the thumb: twice the angle whose cosine is its chord over its length. Hook: the angles of a
    finger's middle and end joints together. Sideways: the first bone's lean towards the thumb's
    side. Thumb across: its line's turn in the palm's plane, from its own side to the fingers and
    on; out: its rise out of that plane, to the palm's side.
    """
    rotation, _ = palm_frame(joints)
    local = np.einsum("...ji,...ik->...jk", joints - joints[..., :1, :], rotation)
    fingers = local[..., FINGER_JOINTS, :]
    bones = np.diff(fingers, axis=-2)
    chord = fingers[..., 3, :] - fingers[..., 0, :]
    bend = np.arctan2(chord[..., 1:, 2], chord[..., 1:, 1])
    bend = np.where(bend < _WRAP_RAD, bend + 2 * np.pi, bend)
    first = unit(bones)
    hook = np.arccos(np.clip((first[..., 1:, 1:, :] * first[..., 1:, :-1, :]).sum(-1), -1, 1))
    sideways = np.arcsin(np.clip(first[..., 1:, 0, 0], -1, 1))
    return np.concatenate([_measure_thumb(chord, bones), bend, hook.sum(-1), sideways], -1)


def measure_shape(joints: np.ndarray) -> np.ndarray:
    """Joints [..., 21, 3] -> [..., 7]: logarithms of the lengths of `SHAPE_FEATURES`."""
    palm = np.linalg.norm(joints[..., [9, 5], :] - joints[..., [0, 17], :], axis=-1)
    bones = np.diff(joints[..., FINGER_JOINTS, :], axis=-2)
    return np.log(np.concatenate([palm, np.linalg.norm(bones, axis=-1).sum(-1)], -1) + 1e-9)


def knuckle_rad(joints: np.ndarray) -> np.ndarray:
    """[..., 21, 3] -> [..., 4]: how far the knuckles of index .. little finger are bent."""
    rotation, _ = palm_frame(joints)
    bones = joints[..., FINGER_JOINTS[1:, 1], :] - joints[..., FINGER_JOINTS[1:, 0], :]
    local = np.einsum("...fi,...ik->...fk", bones, rotation)
    return np.arctan2(local[..., 2], local[..., 1])


def _measure_thumb(chord: np.ndarray, bones: np.ndarray) -> np.ndarray:
    """[..., 3] of the fingers' chords [..., 5, 3] and bones [..., 5, 3, 3]."""
    along, reach = unit(chord[..., 0, :]), np.linalg.norm(chord[..., 0, :], axis=-1)
    length = np.linalg.norm(bones[..., 0, :, :], axis=-1).sum(-1) + 1e-9
    bend = 2 * np.arccos(np.clip(reach / length, 0, 1))
    across = np.arctan2(along[..., 1], along[..., 0])
    return np.stack([bend, across, np.arcsin(np.clip(along[..., 2], -1, 1))], -1)
