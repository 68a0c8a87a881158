"""What of a frame lies inside the crop's cube: a mask over the image, and points in space."""

from __future__ import annotations

import math

import numpy as np

from app.frames import DepthFrame, HandCrop
from app.geometry import unproject
from app.segmentation.crop import crop_footprint

Window = tuple[slice, slice]  # rows, columns


def cube_window(frame: DepthFrame, crop: HandCrop) -> Window | None:
    """The part of the image in which the cube can be seen; None: it is not in the picture."""
    outline = crop_footprint(crop, frame.intrinsics)
    if not np.isfinite(outline).all():
        return None
    height, width = frame.depth_raw.shape
    x0, y0 = np.clip(np.floor(outline.min(0)), 0, (width, height)).astype(int)
    x1, y1 = np.clip(np.ceil(outline.max(0)) + 1, 0, (width, height)).astype(int)
    return (slice(y0, y1), slice(x0, x1)) if x0 < x1 and y0 < y1 else None


def cube_mask(frame: DepthFrame, crop: HandCrop) -> tuple[Window, np.ndarray] | None:
    """(window, bool [h, w] of it): the pixels whose reading is inside the cube.

    That is what the network sees. None where the cube is not in the picture.
    """
    window = cube_window(frame, crop)
    if window is None:
        return None
    raw, rays = _readings(frame, window, 1)
    return window, _inside(raw, rays, crop, frame.depth_unit_mm)


def cube_points(frame: DepthFrame, crop: HandCrop, most: int = 6000) -> np.ndarray:
    """float32 [n, 3] mm, camera frame: readings inside the cube.

    Every k-th pixel of every k-th row is taken, so that n stays below about `most`.
    """
    window = cube_window(frame, crop)
    if window is None:
        return np.zeros((0, 3), np.float32)
    rows, columns = window
    area = (rows.stop - rows.start) * (columns.stop - columns.start)
    raw, rays = _readings(frame, window, max(1, math.ceil(math.sqrt(area / (2 * most)))))
    inside = _inside(raw, rays, crop, frame.depth_unit_mm)
    depth = raw[inside].astype(np.float32) * np.float32(frame.depth_unit_mm)
    return np.stack([rays[0][inside] * depth, rays[1][inside] * depth, depth], -1)[:most]


def _readings(
    frame: DepthFrame, window: Window, step: int
) -> tuple[np.ndarray, tuple[np.ndarray, np.ndarray]]:
    """Raw readings [h, w] of every `step`-th pixel and x / z, y / z [h, w] of their rays."""
    rows = np.arange(window[0].start, window[0].stop, step)
    columns = np.arange(window[1].start, window[1].stop, step)
    raw = frame.depth_raw[window][::step, ::step]
    k = frame.intrinsics
    if k.distorted:
        pixels = np.stack(np.meshgrid(columns, rows), -1).astype(np.float32)
        x, y, _ = np.moveaxis(unproject(pixels, np.ones(raw.shape, np.float32), k), -1, 0)
    else:
        x = np.broadcast_to(((columns - k.cx) / k.fx).astype(np.float32), raw.shape)
        y = np.broadcast_to(((rows - k.cy) / k.fy).astype(np.float32)[:, None], raw.shape)
    return raw, (x, y)


def _inside(
    raw: np.ndarray, rays: tuple[np.ndarray, np.ndarray], crop: HandCrop, unit_mm: float
) -> np.ndarray:
    """bool [h, w]: as `make_crop` decides, from the frame's side."""
    turn = crop.rotation.astype(np.float32)
    x, y = rays
    ahead = turn[2, 0] * x + turn[2, 1] * y + turn[2, 2]
    reach = np.float32(crop.perspective) * ahead
    gap = raw * np.float32(unit_mm) * ahead - np.float32(crop.distance_mm)
    inside = (raw > 0) & (ahead > 0) & (np.abs(gap) < crop.cube_mm / 2)
    for row in turn[:2]:
        inside &= np.abs(row[0] * x + row[1] * y + row[2]) < reach
    return inside
