"""Project and unproject, lens distortion, and the rotation that turns a camera to face a point."""

from __future__ import annotations

import numpy as np

from app.frames import Intrinsics


def project(points_mm: np.ndarray, intrinsics: Intrinsics) -> np.ndarray:
    """[..., 3] mm, camera frame -> [..., 2] px, lens distortion applied; z <= 0 gives NaN."""
    z = np.where(points_mm[..., 2] > 0, points_mm[..., 2], np.nan)
    x, y = distort(points_mm[..., 0] / z, points_mm[..., 1] / z, intrinsics)
    return np.stack([x * intrinsics.fx + intrinsics.cx, y * intrinsics.fy + intrinsics.cy], -1)


def unproject(
    pixels: np.ndarray, depth_mm: np.ndarray | float, intrinsics: Intrinsics
) -> np.ndarray:
    """[..., 2] px and [...] mm along the optical axis -> [..., 3] mm, lens distortion undone."""
    pixels = np.asarray(pixels)
    x = (pixels[..., 0] - intrinsics.cx) / intrinsics.fx
    y = (pixels[..., 1] - intrinsics.cy) / intrinsics.fy
    x, y = undistort(x, y, intrinsics)
    return np.stack([x * depth_mm, y * depth_mm, depth_mm * np.ones_like(x)], -1)


def distort(x: np.ndarray, y: np.ndarray, intrinsics: Intrinsics) -> tuple[np.ndarray, np.ndarray]:
    """Brown-Conrady on normalised image coordinates (Brown 1966; the form OpenCV uses too)."""
    if not intrinsics.distorted:
        return x, y
    k1, k2, p1, p2, k3 = intrinsics.distortion
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    return (
        x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
        y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
    )


def undistort(
    x: np.ndarray, y: np.ndarray, intrinsics: Intrinsics, steps: int = 10
) -> tuple[np.ndarray, np.ndarray]:
    """Inverse of `distort` by fixed-point iteration; 10 steps reach 1e-6 for depth cameras."""
    if not intrinsics.distorted:
        return x, y
    u, v = x, y
    for _ in range(steps):
        du, dv = distort(u, v, intrinsics)
        u, v = u + (x - du), v + (y - dv)
    return u, v


def unit(vectors: np.ndarray) -> np.ndarray:
    """[..., n] scaled to length one; zero stays zero."""
    return vectors / np.maximum(np.linalg.norm(vectors, axis=-1, keepdims=True), 1e-9)


def look_at(centre_mm: np.ndarray) -> np.ndarray:
    """float32 [3, 3] R, the smallest rotation with R @ centre = (0, 0, |centre|).

    It turns the camera into the virtual camera of a crop.
    """
    forward = np.asarray(centre_mm, np.float64) / np.linalg.norm(centre_mm)
    axis = np.array([forward[1], -forward[0], 0.0])  # forward x (0, 0, 1)
    sine, cosine = np.linalg.norm(axis), forward[2]
    if sine < 1e-12:
        return np.eye(3, dtype=np.float32)
    return rotation_about(axis / sine, np.arctan2(sine, cosine)).astype(np.float32)


def rotation_about(axis: np.ndarray, angle_rad: float) -> np.ndarray:
    """[3, 3], Rodrigues' formula; axis of unit length."""
    x, y, z = axis
    k = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.eye(3) + np.sin(angle_rad) * k + (1 - np.cos(angle_rad)) * (k @ k)


def rotation_between(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """[3, 3], the smallest rotation that turns the unit vector a [3] into b [3].

    Opposite ones give half a turn about some axis square to them.
    """
    axis, cosine = np.cross(a, b), float(a @ b)
    sine = float(np.linalg.norm(axis))
    if sine > 1e-9:
        return rotation_about(axis / sine, np.arctan2(sine, cosine))
    if cosine > 0:
        return np.eye(3)
    aside = unit(np.cross(a, np.eye(3)[np.abs(a).argmin()]))
    return rotation_about(aside, np.pi)


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """[V, 3] of unit length; each triangle [T, 3] counts by its area.

    They point outwards where the triangles run counter-clockwise seen from outside.
    """
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    faces = np.cross(b - a, c - a)
    corners = triangles.ravel()
    sums = [np.bincount(corners, np.repeat(faces[:, k], 3), len(vertices)) for k in range(3)]
    return unit(np.stack(sums, 1))


def rotation_6d(matrix: np.ndarray) -> np.ndarray:
    """[..., 3, 3] -> [..., 6], the first two columns one after the other (Zhou et al. 2019)."""
    return np.concatenate([matrix[..., :, 0], matrix[..., :, 1]], -1)


def matrix_from_6d(six: np.ndarray) -> np.ndarray:
    """[..., 6] -> [..., 3, 3] by Gram-Schmidt (Zhou et al. 2019)."""
    a, b = six[..., :3], six[..., 3:]
    x = a / np.linalg.norm(a, axis=-1, keepdims=True)
    y = b - (x * b).sum(-1, keepdims=True) * x
    y = y / np.linalg.norm(y, axis=-1, keepdims=True)
    return np.stack([x, y, np.cross(x, y)], -1)
