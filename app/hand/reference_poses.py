"""A small set of known poses to compare a hand with: made gestures, and poses of the shipped prior.

The prior's are the centres of its mixtures (recorded motion, Apache-2.0) and its static poses
(MIT); assets/pose_prior.md says where they come from. No recorded frame is among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

import numpy as np

from app.frames import read_only
from app.hand import kinematics as kin
from app.hand.gestures import APART, FINGERS, STATES, THUMBS, TOGETHER, Fingers
from app.hand.inverse_kinematics import ARTICULATION
from app.hand.plausible import OVERLAP_MM
from app.hand.prior import load_prior, penetration_mm
from app.hand.shape import mean_shape
from app.skeleton import bone_lengths, palm_frame

SPREAD = 0.5  # of straight fingers, between together and apart
APART_MM = 2.5  # a pose this near to an earlier one is left out
# Name, the states of index .. little finger, and the thumb's place by its row in `THUMBS`.
GESTURES: tuple[tuple[str, Fingers, int], ...] = (
    ("Open hand", ("straight",) * 4, 0),
    ("Flat hand", ("straight",) * 4, 1),
    ("Fist", ("closed",) * 4, 2),
    ("Thumb up", ("closed",) * 4, 0),
    ("Pointing", ("straight", "closed", "closed", "closed"), 2),
    ("Two fingers", ("straight", "straight", "closed", "closed"), 2),
    ("Three fingers", ("straight", "straight", "straight", "closed"), 2),
    ("Pinch", ("half", "straight", "straight", "straight"), 4),
    ("Little finger", ("closed", "closed", "closed", "straight"), 2),
    ("Horns", ("straight", "closed", "closed", "straight"), 2),
    ("Folded", ("folded",) * 4, 3),
    ("Hook", ("hooked",) * 4, 3),
    ("Half closed", ("half",) * 4, 3),
)
_THUMB = ("cmc_flexion", "cmc_abduction", "cmc_twist", "mcp_flexion", "ip_flexion")


@dataclass(frozen=True, eq=False)
class ReferencePose:
    """A pose of the mean hand."""

    name: str
    origin: str  # one line: where it comes from
    joints_mm: np.ndarray  # float32 [21, 3] in the palm's own frame (`skeleton.palm_frame`)


@cache
def reference_poses() -> tuple[ReferencePose, ...]:
    """Gestures first, then static poses, then centres of recorded motion."""
    made = "Gesture made by this program"
    named = [(name, made, _gesture(states, thumb)) for name, states, thumb in GESTURES]
    for word, kind, poses in (
        ("Static", "Static pose", _of_prior("static")),
        ("Motion", "Recorded motion", _of_prior("means")),
    ):
        origin = f"{kind} of the shipped prior (pose_prior.md)"
        named += [(f"{word} {k}", origin, theta) for k, theta in enumerate(poses, 1)]
    theta = _eased(np.stack([theta for *_, theta in named]))
    joints = to_palm(kin.pose_joints_batch(theta, mean_shape()))
    kept: list[int] = []
    for k, own in enumerate(joints):
        apart = np.linalg.norm(joints[kept] - own, axis=-1).mean(-1)
        if (apart > APART_MM).all():
            kept.append(k)
    return tuple(
        ReferencePose(name, origin, read_only(joints[k].copy()))
        for k, (name, origin, _) in enumerate(named)
        if k in kept
    )


def to_palm(joints_mm: np.ndarray) -> np.ndarray:
    """Joints [n, 21, 3] of right hands -> float32 [n, 21, 3] in each palm's own frame."""
    rotation, origin = palm_frame(joints_mm)
    local = np.einsum("njc,ncr->njr", joints_mm - origin[:, None], rotation)
    return local.astype(np.float32)


def distances_mm(joints_mm: np.ndarray) -> np.ndarray:
    """[n] mm: mean distance of one right hand's joints [21, 3] from those of each reference pose.

    Palms are laid over each other and the hand is scaled to the mean one's bones.
    """
    poses = _joints()
    scale = bone_lengths(poses).mean() / max(float(bone_lengths(joints_mm).mean()), 1e-6)
    own = to_palm(np.asarray(joints_mm, np.float32)[None])[0] * scale
    return np.linalg.norm(poses - own, axis=-1).mean(-1)


@cache
def _joints() -> np.ndarray:
    return read_only(np.stack([pose.joints_mm for pose in reference_poses()]))


def _gesture(states: Fingers, thumb: int) -> np.ndarray:
    """float32 [31] rad."""
    degrees = {
        f"thumb_{joint}": angle for joint, angle in zip(_THUMB, THUMBS[thumb][0], strict=True)
    }
    for k, (finger, state) in enumerate(zip(FINGERS, states, strict=True)):
        mcp, pip, dip = STATES[state][0]
        aside = TOGETHER[k] + (APART[k] - TOGETHER[k]) * SPREAD
        degrees[f"{finger}_mcp_flexion"] = mcp
        degrees[f"{finger}_mcp_abduction"] = aside * (1 - 0.6 * min(max(mcp / 80, 0), 1))
        degrees[f"{finger}_pip_flexion"], degrees[f"{finger}_dip_flexion"] = pip, dip
    return kin.pose(**degrees)


def _eased(theta: np.ndarray) -> np.ndarray:
    """[n, 31], no finger inside another: first the thumb gives way, then the whole hand opens."""
    eased, thumb = theta.copy(), np.array([name.startswith("thumb") for name in kin.DOFS])
    fingers = np.arange(theta.shape[1]) >= 3  # all but the wrist's angles
    for attempt in range(30):
        bad = np.flatnonzero(penetration_mm(eased) > OVERLAP_MM)
        if not len(bad):
            break
        columns = np.flatnonzero(thumb if attempt < 8 else fingers)
        eased[np.ix_(bad, columns)] *= np.float32(0.93)
    return eased


def _of_prior(part: Literal["static", "means"]) -> np.ndarray:
    """float32 [n, 31] rad: of both splits, one part of their `PosePool`."""
    angles = np.concatenate([getattr(pool, part) for pool in load_prior().pools.values()])
    theta = np.zeros((len(angles), kin.N_DOFS), np.float32)
    theta[:, ARTICULATION] = np.clip(angles, kin.LOWEST[ARTICULATION], kin.HIGHEST[ARTICULATION])
    return theta
