"""Rendered depth frames of a hand in the world: its arm and body, a room, other hands, and things that are nearer.

Scene `i` of a generator depends on its arguments and on `i` alone. A left hand is the mirror image of a right one,
mirrored before the camera's own flaws are added.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np

from app.frames import Hand, Intrinsics
from app.geometry import project, unproject
from app.hand.actors import PosedHand, arm_beyond, elbow_cap, hang_on_arm, pose_hand, put_on_sleeve
from app.hand.body import body_of_pool, load_body, triangles_without
from app.hand.cameras import CameraKind, lose_far_pixels, sample_camera
from app.hand.furniture import Polygons, triangulate
from app.hand.person import find_stance, loose_stance, pose_person
from app.hand.poses import load_prior, sample_rotations
from app.hand.raster import rasterise
from app.hand.room import furnish, intruder
from app.hand.sensor import apply_sensor, sample_sensor
from app.hand.shape import SPLITS, Split, shape_pool

Kind = Literal["hand", "none", "distractor"]
KINDS: dict[Kind, float] = {"hand": 0.65, "distractor": 0.2, "none": 0.15}
FAR_MM = 12000.0
N_SHAPES, SHAPE_SEED = 256, 11
N_BODIES = 48
TRIES = 8  # drafts of one scene before the best of them is taken as it is
N_WAYS = 12  # hand directions offered to the body
BLOCK = 32  # poses are drawn for this many scenes at once
HAND_RADIUS_MM = 105.0


@dataclass(frozen=True, slots=True)
class Scene:
    """One rendered frame with its truth. Camera frame, mm."""

    depth_mm: np.ndarray  # float32 [H, W], 0 = no reading
    intrinsics: Intrinsics
    kind: Kind
    camera: str  # name of the CameraKind
    hand: Hand = "right"
    joints_mm: np.ndarray | None = None  # float32 [21, 3]; None: no hand is shown
    others_mm: np.ndarray | None = None  # float32 [K, 3] centres of further hands in view
    visible: float = 0.0  # share of the hand's own picture that nothing covers

    @property
    def centre_mm(self) -> np.ndarray | None:
        """float32 [3]: the mean of the joints."""
        return None if self.joints_mm is None else self.joints_mm.mean(0)


@dataclass(frozen=True, slots=True)
class SceneGenerator:
    """`frame(i)` renders scene i.

    kinds: weights of the kinds of scene. cameras: names of `cameras.CAMERAS`. scale: 0.25 renders a quarter of the
    width and height, for training on small images. strict: frames for measuring, where the hand is whole, in view,
    the only one, and nothing but its own arm or the distractor is nearer. only_hand: no body, room or clutter.
    hand_mm: limits of the distance, instead of the camera's own.
    """

    seed: int
    split: Split = "train"
    kinds: dict[Kind, float] | None = None
    cameras: tuple[str, ...] | None = None
    scale: float = 1.0
    strict: bool = False
    only_hand: bool = False
    hand_mm: tuple[float, float] | None = None

    def frame(self, i: int) -> Scene:
        rng = self._rng(i, TRIES)
        kinds = self.kinds or KINDS
        weights = np.array(list(kinds.values()), float)
        kind = list(kinds)[rng.choice(len(kinds), p=weights / weights.sum())]
        camera, intrinsics = sample_camera(rng, self.cameras, self.scale)
        left = bool(rng.random() < 0.5)
        seen = mirrored_camera(intrinsics) if left else intrinsics
        best = None
        for attempt in range(TRIES):
            draft = Draft(self, self._rng(i, attempt), kind, camera, seen)
            if kind == "none":
                draft.without_hand()
                best = draft
                break
            draft.with_hand(pose_of(self, i * TRIES + attempt))
            if best is None or draft.merit > best.merit:
                best = draft
            if draft.merit >= 1.0:
                break
        return self._photograph(rng, best, intrinsics, left)

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, SPLITS.index(self.split), *key])

    def _photograph(self, rng: np.random.Generator, draft: Draft, intrinsics: Intrinsics, left: bool) -> Scene:
        """The draft's perfect depth, mirrored for a left hand, as its camera would see it."""
        depth, joints, others = draft.depth, draft.joints_mm, np.array(draft.others, np.float32).reshape(-1, 3)
        if left:
            depth = np.ascontiguousarray(depth[:, ::-1])
            others = others * np.array([-1, 1, 1], np.float32)
            joints = None if joints is None else joints * np.array([-1, 1, 1], np.float32)
        lose_far_pixels(rng, depth, draft.camera, FAR_MM)
        model = fitted_sensor(rng, draft.camera, self.scale)
        apply_sensor(depth, FAR_MM, model, intrinsics.fx, int(rng.integers(1 << 31)))
        depth[depth >= FAR_MM] = 0
        if self.only_hand:
            unfold = unproject(np.stack(np.meshgrid(np.arange(intrinsics.width), np.arange(intrinsics.height)), -1), depth, intrinsics)
            depth[np.abs(unfold - joints.mean(0)).max(-1) > 125] = 0
        return Scene(
            depth, intrinsics, draft.kind, draft.camera.name, "left" if left else "right", joints, in_view(others, depth, intrinsics), draft.visible
        )


class Draft:
    """One scene while it is put together, in the frame of a camera that sees a right hand."""

    def __init__(
        self, generator: SceneGenerator, rng: np.random.Generator, kind: Kind, camera: CameraKind, seen: Intrinsics
    ):
        self.generator, self.rng, self.kind, self.camera, self.seen = generator, rng, kind, camera, seen
        self.depth = np.full((seen.height, seen.width), FAR_MM, np.float32)
        self.joints_mm: np.ndarray | None = None
        self.others: list[np.ndarray] = []
        self.visible = 0.0
        self.merit = 0.0  # 1: every wish is met

    def draw(self, vertices: np.ndarray, triangles: np.ndarray, depth: np.ndarray | None = None) -> None:
        c = self.seen
        rasterise(vertices, triangles, c.fx, c.fy, c.cx, c.cy, self.depth if depth is None else depth)

    def draw_solids(self, polygons: Polygons) -> None:
        self.draw(*triangulate(polygons))

    def without_hand(self) -> None:
        rng = self.rng
        room = furnish(rng, self._style(), np.array([0, 0, rng.uniform(400, 1200)]), False)
        self.draw_solids(room.polygons)
        if rng.random() < 0.75:
            body = body_of_pool(self.generator.split, int(rng.integers(N_BODIES)))
            stance = loose_stance(rng, room.tilt, rng.uniform(350, 900))
            vertices, _ = pose_person(rng, body, stance, _quiet_arm(rng), rng.random() < 0.5)
            self.draw(vertices, triangles_without(("hand.R", "hand.L")))
        if rng.random() < 0.35:
            self.draw_solids(intruder(rng, np.array([0, 0.2, 1]), rng.uniform(250, 600), self._place_px(0.0)))

    def with_hand(self, theta: np.ndarray) -> None:
        rng, generator = self.rng, self.generator
        shape = shape_pool(SHAPE_SEED, N_SHAPES, generator.split)[rng.integers(N_SHAPES)]
        hand = pose_hand(theta, shape)
        centre = self._hand_place(shape.scale)
        ways = sample_rotations(rng, N_WAYS)
        if generator.only_hand:
            hand = hand.moved(ways[0], centre)
        else:
            hand = self._surroundings(hand, ways, centre)
        self.joints_mm = hand.joints_mm
        self._measure(hand)

    def _surroundings(self, hand: PosedHand, ways: np.ndarray, centre: np.ndarray) -> PosedHand:
        """Room, body and whatever else; returns the hand in its place."""
        rng, strict = self.rng, self.generator.strict
        style = self._style()
        room = furnish(rng, style, centre, strict)
        self.draw_solids(room.polygons)
        elbows, wrists = ways @ hand.elbow_mm + centre, ways @ hand.wrist_mm + centre
        body = body_of_pool(self.generator.split, int(rng.integers(N_BODIES)))
        stance = None
        if rng.random() < (0.3 if style == "desk" else 0.8):
            stance = find_stance(rng, body, room.tilt, centre, elbows, wrists)
        hand = hand.moved(ways[stance.candidate if stance else 0], centre)
        if rng.random() < 0.5:
            hand = put_on_sleeve(rng, hand)
        if stance is None:
            self.draw_solids(arm_beyond(rng, hand))
        else:
            self._draw_body(body, stance)
            upper_arm = stance.rotation @ stance.upper_arm
            self.draw_solids(elbow_cap(hand, hand.elbow_mm - 80 * upper_arm))
        if self.kind == "distractor":
            self._draw_intruder(hand)
        elif not strict and rng.random() < 0.12:
            self._draw_second_hand(self._hand_place(1.0))
        return hand

    def _draw_body(self, body, stance) -> None:
        rng = self.rng
        arm = _quiet_arm(rng) if self.generator.strict or rng.random() < 0.5 else str(rng.choice(["in_lap", "at_belly", "raised"]))
        vertices, pivots = pose_person(rng, body, stance, arm, rng.random() < 0.5)
        bones = load_body().bones
        hidden = ("forearm.R", "hand.R", "hand.L")
        if arm in ("in_lap", "at_belly", "raised"):
            elbow, wrist = (pivots[bones.index(name)] for name in ("forearm.L", "hand.L"))
            second = hang_on_arm(rng, self._another_hand(), elbow, wrist)
            self._draw_other(second)
            hidden = (*hidden, "forearm.L")
        self.draw(vertices, triangles_without(hidden))

    def _draw_second_hand(self, place: np.ndarray) -> None:
        """A hand of somebody out of view."""
        hand = self._another_hand()
        second = hand.moved(sample_rotations(self.rng, 1)[0], place)
        self._draw_other(second)
        self.draw_solids(arm_beyond(self.rng, second))

    def _another_hand(self) -> PosedHand:
        shape = shape_pool(SHAPE_SEED, N_SHAPES, self.generator.split)[self.rng.integers(N_SHAPES)]
        theta = pose_of(self.generator, int(self.rng.integers(BLOCK * TRIES)))
        return pose_hand(theta, shape).mirrored()

    def _draw_other(self, hand: PosedHand) -> None:
        self.draw(hand.vertices_mm, hand.triangles)
        self.others.append(hand.centre_mm)

    def _draw_intruder(self, hand: PosedHand) -> None:
        nearest = float(hand.vertices_mm[:, 2].min())
        depth = max(nearest - self.rng.uniform(50, 260), 170.0)
        keep_off = HAND_RADIUS_MM / hand.centre_mm[2] + 75 / depth
        for _ in range(12):
            place = self._place_px(0.02)
            away = place - hand.centre_mm[:2] / hand.centre_mm[2]
            if np.linalg.norm(away) > keep_off:
                break
        before = self.depth.copy()
        self.draw_solids(intruder(self.rng, hand.centre_mm, depth, place))
        changed = self.depth < before
        self.intruded = changed.sum() > 400 * self.generator.scale**2 and self.depth[changed].min() < nearest - 20

    def _measure(self, hand: PosedHand) -> None:
        """Draws the hand and finds how well it is seen."""
        alone = np.full_like(self.depth, FAR_MM)
        self.draw(hand.vertices_mm, hand.hand_triangles, alone)
        self.draw(hand.vertices_mm, hand.triangles)
        drawn = alone < FAR_MM
        count = int(drawn.sum())
        self.visible = float((self.depth[drawn] >= alone[drawn] - 0.5).mean()) if count else 0.0
        pixels = project(hand.joints_mm, self.seen)
        inside = ((pixels > 1) & (pixels < np.array([self.seen.width, self.seen.height]) - 2)).all(1).mean()
        strict = self.generator.strict
        wishes = [self.visible / (0.85 if strict else 0.5), inside / (1.0 if strict else 0.75)]
        if self.kind == "distractor":
            wishes.append(float(self.intruded))
        self.merit = float(min(1.0, *wishes))

    def _style(self) -> str:
        near = self.camera.range_mm[1] < 2000
        return str(self.rng.choice(["void", "wall", "office", "desk"], p=[0.5, 0.1, 0.2, 0.2] if near else [0.1, 0.25, 0.45, 0.2]))

    def _hand_place(self, size: float) -> np.ndarray:
        """[3] mm: somewhere in view, at the camera's distances, whole if that is possible."""
        rng, c = self.rng, self.seen
        low, high = self.generator.hand_mm or self.camera.hand_mm
        if self.kind == "distractor":
            low = min(max(low, 380.0), high)
        z = low + (high - low) * rng.beta(1.5, 2.4)
        margin = HAND_RADIUS_MM * size * c.fx / z * (1.0 if self.generator.strict else rng.uniform(0.4, 1.0))
        u, v = (rng.uniform(min(margin, n / 2 - 1), max(n - margin, n / 2 + 1)) for n in (c.width, c.height))
        return np.array([(u - c.cx) / c.fx * z, (v - c.cy) / c.fy * z, z])

    def _place_px(self, margin: float) -> np.ndarray:
        """[2] (u - cx) / fx, (v - cy) / fy of a random pixel."""
        c = self.seen
        u, v = (self.rng.uniform(margin * n, (1 - margin) * n) for n in (c.width, c.height))
        return np.array([(u - c.cx) / c.fx, (v - c.cy) / c.fy])


def in_view(centres_mm: np.ndarray, depth_mm: np.ndarray, intrinsics: Intrinsics) -> np.ndarray:
    """float32 [K', 3]: those of the hand centres [K, 3] at which the picture shows a surface as near as they are."""
    kept = []
    for centre in centres_mm[centres_mm[:, 2] > 100]:
        u, v = np.round(project(centre, intrinsics)).astype(int)
        if 0 <= u < intrinsics.width and 0 <= v < intrinsics.height:
            patch = depth_mm[max(v - 2, 0) : v + 3, max(u - 2, 0) : u + 3]
            if np.abs(patch - centre[2]).min() < 60:
                kept.append(centre)
    return np.array(kept, np.float32).reshape(-1, 3)


def _quiet_arm(rng: np.random.Generator) -> str:
    return str(rng.choice(["hanging", "behind"]))


def mirrored_camera(intrinsics: Intrinsics) -> Intrinsics:
    """The camera whose picture, flipped left to right, is that of `intrinsics` in the mirrored world."""
    return replace(intrinsics, cx=intrinsics.width - 1 - intrinsics.cx)


@lru_cache(maxsize=8)
def _pose_block(seed: int, split: Split, block: int) -> np.ndarray:
    rng = np.random.default_rng([seed, SPLITS.index(split), block, 1, 0])
    return load_prior().sample(rng, BLOCK * TRIES, split)


def pose_of(generator: SceneGenerator, number: int) -> np.ndarray:
    """float32 [31] rad: draw `number` of this generator."""
    block, place = divmod(number, BLOCK * TRIES)
    return _pose_block(generator.seed, generator.split, block)[place]


def fitted_sensor(rng: np.random.Generator, camera: CameraKind, scale: float):
    """A sensor model for this camera; its lengths in pixels shrink with a scaled image."""
    model = sample_sensor(rng, camera.sensor)
    model = replace(model, axial_500_mm=min(model.axial_500_mm, 0.8), ripple_mm=min(model.ripple_mm, 0.4))
    if scale < 1:
        model = replace(
            model,
            lateral_px=model.lateral_px * scale,
            edge_drop=model.edge_drop * scale,
            flying=model.flying * scale,
            hole_px=max(model.hole_px * scale, 1.0),
            ripple_px=model.ripple_px * scale,
            grazing_mm=model.grazing_mm / scale,
            smooth=0,
            fatten=0,
        )
    return model
