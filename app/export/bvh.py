"""A moving hand as BVH (Biovision hierarchy), for Blender, Unity and their like.

One skeleton of constant bone lengths, the subject's means. From the wrist a joint without length
leads into each finger, so that the wrist turns the palm as a whole and every finger's first bone
may still lean its own way; so the file gives back every bone's direction exactly. Rest pose: a flat
hand with straight fingers.

Axes: x right, y up, z towards the camera (the camera frame turned by half a turn about x);
millimetres; a frame for each of the recording's, repeated over gaps. BVH has no place for comments
and knows a single frame time, so `write_bvh` leaves the header, every frame's time stamp, and which
frames hold the one before ("held": repeated, or without a hand), beside the file in NAME.bvh.json.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import OutputError
from app.export.frame_times import steps_of, ticks_of
from app.export.track import Track
from app.geometry import unit
from app.outputs import OutputFile
from app.skeleton import BONES, FINGER_JOINTS, FINGERS, JOINT_NAMES, WRIST, bone_lengths, palm_frame

TO_BVH = np.diag([1.0, -1.0, -1.0])  # camera frame -> x right, y up, z towards the camera
ROTATIONS = "Zrotation Xrotation Yrotation"


@dataclass(frozen=True, slots=True)
class Motion:
    """A hand of constant bone lengths that moves; axes of BVH."""

    offsets_mm: np.ndarray  # [20, 3] of each bone in the rest pose, in the order of BONES
    wrist_mm: np.ndarray  # [n, 3]
    wrist_turn: np.ndarray  # [n, 3, 3]
    turns: np.ndarray  # [n, 20, 3, 3], of each bone, relative to the bone before it
    frame_s: float  # time from one frame to the next
    held: np.ndarray  # bool [n], the frame repeats the hand of one before
    index: np.ndarray  # int [n], number of each frame in the recording
    t_s: np.ndarray  # [n], its device time


def write_bvh(path: Path, track: Track, header: dict[str, Any]) -> None:
    """Write `track` to `path`, and `header` with the time stamps to `path`.json.

    Raises OutputError, also where no frame has a hand.
    """
    motion = make_motion(track)
    about = header | {
        "axes": "x right, y up, z towards the camera",
        "units": header["units"] | {"OFFSET": "mm", "position": "mm", "rotation": "degrees"},
        "frame_time_s": motion.frame_s,
        "frame_index": motion.index.tolist(),
        "t_s": [round(t, 6) if np.isfinite(t) else None for t in motion.t_s.tolist()],
        "held": motion.held.astype(int).tolist(),
    }
    with OutputFile(path) as output, OutputFile(path.with_name(path.name + ".json")) as beside:
        output.write("\n".join(_hierarchy(motion.offsets_mm)) + "\n")
        output.write(f"MOTION\nFrames: {len(motion.index)}\nFrame Time: {motion.frame_s:.6f}\n")
        for line in _frames(motion):
            output.write(line + "\n")
        beside.write(json.dumps(about, indent=1) + "\n")
        beside.commit()
        output.commit()


def make_motion(track: Track) -> Motion:
    """The motion of the hand seen most (right or left). A frame without it repeats the one before.

    A step of twice the usual time takes two frames, and so on.
    Raises OutputError where no frame has a hand.
    """
    side = _commonest(track.hand[track.detected])
    track = track.one_a_frame(side)
    good = np.flatnonzero(track.hand == side)
    steps = steps_of(track.t_s, track.source.fps)
    frame_s = float(np.median(steps)) if len(steps) else 1.0 / track.source.fps
    shown = np.repeat(np.arange(len(track)), ticks_of(steps, frame_s))  # in each frame of the file
    places = np.searchsorted(good, shown, side="right") - 1
    rows = good[np.maximum(places, 0)]  # before the first hand: the first hand
    joints = track.joints_mm[rows].astype(np.float64)
    seen = track.joints_mm[good].astype(np.float64)
    offsets = rest_offsets(seen)
    palm, _ = palm_frame(joints)
    wrist_turn = TO_BVH @ palm
    directions = unit(joints[:, BONES[:, 1]] - joints[:, BONES[:, 0]]) @ TO_BVH.T
    return Motion(
        offsets, joints[:, WRIST] @ TO_BVH.T, wrist_turn,
        _turns(offsets, wrist_turn, directions), frame_s,
        (rows != shown) | (np.diff(shown, prepend=-1) == 0), track.index[shown], track.t_s[shown],
    )  # fmt: skip


def rest_offsets(joints_mm: np.ndarray) -> np.ndarray:
    """[n, 21, 3] mm -> [20, 3] mm: bones of mean length in the palm's axes.

    Each finger is straight along the mean direction in which it leaves the wrist.
    """
    palm, _ = palm_frame(joints_mm)
    lengths = bone_lengths(joints_mm).mean(0)
    bases = joints_mm[:, FINGER_JOINTS[:, 0]] - joints_mm[:, [WRIST]]
    local = np.einsum("nji,nfj->nfi", palm, unit(bases))
    return lengths[:, None] * np.repeat(unit(local.mean(0)), 4, axis=0)


def normalised(joints_mm: np.ndarray, lengths_mm: np.ndarray) -> np.ndarray:
    """[..., 21, 3] from the wrist on, every bone of the given length [20] in its own direction."""
    out = joints_mm.astype(np.float64).copy()
    for (near, far), length in zip(BONES, lengths_mm, strict=True):
        direction = unit(joints_mm[..., far, :] - joints_mm[..., near, :].astype(np.float64))
        out[..., far, :] = out[..., near, :] + length * direction
    return out


def _commonest(hands: np.ndarray) -> str:
    names, counts = np.unique(hands, return_counts=True)
    if not len(names):
        raise OutputError("no frame has a hand, so there is no motion to write")
    return str(names[counts.argmax()])


def _turns(offsets: np.ndarray, wrist_turn: np.ndarray, directions: np.ndarray) -> np.ndarray:
    """[n, 20, 3, 3], the smallest turns of the bones.

    Each brings a bone from where its parent holds it to where it points.
    """
    turns = np.empty((len(wrist_turn), len(BONES), 3, 3))
    rest, turned = unit(offsets), wrist_turn
    for k in range(len(BONES)):
        before = turned if k % 4 else wrist_turn
        held = before @ rest[k]
        turned = _swing(held, directions[:, k]) @ before
        turns[:, k] = np.swapaxes(before, -1, -2) @ turned
    return turns


def _swing(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """The smallest rotations [n, 3, 3] from unit vectors `start` to `end`, both [n, 3]."""
    cross = np.cross(start, end)
    cosine = (start * end).sum(-1)
    k = np.zeros((len(start), 3, 3))
    k[:, 2, 1], k[:, 0, 2], k[:, 1, 0] = cross.T
    k -= np.swapaxes(k, -1, -2)
    opposite = cosine < -1 + 1e-9
    turn = np.eye(3) + k + (k @ k) / np.where(opposite, 1.0, 1 + cosine)[:, None, None]
    across = unit(np.cross(start, np.eye(3)[np.abs(start).argmin(-1)]))
    half = 2 * across[:, :, None] * across[:, None, :] - np.eye(3)
    return np.where(opposite[:, None, None], half, turn)


def _angles(turns: np.ndarray) -> np.ndarray:
    """[..., 3, 3] -> [..., 3] degrees about z, x, y with turn = Rz @ Rx @ Ry.

    The first axis is time, along which no angle jumps by a whole turn.
    """
    x = np.arcsin(np.clip(turns[..., 2, 1], -1, 1))
    z = np.arctan2(-turns[..., 0, 1], turns[..., 1, 1])
    y = np.arctan2(-turns[..., 2, 0], turns[..., 2, 2])
    return np.unwrap(np.degrees(np.stack([z, x, y], -1)), axis=0, period=360)


def _hierarchy(offsets: np.ndarray) -> Iterator[str]:
    yield "HIERARCHY"
    yield f"ROOT {JOINT_NAMES[WRIST]}"
    yield "{"
    yield "  OFFSET 0.000 0.000 0.000"
    yield f"  CHANNELS 6 Xposition Yposition Zposition {ROTATIONS}"
    for finger, chain in zip(FINGERS, FINGER_JOINTS, strict=True):
        names = [f"{finger}_base", *(JOINT_NAMES[j] for j in chain[:3]), "End Site"]
        bones = [np.zeros(3), *offsets[4 * FINGERS.index(finger) :][:4]]
        for depth, (name, offset) in enumerate(zip(names, bones, strict=True), start=1):
            indent = "  " * depth
            yield indent + (name if name == "End Site" else f"JOINT {name}")
            yield indent + "{"
            yield indent + "  OFFSET " + " ".join(f"{v:.4f}" for v in offset)
            if name != "End Site":
                yield f"{indent}  CHANNELS 3 {ROTATIONS}"
        yield from ("  " * depth + "}" for depth in range(5, 0, -1))
    yield "}"


def _frames(motion: Motion) -> Iterator[str]:
    wrist = _angles(motion.wrist_turn)
    bones = _angles(motion.turns).reshape(len(wrist), -1)
    for row in np.concatenate([motion.wrist_mm, wrist, bones], -1).tolist():
        yield " ".join(f"{value:.4f}" for value in row)
