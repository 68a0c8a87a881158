"""Rendered depth frames of a hand in the world: arm, body, room, other hands, nearer things.

Scene `i` of a generator depends on its options and on `i` alone. A left hand is the mirror image
of a right one, mirrored before the camera's own flaws are added.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.frames import CUBE_MM, DepthFrame, Hand, Intrinsics
from app.geometry import project, unproject
from app.hand.shape import SPLITS
from app.skeleton import mirror
from app.synthetic.camera_models import FrameCamera, lose_far_pixels, sample_camera
from app.synthetic.scenes.builder import FAR_MM, TRIES, Kind, SceneBuilder, SceneOptions
from app.synthetic.sensor_models import SensorModel, sample_sensor
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
            built = SceneBuilder(self, self._rng(i, attempt), kind, camera, seen)
            if kind == "none":
                built.without_hand()
            else:
                built.with_hand(self.pose(i * TRIES + attempt))
            if best is None or built.constraints_met > best.constraints_met:
                best = built
            if best.constraints_met >= 1:
                break
        return best

    def _photograph(
        self, rng: np.random.Generator, built: SceneBuilder, intrinsics: Intrinsics, left: bool
    ) -> Scene:
        """The scene's perfect depth, mirrored for a left hand, as its camera would see it."""
        depth, joints = built.depth, built.joints_mm
        others = built.others_mm()
        if left:
            depth = np.ascontiguousarray(depth[:, ::-1])
            others = mirror(others)
            joints = None if joints is None else mirror(joints)
        lose_far_pixels(rng, depth, built.camera, FAR_MM)
        model = fitted_sensor(rng, built.camera, self.scale)
        apply_sensor(depth, FAR_MM, model, intrinsics.fx, int(rng.integers(1 << 31)))
        depth[depth >= FAR_MM] = 0
        if self.only_hand:
            _clear_outside(depth, intrinsics, joints.mean(0))
        return Scene(
            depth,
            intrinsics,
            built.kind,
            built.camera.name,
            "left" if left else "right",
            joints,
            in_view(others, depth, intrinsics),
            built.visible,
            built.constraints_met,
        )


def flipped(intrinsics: Intrinsics) -> Intrinsics:
    """The camera whose picture, flipped left to right,
    is that of `intrinsics` in the mirrored world."""
    return replace(intrinsics, cx=intrinsics.width - 1 - intrinsics.cx)


def in_view(centres_mm: np.ndarray, depth_mm: np.ndarray, intrinsics: Intrinsics) -> np.ndarray:
    """float32 [K', 3]: those of the hand centres [K, 3] at which the picture shows a surface."""
    kept = []
    for centre in centres_mm[centres_mm[:, 2] > 100]:
        u, v = np.round(project(centre, intrinsics)).astype(int)
        if 0 <= u < intrinsics.width and 0 <= v < intrinsics.height:
            patch = depth_mm[max(v - 2, 0) : v + 3, max(u - 2, 0) : u + 3]
            if np.abs(patch - centre[2]).min() < 60:
                kept.append(centre)
    return np.array(kept, np.float32).reshape(-1, 3)


def _clear_outside(depth_mm: np.ndarray, intrinsics: Intrinsics, centre_mm: np.ndarray) -> None:
    """Removes (in place) what lies outside the cube round the hand."""
    grid = np.meshgrid(np.arange(intrinsics.width), np.arange(intrinsics.height))
    points = unproject(np.stack(grid, -1), depth_mm, intrinsics)
    depth_mm[np.abs(points - centre_mm).max(-1) > CUBE_MM / 2] = 0


def fitted_sensor(rng: np.random.Generator, camera: FrameCamera, scale: float) -> SensorModel:
    """A sensor model for this camera; its lengths in pixels shrink with a scaled image.

    The errors that grow with z^2 are held to what the far wall of a room still shows.
    """
    model = sample_sensor(rng, camera.sensor)
    model = replace(
        model,
        axial_500_mm=min(model.axial_500_mm, 0.8),
        ripple_mm=min(model.ripple_mm, 0.4),
    )
    if scale >= 1:
        return model
    return replace(
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
