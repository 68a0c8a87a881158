"""The metric cube round the hand: cut it out as 128x128, and the way back into the frame.

The crop is what a virtual camera sees that stands where the real one stands but is turned to face
the cube's centre (`geometry.look_at`): a hand at the edge of the image then looks as it does in
the middle. Crop pixel (u, v) looks along x/z = (u - 63.5) / 128 * cube / d, y/z likewise, d =
distance of the centre. Its value is (z' - d) / (cube / 2), z' being the depth along the virtual
axis of the nearest source pixel's reading. No reading and everything outside the cube, nearer ones
too (a thing in front of the hand), is background: +1. Crop after Wan et al. 2017, but with the
depth relative to the centre kept (docs/design/method.md).
"""

from __future__ import annotations

import math

import numpy as np

from app.frames import BACKGROUND, CROP_SIZE, DepthFrame, HandCrop, Intrinsics, read_only
from app.geometry import distort, look_at, project
from app.jit import HAVE_NUMBA, njit
from app.segmentation.optics import distort_point, is_distorted

SIZE = CROP_SIZE
MIDDLE = (SIZE - 1) / 2


def make_crop(
    frame: DepthFrame, centre_mm: np.ndarray, cube_mm: float, mirrored: bool = False
) -> HandCrop:
    """Cut the cube of side `cube_mm` round `centre_mm` (camera frame, z > 0) out of the frame.

    Raises ValueError when the centre is not in front of the camera or the cube has no size.
    """
    centre = np.asarray(centre_mm, np.float32)
    if centre.shape != (3,) or not np.isfinite(centre).all() or centre[2] <= 0 or not cube_mm > 0:
        raise ValueError(f"no cube of {cube_mm} mm round {centre_mm}")
    rotation = look_at(centre)
    k = frame.intrinsics
    sample = _sample_numba if HAVE_NUMBA else _sample_numpy
    image = sample(
        frame.depth_raw,
        float(frame.depth_unit_mm),
        (k.fx, k.fy, k.cx, k.cy),
        k.distortion,
        rotation.astype(np.float64),
        float(np.linalg.norm(centre.astype(np.float64))),
        float(cube_mm),
    )
    if mirrored:
        image = np.ascontiguousarray(image[:, ::-1])
    return HandCrop(
        read_only(image), read_only(centre.copy()), float(cube_mm), read_only(rotation), mirrored
    )


def crop_to_camera(points: np.ndarray, crop: HandCrop) -> np.ndarray:
    """Normalised crop coordinates [..., 3], in half cubes from the centre -> mm, camera frame."""
    virtual = np.asarray(points, np.float32) * np.float32(crop.cube_mm / 2)
    if crop.mirrored:
        virtual = virtual * np.array([-1, 1, 1], np.float32)
    return (virtual + np.array([0, 0, crop.distance_mm], np.float32)) @ crop.rotation


def camera_to_crop(points_mm: np.ndarray, crop: HandCrop) -> np.ndarray:
    """mm in the camera frame [..., 3] -> normalised crop coordinates: undoes `crop_to_camera`."""
    virtual = np.asarray(points_mm, np.float32) @ crop.rotation.T - np.array(
        [0, 0, crop.distance_mm], np.float32
    )
    if crop.mirrored:
        virtual = virtual * np.array([-1, 1, 1], np.float32)
    return virtual / np.float32(crop.cube_mm / 2)


def crop_footprint(crop: HandCrop, intrinsics: Intrinsics) -> np.ndarray:
    """float32 [4, 2] px: the corners of the crop in the frame, clockwise from the upper left."""
    reach = 0.5 * crop.cube_mm / crop.distance_mm
    corners = np.array(
        [[-reach, -reach, 1], [reach, -reach, 1], [reach, reach, 1], [-reach, reach, 1]]
    )
    return project(corners @ crop.rotation.astype(np.float64), intrinsics).astype(np.float32)


def _sample_numpy(
    raw: np.ndarray,
    unit: float,
    k: tuple,
    lens: tuple,
    rotation: np.ndarray,
    distance: float,
    cube: float,
) -> np.ndarray:
    """The crop's image, vectorised; what `_sample_numba` must equal."""
    height, width = raw.shape
    fx, fy, cx, cy = k
    slope = (np.arange(SIZE) - MIDDLE) / SIZE * (cube / distance)
    x, y = np.meshgrid(slope, slope)
    rx, ry, rz = (x * rotation[0, i] + y * rotation[1, i] + rotation[2, i] for i in range(3))
    safe = np.where(rz > 1e-6, rz, 1.0)
    a, b = distort(rx / safe, ry / safe, Intrinsics(width, height, fx, fy, cx, cy, lens))
    u = np.floor(a * fx + cx + 0.5)
    v = np.floor(b * fy + cy + 0.5)
    inside = (rz > 1e-6) & (u >= 0) & (v >= 0) & (u < width) & (v < height)
    reading = np.zeros((SIZE, SIZE))
    reading[inside] = raw[v[inside].astype(int), u[inside].astype(int)]
    value = (reading * unit / safe - distance) / (cube / 2)
    keep = (reading > 0) & (value >= -1) & (value < 1)
    return np.where(keep, value, BACKGROUND).astype(np.float32)


@njit
def _sample_numba(
    raw: np.ndarray,
    unit: float,
    k: tuple,
    lens: tuple,
    rotation: np.ndarray,
    distance: float,
    cube: float,
) -> np.ndarray:
    height, width = raw.shape
    fx, fy, cx, cy = k
    bent = is_distorted(lens)
    image = np.full((SIZE, SIZE), np.float32(BACKGROUND), np.float32)
    for i in range(SIZE):
        y = (i - MIDDLE) / SIZE * (cube / distance)
        for j in range(SIZE):
            x = (j - MIDDLE) / SIZE * (cube / distance)
            rz = x * rotation[0, 2] + y * rotation[1, 2] + rotation[2, 2]
            if rz <= 1e-6:
                continue
            a = (x * rotation[0, 0] + y * rotation[1, 0] + rotation[2, 0]) / rz
            b = (x * rotation[0, 1] + y * rotation[1, 1] + rotation[2, 1]) / rz
            if bent:
                a, b = distort_point(a, b, lens)
            u = math.floor(a * fx + cx + 0.5)
            v = math.floor(b * fy + cy + 0.5)
            if 0 <= u < width and 0 <= v < height:
                reading = raw[int(v), int(u)]
                value = (reading * unit / rz - distance) / (cube / 2)
                if reading > 0 and -1 <= value < 1:
                    image[i, j] = value
    return image
