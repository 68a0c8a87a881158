"""A person for the hand: where a body can stand so that its arm reaches the hand's elbow."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.geometry import unit
from app.synthetic.scenes.body import BodyShape, load_body, pose_body, turn_onto
from app.synthetic.scenes.furniture import turn_about_vertical

N_STANCES = 24  # body directions tried for every hand direction
FACING = np.diag([1.0, -1.0, -1.0])  # body frame -> world of a person who faces the camera
# (upper arm, forearm) directions of the arm that does not show the hand; body frame, left arm
RESTING_ARMS = {
    "hanging": ((0.15, -1.0, 0.05), (0.05, -1.0, 0.25)),
    "on_desk": ((0.25, -0.9, 0.35), (-0.4, -0.1, 0.9)),
    "in_lap": ((0.2, -1.0, 0.1), (-0.5, -0.5, 0.8)),
    "at_belly": ((0.2, -1.0, 0.0), (-1.0, -0.1, 0.35)),
    "behind": ((0.3, -0.9, -0.45), (-0.9, -0.35, -0.3)),
    "raised": ((0.5, -0.75, 0.45), (0.15, 1.0, 0.35)),
}


@dataclass(frozen=True, slots=True)
class Stance:
    """A body in the camera frame whose right elbow is where the hand's forearm begins."""

    candidate: int  # which of the offered hand directions it fits
    rotation: np.ndarray  # [3, 3] body frame -> camera
    translation_mm: np.ndarray  # [3]
    upper_arm: np.ndarray  # [3] unit, shoulder to elbow, body frame
    forearm: np.ndarray  # [3] unit, elbow to wrist, body frame


def find_stance(
    rng: np.random.Generator,
    shape: BodyShape,
    tilt: np.ndarray,
    hand_mm: np.ndarray,
    elbows_mm: np.ndarray,
    wrists_mm: np.ndarray,
) -> Stance | None:
    """The first anatomically possible stance of a person facing the camera, more or less.

    tilt: [3, 3] world -> camera; hand_mm: [3]; elbows_mm, wrists_mm: [K, 3] of K ways to hold it.
    """
    turns, upper = _sample_bodies(rng, tilt)
    shoulder = shape.pivots_mm[load_body().bones.index("upper_arm.R")].astype(float)
    reach = np.linalg.norm(shape.limb("upper_arm.R"))
    # [K, n, 3]: body origin in the camera frame, and points in the body frame
    base = np.einsum("nij,nj->ni", turns, reach * upper + shoulder)
    origin = elbows_mm[:, None] - base
    hand = np.einsum("nji,knj->kni", turns, hand_mm - origin)
    camera = np.einsum("nji,knj->kni", turns, -origin)
    elbow = shoulder + reach * upper
    forearm = np.einsum("nji,kj->kni", turns, unit(wrists_mm - elbows_mm))
    head = (
        np.einsum("nij,j->ni", turns, shape.pivots_mm[1] + np.array([0, 120, 40.0]))[None] + origin
    )
    chest = np.einsum("nij,j->ni", turns, shoulder * [0, 0.75, 0] + [0, 0, 130.0])[None] + origin
    possible = (
        _arm_bends(upper[None], forearm) & _clear_of_torso(hand) & _clear_of_torso(elbow)[None]
    )
    possible &= (
        np.linalg.norm(hand - (shape.pivots_mm[1] + np.array([0, 130, 20.0])), axis=-1) > 190
    )
    possible &= (chest[..., 2] > hand_mm[2] + 60) & (chest[..., 2] < hand_mm[2] + 750)
    possible &= (head[..., 2] > hand_mm[2] + 60) & (np.linalg.norm(camera, axis=-1) > 350)
    found = np.argwhere(possible)
    if not len(found):
        return None
    k, m = found[rng.integers(len(found))]
    return Stance(int(k), turns[m], origin[k, m], upper[m], forearm[k, m])


def _sample_bodies(rng: np.random.Generator, tilt: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Turns body -> camera [n, 3, 3] and the right upper arm's directions [n, 3], body frame."""
    n = N_STANCES
    yaw = rng.normal(0, 0.55, n)
    lean = rng.normal(0.05, 0.15, n)
    turns = np.stack(
        [tilt @ FACING @ turn_about_vertical(a) @ _lean(b) for a, b in zip(yaw, lean, strict=True)]
    )
    upper = rng.normal((-0.35, -0.55, 0.35), (0.45, 0.55, 0.5), (n, 3))
    upper /= np.linalg.norm(upper, axis=1, keepdims=True)
    return turns, upper


def _arm_bends(upper: np.ndarray, forearm: np.ndarray) -> np.ndarray:
    """Right elbow: bent by at most 145 degrees, and towards front, top or middle of the body."""
    cosine = (upper * forearm).sum(-1)
    bend = forearm - cosine[..., None] * upper
    return (cosine > -0.8) & (bend @ np.array([0.35, 0.35, 0.85]) > -0.2)


def _clear_of_torso(point: np.ndarray) -> np.ndarray:
    inside = (abs(point[..., 0]) < 230) & (point[..., 2] < 190) & (point[..., 2] > -200)
    return ~(inside & (point[..., 1] > -400) & (point[..., 1] < 620))


def _lean(angle: float) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[1, 0, 0], [0, c, -s], [0, s, c]])


def loose_stance(rng: np.random.Generator, tilt: np.ndarray, nearest_mm: float) -> Stance:
    """A person somewhere in view whose right arm rests, too: no hand is shown."""
    rotation = (
        tilt @ FACING @ turn_about_vertical(rng.normal(0, 0.7)) @ _lean(rng.normal(0.05, 0.15))
    )
    distance = nearest_mm + rng.gamma(2, 300)
    chest = np.array([rng.normal(0, 0.25), rng.normal(0.2, 0.2), 1]) * distance
    resting = str(rng.choice(["hanging", "on_desk", "in_lap", "behind"]))
    upper, forearm = _resting(rng, resting, -1)
    return Stance(0, rotation, chest - rotation @ np.array([0, 430, 100.0]), upper, forearm)


def _resting(rng: np.random.Generator, name: str, side: int) -> tuple[np.ndarray, np.ndarray]:
    """(upper arm, forearm) unit directions with some play; side: +1 left, -1 right."""
    both = np.array(RESTING_ARMS[name]) + rng.normal(0, 0.12, (2, 3))
    both[:, 0] *= side
    upper, forearm = unit(both)
    return upper, forearm


def pose_person(
    rng: np.random.Generator, shape: BodyShape, stance: Stance, other_arm: str, sitting: bool
) -> tuple[np.ndarray, np.ndarray]:
    """(vertices [V, 3], pivots [B, 3]) mm, camera frame: the right arm as in the stance."""
    upper, forearm = _resting(rng, other_arm, 1)
    turns = {
        "upper_arm.R": turn_onto(shape.limb("upper_arm.R"), stance.upper_arm),
        "forearm.R": turn_onto(shape.limb("forearm.R"), stance.forearm),
        "upper_arm.L": turn_onto(shape.limb("upper_arm.L"), upper),
        "forearm.L": turn_onto(shape.limb("forearm.L"), forearm),
        "head": turn_about_vertical(rng.normal(0, 0.35)) @ _lean(rng.normal(0.05, 0.2)),
    }
    for side, sign in (("R", -1), ("L", 1)):
        if sitting:
            thigh = unit(np.array([sign * rng.uniform(0, 0.5), rng.normal(-0.1, 0.1), 1.0]))
            turns[f"thigh.{side}"] = turn_onto(shape.limb(f"thigh.{side}"), thigh)
            turns[f"shin.{side}"] = np.eye(3)
    return pose_body(shape, turns, stance.rotation, stance.translation_mm)
