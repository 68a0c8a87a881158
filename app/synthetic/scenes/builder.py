"""One rendered scene while it is put together: what is drawn, and how well the hand is seen.

It is built of perfect depth in the frame of a camera that sees a right hand; `generator` mirrors it
for left hands and adds the camera's flaws.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np

from app.frames import Intrinsics
from app.geometry import project
from app.hand.asset import Identity
from app.hand.poses import load_prior, sample_rotations
from app.hand.shape import SPLITS, HandShape, Split, shape_pool
from app.synthetic.camera_models import FrameCamera
from app.synthetic.raster import pinhole_of, rasterise
from app.synthetic.scenes.body import body_of_pool, load_body, scalp_triangles, triangles_without
from app.synthetic.scenes.furniture import Polygons, triangulate
from app.synthetic.scenes.hands import (
    PosedHand,
    arm_beyond,
    elbow_cap,
    hang_on_arm,
    pose_hand,
    put_on_sleeve,
)
from app.synthetic.scenes.room import STYLES, furnish, intruder
from app.synthetic.scenes.stance import Stance, find_stance, loose_stance, pose_person

Kind = Literal["hand", "none", "distractor"]
FAR_MM = 12000.0
N_SHAPES, SHAPE_SEED = 256, 11
N_BODIES = 48
TRIES = 8  # attempts at one scene before the best of them is taken as it is
N_WAYS = 12  # hand directions offered to the body
BLOCK = 32  # poses are drawn for this many scenes at once
HAND_RADIUS_MM = 105.0
DARK_HAIR = 0.35
STYLE_SHARES = {"near": (0.5, 0.1, 0.2, 0.2), "far": (0.1, 0.25, 0.45, 0.2)}  # of room.STYLES
SHOWING_ARMS = ("in_lap", "at_belly", "raised")  # resting arms that show a second hand


@dataclass(frozen=True, slots=True)
class SceneOptions:
    """What to render.

    kinds: weights of the kinds of scene. cameras: names of `cameras.CAMERAS`. scale: 0.25 renders
    a quarter of width and height. strict: frames for measuring, where the hand is whole, in view
    and the only one, and nothing but its own arm, a desk's edge or the distractor is nearer.
    only_hand: no body, room or clutter. hand_mm: limits of the distance, not the camera's own.
    identity: whose hands.
    """

    seed: int
    split: Split = "train"
    kinds: dict[Kind, float] | None = None
    cameras: tuple[str, ...] | None = None
    scale: float = 1.0
    strict: bool = False
    only_hand: bool = False
    hand_mm: tuple[float, float] | None = None
    identity: Identity = "makehuman"

    def pose(self, number: int) -> np.ndarray:
        """float32 [31] rad: pose `number` of this generator."""
        block, place = divmod(number, BLOCK * TRIES)
        return _pose_block(self.seed, self.split, block)[place]


@lru_cache(maxsize=8)
def _pose_block(seed: int, split: Split, block: int) -> np.ndarray:
    rng = np.random.default_rng([seed, SPLITS.index(split), block, 1, 0])
    return load_prior().sample(rng, BLOCK * TRIES, split)


class SceneBuilder:
    """Draws into `depth`; joints_mm, others, visible, constraints_met then say what it shows."""

    def __init__(
        self,
        options: SceneOptions,
        rng: np.random.Generator,
        kind: Kind,
        camera: FrameCamera,
        seen: Intrinsics,
    ):
        self.options, self.rng, self.kind, self.camera, self.seen = options, rng, kind, camera, seen
        self.depth = np.full((seen.height, seen.width), FAR_MM, np.float32)
        self.joints_mm: np.ndarray | None = None
        self.others: list[PosedHand] = []  # further hands
        self.intruded = False  # something is nearer than the hand, as asked
        self.visible = 0.0
        self.constraints_met = 0.0  # 1: all of `SceneOptions` are

    def without_hand(self) -> None:
        """People who hide their hands, furniture, things: nothing that is to be found."""
        rng = self.rng
        middle = np.array([0, 0, rng.uniform(400, 1200)])
        room = furnish(rng, self._style(), middle, False)
        self._draw_solids(room.polygons)
        if rng.random() < 0.75:
            body = body_of_pool(self.options.split, int(rng.integers(N_BODIES)))
            stance = loose_stance(rng, room.tilt, rng.uniform(350, 900))
            vertices, _ = pose_person(rng, body, stance, self._quiet_arm(), rng.random() < 0.5)
            self._draw_person(vertices, ("hand.R", "hand.L"))
        if rng.random() < 0.35:
            nearest = rng.uniform(250, 600)
            away = np.array([0, 0.2, 1])
            self._draw_solids(intruder(rng, away, nearest, self._random_ray(0.0)))
        self.constraints_met = 1.0

    def with_hand(self, theta: np.ndarray) -> None:
        """A hand in the pose theta [31], and what belongs round it."""
        shape = self._shape()
        hand = pose_hand(theta, shape)
        centre = self._hand_place(shape.scale)
        ways = sample_rotations(self.rng, N_WAYS)
        if self.options.only_hand:
            hand = hand.moved(ways[0], centre)
        else:
            hand = self._surround(hand, ways, centre)
        self.joints_mm = hand.joints_mm
        self._measure(hand)

    def _surround(self, hand: PosedHand, ways: np.ndarray, centre: np.ndarray) -> PosedHand:
        """Draws all but the hand; returns the hand turned one of the ways [K, 3, 3]."""
        rng, strict = self.rng, self.options.strict
        style = self._style()
        room = furnish(rng, style, centre, strict)
        self._draw_solids(room.polygons)
        body = body_of_pool(self.options.split, int(rng.integers(N_BODIES)))
        stance = None
        if rng.random() < (0.3 if style == "desk" else 0.8):
            arms = [ways @ end + centre for end in (hand.elbow_mm, hand.wrist_mm)]
            stance = find_stance(rng, body, room.tilt, centre, *arms)
        hand = hand.moved(ways[stance.candidate if stance else 0], centre)
        if rng.random() < 0.5:
            hand = put_on_sleeve(rng, hand)
        if stance is None:
            self._draw_solids(arm_beyond(rng, hand))
        else:
            self._draw_body(body, stance)
            towards_elbow = stance.rotation @ stance.upper_arm
            self._draw_solids(elbow_cap(hand, hand.elbow_mm - 80 * towards_elbow))
        if self.kind == "distractor":
            self._draw_intruder(hand)
        elif not strict and rng.random() < 0.12:
            self._draw_strangers_hand()
        return hand

    def _draw_body(self, body, stance: Stance) -> None:
        rng = self.rng
        quiet = self.options.strict or rng.random() < 0.5
        arm = self._quiet_arm() if quiet else str(rng.choice(SHOWING_ARMS))
        vertices, pivots = pose_person(rng, body, stance, arm, rng.random() < 0.5)
        hidden = ("forearm.R", "hand.R", "hand.L")
        if arm in SHOWING_ARMS:
            elbow, wrist = (pivots[load_body().bones.index(n)] for n in ("forearm.L", "hand.L"))
            self._draw_other(hang_on_arm(rng, self._other_hand(), elbow, wrist))
            hidden = (*hidden, "forearm.L")
        self._draw_person(vertices, hidden)

    def _draw_person(self, vertices: np.ndarray, hidden: tuple[str, ...]) -> None:
        """A body without the hidden bones; sometimes its dark hair gives no reading."""
        self._draw(vertices, triangles_without(hidden))
        if self.rng.random() < DARK_HAIR:
            hair = np.full_like(self.depth, FAR_MM)
            self._draw(vertices, scalp_triangles(), hair)
            self.depth[(hair < FAR_MM) & (hair <= self.depth + 1)] = FAR_MM

    def _draw_strangers_hand(self) -> None:
        """A hand of somebody out of view, nearer or farther."""
        hand = self._other_hand().moved(sample_rotations(self.rng, 1)[0], self._hand_place(1.0))
        self._draw_other(hand)
        self._draw_solids(arm_beyond(self.rng, hand))

    def _other_hand(self) -> PosedHand:
        theta = self.options.pose(int(self.rng.integers(BLOCK * TRIES)))
        return pose_hand(theta, self._shape()).mirrored()

    def _draw_other(self, hand: PosedHand) -> None:
        self._draw(hand.vertices_mm, hand.triangles)
        self.others.append(hand)

    def others_mm(self) -> np.ndarray:
        """float32 [K, 3]: centres of the further hands that are mostly uncovered."""
        seen = [hand.centre_mm for hand in self.others if self._visible_share(hand) > 0.5]
        return np.array(seen, np.float32).reshape(-1, 3)

    def _draw_intruder(self, hand: PosedHand) -> None:
        nearest = float(hand.vertices_mm[:, 2].min())
        depth = max(nearest - self.rng.uniform(50, 260), 170.0)
        keep_off = HAND_RADIUS_MM / hand.centre_mm[2] + 75 / depth
        for _ in range(12):
            ray = self._random_ray(0.02)
            if np.linalg.norm(ray - hand.centre_mm[:2] / hand.centre_mm[2]) > keep_off:
                break
        before = self.depth.copy()
        self._draw_solids(intruder(self.rng, hand.centre_mm, depth, ray))
        changed = self.depth[self.depth < before]
        enough = 400 * self.options.scale**2
        self.intruded = bool(changed.size > enough and changed.min() < nearest - 20)

    def _measure(self, hand: PosedHand) -> None:
        """Draws the hand and finds how well it is seen."""
        self._draw(hand.vertices_mm, hand.triangles)
        self.visible = self._visible_share(hand)
        pixels = project(hand.joints_mm, self.seen)
        limit = np.array([self.seen.width, self.seen.height]) - 2
        inside = ((pixels > 1) & (pixels < limit)).all(1).mean()
        strict = self.options.strict
        met = [self.visible / (0.85 if strict else 0.5), inside / (1.0 if strict else 0.75)]
        if self.kind == "distractor":
            met.append(float(self.intruded))
        self.constraints_met = float(min(1.0, *met))

    def _visible_share(self, hand: PosedHand) -> float:
        """How much of the picture that the hand would give alone is not covered."""
        alone = np.full_like(self.depth, FAR_MM)
        self._draw(hand.vertices_mm, hand.hand_triangles, alone)
        drawn = alone < FAR_MM
        return float((self.depth[drawn] >= alone[drawn] - 0.5).mean()) if drawn.any() else 0.0

    def _draw(
        self, vertices: np.ndarray, triangles: np.ndarray, depth: np.ndarray | None = None
    ) -> None:
        target = self.depth if depth is None else depth
        rasterise(vertices, triangles, pinhole_of(self.seen), target)

    def _draw_solids(self, polygons: Polygons) -> None:
        self._draw(*triangulate(polygons))

    def _shape(self) -> HandShape:
        options = self.options
        pool = shape_pool(SHAPE_SEED, N_SHAPES, options.split, options.identity)
        return pool[self.rng.integers(N_SHAPES)]

    def _style(self) -> str:
        reach = "near" if self.camera.range_mm[1] < 2000 else "far"
        return str(self.rng.choice(STYLES, p=STYLE_SHARES[reach]))

    def _quiet_arm(self) -> str:
        return str(self.rng.choice(["hanging", "behind"]))

    def _hand_place(self, size: float) -> np.ndarray:
        """[3] mm: somewhere in view, at the camera's distances, whole if that is possible."""
        rng, c = self.rng, self.seen
        low, high = self.options.hand_mm or self.camera.hand_mm
        if self.kind == "distractor":
            low = min(max(low, 380.0), high)
        z = low + (high - low) * rng.beta(1.5, 2.4)
        margin = HAND_RADIUS_MM * size * c.fx / z
        if not self.options.strict:
            margin *= rng.uniform(0.4, 1.0)
        u, v = (
            rng.uniform(min(margin, n / 2 - 1), max(n - margin, n / 2 + 1))
            for n in (c.width, c.height)
        )
        return np.array([(u - c.cx) / c.fx * z, (v - c.cy) / c.fy * z, z])

    def _random_ray(self, margin: float) -> np.ndarray:
        """[2] (u - cx) / fx, (v - cy) / fy of a pixel at least `margin` of the size inside."""
        c = self.seen
        u, v = (self.rng.uniform(margin * n, (1 - margin) * n) for n in (c.width, c.height))
        return np.array([(u - c.cx) / c.fx, (v - c.cy) / c.fy])
