"""A forearm for a hand mesh that ends in a closed stub at the wrist.

Palm axes (`shape.palm_axes`: across, along, out of the palm), the wrist at the origin, mm.
"""

from __future__ import annotations

import numpy as np

from app.geometry import unit
from app.hand.mesh import boundary_loop

RING_MM = 16.0  # between rings of vertices
BLEND_MM = 70.0  # within which the stub's own section becomes the ellipse
CAP_NORMAL = 0.8  # faces of the stub's end look this much towards the elbow
# Half the width and half the thickness of a forearm, by the distance from the wrist, mm
PLACES_MM = (0.0, 30.0, 60.0, 100.0, 140.0, 180.0, 210.0, 240.0)
HALF_WIDTHS_MM = (25.5, 25.5, 27.0, 31.0, 36.0, 40.0, 41.0, 39.0)
HALF_DEPTHS_MM = (18.5, 20.0, 22.5, 27.0, 32.5, 36.5, 39.0, 41.0)


def add_forearm(
    vertices: np.ndarray, triangles: np.ndarray, elbow: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """The stub's cap is cut off, rings lead to the elbow [3] and a fan closes the end.

    -> vertices [V', 3] mm, of which the first V stay where they are, and triangles [T', 3].
    """
    axis = unit(elbow)
    kept = triangles[~_cap(vertices, triangles, axis)]
    rim = boundary_loop(kept)
    rings = _rings(vertices[rim], elbow)
    end = rings[-1].mean(0, keepdims=True)
    faces, ring, first = [kept], np.array(rim), len(vertices)
    for k in range(len(rings)):
        following = first + k * len(rim) + np.arange(len(rim))
        faces.append(_band(ring, following))
        ring = following
    apex = np.full(len(rim), first + rings.size // 3)
    faces.append(np.stack([np.roll(ring, -1), ring, apex], -1))
    return np.concatenate([vertices, rings.reshape(-1, 3), end]), np.concatenate(faces)


def _cap(vertices: np.ndarray, triangles: np.ndarray, axis: np.ndarray) -> np.ndarray:
    """Which faces [T] close the stub: those that look along the forearm beyond the wrist."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    behind = np.minimum(np.minimum(a @ axis, b @ axis), c @ axis) > 0
    return behind & (unit(np.cross(b - a, c - a)) @ axis > CAP_NORMAL)


def _rings(rim: np.ndarray, elbow: np.ndarray) -> np.ndarray:
    """[K, R, 3]: sections of the forearm from behind the rim [R, 3] to the elbow."""
    axis, length = unit(elbow), float(np.linalg.norm(elbow))
    across = unit(np.array([1.0, 0, 0]) - axis[0] * axis)
    depth = np.cross(across, axis)
    middle, height = rim.mean(0), rim @ axis
    local = np.stack([(rim - middle) @ across, (rim - middle) @ depth], -1)
    radius, angle = np.linalg.norm(local, axis=1), np.arctan2(local[:, 1], local[:, 0])
    start = height.max()
    levels = np.linspace(start, length, round((length - start) / RING_MM) + 1)[1:]
    aside = middle - (middle @ axis) * axis  # the stub's middle lies beside the line to the elbow
    sections = []
    for level in levels:
        share = _smooth((level - height) / BLEND_MM)
        ellipse = 1 / np.hypot(
            np.cos(angle) / np.interp(level, PLACES_MM, HALF_WIDTHS_MM),
            np.sin(angle) / np.interp(level, PLACES_MM, HALF_DEPTHS_MM),
        )
        reach = radius * (1 - share) + ellipse * share
        centre = level * axis + aside * (1 - _smooth((level - start) / (length - start)))
        around = np.cos(angle)[:, None] * across + np.sin(angle)[:, None] * depth
        sections.append(centre + reach[:, None] * around)
    return np.array(sections)


def _smooth(x: np.ndarray | float) -> np.ndarray | float:
    """0 to 1 over 0..1, level at both ends."""
    x = np.clip(x, 0, 1)
    return x * x * (3 - 2 * x)


def _band(ring: np.ndarray, following: np.ndarray) -> np.ndarray:
    """[2 R, 3]: faces between two rings, in the winding of a rim that runs along its edges."""
    a, b = ring, np.roll(ring, -1)
    c, d = following, np.roll(following, -1)
    return np.concatenate([np.stack([b, a, c], -1), np.stack([b, c, d], -1)])
