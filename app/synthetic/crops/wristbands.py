"""Watches and bracelets: bands round the wrist, drawn with the hand that wears them.

A band follows the convex outline of the forearm where it sits, so it fits every arm. Lengths in mm.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from app.geometry import unit
from app.synthetic.raster import Pinhole, rasterise
from app.synthetic.solids import BOX, CYLINDER, draw_solid, make_solids

SHARE = 0.14  # of the hands wear one
WATCH_SHARE = 0.6  # of these
BAND = np.dtype(
    [
        ("start_mm", np.float32),  # behind the wrist
        ("width_mm", np.float32),  # along the arm; 0: none is worn
        ("thickness_mm", np.float32),
        ("gap_mm", np.float32),  # to the skin
        ("case_radius_mm", np.float32),  # of the watch; 0: a bracelet
        ("case_height_mm", np.float32),
        ("square", np.bool_),  # the watch has corners
        ("angle", np.float32),  # rad, of the watch away from the back of the hand
        ("tilt_mm", np.float32),  # of the band, along the arm
    ],
    align=True,
)
BAND_STREAM = 3  # of the random numbers
SIDES = 28  # of the polygon round the wrist
REACH_MM = 18.0  # skin so far before and behind the band shapes it
_ANGLES = 2 * np.pi * np.arange(SIDES) / SIDES
_ROUND = np.stack([np.cos(_ANGLES), np.sin(_ANGLES)], -1)
_TERMS = np.stack([_ROUND[:, 0] ** 2, _ROUND[:, 1] ** 2, 2 * _ROUND[:, 0] * _ROUND[:, 1]], -1)
_FIT = np.linalg.pinv(_TERMS)  # squared support values of an ellipse -> its matrix


def sample_bands(key: list[int], n: int) -> np.ndarray:
    """BAND [n]: who wears what; depends on key alone."""
    rng = np.random.default_rng([*key, BAND_STREAM])
    band = np.zeros(n, BAND)
    watch = rng.random(n) < WATCH_SHARE
    worn = rng.random(n) < SHARE
    band["start_mm"] = rng.uniform(2, 55, n)
    width = np.where(watch, rng.uniform(14, 28, n), rng.uniform(3, 24, n))
    band["width_mm"] = np.where(worn, width, 0)
    band["thickness_mm"] = np.where(watch, rng.uniform(1.5, 4, n), rng.uniform(2, 7, n))
    band["gap_mm"] = rng.uniform(0, 3, n) ** 2 / 3
    band["case_radius_mm"] = np.where(watch, rng.uniform(14, 25, n), 0)
    band["case_height_mm"] = rng.uniform(7, 15, n)
    band["square"] = rng.random(n) < 0.4
    inside = rng.random(n) < 0.12  # worn on the palm side
    band["angle"] = rng.normal(0, 0.25, n) + np.pi * inside
    band["tilt_mm"] = rng.normal(0, 4, n)
    return band


def draw_band(
    depth: np.ndarray,
    camera: Pinhole,
    skin: np.ndarray,
    ends: tuple[np.ndarray, np.ndarray],
    back: np.ndarray,
    band: np.ndarray,
) -> None:
    """Draws a band, BAND [], into depth (float32 [H, W], in place).

    skin: [m, 3] vertices of the forearm; ends: wrist and elbow [3]; back: [3] out of the back of
    the hand. All in the camera frame.
    """
    wrist, elbow = (np.asarray(end, np.float64) for end in ends)
    axis = unit(elbow - wrist)
    up = unit(back - (back @ axis) * axis)
    aside = np.cross(axis, up)
    frame = np.stack([aside, up, axis], -1)
    local = (skin - wrist) @ frame
    start, width = float(band["start_mm"]), float(band["width_mm"])
    near = local[np.abs(local[:, 2] - start - width / 2) < width / 2 + REACH_MM]
    if len(near) < 6:
        return
    middle, outline = outline_of(near[:, :2])
    rings = _rings(middle, outline, band)
    rasterise((rings @ frame.T + wrist).astype(np.float32), _FACES, camera, depth, cull=False)
    if band["case_radius_mm"] > 0:
        draw_solid(depth, camera, _case(middle, outline, band, frame, wrist)[()])


def outline_of(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(middle [2], corners [28, 2] about it) of the ellipse that best encloses points [m, 2].

    By least squares its reach in every direction is that of the points. The reach of an ellipse
    with matrix M in direction u is sqrt(u M u); its point there is M u / sqrt(u M u).
    """
    reach = (points @ _ROUND.T).max(0)
    opposite = np.roll(reach, SIDES // 2)
    middle = ((reach - opposite) / 2) @ _ROUND * 2 / SIDES
    a, b, c = _FIT @ ((reach + opposite) / 2) ** 2
    slant = np.clip(c, -0.9 * np.sqrt(a * b), 0.9 * np.sqrt(a * b))  # an ellipse whatever the skin
    matrix = np.array([[a, slant], [slant, b]])
    along = _ROUND @ matrix
    return middle, along / np.sqrt((along * _ROUND).sum(1))[:, None]


def _rings(middle: np.ndarray, outline: np.ndarray, band: np.ndarray) -> np.ndarray:
    """[4 * 28, 3] in the wrist's frame: skin, rim, rim, skin along the forearm."""
    start, width, thickness, gap = (
        float(band[name]) for name in ("start_mm", "width_mm", "thickness_mm", "gap_mm")
    )
    outward = outline / np.linalg.norm(outline, axis=1, keepdims=True)
    tilt = band["tilt_mm"] * outward[:, 1]
    rings = []
    for height, along in ((0.0, 0.0), (thickness, 0.5), (thickness, width - 0.5), (0.0, width)):
        flat = middle + outline + (gap + height) * outward
        rings.append(np.column_stack([flat, start + along + tilt]))
    return np.concatenate(rings)


def _case(
    middle: np.ndarray, outline: np.ndarray, band: np.ndarray, frame: np.ndarray, wrist: np.ndarray
) -> np.ndarray:
    """SOLID []: the watch itself, flat on the band."""
    out = np.array([np.sin(band["angle"]), np.cos(band["angle"])])
    place = outline[(outline @ out).argmax()]
    normal = frame @ np.array([*out, 0.0])
    side = np.cross(frame[:, 2], normal)
    turn = np.stack([side, frame[:, 2], normal], -1)
    radius, height = float(band["case_radius_mm"]), float(band["case_height_mm"])
    extents = np.array([radius * 0.85 if band["square"] else radius, radius, height / 2])
    lifted = middle + place + (band["gap_mm"] + height / 2 - 1) * out
    along = band["start_mm"] + band["width_mm"] / 2 + band["tilt_mm"] * out[1]
    centre = frame @ np.array([*lifted, along]) + wrist
    kind = np.array(BOX if band["square"] else CYLINDER)
    return make_solids(kind, extents, turn, centre)


def _faces() -> np.ndarray:
    """int32 [T, 3]: three strips between the four rings."""
    a = np.arange(SIDES)
    b = (a + 1) % SIDES
    quads = [np.stack([a + k * SIDES, b + k * SIDES], -1) for k in range(4)]
    strips = []
    for near, far in pairwise(quads):
        strips.append(np.column_stack([near, far[:, 0]]))
        strips.append(np.column_stack([near[:, 1], far[:, 1], far[:, 0]]))
    return np.concatenate(strips).astype(np.int32)


_FACES = _faces()
