"""A hand's surface as tapered capsules round its bones, and how well it explains a seen crop.

The analytic counterpart of Gen: where the generator paints the map of a latent, this tells for
every seen point how far from it the surface of Dec(z) runs, and which way to turn the joints. The
points of the map are taken to the closest surface as in sphere-mesh tracking (Tkach, Pauly,
Tagliasacchi 2016); all terms are sums of weighted squares for Gauss-Newton steps.
Everything in mm, in the crop's virtual camera frame with its origin at the crop's centre.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.frames import BACKGROUND, CROP_SIZE, HandCrop
from app.hand.capsules import SURFACE_RADII_MM, SURFACE_SEGMENTS
from app.skeleton import BONES, MCP, MEAN_HAND_MM, N_JOINTS, WRIST, bone_lengths

STRIDE = 4  # every fourth pixel of every fourth row is a seen point
FEWEST = 20  # points below which there is nothing to fit
POINTS = 200.0  # so many count in full; more share their weight, for neighbours err alike
POINT_MM = 3.0  # spread of sensor noise and of this surface about the true one
CLIP_MM = 10.0  # distance at which a point's pull fades (Geman-McClure): clutter, another finger
TURNED_AWAY = 0.3  # of a surface normal along the view axis: that side cannot have been seen
NEAR_WRIST = 0.25  # share of a palm bone in which points may be the forearm's
ANCHOR = 0.5  # weight of the network's own joints, each by its expected error
SURE_MM = 2.0  # no joint is known better
BONE_MM = 3.0  # by which a bone may change: one view tells lengths badly, fat contours pull them
IN_FRONT = 0.05  # 1/mm^2: a joint nearer than the surface seen there
IN_FRONT_CLIP_MM = 20.0
OUTSIDE = 0.1  # 1/mm^2: a joint beside everything seen
OUTSIDE_CLIP_MM = 20.0  # farther out it may lie behind something, or in a hole
MARGIN_MM = 5.0  # spacing of the seen points, rounded up
INSIDE = 0.8  # of its radius by which a joint lies behind the surface

AT_WRIST = (SURFACE_SEGMENTS == WRIST).any(1)
MIDDLE_CHAIN = slice(8, 12)  # bones from wrist to middle tip


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The objective at some joints, with its Gauss-Newton model."""

    cost: float
    gradient: np.ndarray  # [63], half the derivative of the cost
    hessian: np.ndarray  # [63, 63], J^T W J


class SurfaceFit:
    """How well joints explain one crop, near the network's first answer.

    joints_mm [21, 3] and sigma_mm [21]: the first answer and its expected errors.
    """

    def __init__(self, crop: HandCrop, joints_mm: np.ndarray, sigma_mm: np.ndarray):
        self._crop, self._first = crop, joints_mm.astype(np.float64)
        self._points = seen_points(crop)
        self._rays = self._points[:, :2] / (1 + self._points[:, 2:] / crop.distance_mm)
        self._lengths = bone_lengths(self._first)
        self._radii = SURFACE_RADII_MM * (self._lengths[MIDDLE_CHAIN].sum() / MEAN_HAND_MM)
        self._depth_of_joint = INSIDE * joint_radii(self._radii)
        sigma = np.maximum(sigma_mm.astype(np.float64), SURE_MM)
        self._anchor = np.repeat(ANCHOR / sigma**2, 3)

    @property
    def usable(self) -> bool:
        """Is there enough to fit to, and are the first answer's numbers finite?"""
        return len(self._points) >= FEWEST and bool(
            np.isfinite(self._first).all() and np.isfinite(self._anchor).all()
        )

    def evaluate(self, joints_mm: np.ndarray) -> Evaluation:
        """All terms at joints [21, 3]: surface, joints before and beside it, bones, anchor."""
        cost, gradient, hessian = 0.0, np.zeros(3 * N_JOINTS), np.zeros((3 * N_JOINTS,) * 2)
        for term in (self._surface, self._in_front, self._outside, self._bones):
            value, rows, residual, weight = term(joints_mm)
            cost += value
            gradient += rows.T @ (weight * residual)
            hessian += (rows * weight[:, None]).T @ rows
        offset = (joints_mm - self._first).ravel()
        cost += float(self._anchor @ offset**2)
        gradient += self._anchor * offset
        hessian[np.diag_indices_from(hessian)] += self._anchor
        return Evaluation(cost, gradient, hessian)

    # Each term: its cost, and rows [m, 63], residual [m] and weight [m] of its squares.

    def _surface(self, joints: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
        """Every seen point on the surface.

        Points whose closest surface faces away, or that may be the forearm's, pull nothing, but
        cost what they cost: no step gains by letting them go.
        """
        segment, share, normal, distance = closest_surface(self._points, joints, self._radii)
        fade = 1 / (1 + (distance / CLIP_MM) ** 2)
        full = min(1.0, POINTS / len(distance)) / POINT_MM**2
        followed = ~(AT_WRIST[segment] & (share <= NEAR_WRIST)) & (normal[:, 2] < TURNED_AWAY)
        rows = np.zeros((len(distance), N_JOINTS, 3))
        each = np.arange(len(distance))
        rows[each, SURFACE_SEGMENTS[segment, 0]] = -(1 - share)[:, None] * normal
        rows[each, SURFACE_SEGMENTS[segment, 1]] = -share[:, None] * normal
        cost = full * float(distance**2 @ fade)
        return cost, rows.reshape(len(distance), -1), distance, full * followed * fade**2

    def _in_front(self, joints: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
        """No joint nearer to the camera than the surface seen at its pixel."""
        seen, in_image = self._readings(joints)
        on_hand = in_image & (seen < BACKGROUND * self._crop.cube_mm / 2)
        excess = np.where(on_hand, seen + self._depth_of_joint - joints[:, 2], 0.0).clip(0)
        fade = 1 / (1 + (excess / IN_FRONT_CLIP_MM) ** 2)
        rows = np.zeros((N_JOINTS, N_JOINTS, 3))
        rows[np.arange(N_JOINTS), np.arange(N_JOINTS), 2] = -1
        weight = IN_FRONT * fade**2 * (excess > 0)
        return IN_FRONT * float(excess**2 @ fade), rows.reshape(N_JOINTS, -1), excess, weight

    def _outside(self, joints: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
        """No joint where the camera looks past the hand: back to the nearest point seen."""
        seen, in_image = self._readings(joints)
        past = in_image & (seen >= BACKGROUND * self._crop.cube_mm / 2)
        reach = 1 + joints[:, 2:] / self._crop.distance_mm
        offset = joints[:, None, :2] - self._rays * reach[:, None]  # [21, n, 2], in its own plane
        nearest = (offset**2).sum(-1).argmin(1)
        each = np.arange(N_JOINTS)
        offset = offset[each, nearest]
        away = np.maximum(np.linalg.norm(offset, axis=-1), 1e-6)
        excess = np.where(past, away - MARGIN_MM, 0.0).clip(0)
        fade = 1 / (1 + (excess / OUTSIDE_CLIP_MM) ** 2)
        rows = np.zeros((N_JOINTS, N_JOINTS, 3))
        rows[each, each, :2] = offset / away[:, None]
        weight = OUTSIDE * fade**2 * (excess > 0)
        return OUTSIDE * float(excess**2 @ fade), rows.reshape(N_JOINTS, -1), excess, weight

    def _readings(self, joints: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Depth (mm) at the pixel of each joint [21], and whether the crop holds that pixel."""
        half = self._crop.cube_mm / 2
        nearness = 1 + joints[:, 2:] / self._crop.distance_mm
        place = joints[:, :2] / half / nearness * (CROP_SIZE / 2) + (CROP_SIZE - 1) / 2
        u, v = np.clip(np.round(place), 0, CROP_SIZE - 1).astype(int).T
        seen = self._crop.image[v, u].astype(np.float64)
        return seen * half, np.abs(place - CROP_SIZE / 2).max(1) < CROP_SIZE / 2

    def _bones(self, joints: np.ndarray) -> tuple[float, np.ndarray, np.ndarray, np.ndarray]:
        """Bones keep the lengths that the network saw."""
        along = joints[BONES[:, 1]] - joints[BONES[:, 0]]
        length = np.maximum(np.linalg.norm(along, axis=-1), 1e-6)
        residual, each = length - self._lengths, np.arange(len(BONES))
        rows = np.zeros((len(BONES), N_JOINTS, 3))
        rows[each, BONES[:, 1]] = along / length[:, None]
        rows[each, BONES[:, 0]] = -along / length[:, None]
        weight = np.full(len(BONES), 1 / BONE_MM**2)
        return float(weight @ residual**2), rows.reshape(len(BONES), -1), residual, weight


def seen_points(crop: HandCrop) -> np.ndarray:
    """float64 [n, 3] mm: every STRIDE-th pixel that has a reading inside the cube."""
    half, start = crop.cube_mm / 2, STRIDE // 2
    values = crop.image[start::STRIDE, start::STRIDE].astype(np.float64)
    v, u = np.nonzero(values < BACKGROUND)
    z = values[v, u] * half
    pixel = np.stack([u, v], -1) * STRIDE + start - (CROP_SIZE - 1) / 2
    return np.c_[pixel / (CROP_SIZE / 2) * half * (1 + z / crop.distance_mm)[:, None], z]


def closest_surface(
    points: np.ndarray, joints: np.ndarray, radii: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """The closest surface to each of points [n, 3], of capsules of radii [26, 2] at joints [21, 3].

    -> its segment [n], the share along it [n], the unit normal there [n, 3], the signed
    distance [n].
    """
    start, end = joints[SURFACE_SEGMENTS[:, 0]], joints[SURFACE_SEGMENTS[:, 1]]
    along = end - start
    square = np.maximum((along**2).sum(-1), 1e-6)
    taper = radii[:, 1] - radii[:, 0]
    share = (points @ along.T - (start * along).sum(-1)) / square
    apart = (points**2).sum(-1)[:, None] - 2 * points @ start.T + (start**2).sum(-1)
    across = np.sqrt(np.maximum(apart - share**2 * square, 0))
    slope = taper / np.sqrt(square) / np.sqrt(np.maximum(square - taper**2, 1.0))
    share = np.clip(share + across * slope, 0, 1)  # the normal of a cone leans
    beside = (points @ along.T - (start * along).sum(-1)) * share
    away = np.sqrt(np.maximum(apart - 2 * beside + share**2 * square, 1e-9))
    distance = away - (radii[:, 0] + share * taper)
    segment = distance.argmin(1)
    each = np.arange(len(points))
    share, away, distance = share[each, segment], away[each, segment], distance[each, segment]
    normal = (points - start[segment] - share[:, None] * along[segment]) / away[:, None]
    return segment, share, normal, distance


def joint_radii(radii: np.ndarray) -> np.ndarray:
    """Radii [26, 2] of the segments -> [21] at the joints: where each joint's own bone ends.

    At the wrist that of the knuckles' bones, for it lies as deep.
    """
    at_joints = np.empty(N_JOINTS)
    at_joints[BONES[:, 1]] = radii[: len(BONES), 1]
    at_joints[WRIST] = at_joints[MCP].mean()
    return at_joints
