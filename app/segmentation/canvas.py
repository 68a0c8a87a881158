"""A frame as every camera would see it: a small pinhole image of one fixed focal length.

At a fixed focal length the size of a thing in pixels depends on its distance alone, so that the
locator need not know the camera. A wide camera fills a larger canvas. Lens distortion is undone on
the way.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.frames import DepthFrame
from app.jit import njit
from app.segmentation.optics import distort_point, is_distorted

FOCAL_PX = 120.0  # at 600 mm one canvas pixel is 5 mm
MULTIPLE = 16  # both sides of the canvas are multiples of this, for the strides of the network
LARGEST = (256, 192)  # width, height; beyond it the rim of the view is left out
FAR_MM = 2500.0  # readings are clipped here
REFERENCE_MM = 600.0  # where the network's log depth is 0
HOLE = 1.5  # the network's log depth where there is no reading: behind everything
# Where a canvas pixel is sampled, relative to its centre.
TAPS = ((0.0, 0.0), (-0.25, -0.25), (0.25, -0.25), (-0.25, 0.25), (0.25, 0.25))


@dataclass(frozen=True, slots=True)
class Canvas:
    """The frame resampled to `FOCAL_PX`."""

    depth_mm: np.ndarray  # float32 [h, w], 0: no reading
    cx: float  # canvas pixels
    cy: float
    focal: float = FOCAL_PX

    def pixels(self, points_mm: np.ndarray) -> np.ndarray:
        """[..., 3] mm, camera frame -> [..., 2] canvas pixels (column, row)."""
        x, y, z = np.moveaxis(np.asarray(points_mm, float), -1, 0)
        return np.stack([x / z * self.focal + self.cx, y / z * self.focal + self.cy], -1)

    def points(self, pixels: np.ndarray, depth_mm: np.ndarray | float) -> np.ndarray:
        """[..., 2] canvas pixels and [...] mm -> [..., 3] mm, camera frame."""
        pixels = np.asarray(pixels, float)
        x = (pixels[..., 0] - self.cx) / self.focal
        y = (pixels[..., 1] - self.cy) / self.focal
        return np.stack([x * depth_mm, y * depth_mm, depth_mm * np.ones_like(x)], -1)


def make_canvas(
    frame: DepthFrame, focal: float = FOCAL_PX, multiple: int = MULTIPLE, zoom: float = 1.0
) -> Canvas:
    """Resample the frame.

    A canvas pixel is the lower median of its valid readings among five, or 0. zoom: a canvas that
    is finer and reaches farther by this factor, for things that are far away.
    """
    k, focal = frame.intrinsics, focal * zoom
    scale_x, scale_y = focal / k.fx, focal / k.fy
    width = min(math.ceil(k.width * scale_x / multiple) * multiple, round(LARGEST[0] * zoom))
    height = min(math.ceil(k.height * scale_y / multiple) * multiple, round(LARGEST[1] * zoom))
    cx = (k.cx + 0.5) * scale_x - 0.5 + (width - k.width * scale_x) / 2
    cy = (k.cy + 0.5) * scale_y - 0.5 + (height - k.height * scale_y) / 2
    depth = np.zeros((height, width), np.float32)
    _resample(
        frame.depth_raw,
        np.float32(frame.depth_unit_mm),
        (k.fx, k.fy, k.cx, k.cy),
        k.distortion,
        (focal, cx, cy, FAR_MM * zoom),
        depth,
    )
    return Canvas(depth, cx, cy, focal)


def localiser_input(frame: DepthFrame) -> tuple[np.ndarray, Canvas]:
    """What the heat map network reads, float32 [1, 2, h, w], and the canvas it was made from.

    Channel 0: log(z / 600 mm), clipped at log(2500 / 600), `HOLE` where there is no reading.
    Channel 1: 1 where there is a reading, else 0. h and w are multiples of 16 and differ from
    camera to camera.
    """
    canvas = make_canvas(frame)
    return canvas_input(canvas.depth_mm)[None], canvas


def canvas_input(depth_mm: np.ndarray) -> np.ndarray:
    """float32 [h, w] mm -> float32 [2, h, w], see `localiser_input`."""
    valid = depth_mm > 0
    channels = np.empty((2, *depth_mm.shape), np.float32)
    np.log(np.where(valid, depth_mm, 1) / np.float32(REFERENCE_MM), out=channels[0])
    channels[0][~valid] = HOLE
    channels[1] = valid
    return channels


@njit
def _resample(raw, unit, camera, lens, view, out):
    """Fill `out` [h, w]; camera = fx fy cx cy of `raw`, view = focal cx cy farthest of `out`."""
    rows, columns = raw.shape
    bent = is_distorted(lens)
    step_x, step_y = camera[0] / view[0], camera[1] / view[0]
    taps = np.empty(5, np.float32)
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            a = (j - view[1]) / view[0]
            b = (i - view[2]) / view[0]
            if bent:
                a, b = distort_point(a, b, lens)
            x = a * camera[0] + camera[2]
            y = b * camera[1] + camera[3]
            n = 0
            for tap in TAPS:
                u = math.floor(x + tap[0] * step_x + 0.5)
                v = math.floor(y + tap[1] * step_y + 0.5)
                if 0 <= u < columns and 0 <= v < rows and raw[v, u] > 0:
                    value = raw[v, u] * unit
                    k = n
                    while k > 0 and taps[k - 1] > value:
                        taps[k] = taps[k - 1]
                        k -= 1
                    taps[k] = value
                    n += 1
            if n >= 2:
                out[i, j] = min(taps[(n - 1) // 2], np.float32(view[3]))
