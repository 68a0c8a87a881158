"""The metric cube round the hand: cut it out as 128x128, and the way back into the frame.

The crop is what a virtual camera sees that stands where the real one stands but is turned to face
the cube's centre (`geometry.look_at`): a hand at the edge of the image then looks as it does in
the middle. Crop pixel (u, v) looks along x/z = (u - 63.5) / 128 * cube / d, y/z likewise, d =
distance of the centre. Its value is (z' - d) / (cube / 2), z' being the depth along the virtual
axis of the nearest source pixel's reading. No reading and everything outside the cube, nearer ones
too (a thing in front of the hand), is background: +1. Crop after Wan et al. 2017 (METHOD.md 1),
but with the depth relative to the centre kept.
"""

from __future__ import annotations

import math

import numpy as np

from app.frames import BACKGROUND, CROP_SIZE, DepthFrame, HandCrop, Intrinsics, read_only
from app.geometry import distort, look_at, project, unproject
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
    """Normalised crop coordinates [..., 3] (units of cube/2 from the centre)
    -> mm in the camera frame.
    """
    virtual = np.asarray(points, np.float32) * np.float32(crop.cube_mm / 2)
    if crop.mirrored:
        virtual = virtual * np.array([-1, 1, 1], np.float32)
    return (virtual + np.array([0, 0, crop.distance_mm], np.float32)) @ crop.rotation


def camera_to_crop(points_mm: np.ndarray, crop: HandCrop) -> np.ndarray:
    """mm in the camera frame [..., 3] -> normalised crop coordinates;
    the inverse of `crop_to_camera`.
    """
    virtual = np.asarray(points_mm, np.float32) @ crop.rotation.T - np.array(
        [0, 0, crop.distance_mm], np.float32
    )
    if crop.mirrored:
        virtual = virtual * np.array([-1, 1, 1], np.float32)
    return virtual / np.float32(crop.cube_mm / 2)


def crop_pixels(points: np.ndarray, crop: HandCrop) -> np.ndarray:
    """Normalised crop coordinates [..., 3] -> crop pixels [..., 2]
    where the virtual camera sees them.
    """
    half = crop.cube_mm / 2
    depth = points[..., 2] * half + crop.distance_mm
    return (
        points[..., :2] * half / depth[..., None] * (SIZE * crop.distance_mm / crop.cube_mm)
        + MIDDLE
    )


def crop_footprint(crop: HandCrop, intrinsics: Intrinsics) -> np.ndarray:
    """float32 [4, 2] px: the corners of the crop's image in the frame,
    clockwise from the upper left.
    """
    reach = 0.5 * crop.cube_mm / crop.distance_mm
    corners = np.array(
        [[-reach, -reach, 1], [reach, -reach, 1], [reach, reach, 1], [-reach, reach, 1]]
    )
    return project(corners @ crop.rotation.astype(np.float64), intrinsics).astype(np.float32)


def paste_crop(image: np.ndarray, crop: HandCrop, intrinsics: Intrinsics) -> np.ndarray:
    """A crop-space depth image (say a synthesised one) seen by the real camera.

    image: float32 [128, 128] in [-1, 1], +1 = background, in the crop's own (perhaps mirrored)
    frame. Returns float32 [H, W] mm, 0 where the image has background or the crop does not reach.
    """
    depth = np.zeros((intrinsics.height, intrinsics.width), np.float32)
    outline = crop_footprint(crop, intrinsics)
    if not np.isfinite(outline).all():
        return depth
    x0, y0 = np.maximum(np.floor(outline.min(0)).astype(int) - 2, 0)
    x1, y1 = np.minimum(
        np.ceil(outline.max(0)).astype(int) + 3, [intrinsics.width, intrinsics.height]
    )
    if x0 >= x1 or y0 >= y1:
        return depth
    pixels = np.stack(np.meshgrid(np.arange(x0, x1), np.arange(y0, y1)), -1).astype(np.float64)
    rays = unproject(pixels, np.ones(pixels.shape[:2]), intrinsics)
    virtual = rays @ crop.rotation.T.astype(np.float64)
    scale = SIZE * crop.distance_mm / crop.cube_mm
    with np.errstate(divide="ignore", invalid="ignore"):
        place = np.floor(virtual[..., :2] / virtual[..., 2:] * scale + (MIDDLE + 0.5))
    inside = (virtual[..., 2] > 0) & (place >= 0).all(-1) & (place < SIZE).all(-1)
    u, v = place[inside].astype(int).T
    values = image[v, SIZE - 1 - u if crop.mirrored else u]
    along = values * (crop.cube_mm / 2) + crop.distance_mm  # z' of the virtual axis
    depth[y0:y1, x0:x1][inside] = np.where(values < BACKGROUND, along / virtual[..., 2][inside], 0)
    return depth


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
    slope = (np.arange(SIZE) - MIDDLE) / SIZE * (cube / distance)
    x, y = np.meshgrid(slope, slope)
    rx, ry, rz = (x * rotation[0, i] + y * rotation[1, i] + rotation[2, i] for i in range(3))
    safe = np.where(rz > 1e-6, rz, 1.0)
    a, b = distort(rx / safe, ry / safe, Intrinsics(width, height, *k, distortion=lens))
    u = np.floor(a * k[0] + k[2] + 0.5)
    v = np.floor(b * k[1] + k[3] + 0.5)
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
