"""Names for the principal articulation directions, from what they do to the decoded hand.

For each direction the hand is decoded at -1.5 and +1.5 standard deviations; how much each finger
bends and how far the fingers part tells the name. Two directions never share one: the second gets
a number.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.model.latent import LatentSpace
from app.skeleton import FINGER_JOINTS, FINGERS, palm_frame

REACH = 1.5  # standard deviations
_ALIKE = 0.55  # a finger that bends at least this share of the most bent one takes part


def direction_names(
    space: LatentSpace, decode: Callable[[np.ndarray], np.ndarray]
) -> tuple[str, ...]:
    """One name a direction. decode: z [N, D] -> joints [N, 21, 3]."""
    zero = space.neutral()
    ends = [space.along(zero, k, s) for k in range(len(space.spread)) for s in (-REACH, REACH)]
    joints = decode(np.stack(ends))
    bends, spreads = bend_rad(joints), spread_rad(joints)
    names: list[str] = []
    for k in range(len(space.spread)):
        name = _name(bends[2 * k + 1] - bends[2 * k], spreads[2 * k + 1] - spreads[2 * k])
        same = sum(
            n == name or (n.startswith(name + " ") and n[len(name) + 1 :].isdigit()) for n in names
        )
        names.append(f"{name} {same + 1}" if same else name)
    return tuple(names)


def bend_rad(joints: np.ndarray) -> np.ndarray:
    """[..., 21, 3] -> [..., 5]: angle between each finger's first and last bone direction and the
    palm's."""
    rotation, _ = palm_frame(joints)
    fingers = joints[..., FINGER_JOINTS, :]
    tip = fingers[..., 3, :] - fingers[..., 0, :]
    along = np.einsum("...fi,...i->...f", tip, rotation[..., :, 1])
    across = np.linalg.norm(tip, axis=-1) + 1e-9
    bend = np.arccos(np.clip(along / across, -1, 1))
    chord = np.linalg.norm(np.diff(fingers, axis=-2), axis=-1).sum(-1)
    bend[..., 0] = np.arccos(np.clip(across[..., 0] / (chord[..., 0] + 1e-9), 0, 1)) * 2
    return bend


def spread_rad(joints: np.ndarray) -> np.ndarray:
    """[..., 21, 3] -> [...]: angle in the palm's plane between index and little finger."""
    rotation, _ = palm_frame(joints)
    bones = joints[..., [6, 18], :] - joints[..., [5, 17], :]
    local = np.einsum("...fi,...ij->...fj", bones, rotation)
    angle = np.arctan2(local[..., 0], np.maximum(np.abs(local[..., 1]), 1e-6))
    return angle[..., 0] - angle[..., 1]


def _name(bend: np.ndarray, spread: float) -> str:
    size = np.abs(bend)
    if abs(spread) > 0.9 * size.max():
        return "Spread"
    taking = [k for k in range(5) if size[k] >= _ALIKE * size.max()]
    if len([k for k in taking if k > 0]) >= 3 and len({np.sign(bend[k]) for k in taking}) == 1:
        return "Curl"
    if len(taking) == 1:
        return FINGERS[taking[0]].capitalize()
    if len(taking) == 2:
        first, second = (FINGERS[k] for k in taking)
        sign = "+" if np.sign(bend[taking[0]]) == np.sign(bend[taking[1]]) else "−"
        return f"{first.capitalize()} {sign} {second}"
    return "Fingers"
