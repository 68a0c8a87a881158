"""Endless training crops: a posed hand among clutter, seen by a random camera, cut to 128 x 128.

The crop's geometry is that of `app.segmentation.crop`: a virtual camera on the axis through the
cube's centre at distance d; pixel (u, v) looks along x/z = (u - 63.5) / 128 * cube / d; value = (z
- d) / (cube / 2), outside +1. The scene is first drawn in the camera's own pixel grid (so far hands
are blocky), degraded there, then resampled. Sample i depends on (seed, split, i) alone: its numbers
come from block i // 256, its noise from its own seed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import lru_cache
from pathlib import Path

import numpy as np

from app.hand import clutter as things
from app.hand import crop_render as draw
from app.hand.asset import HandAsset, load_asset
from app.hand.kinematics import ELBOW, dof_axes
from app.hand.motion import sample_rotations
from app.hand.prior import load_prior, load_prior_with
from app.hand.raster import rasterise
from app.hand.sensor import Kind, model_row, sample_sensor
from app.hand.shape import SPLITS, Split, shape_pool

BLOCK = 256
N_SHAPES = 512
LARGEST_WINDOW = (
    168  # px; nearer hands are drawn at a coarser pitch, which nearest sampling would give anyway
)
NEGATIVE_SHARE = 0.08
CLUTTER_SHARE = 0.62
SECOND_HAND_SHARE = 0.12
# Focal length in px, kind of sensor, nearest and farthest distance in mm (HAND.md 4, SENSORS.md)
CAMERAS: tuple[tuple[float, Kind, float, float], ...] = (
    (475.0, "structured", 250, 900),  # SR300, SR305
    (580.0, "structured", 450, 1500),  # Kinect v1
    (385.0, "stereo", 250, 1300),  # D435
    (610.0, "stereo", 400, 1500),  # D415, L515 (its noise is milder)
    (241.4, "flight", 250, 700),  # the small time-of-flight cameras
    (365.0, "flight", 500, 1500),  # Kinect v2
    (504.0, "flight", 300, 1300),  # Azure Kinect, narrow
    (252.0, "flight", 300, 900),  # Azure Kinect, binned
    (430.0, "mixed", 250, 1200),
)


@dataclass(frozen=True)
class CropBatch:
    """n samples. A negative (present False) shows no hand: its joints are 0 and its clean image is
    empty."""

    images: np.ndarray  # float32 [n, 128, 128] in [-1, 1], as a camera would give it
    clean: (
        np.ndarray
    )  # float32 [n, 128, 128] in [-1, 1], hand and bare forearm alone, without noise
    joints: np.ndarray  # float32 [n, 21, 3] mm from the cube's centre, virtual camera's axes
    centre_mm: np.ndarray  # float32 [n, 3] = (0, 0, d)
    cube_mm: np.ndarray  # float32 [n]
    present: np.ndarray  # bool [n]
    theta: np.ndarray  # float32 [n, 31] rad
    shape_index: np.ndarray  # int64 [n] in the pool of the split
    scale: np.ndarray  # float32 [n] hand size over the mean hand's


@dataclass(frozen=True)
class _Block:
    """The numbers of 256 samples, before anything is drawn; every array has 256 rows."""

    theta: np.ndarray
    rotation: np.ndarray
    shape: np.ndarray
    focal: np.ndarray
    numbers: np.ndarray  # distance, cube, border side, border share
    target: np.ndarray  # where the joints' mean (or the forearm) lies
    at_forearm: np.ndarray  # > 0: cube on the forearm, no hand in it
    phase: np.ndarray  # sub-pixel place of the window
    sensor: np.ndarray
    seed: np.ndarray
    dress: np.ndarray
    solids: np.ndarray
    planes: np.ndarray
    present: np.ndarray
    second: np.ndarray  # row of the block whose hand stands in as the second one, -1 none
    second_at: np.ndarray
    drawn: np.ndarray  # whether the hand mesh is drawn at all


class CropGenerator:
    """`clutter=False`: hand, forearm and sensor alone, and no negatives. `poses`: a file of
    recorded poses that stand in for the prior's mixture (`prior.load_prior_with`). Safe to use from
    several threads."""

    def __init__(
        self,
        seed: int,
        split: Split = "train",
        cube_mm: float = 250.0,
        size: int = 128,
        clutter: bool = True,
        poses: Path | None = None,
    ):
        self.seed, self.split, self.cube_mm, self.size, self.clutter = (
            seed,
            split,
            cube_mm,
            size,
            clutter,
        )
        self._prior = load_prior() if poses is None else load_prior_with(Path(poses))
        pool = shape_pool(0, N_SHAPES, split)
        self._scale = np.array([s.scale for s in pool], np.float32)
        self._vertices, self._pivots, self._marked = (
            np.stack([getattr(s, name) for s in pool])
            for name in ("vertices_mm", "joints_mm", "labels_mm")
        )
        self._asset = load_asset()
        self._mirrored = np.ascontiguousarray(self._asset.triangles[:, ::-1])
        self._forearm = _forearm_vertices(self._asset)
        self._block = lru_cache(maxsize=4)(self._draw_block)

    def batch(self, start: int, n: int) -> CropBatch:
        """Samples start .. start + n - 1."""
        size = self.size
        images, clean = (np.empty((n, size, size), np.float32) for _ in range(2))
        joints = np.zeros((n, 21, 3), np.float32)
        rows = []
        for k in range(n):
            number, row = divmod(start + k, BLOCK)
            block = self._block(number)
            self._render(block, row, images[k], clean[k], joints[k])
            rows.append(
                (block.numbers[row], block.present[row], block.theta[row], block.shape[row])
            )
        numbers, present, theta, shape = (np.array(column) for column in zip(*rows, strict=True))
        joints[~present] = 0
        clean[~present] = 1
        centre = np.zeros((n, 3), np.float32)
        centre[:, 2] = numbers[:, 0]
        return CropBatch(
            images, clean, joints, centre, numbers[:, 1], present, theta, shape, self._scale[shape]
        )

    def _render(
        self, block: _Block, i: int, image: np.ndarray, clean: np.ndarray, joints: np.ndarray
    ) -> None:
        asset = self._asset
        distance, cube = (float(x) for x in block.numbers[i, :2])
        f, far = float(block.focal[i]), float(np.float32(distance + cube / 2))
        bones, vertices = np.empty((21, 3, 4), np.float32), np.empty_like(self._vertices[0])
        width = int(f * cube / distance) + 3
        cx, cy = (float(p) + (width - 1) / 2 for p in block.phase[i])
        hand = np.full((width, width), far, np.float32)
        self._place(block, i, block.at_forearm[i], block.target[i], bones, joints, vertices)
        if block.drawn[i]:
            if block.present[i]:
                draw.draw_clean(vertices, asset.triangles, distance, cube, clean)
            elbow = bones[0, :, :3] @ self._pivots[block.shape[i], ELBOW] + bones[0, :, 3]
            wrist = bones[1, :, 3]
            draw.dress(vertices, self._forearm, wrist, elbow, block.dress[i])
            rasterise(vertices, asset.triangles, f, f, cx, cy, hand)
        cluttered = self._has_clutter(block, i)
        scene = np.full_like(hand, far) if cluttered else hand
        if cluttered:
            self._draw_clutter(block, i, scene, (f, cx, cy), joints)
        window = hand, scene, cluttered, far, f, cx, cy
        draw.finish(*window, block.numbers[i], block.sensor[i], block.seed[i], image)
        joints[:, 2] -= np.float32(distance)

    def _place(
        self,
        block: _Block,
        i: int,
        at_forearm: float,
        target: np.ndarray,
        bones: np.ndarray,
        joints: np.ndarray,
        vertices: np.ndarray,
    ) -> None:
        s, asset = block.shape[i], self._asset
        draw.place_hand(
            block.theta[i],
            block.rotation[i],
            self._pivots[s],
            self._marked[s],
            dof_axes(),
            self._vertices[s],
            asset.skin_bones,
            asset.skin_weights,
            at_forearm,
            target,
            bones,
            joints,
            vertices,
        )

    @staticmethod
    def _has_clutter(block: _Block, i: int) -> bool:
        return bool(
            (block.solids[i, :, 0] >= 0).any()
            or block.planes[i, :, 3].any()
            or block.second[i] >= 0
        )

    def _draw_clutter(
        self,
        block: _Block,
        i: int,
        scene: np.ndarray,
        camera: tuple[float, float, float],
        joints: np.ndarray,
    ) -> None:
        f, cx, cy = camera
        behind = bool(block.present[i])
        draw.draw_planes(
            scene, f, cx, cy, block.planes[i], joints if behind else block.target[i][None], behind
        )
        draw.draw_solids(scene, f, cx, cy, block.solids[i])
        other = block.second[i]
        if other >= 0:
            bones, place = np.empty((21, 3, 4), np.float32), np.empty((21, 3), np.float32)
            vertices = np.empty_like(self._vertices[0])
            self._place(block, other, 0.0, block.second_at[i], bones, place, vertices)
            vertices[:, 0] = 2 * block.second_at[i, 0] - vertices[:, 0]  # a left hand
            rasterise(vertices, self._mirrored, f, f, cx, cy, scene)

    def _draw_block(self, number: int) -> _Block:
        rng = np.random.default_rng([self.seed, SPLITS.index(self.split), number])
        n = BLOCK
        present = rng.random(n) >= NEGATIVE_SHARE * self.clutter
        focal, distance, sensor = _sample_cameras(rng)
        cube = self.cube_mm * rng.uniform(0.88, 1.12, n)
        focal = np.minimum(focal, LARGEST_WINDOW * distance / cube)
        jitter = rng.normal(0, 8, (n, 3))
        wide = rng.random(n) < 0.15
        jitter[wide] = rng.uniform(-30, 30, (wide.sum(), 3))
        target = jitter + distance[:, None] * np.array([0, 0, 1.0])
        border = np.where(rng.random(n) < 0.1, rng.integers(0, 4, n), -1)
        numbers = np.stack([distance, cube, border, rng.uniform(0.03, 0.35, n)], 1)
        kind = np.where(
            present, "hand", rng.choice(["arm", "head", "things"], n, p=[0.3, 0.3, 0.4])
        )
        at_forearm = np.where(kind == "arm", rng.uniform(0.85, 1.1, n), 0)
        solids, planes = self._sample_clutter(rng, target, kind)
        second = (rng.random(n) < SECOND_HAND_SHARE) & present & self.clutter
        aside = rng.normal(size=(n, 3)) * np.array([1, 1, 0.7])
        aside *= rng.uniform(90, 190, (n, 1)) / np.linalg.norm(aside, axis=1, keepdims=True)
        block = _Block(
            theta=self._prior.sample(rng, n, self.split),
            rotation=sample_rotations(rng, n),
            shape=rng.integers(0, N_SHAPES, n),
            focal=focal,
            numbers=numbers,
            target=target,
            at_forearm=at_forearm,
            phase=rng.uniform(-0.5, 0.5, (n, 2)),
            sensor=sensor,
            seed=rng.integers(0, 1 << 62, n, dtype=np.uint64),
            dress=_sample_dress(rng, n),
            solids=solids,
            planes=planes,
            present=present,
            second=np.where(second, rng.integers(0, n, n), -1),
            second_at=target + aside,
            drawn=present | (kind == "arm"),
        )
        return _as_float32(block)

    def _sample_clutter(
        self, rng: np.random.Generator, target: np.ndarray, kind: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Solids [n, 4, 13] (kind -1: none) and planes [n, 1, 4] (margin 0: none) round the
        targets."""
        n, hand = len(target), kind == "hand"
        solids = things.sample_solids(rng, target, (-10, 170), 115)
        close = things.sample_solids(rng, target, (-60, 40), 45)
        solids = np.where(hand[:, None, None], solids, close)
        solids[kind == "arm", 0] = things.sample_upper_arms(rng, target[kind == "arm"])
        solids[kind == "head"] = things.sample_heads(rng, target[kind == "head"])
        count = np.where(rng.random(n) < CLUTTER_SHARE, rng.choice(3, n, p=[0.3, 0.5, 0.2]), 0)
        count = np.where(
            kind == "head", 4, np.where(kind == "things", rng.integers(1, 4, n), count)
        )
        solids[np.arange(things.SLOTS) >= count[:, None], 0] = -1
        planes = things.sample_planes(rng, n)
        planes[rng.random(n) >= np.where(hand, 0.22, 0.3), 3] = 0
        if not self.clutter:
            solids[..., 0], planes[:, 3] = -1, 0
        return solids, planes[:, None]


def _sample_cameras(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of 256 samples: focal lengths [n] px, distances [n] mm (log-uniform, as hands are mostly
    near), sensors [n, 15]."""
    chosen = rng.integers(0, len(CAMERAS), BLOCK)
    focal, kinds, low, high = ([row[k] for row in CAMERAS] for k in range(4))
    bounds = np.log(np.array([low, high], np.float64))[:, chosen]
    distance = np.exp(bounds[0] + (bounds[1] - bounds[0]) * rng.random(BLOCK))
    sensors = np.stack([model_row(sample_sensor(rng, kinds[c])) for c in chosen])
    return np.array(focal)[chosen] * rng.uniform(0.95, 1.05, BLOCK), distance, sensors


def _sample_dress(rng: np.random.Generator, n: int) -> np.ndarray:
    """float [n, 9] for `crop_render.dress`: half wear a sleeve, one in eight a band; some forearms
    are lost."""
    how = np.zeros((n, draw.N_DRESS))
    how[:, 0] = np.where(rng.random(n) < 0.5, rng.uniform(3, 130, n), 0)
    how[:, 1] = rng.uniform(2, 20, n)
    how[:, 2] = rng.uniform(0, 6, n)
    how[:, 3] = rng.uniform(0, 6.3, n)
    how[:, 4] = np.where(rng.random(n) < 0.12, rng.uniform(8, 45, n), 0)
    how[:, 5] = rng.uniform(12, 40, n)
    how[:, 6] = rng.uniform(2, 9, n)
    how[:, 7] = np.where(rng.random(n) < 0.08, rng.uniform(5, 100, n), 0)
    return how


def _forearm_vertices(asset: HandAsset) -> np.ndarray:
    """int32 indices of the vertices that follow the forearm most."""
    chosen = (asset.skin_bones[:, 0] == 0) & (asset.skin_weights[:, 0] > 0.5)
    return np.flatnonzero(chosen).astype(np.int32)


def _as_float32(block: _Block) -> _Block:
    """The block with its float arrays as float32, which the compiled code expects."""
    arrays = {f.name: getattr(block, f.name) for f in fields(block)}
    floats = {k: v.astype(np.float32) for k, v in arrays.items() if v.dtype == np.float64}
    return _Block(**{**arrays, **floats})
