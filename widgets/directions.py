"""The principal articulation directions as people meet them: the most visible first, with names.

For each direction the hand is decoded at -1.5 and +1.5 standard deviations. How far the joints move
gives the order; how much each finger bends, and how far the fingers part, gives the name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.model.latent import LatentSpace
from app.skeleton import FINGER_JOINTS, FINGERS, palm_frame

REACH = 1.5  # standard deviations
_TAKES_PART = 0.55  # share of the most bent finger's angle from which a finger takes part
_AGAINST = 0.5  # the same for a finger that bends the other way


@dataclass(frozen=True, slots=True)
class Direction:
    """Row `index` of `LatentSpace.directions` and what to call it."""

    index: int
    name: str


def describe_directions(
    space: LatentSpace, decode: Callable[[np.ndarray], np.ndarray]
) -> tuple[Direction, ...]:
    """Every direction, the one that moves the joints most first; no two share a name.

    decode: z [N, D] -> joints [N, 21, 3].
    """
    zero, count = space.neutral(), len(space.spread)
    ends = [space.along(zero, k, side) for k in range(count) for side in (-REACH, REACH)]
    joints = decode(np.stack(ends))
    low, high = joints[0::2], joints[1::2]
    bends, spreads = bend_rad(high) - bend_rad(low), spread_rad(high) - spread_rad(low)
    order = np.argsort(-np.linalg.norm(high - low, axis=-1).mean(-1), kind="stable")
    found: list[Direction] = []
    uses: dict[str, int] = {}
    for k in order:
        name = name_direction(bends[k], float(spreads[k]))
        uses[name] = uses.get(name, 0) + 1
        found.append(Direction(int(k), name if uses[name] == 1 else f"{name} {uses[name]}"))
    return tuple(found)


def bend_rad(joints: np.ndarray) -> np.ndarray:
    """[..., 21, 3] -> [..., 5]: how far each finger is bent, 0 = straight.

    Fingers: angle from the palm's direction to the line from knuckle to tip. Thumb, which has no
    such direction: twice the angle whose cosine is its chord over its length.
    """
    rotation, _ = palm_frame(joints)
    fingers = joints[..., FINGER_JOINTS, :]
    chord = fingers[..., 3, :] - fingers[..., 0, :]
    reach = np.linalg.norm(chord, axis=-1) + 1e-9
    along = np.einsum("...fi,...i->...f", chord, rotation[..., :, 1])
    bend = np.arccos(np.clip(along / reach, -1, 1))
    length = np.linalg.norm(np.diff(fingers, axis=-2), axis=-1).sum(-1) + 1e-9
    bend[..., 0] = 2 * np.arccos(np.clip(reach[..., 0] / length[..., 0], 0, 1))
    return bend


def spread_rad(joints: np.ndarray) -> np.ndarray:
    """[..., 21, 3] -> [...]: how far index and little finger point apart, in the palm's plane."""
    rotation, _ = palm_frame(joints)
    bones = joints[..., [6, 18], :] - joints[..., [5, 17], :]
    local = np.einsum("...fi,...ij->...fj", bones, rotation)
    aside = np.arcsin(local[..., 0] / (np.linalg.norm(local, axis=-1) + 1e-9))
    return aside[..., 0] - aside[..., 1]


def name_direction(bend: np.ndarray, spread: float) -> str:
    """bend: change of the five fingers' angles, rad; spread: change of the angle between them."""
    size = np.abs(bend)
    if abs(spread) > 0.9 * size.max():
        return "Spread"
    most, least = int(bend.argmax()), int(bend.argmin())
    if bend[most] > 0 > bend[least] and min(size[most], size[least]) >= _AGAINST * size.max():
        return f"{FINGERS[most].capitalize()} − {FINGERS[least]}"
    taking = [k for k in range(5) if size[k] >= _TAKES_PART * size.max()]
    if sum(k > 0 for k in taking) >= 3:
        return "Curl" if bend[taking].sum() > 0 else "Open"
    names = [FINGERS[k] for k in taking][:2]
    return " + ".join(names).capitalize()
