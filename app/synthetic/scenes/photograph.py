"""What a camera makes of a scene's perfect depth: its range, its noise, what it loses from view."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.cv import cv2
from app.frames import CUBE_MM, Intrinsics
from app.geometry import project, unproject
from app.synthetic.camera_models import FrameCamera
from app.synthetic.flaws import FLAWS, sample_holes, sample_sparseness
from app.synthetic.sensor_models import SensorModel, sample_sensor


def flipped(intrinsics: Intrinsics) -> Intrinsics:
    """The camera whose picture, flipped, is that of `intrinsics` in the mirrored world."""
    return replace(intrinsics, cx=intrinsics.width - 1 - intrinsics.cx)


def widened(rng: np.random.Generator, intrinsics: Intrinsics) -> Intrinsics:
    """The same picture through a wider lens, as cameras for near hands have."""
    factor = float(rng.uniform(0.55, 1.0))
    return replace(intrinsics, fx=intrinsics.fx * factor, fy=intrinsics.fy * factor)


def sample_flaws(rng: np.random.Generator, kind: str, strict: bool) -> np.ndarray | None:
    """FLAWS [] of a scene of a kind; None: none. Strict sparse ones have one reading of nine."""
    if kind not in ("near", "sparse"):
        return None
    flaws = np.zeros(1, FLAWS)
    if kind == "near":
        sample_holes(rng, flaws, 0.4)
    elif strict:
        flaws["across"], flaws["down"] = 3, 3
    else:
        sample_sparseness(rng, flaws)
    return flaws[0, ...]


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


def clear_outside(depth_mm: np.ndarray, intrinsics: Intrinsics, centre_mm: np.ndarray) -> None:
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


def lose_far_pixels(
    rng: np.random.Generator, depth_mm: np.ndarray, camera: FrameCamera, far_mm: float
) -> None:
    """Sets to `far_mm`, in place, what is beyond the camera's range or in its dark corners."""
    height, width = depth_mm.shape
    limit = min(rng.uniform(*camera.range_mm), far_mm)
    patches = cv2.resize(
        rng.random((12, 16), np.float32), (width, height), interpolation=cv2.INTER_CUBIC
    )
    depth_mm[depth_mm > limit * (0.93 + 0.1 * patches)] = far_mm
    if camera.vignette:
        y = (np.arange(height, dtype=np.float32)[:, None] / height - 0.5) * np.float32(height)
        x = (np.arange(width, dtype=np.float32)[None] / width - 0.5) * np.float32(width)
        radius2 = (x * x + y * y) / np.float32((width**2 + height**2) / 4)
        dark = radius2 > (camera.vignette * (0.92 + 0.16 * patches)) ** 2
        depth_mm[dark & (depth_mm > 1500)] = far_mm
