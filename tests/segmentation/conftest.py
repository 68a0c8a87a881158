"""Scenes by formula, so that every reading is known exactly."""

from __future__ import annotations

import numpy as np
import pytest

from app.frames import DepthFrame, HandCrop, Intrinsics
from app.geometry import unproject

UNIT_MM = 0.125


def rays(intrinsics: Intrinsics) -> np.ndarray:
    """[H, W, 3], z = 1."""
    pixels = np.stack(np.meshgrid(np.arange(intrinsics.width), np.arange(intrinsics.height)), -1)
    return unproject(pixels.astype(float), np.ones(pixels.shape[:2]), intrinsics)


def sphere_depth(direction: np.ndarray, centre: np.ndarray, radius: float) -> np.ndarray:
    """Depth along z where rays (z = 1) first meet the sphere, inf where they miss."""
    a, b = (direction**2).sum(-1), direction @ centre
    inner = b * b - a * (centre @ centre - radius**2)
    return np.where(inner > 0, (b - np.sqrt(np.maximum(inner, 0))) / a, np.inf)


def capsule_depth(
    direction: np.ndarray, start: np.ndarray, end: np.ndarray, radius: float
) -> np.ndarray:
    """As `sphere_depth`, for a chain of spheres from `start` to `end`."""
    steps = max(2, int(np.linalg.norm(end - start) / (radius * 0.25)))
    depth = np.full(direction.shape[:2], np.inf)
    for t in np.linspace(0, 1, steps):
        depth = np.minimum(depth, sphere_depth(direction, start + t * (end - start), radius))
    return depth


def crop_pixels(points: np.ndarray, crop: HandCrop) -> np.ndarray:
    """Normalised crop coordinates [..., 3] -> pixels of the crop [..., 2]."""
    half = crop.cube_mm / 2
    depth = points[..., 2:] * half + crop.distance_mm
    return points[..., :2] * half / depth * (128 * crop.distance_mm / crop.cube_mm) + 63.5


def frame_of(
    depth_mm: np.ndarray, intrinsics: Intrinsics, index: int = 0, t_s: float = 0.0, epoch: int = 0
):
    raw = (
        np.where(np.isfinite(depth_mm), np.round(depth_mm / UNIT_MM), 0)
        .clip(0, 65535)
        .astype(np.uint16)
    )
    return DepthFrame(index, epoch, t_s, t_s, raw, intrinsics, UNIT_MM)


def hand_depth(direction: np.ndarray, palm: np.ndarray, arm_to: np.ndarray) -> np.ndarray:
    """A crude open hand (palm and five fingers) with its forearm, fingers pointing up."""

    def limb(x0, y0, x1, y1, radius):
        start, end = palm + np.array([x0, y0, 0.0]), palm + np.array([x1, y1, 0.0])
        return capsule_depth(direction, start, end, radius)

    depth = capsule_depth(direction, palm + np.array([0, 75.0, 20]), arm_to, 30)
    for x in (-24.0, -8.0, 8.0, 24.0):
        palm_and_finger = limb(x, 40, x, -30, 14), limb(x, -30, x * 1.7, -110, 8)
        depth = np.minimum(depth, np.minimum(*palm_and_finger))
    return np.minimum(depth, limb(30, 30, 75, -35, 10))


@pytest.fixture
def pinhole() -> Intrinsics:
    return Intrinsics(640, 480, 476.0, 476.0, 313.7, 242.8)


@pytest.fixture
def bent() -> Intrinsics:
    return Intrinsics(640, 480, 476.0, 470.0, 313.7, 242.8, (0.12, -0.25, 0.002, -0.001, 0.05))


@pytest.fixture
def small() -> Intrinsics:
    """A quarter of the pixels, for tests of many frames."""
    return Intrinsics(320, 240, 240.0, 240.0, 158.0, 121.0)
