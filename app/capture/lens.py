"""The cameras' lens models as the one that this program uses: forward Brown-Conrady."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.capture.base import Distortion, five_of
from app.frames import Intrinsics
from app.geometry import distort, undistort

WIDEST = 1.74  # tangent of half the field of view: 60 degrees, an Azure Kinect's wide mode
TOLD_PX = 1.0  # a lens that our model misses by more in a twentieth of the picture is told


def forward_distortion(
    pinhole: Intrinsics, model: str, coefficients: tuple[float, ...]
) -> tuple[Intrinsics, str]:
    """`pinhole` with coefficients that act as `model` does, and a note where that is not possible.

    model: a name as librealsense ("Inverse Brown Conrady", "brown_conrady", ...) or ROS writes it.
    A D400's depth has zeros; an SR305's is an inverse model, whose forward coefficients are fitted,
    to 0.1 px on average and 1 px in the farthest corner. "rational" is the Azure Kinect's, with
    eight coefficients in OpenCV's order: k1 k2 p1 p2 k3 k4 k5 k6.
    """
    five = five_of(coefficients)
    pinhole = replace(pinhole, distortion=five_of(()))
    if not any(coefficients):
        return pinhole, ""
    kind = model.lower().replace("_", " ").replace("distortion.", "").strip()
    given = replace(pinhole, distortion=five)
    if kind in ("brown conrady", "plumb bob"):
        return given, ""
    if kind == "inverse brown conrady":
        x, y = _grid(pinhole)
        return replace(pinhole, distortion=_fit(*distort(x, y, given), x, y)), ""
    if kind == "modified brown conrady":
        x, y = undistort(*_grid(pinhole), given)
        return replace(pinhole, distortion=_fit(x, y, *_distort_modified(x, y, five))), ""
    if kind == "rational" and len(coefficients) >= 8:
        return _follow_rational(pinhole, coefficients)
    return pinhole, f"the lens model {model!r} is not known and was left out"


def _follow_rational(pinhole: Intrinsics, eight: tuple[float, ...]) -> tuple[Intrinsics, str]:
    """Fitted where the sensor sees.

    Undistorted points are found by half steps, because a wide lens bends by as much as it
    magnifies.
    """
    x, y = u, v = _grid(pinhole)
    for _ in range(60):
        du, dv = _distort_rational(x, y, eight)
        x, y = x + 0.5 * (u - du), y + 0.5 * (v - dv)
    du, dv = _distort_rational(x, y, eight)
    seen = (np.hypot(u - du, v - dv) < 1e-4) & (np.hypot(x, y) < WIDEST)
    if seen.sum() < 50:
        return pinhole, "the lens bends more than can be followed and was left out"
    x, y, u, v = x[seen], y[seen], u[seen], v[seen]
    lens = replace(pinhole, distortion=_fit(x, y, u, v))
    du, dv = distort(x, y, lens)
    miss_px = np.percentile(np.hypot((du - u) * lens.fx, (dv - v) * lens.fy), 95)
    return lens, f"the lens is followed to {miss_px:.1f} px" if miss_px > TOLD_PX else ""


def _distort_modified(
    x: np.ndarray, y: np.ndarray, five: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Librealsense's modified model: the tangential part acts on the radially distorted point."""
    k1, k2, p1, p2, k3 = five
    r2 = x * x + y * y
    radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
    u, v = x * radial, y * radial
    return u + 2 * p1 * u * v + p2 * (r2 + 2 * u * u), v + 2 * p2 * u * v + p1 * (r2 + 2 * v * v)


def _distort_rational(
    x: np.ndarray, y: np.ndarray, eight: tuple[float, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """OpenCV's rational model: a quotient of two polynomials in the squared radius."""
    k1, k2, p1, p2, k3, k4, k5, k6 = eight[:8]
    r2 = x * x + y * y
    below = 1 + r2 * (k4 + r2 * (k5 + r2 * k6))
    radial = (1 + r2 * (k1 + r2 * (k2 + r2 * k3))) / np.where(np.abs(below) > 1e-6, below, 1e-6)
    u = x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x)
    return u, y * radial + 2 * p2 * x * y + p1 * (r2 + 2 * y * y)


def _grid(pinhole: Intrinsics) -> tuple[np.ndarray, np.ndarray]:
    """Normalised image coordinates of 33 x 33 points over the picture."""
    u, v = np.meshgrid(
        np.linspace(0, pinhole.width - 1, 33), np.linspace(0, pinhole.height - 1, 33)
    )
    return (u.ravel() - pinhole.cx) / pinhole.fx, (v.ravel() - pinhole.cy) / pinhole.fy


def _fit(x: np.ndarray, y: np.ndarray, u: np.ndarray, v: np.ndarray) -> Distortion:
    """k1 k2 p1 p2 k3 whose forward model takes (x, y) to (u, v), by linear least squares."""
    r2 = x * x + y * y
    of_x = np.stack([x * r2, x * r2**2, 2 * x * y, r2 + 2 * x * x, x * r2**3], -1)
    of_y = np.stack([y * r2, y * r2**2, r2 + 2 * y * y, 2 * x * y, y * r2**3], -1)
    solution = np.linalg.lstsq(
        np.concatenate([of_x, of_y]), np.concatenate([u - x, v - y]), rcond=None
    )[0]
    return five_of(solution)
