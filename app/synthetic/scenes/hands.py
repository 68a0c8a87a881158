"""The hands of a scene: posed meshes with their joints, sleeves, a hand for the other arm."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.geometry import rotation_about
from app.hand.asset import load_asset
from app.hand.kinematics import elbow_of, joints_of, pose_bones
from app.hand.shape import HandShape
from app.hand.skinning import skin
from app.synthetic.scenes.body import turn_onto
from app.synthetic.scenes.furniture import Polygons, capsule
from app.synthetic.solids import SOLID, carried

FOREARM = 0  # its number among the hand's bones


@dataclass(frozen=True, slots=True)
class PosedHand:
    """A hand with its forearm in the camera frame, mm."""

    vertices_mm: np.ndarray  # float32 [V, 3]
    triangles: np.ndarray  # int32 [T, 3]
    hand_triangles: np.ndarray  # int32 [T', 3] without the forearm
    joints_mm: np.ndarray  # float32 [21, 3]
    wrist_mm: np.ndarray  # float32 [3] the wrist's pivot
    elbow_mm: np.ndarray  # float32 [3]
    scale: float  # size over the mean hand's
    solids: np.ndarray  # SOLID [k]: what it holds

    @property
    def centre_mm(self) -> np.ndarray:
        """float32 [3]: the mean of the joints."""
        return self.joints_mm.mean(0)

    def moved(self, rotation: np.ndarray, translation_mm: np.ndarray) -> PosedHand:
        r, t = np.asarray(rotation, np.float32).T, np.asarray(translation_mm, np.float32)
        return replace(
            self,
            vertices_mm=self.vertices_mm @ r + t,
            joints_mm=self.joints_mm @ r + t,
            wrist_mm=self.wrist_mm @ r + t,
            elbow_mm=self.elbow_mm @ r + t,
            solids=carried(self.solids, np.c_[r.T, t]),
        )

    def mirrored(self) -> PosedHand:
        """The other hand: x negated, triangles turned over so that they face outwards again."""
        flip = np.array([-1, 1, 1], np.float32)
        solids = carried(self.solids, np.c_[np.diag(flip), np.zeros(3, np.float32)])
        return PosedHand(
            self.vertices_mm * flip,
            np.ascontiguousarray(self.triangles[:, ::-1]),
            np.ascontiguousarray(self.hand_triangles[:, ::-1]),
            self.joints_mm * flip,
            self.wrist_mm * flip,
            self.elbow_mm * flip,
            self.scale,
            solids,
        )


def pose_hand(theta: np.ndarray, shape: HandShape, solids: np.ndarray | None = None) -> PosedHand:
    """A right hand in the asset's axes, the mean of its joints at the origin. theta: [31] rad.

    solids: SOLID [k], what it holds, in its rest frame (wrist pivot at the origin).
    """
    asset = load_asset(shape.identity)
    bones = pose_bones(theta, shape, np.eye(3), np.zeros(3))
    joints = joints_of(bones, shape)
    on_forearm = (asset.skin_bones[:, 0] == FOREARM) & (asset.skin_weights[:, 0] > 0.5)
    triangles = np.asarray(asset.triangles)
    hand_triangles = triangles[~on_forearm[triangles].any(1)]
    elbow = np.asarray(elbow_of(bones, shape), np.float32)
    held = np.zeros(0, SOLID) if solids is None else solids
    wrist = np.zeros(3, np.float32)
    posed = PosedHand(
        skin(shape, bones), triangles, hand_triangles, joints, wrist, elbow, shape.scale, held
    )
    return posed.moved(np.eye(3), -posed.centre_mm)


def put_on_sleeve(rng: np.random.Generator, hand: PosedHand) -> PosedHand:
    """The forearm widened by 3-18 mm from a random place between wrist and elbow on."""
    axis = hand.elbow_mm - hand.wrist_mm
    length = float(np.linalg.norm(axis))
    axis = axis / length
    along = (hand.vertices_mm - hand.wrist_mm) @ axis
    radial = hand.vertices_mm - hand.wrist_mm - along[:, None] * axis
    start, thickness = rng.uniform(0.05, 0.9) * length, rng.uniform(3, 18)
    grown = np.clip((along - start) / 6, 0, 1) * thickness
    radius = np.maximum(np.linalg.norm(radial, axis=1), 1.0)
    vertices = hand.vertices_mm + radial * (grown / radius)[:, None]
    return replace(hand, vertices_mm=vertices.astype(np.float32))


def arm_beyond(rng: np.random.Generator, hand: PosedHand) -> Polygons:
    """The upper arm of somebody who is out of view: from the elbow on, more or less straight."""
    back = hand.elbow_mm - hand.wrist_mm
    back = back / np.linalg.norm(back) + rng.normal(0, 0.35, 3)
    back /= np.linalg.norm(back)
    radius = rng.uniform(42, 54)
    return elbow_cap(hand, hand.elbow_mm + back * 60) + capsule(
        hand.elbow_mm, hand.elbow_mm + back * 900, radius, radius * 1.3
    )


def elbow_cap(hand: PosedHand, upper_arm_mm: np.ndarray) -> Polygons:
    """What closes the gap between the forearm's end and an upper arm through upper_arm_mm [3]."""
    towards_wrist = hand.wrist_mm - hand.elbow_mm
    start = hand.elbow_mm + towards_wrist * (30 / np.linalg.norm(towards_wrist))
    return capsule(start, hand.elbow_mm, 38, 43) + capsule(hand.elbow_mm, upper_arm_mm, 43, 44)


def hang_on_arm(
    rng: np.random.Generator, hand: PosedHand, elbow_mm: np.ndarray, wrist_mm: np.ndarray
) -> PosedHand:
    """`hand` (in its own axes) with its forearm laid along elbow -> wrist, twisted at random."""
    direction = wrist_mm - elbow_mm
    turn = rotation_about(direction / np.linalg.norm(direction), rng.uniform(-np.pi, np.pi))
    turn = turn @ turn_onto(hand.wrist_mm - hand.elbow_mm, direction)
    return hand.moved(turn, elbow_mm - turn @ hand.elbow_mm)
