"""Where a hand could be, found without a network: ends of limbs of a hand's size.

Seen within 95 mm of its middle a hand shows one to two square decimetres of connected surface, and
there is little more beyond, in one direction: the wrist. A torso goes on all around, an elbow on
two sides, a head is larger, a cup ends nowhere. Those properties are measured for the best peaks
of "much near, little further out" and weighed by a logistic regression fitted to rendered scenes
(`app.training.localise`).
"""

from __future__ import annotations

import math

import numpy as np

from app.jit import njit
from app.segmentation.canvas import Canvas

NEAREST_MM, FURTHEST_MM = 150.0, 1500.0
INNER_MM, SHELL_MM, OUTER_MM = 95.0, 115.0, 165.0
SEED_STEP, WINDOW_STEP = 4, 3  # canvas pixels
BEHIND_MM = 55.0  # a surface further behind a seed is taken for the background
APART_MM = 60.0  # two candidates are further apart than this
N_BINS = 24  # directions round a candidate
NEARBY_MM = 60.0  # the surface of a point is no further away than this
FEATURES = (
    "inner_area",  # dm2 of surface within INNER_MM
    "shell_area",  # dm2 between SHELL_MM and OUTER_MM
    "shell_angle",  # share of directions in which the shell has surface
    "exits",  # separate runs of such directions
    "recess",  # dm by which the shell lies behind the inner surface
    "outline",  # length of the silhouette over the root of the inner area
    "covered",  # share of the silhouette where the neighbour is nearer: something hides the rest
    "relief",  # standard deviation of the inner depth, 50 mm
    "behind",  # 300 mm behind the nearest thing in view
    "distance",  # log(z / 600 mm)
)
SUMS = np.dtype(  # over the surface connected to a candidate
    [
        ("inner", np.float64),  # mm2 within INNER_MM
        ("inner_z", np.float64),  # mm3: weighted by depth from the candidate
        ("inner_zz", np.float64),  # mm4: by its square
        ("shell", np.float64),  # mm2 beyond SHELL_MM
        ("shell_z", np.float64),  # mm3
        ("edge", np.float64),  # mm of silhouette within INNER_MM
        ("covered", np.float64),  # mm of it where the neighbour is nearer
    ]
)
# Logistic regressions on the features, their squares and 1; NETWORK_WEIGHTS: on its logit first.
WEIGHTS = np.array(
    (
        *(0.137, 0.028, -6.367, -0.439, 1.113, 3.414, -3.386, -3.018, -0.504, 0.661),
        *(0.536, -0.008, 4.353, -0.066, 1.026, -0.161, 3.087, 0.087, -0.178, -0.445),
        -12.868,
    )
)
NETWORK_WEIGHTS = np.array(
    (
        2.146,
        *(2.641, -0.378, -5.95, 1.022, 0.999, 1.342, 2.793, -6.348, 0.103, 1.103),
        *(0.015, 0.094, 4.355, -0.455, 0.223, 0.007, -0.696, 1.686, -0.078, -0.454),
        -7.506,
    )
)


def find_candidates(canvas: Canvas, limit: int = 24) -> tuple[np.ndarray, np.ndarray]:
    """Surface points that could be the middle of a hand [n, 3] mm, their features [n, 10]."""
    seeds, scores = _score_seeds(canvas.depth_mm, (canvas.focal, canvas.cx, canvas.cy))
    chosen: list[int] = []
    while scores.size and len(chosen) < limit:
        best = int(np.argmax(scores))
        if scores[best] == -np.inf:
            break
        chosen.append(best)
        scores[((seeds - seeds[best]) ** 2).sum(1) < APART_MM**2] = -np.inf
    points = seeds[chosen]
    return points, describe(canvas, points)


def describe(canvas: Canvas, points_mm: np.ndarray) -> np.ndarray:
    """Features [n, 10] of the surface at the points [n, 3]; zeros where none is near."""
    depth = canvas.depth_mm
    features = np.zeros((len(points_mm), len(FEATURES)))
    readings = depth[::3, ::3][depth[::3, ::3] > 0]
    if readings.size == 0:
        return features
    nearest = float(np.percentile(readings, 2))
    for k, point in enumerate(points_mm):
        surface = _surface_by(canvas, point)
        if surface is not None:
            features[k] = _describe(depth, (canvas.focal, canvas.cx, canvas.cy), surface, nearest)
    return features


def _surface_by(canvas: Canvas, point: np.ndarray) -> np.ndarray | None:
    """The reading nearest to the point [3], if one is within NEARBY_MM of it."""
    half = int(NEARBY_MM / point[2] * canvas.focal) + 1
    u, v = np.round(canvas.pixels(point)).astype(int)
    rows, columns = np.mgrid[
        max(v - half, 0) : min(v + half + 1, canvas.depth_mm.shape[0]),
        max(u - half, 0) : min(u + half + 1, canvas.depth_mm.shape[1]),
    ]
    patch = canvas.depth_mm[rows, columns]
    around = canvas.points(np.stack([columns, rows], -1), patch)
    away = np.where(patch > 0, np.linalg.norm(around - point, axis=-1), np.inf)
    if away.size == 0 or away.min() > NEARBY_MM:
        return None
    return around[np.unravel_index(np.argmin(away), away.shape)]


def expand(features: np.ndarray) -> np.ndarray:
    """[n, 10] -> [n, 21]: the features, their squares and 1."""
    return np.concatenate([features, features**2, np.ones((len(features), 1))], 1)


def hand_probability(features: np.ndarray, heat: np.ndarray | None = None) -> np.ndarray:
    """[n, 10] and, where the network proposed them, its probabilities [n] -> [n], 0..1."""
    terms, weights = expand(features), WEIGHTS
    if heat is not None:
        terms, weights = np.concatenate([logit(heat)[:, None], terms], 1), NETWORK_WEIGHTS
    return sigmoid(terms @ weights)


def sigmoid(logits: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-x)), without overflow."""
    return 1 / (1 + np.exp(-np.clip(logits, -30, 30)))


def logit(p: np.ndarray) -> np.ndarray:
    """log(p / (1 - p)), bounded."""
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return np.log(p / (1 - p))


@njit
def _score_seeds(depth, view):
    """Surface points on a coarse grid [n, 3], and the area near each less that further out, dm2."""
    rows, columns = depth.shape
    focal, cx, cy = view
    most = ((rows // SEED_STEP) + 1) * ((columns // SEED_STEP) + 1)
    seeds, scores, n = np.zeros((most, 3)), np.zeros(most), 0
    for i in range(SEED_STEP // 2, rows, SEED_STEP):
        for j in range(SEED_STEP // 2, columns, SEED_STEP):
            z = depth[i, j]
            if z < NEAREST_MM or z > FURTHEST_MM:
                continue
            x, y = (j - cx) / focal * z, (i - cy) / focal * z
            half = int(OUTER_MM / z * focal)
            inner, shell = 0.0, 0.0
            for m in range(max(i - half, 0), min(i + half + 1, rows), WINDOW_STEP):
                for n_ in range(max(j - half, 0), min(j + half + 1, columns), WINDOW_STEP):
                    w = depth[m, n_]
                    if w <= 0 or z - w > OUTER_MM or w - z > BEHIND_MM:
                        continue
                    px, py = (n_ - cx) / focal * w, (m - cy) / focal * w
                    away = (px - x) ** 2 + (py - y) ** 2 + (w - z) ** 2
                    if away < INNER_MM**2:
                        inner += w * w
                    elif SHELL_MM**2 < away < OUTER_MM**2:
                        shell += w * w
            cell = (WINDOW_STEP / focal) ** 2 / 1e4
            if inner * cell < 0.2:
                continue
            seeds[n, 0], seeds[n, 1], seeds[n, 2] = x, y, z
            scores[n] = 1.0 + min(inner * cell, 1.5) - 0.5 * shell * cell
            n += 1
    return seeds[:n], scores[:n]


@njit
def _describe(depth, view, centre, nearest):
    """The features of one candidate, on the surface connected to it."""
    sums, bins = np.zeros(1, SUMS), np.zeros(N_BINS, np.uint8)
    _follow_surface(depth, view, centre, sums, bins)
    return _features(sums, bins, centre[2], nearest)


@njit
def _features(total, bins, z, nearest):
    """FEATURES, from the sums `total` [1] over a surface at the distance z."""
    sums = total[0]  # of an array that the caller holds: a record alone keeps none alive
    out = np.zeros(len(FEATURES))
    inner, shell, edge = sums["inner"], sums["shell"], sums["edge"]
    if inner > 0:
        mean = sums["inner_z"] / inner
        out[0] = min(inner / 1e4, 3.0)
        out[1] = min(shell / 1e4, 3.0)
        out[2] = bins.sum() / N_BINS
        out[3] = _count_runs(bins)
        out[4] = 0.0 if shell == 0 else max(-1.5, min(1.5, (sums["shell_z"] / shell - mean) / 100))
        out[5] = min(edge / math.sqrt(inner), 8.0)
        out[6] = sums["covered"] / edge if edge > 0 else 0.0
        out[7] = math.sqrt(max(sums["inner_zz"] / inner - mean * mean, 0.0)) / 50
        out[8] = min((z - nearest) / 300, 3.0)
        out[9] = math.log(z / 600)
    return out


@njit
def _follow_surface(depth, view, centre, total, bins):
    """Fill `total` [1] over the surface connected to `centre`, `bins` where its shell has any."""
    sums = total[0]
    rows, columns = depth.shape
    focal, cx, cy = view
    z = centre[2]
    i0 = math.floor(centre[1] / z * focal + cy + 0.5)
    j0 = math.floor(centre[0] / z * focal + cx + 0.5)
    half = int(OUTER_MM / z * focal) + 2
    size = 2 * half + 1
    reached = np.zeros((size, size), np.uint8)
    queue = np.empty((size * size, 2), np.int64)
    queue[0, 0], queue[0, 1] = half, half
    reached[half, half] = 1
    head, tail = 0, 1
    while head < tail:
        a, b = queue[head]
        head += 1
        i, j = i0 + a - half, j0 + b - half
        w = depth[i, j]
        point = ((j - cx) / focal * w - centre[0], (i - cy) / focal * w - centre[1], w - z)
        near = _add(sums, bins, point, (w / focal) ** 2)
        for di, dj in ((0, 1), (1, 0), (0, -1), (-1, 0)):
            m, n = i + di, j + dj
            if m < 0 or n < 0 or m >= rows or n >= columns:
                continue
            q = depth[m, n]
            if q > 0 and abs(q - w) < 8.0 + 3.0 * w / focal:
                qx, qy = (n - cx) / focal * q - centre[0], (m - cy) / focal * q - centre[1]
                inside = qx * qx + qy * qy + (q - z) ** 2 < OUTER_MM**2
                a2, b2 = a + di, b + dj
                held = inside and 0 <= a2 < size and 0 <= b2 < size
                if held and reached[a2, b2] == 0:
                    reached[a2, b2] = 1
                    queue[tail, 0], queue[tail, 1] = a2, b2
                    tail += 1
            elif near:
                sums["edge"] += w / focal
                if 0 < q < w:
                    sums["covered"] += w / focal


@njit
def _add(sums, bins, point, cell):
    """Count one reading, `point` from the centre and `cell` large; is it within INNER_MM?"""
    x, y, z = point
    away = math.sqrt(x * x + y * y + z * z)
    if away < INNER_MM:
        sums["inner"] += cell
        sums["inner_z"] += cell * z
        sums["inner_zz"] += cell * z * z
    elif away > SHELL_MM:
        sums["shell"] += cell
        sums["shell_z"] += cell * z
        bins[int((math.atan2(y, x) / (2 * math.pi) + 1.0) * N_BINS) % N_BINS] = 1
    return away < INNER_MM


@njit
def _count_runs(bins):
    """How many separate runs of ones a ring of zeros and ones has."""
    runs = 0
    for k in range(bins.shape[0]):
        if bins[k] == 1 and bins[k - 1] == 0:
            runs += 1
    return runs
