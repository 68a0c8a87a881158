"""A public data set as training samples: crops of right hands with our 21 joints, read on demand.

What a label file lacks is filled in (`JointSet.to_ours`); that joints which a set does not label
teach nothing is the losses' affair (`stage.Context.labels`). Sample i of a source depends on (seed,
i) alone, so that workers, resuming and several processes see the same.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from app.data.annotated_set import AnnotatedSet, Splits
from app.data.public_sets import open_set
from app.data.source import Arrays, ArraySource, Layout
from app.data.subset import labelled_samples
from app.data.synthetic import CROP_LAYOUT, sample_poses
from app.errors import DataError
from app.frames import BACKGROUND, CROP_SIZE, CUBE_MM, Hand, HandCrop
from app.segmentation.crop import camera_to_crop, make_crop
from app.skeleton import BONES, MCP, WRIST, mirror
from app.training.config import TrainingConfig

OFF_MM = 6.0  # standard deviation of the centre, each axis, while training, where sets are varied
SIZE = 0.1  # of the cube, log-uniform up or down
REACH_MM = 30.0  # a reading farther from every bone is not the hand
BEHIND_MM = 10.0  # past the wrist the forearm begins


@dataclass
class SetCrops:
    """Crops of a split: sample i shows frame i.

    `spread`: so many samples, evenly over the split (for validation).
    """

    frames: AnnotatedSet
    seed: int
    jitter: bool = True
    spread: int = 0
    layout: Layout = field(default_factory=lambda: dict(CROP_LAYOUT))
    _told: set[str] = field(default_factory=set, repr=False)

    def __len__(self) -> int:
        return len(self.frames)

    def arrays(self, start: int, n: int) -> Arrays:
        """Raises DataError for a damaged picture, unless such are skipped."""
        made = [self._sample(i) for i in range(start, start + n)]
        return {name: np.stack([sample[name] for sample in made]) for name in self.layout}

    def _sample(self, i: int) -> Arrays:
        count = len(self)
        row = i * count // self.spread if self.spread else i
        for further in range(count):
            try:
                return self._crop(i, (row + further) % count)
            except DataError as error:
                if self.frames.bad == "refuse":
                    raise
                self._tell(error.message)
        raise DataError(f"not one picture of {self.frames.root} can be read")

    def _crop(self, i: int, row: int) -> Arrays:
        frame, chosen = self.frames.frame(row), self.frames.joints
        joints = chosen.to_ours(self.frames.labels_mm[row]).astype(np.float32)
        centre, cube = joints.mean(0), CUBE_MM
        if self.jitter:
            rng = np.random.default_rng([self.seed, 23, i])
            centre = centre + rng.normal(0, OFF_MM, 3).astype(np.float32)
            cube *= float(np.exp(rng.uniform(-SIZE, SIZE)))
        crop = make_crop(frame, centre, cube, mirrored=chosen.hand == "left")
        place = camera_to_crop(joints, crop)
        return {
            "images": crop.image,
            "clean": hand_alone(crop, place),
            "joints": place,
            "cube_mm": np.asarray(cube, np.float32),
            "perspective": np.asarray(crop.perspective, np.float32),
            "present": np.asarray((crop.image < BACKGROUND).any()),
        }

    def _tell(self, message: str) -> None:
        """Each skipped picture is named once."""
        if message not in self._told:
            self._told.add(message)
            print(f"skipped: {message}", file=sys.stderr)


def hand_alone(crop: HandCrop, joints: np.ndarray) -> np.ndarray:
    """float32 [128, 128]: the crop without what lies away from every bone or behind the wrist.

    What the generator shall draw. joints: float32 [21, 3], normalised, of the same crop.
    """
    image, half = np.full_like(crop.image, BACKGROUND), crop.cube_mm / 2
    v, u = np.nonzero(crop.image < BACKGROUND)
    values = crop.image[v, u]
    wide = 1 + values * np.float32(crop.perspective)
    middle = (CROP_SIZE - 1) / 2
    points = np.stack([(u - middle) * wide, (v - middle) * wide, values * (CROP_SIZE / 2)], -1)
    points = (points / (CROP_SIZE / 2)).astype(np.float32)
    near = bone_distances(points, joints) < REACH_MM / half
    up = joints[MCP].mean(0) - joints[WRIST]
    up /= max(float(np.linalg.norm(up)), 1e-6)
    near &= (points - joints[WRIST]) @ up > -BEHIND_MM / half
    image[v[near], u[near]] = values[near]
    return image


def bone_distances(points: np.ndarray, joints: np.ndarray) -> np.ndarray:
    """[P]: from each point [P, 3] to the nearest bone of the joints [21, 3]."""
    start, along = joints[BONES[:, 0]], joints[BONES[:, 1]] - joints[BONES[:, 0]]
    square = np.maximum((along * along).sum(1), 1e-9)
    off = points[:, None] - start  # [P, 20, 3]
    part = np.clip((off * along).sum(2) / square, 0, 1)
    apart = off - part[..., None] * along
    return np.sqrt((apart * apart).sum(2).min(1))


def right_handed(joints_mm: np.ndarray, hand: Hand) -> np.ndarray:
    """Joints [..., 21, 3] as a right hand's."""
    return mirror(joints_mm) if hand == "left" else joints_mm


@dataclass
class SetPoses:
    """Poses for the pose VAE: the labelled ones of the training split.

    `share` of them, the others synthetic, whose hands the set's labels are too few to know.
    """

    train: AnnotatedSet
    labelled: np.ndarray  # bool [N]
    share: float

    def __call__(self, seed: int, n: int, split: Splits = "train") -> np.ndarray:
        """float32 [n, 21, 3] mm."""
        chosen = np.flatnonzero(self.labelled)
        count = round(n * self.share)
        rows = np.random.default_rng([seed, 29]).choice(chosen, count)
        joints = self.train.joints.to_ours(self.train.labels_mm[rows])
        ours = right_handed(joints, self.train.joints.hand).astype(np.float32)
        if count == n:
            return ours
        return np.concatenate([ours, sample_poses(seed, n - count, split)[: n - count]])


@dataclass(frozen=True)
class SetData:
    """What a run needs of a public set."""

    crops: Callable[[int, Splits], ArraySource]  # of seed and split
    poses: Callable[[int, int, Splits], np.ndarray]
    samples: int  # of the training split that are used
    tested: int  # frames of the test split
    train: AnnotatedSet


def open_training(config: TrainingConfig) -> SetData:
    """Both splits of the run's data set, indexed once. Raises DataError."""
    assert config.root is not None, "a public set lies in a folder"
    open_split = partial(open_set, config.dataset, config.root)
    train, test = (open_split(s, config.bad_frames, config.subject) for s in ("train", "test"))
    if config.dataset == "msra" and config.subject is None:
        test = open_split("test", config.bad_frames, 0)
    samples = min(config.samples or len(train), len(train))
    labelled = labelled_samples(config.seed, samples, config.labelled_fraction)
    if not labelled.any():
        raise DataError(f"{samples} samples hold no labelled one", "see --labelled-fraction")
    varied = config.recipe.varied_sets

    def crops(seed: int, split: Splits) -> ArraySource:
        if split == "test":
            return SetCrops(test, seed, False, min(config.validation_samples, len(test)))
        return SetCrops(train, seed, varied)

    poses = SetPoses(train, labelled, 0.5 if varied else 1.0)
    return SetData(crops, poses, samples, len(test), train)
