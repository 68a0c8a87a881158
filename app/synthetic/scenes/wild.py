"""Scenes of the other kinds: things in the hand, hands near each other, own views, near, cut."""

from __future__ import annotations

import numpy as np

from app.geometry import project
from app.hand.rotations import sample_rotations
from app.hand.shape import HandShape
from app.hand.two_hands import sample_pairs
from app.synthetic.egocentric import sample_distances, sample_own_views
from app.synthetic.held.grasps import Hands, hold
from app.synthetic.scenes.builder import HAND_RADIUS_MM, N_WAYS, SceneBuilder
from app.synthetic.scenes.furniture import moved
from app.synthetic.scenes.hands import PosedHand, arm_beyond, pose_hand, put_on_sleeve
from app.synthetic.scenes.own_desk import own_room

HELD_SHARES = {"held": 1.0, "two": 0.15, "egocentric": 0.65, "near": 0.25, "border": 0.15}
OTHER_SHARE = 0.65  # of own views show the other hand
NEAR_MM = (120.0, 250.0)
WAYS = 10  # own views offered to one scene
# Least share of the hand's own picture, and of its joints, to be in sight; strict and else
LEAST_VISIBLE = {"held": (0.4, 0.25), "two": (0.5, 0.3), "egocentric": (0.35, 0.25)}
LEAST_INSIDE = {"near": (0.9, 0.6), "border": (0.45, 0.45)}
NEAREST_OTHER_MM = 180.0
MOST_INSIDE = 0.95  # of a hand at the border


class WildSceneBuilder(SceneBuilder):
    """A scene of one of the kinds of `app.synthetic.kinds`."""

    def with_hand(self, theta: np.ndarray) -> None:
        """A hand, in the pose theta [31] where the kind leaves it that, and its surroundings."""
        shape = self._shape()
        if self.kind == "sparse":  # the very scene of a plain one
            return self._place(pose_hand(theta, shape), shape, None)
        other = None
        if self.kind == "two":
            theta, other = self._pair(shape)
        hand = self._holding(theta, shape)
        if self.kind == "egocentric":
            return self._from_the_owners_eyes(hand)
        self._place(hand, shape, other)
        return None

    def _place(self, hand: PosedHand, shape: HandShape, other: PosedHand | None) -> None:
        """The hand before the camera as in plain scenes, the other one near it."""
        centre = self._hand_place(shape.scale)
        ways = sample_rotations(self.rng, N_WAYS)
        placed = self._surround(hand, ways, centre)
        if other is not None:
            turn = self._turn_between(hand, placed)
            self._draw_other(other.moved(turn, placed.centre_mm))
            self._draw_solids(arm_beyond(self.rng, self.others[-1]))
        self.joints_mm = placed.joints_mm
        self._measure(placed)

    def _holding(self, theta: np.ndarray, shape: HandShape) -> PosedHand:
        """The hand with a thing in it, by lot."""
        if self.rng.random() >= HELD_SHARES.get(self.kind, 0.0):
            return pose_hand(theta, shape)
        hands = Hands(
            shape.pivots_mm[None], shape.joints_mm[None], np.array([shape.scale], np.float32)
        )
        found, solids, _ = hold(self.rng, hands, np.zeros(1, np.int64), theta[None])
        return pose_hand(found[0], shape, solids[0])

    def _pair(self, shape: HandShape) -> tuple[np.ndarray, PosedHand]:
        """A pose [31] and a left hand near it, in the first one's axes about its middle."""
        pair = sample_pairs(self.rng, 1, self.options.split)
        image = pose_hand(pair.other_theta[0], shape)
        left = image.moved(pair.turn[0], np.zeros(3)).mirrored()
        return pair.theta[0], left.moved(np.eye(3), pair.place_mm[0] * shape.scale)

    def _from_the_owners_eyes(self, hand: PosedHand) -> None:
        """A desk with things on it, the forearm from below, sometimes the other hand beside."""
        rng = self.rng
        centre = self._own_place(float(sample_distances(rng, 1)[0]))
        tilt, polygons = own_room(rng, centre)
        self._draw_solids(moved(polygons, tilt))
        ways = sample_own_views(rng, WAYS)
        elbows = np.array([way @ hand.elbow_mm for way in ways]) + centre
        hand = hand.moved(ways[int(self._leaves_below(elbows).argmax())], centre)
        if rng.random() < 0.5:
            hand = put_on_sleeve(rng, hand)
        if rng.random() < OTHER_SHARE:
            self._draw_other(self._other_beside(centre))
        self.joints_mm = hand.joints_mm
        self._measure(hand)

    def _own_place(self, distance_mm: float) -> np.ndarray:
        """[3] mm: a place of the picture's lower two thirds, so far away."""
        rng, c = self.rng, self.seen
        margin = HAND_RADIUS_MM * c.fx / distance_mm
        u = rng.uniform(min(margin, c.width / 2 - 1), max(c.width - margin, c.width / 2 + 1))
        v = rng.uniform(0.35, 0.8) * c.height
        v = np.clip(v, min(margin, c.height / 2), max(c.height - 0.8 * margin, c.height / 2))
        return np.array([(u - c.cx) / c.fx, (v - c.cy) / c.fy, 1]) * distance_mm

    def _leaves_below(self, elbows_mm: np.ndarray) -> np.ndarray:
        """bool [n]: elbows [n, 3] mm that lie below the picture, or behind the camera."""
        pixels = project(elbows_mm, self.seen)
        return (elbows_mm[:, 2] < 80) | (pixels[:, 1] > self.seen.height)

    def _other_beside(self, centre: np.ndarray) -> PosedHand:
        """The other hand, in its own way, on the other side."""
        rng = self.rng
        away = np.array([-rng.uniform(60, 260), rng.normal(15, 50), rng.normal(0, 60)])
        flip = np.diag([-1.0, 1.0, 1.0])
        view = flip @ sample_own_views(rng, 1)[0] @ flip
        return self._other_hand().moved(view, centre + away)

    def _hand_place(self, size: float) -> np.ndarray:
        """Near hands anywhere near, hands at the border half out of view, others as usual."""
        rng, c = self.rng, self.seen
        if self.kind == "near":
            z = float(np.exp(rng.uniform(*np.log(NEAR_MM))))
            u, v = (rng.uniform(0.35, 0.65) * n for n in (c.width, c.height))
        elif self.kind == "border":
            z = float(super()._hand_place(size)[2])
            u, v = (rng.uniform(0.1, 0.9) * n for n in (c.width, c.height))
            edge, reach = rng.integers(4), rng.uniform(-0.3, 0.75) * HAND_RADIUS_MM * c.fx / z
            u = (reach, c.width - reach, u, u)[edge]
            v = (v, v, reach, c.height - reach)[edge]
        else:
            return super()._hand_place(size)
        return np.array([(u - c.cx) / c.fx * z, (v - c.cy) / c.fy * z, z])

    def _turn_between(self, hand: PosedHand, placed: PosedHand) -> np.ndarray:
        """[3, 3]: how `hand`, about its middle, was turned to become `placed`."""
        a, b = hand.joints_mm - hand.centre_mm, placed.joints_mm - placed.centre_mm
        u, _, vt = np.linalg.svd(b.T.astype(np.float64) @ a)
        u[:, 2] *= np.sign(np.linalg.det(u @ vt))
        return np.asarray(u @ vt)

    def _met(self, inside: float) -> list[float]:
        if self.kind == "sparse":
            return super()._met(inside)
        strict = 0 if self.options.strict else 1
        visible = LEAST_VISIBLE.get(self.kind, (0.6, 0.4))[strict]
        whole = LEAST_INSIDE.get(self.kind, (1.0, 0.75))[strict]
        met = [self.visible / visible, inside / whole]
        if self.kind == "border":
            met.append(float(inside <= MOST_INSIDE))
        if self.kind == "two":
            met.append(min(float(self.others[-1].joints_mm[:, 2].min()) / NEAREST_OTHER_MM, 1.0))
        return met
