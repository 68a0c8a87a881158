"""A software z-buffer: depth of a triangle mesh seen by a pinhole camera, perspective-correct.

Pixel centres lie at integer coordinates. With image y pointing down, triangles that are
counter-clockwise from outside have NEGATIVE signed area; the others are back faces and may be
culled.
"""

from __future__ import annotations

import numpy as np

from app.frames import Intrinsics
from app.jit import HAVE_NUMBA, njit

# The camera of a picture or of a window cut from one: fx, fy, and the principal point cx, cy from
# the window's own first pixel; px. A plain tuple, which compiled code takes at once.
Pinhole = tuple[float, float, float, float]
NEAR_MM = 60.0  # a triangle with a corner nearer than this is left out


def pinhole_of(camera: Intrinsics, left: float = 0, top: float = 0) -> Pinhole:
    """The camera of a window that begins at pixel (left, top) of the whole picture."""
    return camera.fx, camera.fy, camera.cx - left, camera.cy - top


def rasterise(
    vertices_mm: np.ndarray,
    triangles: np.ndarray,
    camera: Pinhole,
    depth: np.ndarray,
    near_mm: float = NEAR_MM,
    cull: bool = True,
) -> None:
    """Lowers `depth` to the mesh where the mesh is nearer.

    vertices_mm: float32 [V, 3] camera frame; triangles: int32 [T, 3]; depth: float32 [H, W] mm,
    prefilled with the background. cull: triangles that show their back are left out.
    """
    draw = draw_triangles if HAVE_NUMBA else rasterise_numpy
    draw(vertices_mm, triangles, camera, depth, near_mm, cull)


@njit
def draw_triangles(vertices, triangles, camera, depth, near, cull):
    """The compiled loop behind `rasterise`: weights walk along the rows of each bounding box."""
    height, width = depth.shape
    one = np.float32(1.0)
    points = _project(vertices, camera, near)
    for t in range(triangles.shape[0]):
        a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
        ia, ib, ic = points[a, 2], points[b, 2], points[c, 2]
        if ia <= 0 or ib <= 0 or ic <= 0:
            continue
        ax, ay = points[a, 0], points[a, 1]
        bx, by = points[b, 0], points[b, 1]
        px, py = points[c, 0], points[c, 1]
        area = (bx - ax) * (py - ay) - (by - ay) * (px - ax)
        if area == 0 or (cull and area > 0):
            continue
        x0, x1 = _span(ax, bx, px, width)
        y0, y1 = _span(ay, by, py, height)
        if x1 < x0 or y1 < y0:
            continue
        scale = one / area
        wa_x, wa_y = (by - py) * scale, (px - bx) * scale
        wb_x, wb_y = (py - ay) * scale, (ax - px) * scale
        wa_row = ((bx - x0) * (py - y0) - (by - y0) * (px - x0)) * scale
        wb_row = ((px - x0) * (ay - y0) - (py - y0) * (ax - x0)) * scale
        for y in range(y0, y1 + 1):
            wa, wb = wa_row, wb_row
            entered = False
            for x in range(x0, x1 + 1):
                wc = one - wa - wb
                if (wa >= 0) & (wb >= 0) & (wc >= 0):
                    z = one / (wa * ia + wb * ib + wc * ic)
                    depth[y, x] = min(z, depth[y, x])
                    entered = True
                elif entered:
                    break
                wa += wa_x
                wb += wb_x
            wa_row += wa_y
            wb_row += wb_y


@njit
def _span(a, b, c, size):
    """First and last pixel that the three coordinates enclose, within 0 .. size - 1."""
    return max(int(np.ceil(min(a, b, c))), 0), min(int(np.floor(max(a, b, c))), size - 1)


@njit
def _project(vertices, camera, near):
    """float32 [V, 3]: px, px, 1 / mm; the last is negative where a vertex is too near."""
    fx, fy, cx, cy = camera
    one = np.float32(1.0)
    points = np.empty((vertices.shape[0], 3), np.float32)
    for i in range(vertices.shape[0]):
        z = vertices[i, 2]
        if z > near:
            inverse = one / z
            points[i, 0] = vertices[i, 0] * inverse * fx + cx
            points[i, 1] = vertices[i, 1] * inverse * fy + cy
            points[i, 2] = inverse
        else:
            points[i, 2] = -one
    return points


def rasterise_numpy(
    vertices: np.ndarray,
    triangles: np.ndarray,
    camera: Pinhole,
    depth: np.ndarray,
    near: float = NEAR_MM,
    cull: bool = True,
) -> None:
    """The same picture without numba: the pixels of all bounding boxes in one long array."""
    fx, fy, cx, cy = camera
    z = np.where(vertices[:, 2] > near, vertices[:, 2], np.nan).astype(np.float64)
    u = vertices[:, 0] / z * fx + cx
    v = vertices[:, 1] / z * fy + cy
    points = np.stack([u, v, 1 / z], -1)
    a, b, c = (points[triangles[:, k]] for k in range(3))
    area = _cross(b - a, c - a)
    with np.errstate(invalid="ignore"):
        seen = (area < 0) if cull else (area != 0) & np.isfinite(area)
    a, b, c, area = a[seen], b[seen], c[seen], area[seen]
    corners = np.stack([a, b, c])[..., :2]
    limit = np.array([depth.shape[1] - 1, depth.shape[0] - 1])
    low = np.maximum(np.ceil(corners.min(0)), 0).astype(np.int64)
    high = np.minimum(np.floor(corners.max(0)), limit).astype(np.int64)
    size = np.maximum(high - low + 1, 0)
    count = size.prod(1)
    triangle = np.repeat(np.arange(len(count)), count)
    step = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    x = low[triangle, 0] + step % size[triangle, 0]
    y = low[triangle, 1] + step // size[triangle, 0]
    pixel = np.stack([x, y], -1)
    a, b, c, area = a[triangle], b[triangle], c[triangle], area[triangle]
    wa = _cross(b[:, :2] - pixel, c[:, :2] - pixel) / area
    wb = _cross(c[:, :2] - pixel, a[:, :2] - pixel) / area
    inside = (wa >= 0) & (wb >= 0) & (1 - wa - wb >= 0)
    inverse = wa * a[:, 2] + wb * b[:, 2] + (1 - wa - wb) * c[:, 2]
    np.minimum.at(depth, (y[inside], x[inside]), (1 / inverse[inside]).astype(np.float32))


def _cross(p: np.ndarray, q: np.ndarray) -> np.ndarray:
    return p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]
