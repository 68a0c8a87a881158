"""One scene while it is put together: who and what is in it, and how well the hand is seen.

It is built in the frame of a camera that sees a right hand, and drawn on a canvas that keeps
perfect depth; `photograph` adds the camera's flaws.
"""

from __future__ import annotations

import numpy as np

from app.frames import Intrinsics
from app.geometry import project
from app.hand.rotations import sample_rotations
from app.hand.shape import HandShape, shape_pool
from app.synthetic.camera_models import FrameCamera
from app.synthetic.scenes.body import (
    BodyShape,
    body_of_pool,
    load_body,
    scalp_triangles,
    triangles_without,
)
from app.synthetic.scenes.canvas import DepthCanvas
from app.synthetic.scenes.furniture import Polygons, triangulate
from app.synthetic.scenes.hands import (
    PosedHand,
    arm_beyond,
    elbow_cap,
    hang_on_arm,
    pose_hand,
    put_on_sleeve,
)
from app.synthetic.scenes.options import POSES, Kind, SceneOptions
from app.synthetic.scenes.room import STYLES, furnish, intruder
from app.synthetic.scenes.stance import Stance, find_stance, loose_stance, pose_person

N_SHAPES, SHAPE_SEED = 256, 11
N_BODIES = 48
N_WAYS = 12  # hand directions offered to the body
HAND_RADIUS_MM = 105.0
DARK_HAIR = 0.35
STYLE_SHARES = {"near": (0.5, 0.1, 0.2, 0.2), "far": (0.1, 0.25, 0.45, 0.2)}  # of room.STYLES
SHOWING_ARMS = ("in_lap", "at_belly", "raised")  # resting arms that show a second hand


class SceneBuilder:
    """Draws on `canvas`; joints_mm, others, visible, constraints_met then say what it shows."""

    def __init__(
        self,
        options: SceneOptions,
        rng: np.random.Generator,
        kind: Kind,
        camera: FrameCamera,
        seen: Intrinsics,
    ):
        self.options, self.rng, self.kind, self.camera, self.seen = options, rng, kind, camera, seen
        self.canvas = DepthCanvas(seen)
        self.joints_mm: np.ndarray | None = None
        self.others: list[PosedHand] = []  # further hands
        self.intruded = False  # something is nearer than the hand, as asked
        self.visible = 0.0
        self.seen_joints: np.ndarray | None = None  # bool [21]
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

    def _draw_body(self, body: BodyShape, stance: Stance) -> None:
        rng = self.rng
        quiet = self.options.strict or rng.random() < 0.5
        arm = self._quiet_arm() if quiet else str(rng.choice(SHOWING_ARMS))
        vertices, pivots = pose_person(rng, body, stance, arm, rng.random() < 0.5)
        hidden: tuple[str, ...] = ("forearm.R", "hand.R", "hand.L")
        if arm in SHOWING_ARMS:
            elbow, wrist = (pivots[load_body().bones.index(n)] for n in ("forearm.L", "hand.L"))
            self._draw_other(hang_on_arm(rng, self._other_hand(), elbow, wrist))
            hidden = (*hidden, "forearm.L")
        self._draw_person(vertices, hidden)

    def _draw_person(self, vertices: np.ndarray, hidden: tuple[str, ...]) -> None:
        """A body without the hidden bones; sometimes its dark hair gives no reading."""
        self.canvas.draw(vertices, triangles_without(hidden))
        if self.rng.random() < DARK_HAIR:
            self.canvas.erase(vertices, scalp_triangles())

    def _draw_strangers_hand(self) -> None:
        """A hand of somebody out of view, nearer or farther."""
        hand = self._other_hand().moved(sample_rotations(self.rng, 1)[0], self._hand_place(1.0))
        self._draw_other(hand)
        self._draw_solids(arm_beyond(self.rng, hand))

    def _other_hand(self) -> PosedHand:
        theta = self.options.pose(int(self.rng.integers(POSES)))
        return pose_hand(theta, self._shape()).mirrored()

    def _draw_other(self, hand: PosedHand) -> None:
        self.canvas.draw(hand.vertices_mm, hand.triangles)
        self.canvas.draw_solids(hand.solids)
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
        before, seen = self.canvas.depth_mm.copy(), self.canvas.depth_mm
        self._draw_solids(intruder(self.rng, hand.centre_mm, depth, ray))
        changed = seen[seen < before]
        enough = 400 * self.options.scale**2
        self.intruded = bool(changed.size > enough and changed.min() < nearest - 20)

    def _measure(self, hand: PosedHand) -> None:
        """Draws the hand and finds how well it is seen."""
        self.canvas.draw(hand.vertices_mm, hand.triangles)
        self.canvas.draw_solids(hand.solids)
        self.visible = self._visible_share(hand)
        self.seen_joints = self.canvas.seen_joints(hand.joints_mm, hand.scale)
        pixels = project(hand.joints_mm, self.seen)
        limit = np.array([self.seen.width, self.seen.height]) - 2
        inside = float(((pixels > 1) & (pixels < limit)).all(1).mean())
        self.constraints_met = float(min(1.0, *self._met(inside)))

    def _met(self, inside: float) -> list[float]:
        """How far each constraint is met; 1: it is. inside: share of the joints in the picture."""
        strict = self.options.strict
        met = [self.visible / (0.85 if strict else 0.5), inside / (1.0 if strict else 0.75)]
        if self.kind == "distractor":
            met.append(float(self.intruded))
        return met

    def _visible_share(self, hand: PosedHand) -> float:
        return self.canvas.visible_share(hand.vertices_mm, hand.hand_triangles)

    def _draw_solids(self, polygons: Polygons) -> None:
        self.canvas.draw(*triangulate(polygons))

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
