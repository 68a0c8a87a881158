"""Simple solids for rendered rooms: walls, desks, chairs, monitors, boxes, bottles, capsules.

A solid is a list of convex polygons [K, 3] mm. They are cut at the near plane before they are
turned into triangles, because the rasteriser leaves out a triangle that reaches behind the camera.
World frame: the camera is the origin, x right, y DOWN along gravity, z horizontally ahead.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

Polygons = list[np.ndarray]
NEAR_MM = 80.0
LARGE_MM = 800.0  # beyond this, rounding leaves single pixels open between two triangles
# corners of a box in units of its half size; its faces counter-clockwise from outside
_CORNERS = np.array([(x, y, z) for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float)
_FACES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def triangulate(polygons: Polygons, near_mm: float = NEAR_MM) -> tuple[np.ndarray, np.ndarray]:
    """CAMERA frame polygons, cut at near_mm -> (vertices [V, 3] f4, triangles [T, 3] i4)."""
    vertices, triangles, count = [], [], 0
    for polygon in polygons:
        z = polygon[:, 2]
        if z.max() <= near_mm:
            continue
        if z.min() <= near_mm:
            polygon = cut_near(polygon, near_mm)
        k = len(polygon)
        if k < 3:
            continue
        vertices.append(polygon)
        triangles += [(count, count + j, count + j + 1) for j in range(1, k - 1)]
        if np.ptp(polygon, axis=0).max() > LARGE_MM:  # cut it a second way: the seams are covered
            fan = range(2, k)
            triangles += [(count + 1, count + j, count + (j + 1) % k) for j in fan]
        count += k
    if not count:
        return np.zeros((0, 3), np.float32), np.zeros((0, 3), np.int32)
    return np.concatenate(vertices).astype(np.float32), np.array(triangles, np.int32)


def cut_near(polygon: np.ndarray, near_mm: float) -> np.ndarray:
    """Sutherland-Hodgman against one plane: the part with z a hair beyond near_mm."""
    plane = near_mm * 1.001
    kept = []
    for a, b in zip(polygon, np.roll(polygon, -1, 0), strict=True):
        if a[2] >= plane:
            kept.append(a)
        if (a[2] >= plane) != (b[2] >= plane):
            kept.append(a + (b - a) * ((plane - a[2]) / (b[2] - a[2])))
    return np.array(kept).reshape(-1, 3)


def moved(
    polygons: Polygons, rotation: np.ndarray, translation_mm: np.ndarray | float = 0.0
) -> Polygons:
    return [polygon @ rotation.T + translation_mm for polygon in polygons]


def box(size_mm: tuple[float, float, float], centre_mm: np.ndarray, yaw: float = 0.0) -> Polygons:
    """An upright box, turned by yaw (rad) about the vertical."""
    corners = _CORNERS * (np.asarray(size_mm) / 2)
    corners = corners @ turn_about_vertical(yaw).T + centre_mm
    return [corners[list(face)] for face in _FACES]


def turn_about_vertical(yaw: float) -> np.ndarray:
    c, s = np.cos(yaw), np.sin(yaw)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def prism(
    radii_mm: np.ndarray, heights_mm: np.ndarray, foot_mm: np.ndarray, sides: int = 14
) -> Polygons:
    """A bottle, cup or lamp standing on foot_mm. radii, heights: one a ring, from the foot up."""
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    circle = np.stack([np.cos(angle), np.zeros(sides), np.sin(angle)], -1)
    rings = [
        circle * r + np.array([0, -h, 0]) + foot_mm
        for r, h in zip(radii_mm, heights_mm, strict=True)
    ]
    return _skin(rings)


def capsule(
    start_mm: np.ndarray,
    end_mm: np.ndarray,
    start_radius: float,
    end_radius: float,
    sides: int = 14,
) -> Polygons:
    """A limb segment with round ends: rings along the axis, radii in mm."""
    axis = end_mm - start_mm
    length = max(float(np.linalg.norm(axis)), 1e-6)
    axis = axis / length
    side = np.cross(axis, [0.0, 1, 0] if abs(axis[1]) < 0.9 else [1.0, 0, 0])
    side /= np.linalg.norm(side)
    angle = np.linspace(0, 2 * np.pi, sides, endpoint=False)[:, None]
    circle = np.cos(angle) * side + np.sin(angle) * np.cross(axis, side)
    rings = []
    for t in (-1.0, -0.9, -0.6, 0.0):
        rings.append(
            start_mm + axis * (t * start_radius) + circle * (start_radius * np.sqrt(1.02 - t * t))
        )
    for t in (0.0, 0.6, 0.9, 1.0):
        rings.append(
            end_mm + axis * (t * end_radius) + circle * (end_radius * np.sqrt(1.02 - t * t))
        )
    return _skin(rings)


def _skin(rings: list[np.ndarray]) -> Polygons:
    """Quads between neighbouring rings and a cap at either end, all facing outwards."""
    polygons: Polygons = [rings[0][::-1], rings[-1]]
    for low, high in pairwise(rings):
        quads = np.stack([low, np.roll(low, -1, 0), np.roll(high, -1, 0), high], 1)
        polygons.extend(quads)
    quad, centre = polygons[2], (rings[0].mean(0) + rings[1].mean(0)) / 2
    outward = np.cross(quad[1] - quad[0], quad[2] - quad[0]) @ (quad.mean(0) - centre)
    return polygons if outward > 0 else [polygon[::-1] for polygon in polygons]


def wall(distance_mm: float, yaw: float = 0.0, half_mm: float = 6000.0) -> Polygons:
    """A vertical wall across the view at z = distance, turned about its own middle."""
    corners = np.array([(-1, -1, 0), (-1, 1, 0), (1, 1, 0), (1, -1, 0)], float) * half_mm
    quad = corners @ turn_about_vertical(yaw).T + np.array([0, 0, distance_mm])
    return [quad[::-1]] if facing_away(quad) else [quad]


def level(y_mm: float, half_mm: float = 6000.0) -> Polygons:
    """Floor (y > 0) or ceiling (y < 0) through the whole room."""
    quad = np.array([(-1, 0, 1), (1, 0, 1), (1, 0, -1), (-1, 0, -1)], float) * half_mm + np.array(
        [0, y_mm, 0]
    )
    return [quad[::-1]] if facing_away(quad) else [quad]


def facing_away(polygon: np.ndarray) -> bool:
    """True when the camera at the origin sees the polygon's back."""
    return float(np.cross(polygon[1] - polygon[0], polygon[2] - polygon[0]) @ polygon[0]) > 0


def desk(
    top_mm: float, front_mm: float, depth_mm: float, width_mm: float, middle_mm: float, yaw: float
) -> Polygons:
    """A desk top 30 mm thick, its surface at y = top_mm, from z = front_mm backwards."""
    return box(
        (width_mm, 30, depth_mm), np.array([middle_mm, top_mm + 15, front_mm + depth_mm / 2]), yaw
    )


def chair(rng: np.random.Generator, foot_mm: np.ndarray) -> Polygons:
    """Seat, back and one central leg; foot_mm is the middle of its footprint on the floor."""
    yaw, width, seat = rng.uniform(-np.pi, np.pi), rng.uniform(400, 550), rng.uniform(400, 500)
    turn = turn_about_vertical(yaw)
    back = foot_mm + turn @ np.array([0, -seat - rng.uniform(250, 400), width / 2])
    return [
        *box((width, 60, width), foot_mm - np.array([0, seat, 0]), yaw),
        *box((width * 0.9, rng.uniform(300, 550), 50), back, yaw),
        *box((60, seat, 60), foot_mm - np.array([0, seat / 2, 0]), yaw),
    ]


def monitor(rng: np.random.Generator, foot_mm: np.ndarray) -> Polygons:
    """A flat screen on its stand; foot_mm stands on the desk."""
    width, yaw = rng.uniform(350, 650), rng.uniform(-0.6, 0.6)
    raised = foot_mm - np.array([0, 120 + width * 0.28, 0])
    return [
        *box((width, width * 0.56, 25), raised, yaw),
        *box((50, 140, 50), foot_mm - np.array([0, 70, 0]), yaw),
    ]


def thing(rng: np.random.Generator, foot_mm: np.ndarray, largest_mm: float = 260.0) -> Polygons:
    """A box, cup, bottle or pile standing at foot_mm."""
    kind = rng.integers(3)
    if kind == 0:
        size = rng.uniform(40, largest_mm, 3)
        return box(tuple(size), foot_mm - np.array([0, size[1] / 2, 0]), rng.uniform(-np.pi, np.pi))
    radius = rng.uniform(25, 48)
    if kind == 1:
        height = rng.uniform(70, 140)
        return prism(np.array([0.85, 1.0]) * radius, np.array([0, height]), foot_mm)
    height = rng.uniform(180, 310)
    return prism(
        np.array([1, 1, 0.4, 0.4]) * radius, np.array([0, 0.6, 0.8, 1.0]) * height, foot_mm
    )
