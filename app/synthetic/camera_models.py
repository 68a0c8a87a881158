"""The depth cameras that rendered scenes imitate: size, focal length, range, blind spots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from app.cv import cv2
from app.frames import Intrinsics


@dataclass(frozen=True, slots=True)
class CameraKind:
    """One family of sensors. Lengths in mm, focal lengths in pixels."""

    name: str
    width: int
    height: int
    focal: tuple[float, float]
    hand_mm: tuple[float, float]  # a hand is held between these distances
    range_mm: tuple[float, float]  # nothing farther than a limit drawn between these is seen
    weight: float  # how often it is drawn
    sensor: Literal["structured", "stereo", "flight"] = "flight"
    vignette: float = 0.0  # far surfaces vanish beyond this many half diagonals; 0: never


CAMERAS: dict[str, CameraKind] = {
    kind.name: kind
    for kind in (
        CameraKind(
            "sr305", 640, 480, (468, 484), (220, 850), (900, 1700), 2.0, sensor="structured"
        ),
        CameraKind("kinect2", 512, 424, (360, 368), (450, 1400), (2500, 5500), 1.5, vignette=0.85),
        CameraKind("d435", 640, 480, (382, 392), (260, 1200), (1500, 6000), 1.5, sensor="stereo"),
        CameraKind(
            "d435_wide", 848, 480, (418, 430), (260, 1200), (1500, 6000), 0.5, sensor="stereo"
        ),
        CameraKind(
            "kinect1", 640, 480, (572, 590), (450, 1400), (2000, 5000), 1.5, sensor="structured"
        ),
        CameraKind("icvl", 320, 240, (238, 245), (220, 680), (720, 1500), 0.7),
        CameraKind("azure", 640, 576, (500, 508), (350, 1400), (2500, 5500), 1.0, vignette=0.95),
    )
}


def sample_camera(
    rng: np.random.Generator, names: tuple[str, ...] | None, scale: float
) -> tuple[CameraKind, Intrinsics]:
    """A camera of one of the named kinds (all by default), its image `scale` times the true size.

    Intrinsics keep pixel centres at integers: (u + 0.5) scales, not u.
    """
    kinds = [CAMERAS[name] for name in names or CAMERAS]
    weights = np.array([kind.weight for kind in kinds])
    kind = kinds[rng.choice(len(kinds), p=weights / weights.sum())]
    focal = rng.uniform(*kind.focal) * scale
    width, height = round(kind.width * scale), round(kind.height * scale)
    middle = np.array([kind.width - 1, kind.height - 1]) / 2 + rng.normal(0, 5, 2)
    cx, cy = (middle + 0.5) * scale - 0.5
    return kind, Intrinsics(width, height, float(focal), float(focal), float(cx), float(cy))


def lose_far_pixels(
    rng: np.random.Generator, depth_mm: np.ndarray, kind: CameraKind, far_mm: float
) -> None:
    """Sets to `far_mm`, in place, what is beyond the camera's range or in its dark corners."""
    height, width = depth_mm.shape
    limit = min(rng.uniform(*kind.range_mm), far_mm)
    patches = cv2.resize(
        rng.random((12, 16), np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    depth_mm[depth_mm > limit * (0.93 + 0.1 * patches)] = far_mm
    if kind.vignette:
        y = (np.arange(height, dtype=np.float32)[:, None] / height - 0.5) * np.float32(height)
        x = (np.arange(width, dtype=np.float32)[None] / width - 0.5) * np.float32(width)
        radius2 = (x * x + y * y) / np.float32((width**2 + height**2) / 4)
        dark = radius2 > (kind.vignette * (0.92 + 0.16 * patches)) ** 2
        depth_mm[dark & (depth_mm > 1500)] = far_mm
