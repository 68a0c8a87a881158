"""The depth picture of a crop: composed with clutter, spoilt by its camera, cut. Compiled whole."""

from __future__ import annotations

import math

import numpy as np

from app.jit import njit
from app.synthetic.flaws import blind, thin_out
from app.synthetic.motion_blur import blur
from app.synthetic.raster import NEAR_MM, draw_triangles
from app.synthetic.sensor_noise import degrade
from app.synthetic.solids import draw_plane

INSIDE = np.float32(1 - 1e-5)  # larger values are the far face of the cube: background
LEAST_VISIBLE = 0.6  # share of the hand that clutter must leave in sight, else the clutter goes
BEFORE_MM = 40.0  # a plane through the place of a hand that is not there begins so much nearer


@njit
def compose(scene, hand, far):
    """Takes the nearer of both into hand, unless too little of the hand would stay in sight."""
    total, seen = 0, 0
    for y in range(hand.shape[0]):
        for x in range(hand.shape[1]):
            if hand[y, x] < far:
                total += 1
                seen += hand[y, x] <= scene[y, x]
    if seen < LEAST_VISIBLE * total:
        return
    for y in range(hand.shape[0]):
        for x in range(hand.shape[1]):
            hand[y, x] = min(hand[y, x], scene[y, x])


@njit
def draw_plane_at(scene, camera, plane, points, behind):
    """Draws a plane, PLANE [], behind every point [m, 3] mm, or through them on average."""
    normal, margin = plane[()]["normal"], plane[()]["margin_mm"]
    most, mean = np.float32(-1e9), np.float32(0)
    for j in range(points.shape[0]):
        value = normal[0] * points[j, 0] + normal[1] * points[j, 1] + normal[2] * points[j, 2]
        most = max(most, value)
        mean += value / points.shape[0]
    draw_plane(scene, camera, normal, (most if behind else mean - BEFORE_MM) + margin)


@njit
def cut_border(depth, far, beyond):
    """The frame ends within the window and nothing is seen beyond; beyond: [4] as in VIEW."""
    height, width = depth.shape
    depth[:, : int(width * beyond[0])] = far
    depth[:, width - int(width * beyond[1]) :] = far
    depth[: int(height * beyond[2])] = far
    depth[height - int(height * beyond[3]) :] = far


@njit
def resample(depth, camera, view, out):
    """Fills the crop: nearest pixel of the native window, scaled; outside the cube +1.

    view: a record of VIEW; camera: of the window, with one focal length.
    """
    f, _, cx, cy = camera
    size = out.shape[0]
    height, width = depth.shape
    pitch = view["cube_mm"] / view["distance_mm"] / size * f
    columns = np.empty(size, np.int64)
    for u in range(size):
        columns[u] = math.floor((u - (size - 1) / 2) * pitch + cx + 0.5)
    scale, start = np.float32(2 / view["cube_mm"]), np.float32(view["distance_mm"])
    for v in range(size):
        y = math.floor((v - (size - 1) / 2) * pitch + cy + 0.5)
        for u in range(size):
            x = columns[u]
            value = np.float32(1)
            if 0 <= x < width and 0 <= y < height:
                value = (depth[y, x] - start) * scale
            out[v, u] = value if -1 <= value < INSIDE else np.float32(1)


@njit
def draw_clean(vertices, triangles, view, out):
    """The mesh alone, noise-free, straight into the crop's own grid. view: VIEW []."""
    size, distance, cube = out.shape[0], view[()]["distance_mm"], view[()]["cube_mm"]
    out[:] = distance + cube / 2
    middle, f = (size - 1) / 2, size * distance / cube
    draw_triangles(vertices, triangles, (f, f, middle, middle), out, NEAR_MM, True)
    scale, start = np.float32(2 / cube), np.float32(distance)
    for v in range(size):
        for u in range(size):
            value = (out[v, u] - start) * scale
            out[v, u] = value if -1 <= value < INSIDE else np.float32(1)


@njit
def finish(depth, far, camera, sample, middle, out):
    """Blurs, cuts at the frame's border, degrades and resamples the drawn window into out.

    sample: SAMPLE []; middle: [3] mm of the palm.
    """
    record = sample[()]
    view, motion = record["view"], record["motion"]
    if motion["across_px"] != 0 or motion["down_px"] != 0:
        blur(depth, far, motion)
    cut_border(depth, far, view["beyond"])
    blind(depth, far, camera, middle, sample["flaws"])
    degrade(depth, far, record["sensor"], camera[0], record["noise_seed"])
    thin_out(depth, far, sample["flaws"], record["noise_seed"])
    resample(depth, camera, view, out)
