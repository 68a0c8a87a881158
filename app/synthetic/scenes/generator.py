"""Rendered depth frames of a hand in the world: arm, body, room, other hands, nearer things.

Scene `i` of a generator depends on its options and on `i` alone. A left hand is the mirror image
of a right one, mirrored before the camera's own flaws are added.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.frames import DepthFrame, Hand, Intrinsics
from app.hand.shape import SPLITS
from app.skeleton import PALM, mirror
from app.synthetic.camera_models import FrameCamera, sample_camera
from app.synthetic.flaws import NEAR_BASELINE, blind, thin_out
from app.synthetic.kinds import WILD_KINDS
from app.synthetic.raster import pinhole_of
from app.synthetic.scenes.builder import SceneBuilder
from app.synthetic.scenes.canvas import FAR_MM
from app.synthetic.scenes.options import TRIES, Kind, SceneOptions
from app.synthetic.scenes.photograph import (
    clear_outside,
    fitted_sensor,
    flipped,
    in_view,
    lose_far_pixels,
    sample_flaws,
    widened,
)
from app.synthetic.scenes.wild import WildSceneBuilder
from app.synthetic.sensor_noise import apply_sensor

KINDS: dict[Kind, float] = {"hand": 0.65, "distractor": 0.2, "none": 0.15}


@dataclass(frozen=True, slots=True)
class Scene:
    """One rendered frame with its truth. Camera frame, mm."""

    depth_mm: np.ndarray  # float32 [H, W], 0 = no reading
    intrinsics: Intrinsics
    kind: Kind
    camera: str  # name of the FrameCamera
    hand: Hand
    joints_mm: np.ndarray | None  # float32 [21, 3]; None: no hand is shown
    others_mm: np.ndarray  # float32 [K, 3] centres of further hands in view
    visible: float  # share of the hand's own picture that nothing covers
    seen_joints: np.ndarray | None  # bool [21]: nothing hides them, the hand itself neither
    constraints_met: float  # below 1: those of `SceneOptions` were not quite met

    @property
    def centre_mm(self) -> np.ndarray | None:
        """float32 [3]: the mean of the joints."""
        return None if self.joints_mm is None else self.joints_mm.mean(0)

    def as_frame(self, index: int = 0) -> DepthFrame:
        """As a camera of 30 frames a second and a depth unit of 1/8 mm would give it."""
        raw = np.clip(np.round(self.depth_mm * 8), 0, 65535).astype(np.uint16)
        return DepthFrame(index, 0, index / 30, index / 30, raw, self.intrinsics, 0.125)


@dataclass(frozen=True, slots=True)
class SceneGenerator(SceneOptions):
    """`frame(i)` renders scene i."""

    def frame(self, i: int) -> Scene:
        rng = self._rng(i, TRIES)
        kinds = self.kinds or KINDS
        weights = np.array(list(kinds.values()), float)
        kind = list(kinds)[rng.choice(len(kinds), p=weights / weights.sum())]
        camera, intrinsics = sample_camera(rng, self.cameras, self.scale)
        if kind == "near":
            intrinsics = widened(rng, intrinsics)
        left = bool(rng.random() < 0.5)
        built = self._build_best(i, kind, camera, flipped(intrinsics) if left else intrinsics)
        return self._photograph(rng, built, intrinsics, left)

    def _rng(self, *key: int) -> np.random.Generator:
        return np.random.default_rng([self.seed, SPLITS.index(self.split), *key])

    def _build_best(
        self, i: int, kind: Kind, camera: FrameCamera, seen: Intrinsics
    ) -> SceneBuilder:
        """The first attempt that meets every constraint, or the best of a few."""
        best = None
        for attempt in range(TRIES):
            rng = self._rng(i, attempt)
            if kind in WILD_KINDS:
                built: SceneBuilder = WildSceneBuilder(self, rng, kind, camera, seen)
            else:
                built = SceneBuilder(self, rng, kind, camera, seen)
            if kind == "none":
                built.without_hand()
            else:
                built.with_hand(self.pose(i * TRIES + attempt))
            if built.constraints_met >= 1:
                return built
            if best is None or built.constraints_met > best.constraints_met:
                best = built
        assert best is not None  # TRIES is at least one
        return best

    def _photograph(
        self, rng: np.random.Generator, built: SceneBuilder, intrinsics: Intrinsics, left: bool
    ) -> Scene:
        """The scene's perfect depth, mirrored for a left hand, as its camera would see it."""
        depth, joints = built.canvas.depth_mm, built.joints_mm
        flaws = sample_flaws(rng, built.kind, self.strict)
        others = built.others_mm()
        if left:
            depth = np.ascontiguousarray(depth[:, ::-1])
            others = mirror(others)
            joints = None if joints is None else mirror(joints)
        lose_far_pixels(rng, depth, built.camera, FAR_MM)
        model = fitted_sensor(rng, built.camera, self.scale)
        if built.kind == "near":
            model = replace(model, shadow_mm=model.shadow_mm * NEAR_BASELINE)
        noise_seed = int(rng.integers(1 << 31))
        if flaws is not None and joints is not None:
            palm = np.asarray(joints[PALM].mean(0), np.float32)
            blind(depth, np.float32(FAR_MM), pinhole_of(intrinsics), palm, flaws)
        apply_sensor(depth, FAR_MM, model, intrinsics.fx, noise_seed)
        if flaws is not None:
            thin_out(depth, np.float32(FAR_MM), flaws, np.uint64(noise_seed))
        depth[depth >= FAR_MM] = 0
        if self.only_hand and joints is not None:
            clear_outside(depth, intrinsics, joints.mean(0))
        return Scene(
            depth,
            intrinsics,
            built.kind,
            built.camera.name,
            "left" if left else "right",
            joints,
            in_view(others, depth, intrinsics),
            built.visible,
            built.seen_joints,
            built.constraints_met,
        )
