"""The principal articulation directions as people meet them: the most visible first, with names.

For each direction the hand is decoded at -1.5 and +1.5 standard deviations. How far the joints move
gives the order; how much each finger bends, how far the fingers part and the thumb crosses the palm
gives the name. Directions of the hand's shape come last, named by the lengths that they change.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from app.geometry import unit
from app.latent.space import LatentSpace
from app.skeleton import FINGER_JOINTS, FINGERS, palm_frame

REACH = 1.5  # standard deviations
_TAKES_PART = 0.55  # share of the most bent finger's angle from which a finger takes part
_AGAINST = 0.5  # the same for a finger that bends the other way
_HOOKED = 2.5  # times the chord's angle from which a finger's bend counts as a hook
_AGAINST_IN_LENGTH = 0.7  # share of the largest change from which an opposite one is named
_LENGTHS = ("palm length", "palm width", *FINGERS)


@dataclass(frozen=True, slots=True)
class Direction:
    """Row `index` of `LatentSpace.directions` and what to call it."""

    index: int
    name: str
    shape: bool = False  # it changes the hand, not how it is held


def describe_directions(
    space: LatentSpace, decode: Callable[[np.ndarray], np.ndarray]
) -> tuple[Direction, ...]:
    """Every direction of the pose, then of the shape, the one that moves the joints most first.

    No two share a name.

    No two share a name. decode: z [N, D] -> joints [N, 21, 3].
    """
    zero, count = space.neutral(), len(space.spread)
    ends = [space.along(zero, k, side) for k in range(count) for side in (-REACH, REACH)]
    joints = decode(np.stack(ends))
    low, high = joints[0::2], joints[1::2]
    bends, spreads, across, hooks, grown = (
        measure(high) - measure(low)
        for measure in (bend_rad, spread_rad, across_rad, hook_rad, log_lengths)
    )
    of_shape = space.of_shape
    moved = np.linalg.norm(high - low, axis=-1).mean(-1)
    found: list[Direction] = []
    uses: dict[str, int] = {}
    for k in np.lexsort((-moved, of_shape)):
        if of_shape[k]:
            name = name_shape(grown[k])
        else:
            name = name_direction(bends[k], float(spreads[k]), float(across[k]), hooks[k])
        uses[name] = uses.get(name, 0) + 1
        name = name if uses[name] == 1 else f"{name} {uses[name]}"
        found.append(Direction(int(k), name, bool(of_shape[k])))
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


def across_rad(joints: np.ndarray) -> np.ndarray:
    """[..., 21, 3] -> [...]: how far the thumb points across the palm, in the palm's plane."""
    rotation, _ = palm_frame(joints)
    chord = joints[..., FINGER_JOINTS[0, 3], :] - joints[..., FINGER_JOINTS[0, 0], :]
    along = np.einsum("...i,...i->...", chord, rotation[..., :, 0])
    return np.arccos(np.clip(along / (np.linalg.norm(chord, axis=-1) + 1e-9), -1, 1))


def log_lengths(joints: np.ndarray) -> np.ndarray:
    """[..., 21, 3] -> [..., 7]: logarithms of the palm's length and width and the five fingers'."""
    palm = np.linalg.norm(joints[..., [9, 5], :] - joints[..., [0, 17], :], axis=-1)
    bones = np.diff(joints[..., FINGER_JOINTS, :], axis=-2)
    return np.log(np.concatenate([palm, np.linalg.norm(bones, axis=-1).sum(-1)], -1) + 1e-9)


def hook_rad(joints: np.ndarray) -> np.ndarray:
    """[..., 21, 3] -> [..., 5]: how far each finger is bent beyond its knuckle."""
    bones = unit(np.diff(joints[..., FINGER_JOINTS, :], axis=-2))
    cosine = (bones[..., 1:, :] * bones[..., :-1, :]).sum(-1)
    return np.arccos(np.clip(cosine, -1, 1)).sum(-1)


def name_direction(
    bend: np.ndarray, spread: float, across: float = 0.0, hook: np.ndarray | None = None
) -> str:
    """A name for what a direction does to the hand, all changes in rad.

    bend [5]: of the five fingers' angles; spread: of the angle between them; across: of the thumb's
    angle across the palm; hook: of `hook_rad` [5].
    """
    size = np.abs(bend).max()
    if hook is not None and np.abs(hook).max() > _HOOKED * max(size, abs(spread), abs(across)):
        name = _name_fingers(hook)
        return "Hook" if name in ("Curl", "Open") else f"{name} hook"
    if abs(across) > 0.9 * max(size, abs(spread)):
        return "Thumb across"
    if abs(spread) > 0.9 * size:
        return "Spread"
    return _name_fingers(bend)


def _name_fingers(change: np.ndarray) -> str:
    """change: of an angle of the five fingers."""
    size = np.abs(change)
    most, least = int(change.argmax()), int(change.argmin())
    if change[most] > 0 > change[least] and min(size[most], size[least]) >= _AGAINST * size.max():
        return f"{FINGERS[most].capitalize()} − {FINGERS[least]}"
    taking = [k for k in range(5) if size[k] >= _TAKES_PART * size.max()]
    if sum(k > 0 for k in taking) >= 3:
        return "Curl" if change[taking].sum() > 0 else "Open"
    names = [FINGERS[k] for k in taking][:2]
    return " + ".join(names).capitalize()


def name_shape(grown: np.ndarray) -> str:
    """grown: change of the seven `log_lengths`."""
    whole = grown.mean()
    if abs(whole) > 1.5 * grown.std():
        return "Hand size"
    apart = grown - whole
    size, fingers = np.abs(apart), apart[3:]  # the thumb is on its own
    if np.abs(np.sign(fingers).sum()) == 4 and abs(fingers.mean()) > 0.5 * size.max():
        return "Finger length"
    most, least = int(apart.argmax()), int(apart.argmin())
    if min(size[most], size[least]) < _AGAINST_IN_LENGTH * size.max():
        name = _LENGTHS[int(size.argmax())]
        return name.capitalize() if name.startswith("palm") else f"{name.capitalize()} length"
    other = _LENGTHS[least] if least < 2 else f"{_LENGTHS[least]} length"
    return f"{_LENGTHS[most].capitalize()} − {other}"
