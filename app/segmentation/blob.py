"""The connected piece of surface round a point, and the hand's centre on it.

The cube's footprint is read on a coarse grid, the surface is followed from the readings nearest to
the start across small steps of depth, and the centre is the mean of what was reached, weighted
down with distance so that the forearm counts little (iterated refinement as in Wan et al. 2017,
but on the connected surface alone).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from app.frames import CUBE_MM, DepthFrame
from app.jit import njit
from app.segmentation.canvas import Canvas
from app.segmentation.optics import distort_point

GRID = 56  # cells along a side of the footprint in a frame
CANVAS_GRID = 28  # and in a canvas, which is coarser and only says where to look
REACH_MM = 45.0  # the surface is entered at readings no further than this from the start
SURFACE_TO_JOINTS_MM = 12.0  # joints lie this deep under the visible surface, on average


@dataclass(frozen=True, slots=True)
class Blob:
    """A connected surface: its centre, and how much of it is seen."""

    centre_mm: np.ndarray  # float32 [3], camera frame, moved from the surface to the joints' depth
    area_mm2: float  # within half a cube of the centre, measured across the line of sight


def find_blob(
    source: DepthFrame | Canvas, centre_mm: np.ndarray, cube_mm: float = CUBE_MM, steps: int = 4
) -> Blob | None:
    """The surface connected to `centre_mm` ([3], camera frame), or None where there is none."""
    if isinstance(source, Canvas):
        depth, unit = source.depth_mm, 1.0
        camera = (source.focal, source.focal, source.cx, source.cy)
        lens, grid = (0.0, 0.0, 0.0, 0.0, 0.0), CANVAS_GRID
    else:
        k = source.intrinsics
        depth, unit, lens = source.depth_raw, float(source.depth_unit_mm), k.distortion
        grid = GRID
        camera = (k.fx, k.fy, k.cx, k.cy)
    centre = np.array(centre_mm, np.float64)
    centre *= 1 - SURFACE_TO_JOINTS_MM / np.linalg.norm(centre)
    area = 0.0
    for _ in range(steps):
        if not centre[2] > 1:
            return None
        moved, area = _mean_of_surface(depth, unit, camera, lens, centre, float(cube_mm), grid)
        if area <= 0:
            return None
        shift = np.linalg.norm(moved - centre)
        centre = moved
        if shift < 1.0:
            break
    centre *= 1 + SURFACE_TO_JOINTS_MM / np.linalg.norm(centre)
    return Blob(centre.astype(np.float32), float(area))


@njit
def _mean_of_surface(depth, unit, camera, lens, centre, cube, grid):
    """(mean [3] of the surface connected to `centre`, its area): one step of the refinement."""
    rows, columns = depth.shape
    pitch = cube / grid
    points = np.zeros((grid, grid, 3))
    state = np.zeros((grid, grid), np.uint8)  # 0 nothing there, 1 surface, 2 reached
    queue = np.empty((grid * grid, 2), np.int64)
    entry = np.inf
    for i in range(grid):
        for j in range(grid):
            a = (centre[0] + (j + 0.5 - grid / 2) * pitch) / centre[2]
            b = (centre[1] + (i + 0.5 - grid / 2) * pitch) / centre[2]
            x, y = distort_point(a, b, lens)
            u = math.floor(x * camera[0] + camera[2] + 0.5)
            v = math.floor(y * camera[1] + camera[3] + 0.5)
            if u < 0 or v < 0 or u >= columns or v >= rows:
                continue
            z = depth[v, u] * unit
            if z <= 0 or abs(z - centre[2]) > cube / 2:
                continue
            points[i, j, 0], points[i, j, 1], points[i, j, 2] = a * z, b * z, z
            state[i, j] = 1
            away = _distance(points[i, j], centre)
            entry = min(entry, away)
    return _flood(points, state, queue, centre, max(entry + 12.0, REACH_MM), cube)


@njit
def _distance(p, q):
    return math.sqrt((p[0] - q[0]) ** 2 + (p[1] - q[1]) ** 2 + (p[2] - q[2]) ** 2)


@njit
def _flood(points, state, queue, centre, reach, cube):
    """Weighted mean and area of the surface reached from within `reach` of the centre."""
    size = state.shape[0]
    pitch = cube / size
    step = 8.0 + 2.0 * pitch  # a steep but unbroken surface
    tail = 0
    for i in range(size):
        for j in range(size):
            if state[i, j] == 1 and _distance(points[i, j], centre) <= reach:
                state[i, j] = 2
                queue[tail, 0], queue[tail, 1] = i, j
                tail += 1
    head = 0
    while head < tail:
        i, j = queue[head]
        head += 1
        for di, dj in ((0, 1), (1, 0), (0, -1), (-1, 0), (0, 2), (2, 0), (0, -2), (-2, 0)):
            m, n = i + di, j + dj
            if 0 <= m < size and 0 <= n < size and state[m, n] == 1:
                allowed = step * (abs(di) + abs(dj))
                if abs(points[m, n, 2] - points[i, j, 2]) <= allowed:
                    state[m, n] = 2
                    queue[tail, 0], queue[tail, 1] = m, n
                    tail += 1
    total, area = 0.0, 0.0
    mean = np.zeros(3)
    for k in range(tail):
        p = points[queue[k, 0], queue[k, 1]]
        away = _distance(p, centre)
        if away < cube / 2:
            weight = (1 - (away / (cube / 2)) ** 2) ** 2
            total += weight
            mean += weight * p
            area += (pitch * p[2] / centre[2]) ** 2
    return (mean / total if total > 0 else mean), area
