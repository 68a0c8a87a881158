"""The skin of the CC0 hand drawn over 21 joints, wherever a network puts them.

No angles are solved for: every bone of the rest hand is turned by the smallest rotation, from its
parent's, that brings it onto the line between its two joints, and stretched to their distance. The
skin then passes through the joints exactly, whether or not a hand could do that.
"""

from __future__ import annotations

from functools import cache

import numpy as np

from app.geometry import rotation_between, unit, vertex_normals
from app.hand.asset import Identity, load_asset
from app.hand.kinematics import N_BONES, ORDER, PARENT, PIVOT
from app.hand.shape import HandShape, mean_shape
from app.hand.skinning import skin
from app.hand.wrist_cut import cut_at_wrist
from app.skeleton import PALM, bone_lengths, mirror

FOREARM, HAND = 0, 1
METACARPALS = range(2, 6)  # their near ends are no joints: they move with the hand
# Joint at the far end of each bone from the third on.
END = np.array([-1, -1, 5, 9, 13, 17, 2, 3, 4, 6, 7, 8, 10, 11, 12, 14, 15, 16, 18, 19, 20])
SHORTEST = 0.3  # a bone is never drawn shorter than this much of its own length


class PosedSurface:
    """One hand's skin, without the forearm. Arrays are the caller's to keep; a right hand's."""

    def __init__(self, shape: HandShape | None = None):
        self.shape = shape or mean_shape()
        self.used, self.triangles = _hand_only(self.shape.identity)

    @property
    def n_vertices(self) -> int:
        return len(self.used)

    def pose(self, joints_mm: np.ndarray, left: bool = False) -> tuple[np.ndarray, np.ndarray]:
        """Joints, finite [21, 3] mm in any frame -> the skin's vertices and their outward normals.

        Both are float32 [V, 3] in the same frame. left: the joints are a left hand's.
        """
        joints = mirror(joints_mm) if left else joints_mm
        bones = bones_through(joints.astype(np.float64), self.shape)
        vertices = skin(self.shape, bones)[self.used]
        normals = vertex_normals(vertices, self.triangles).astype(np.float32)
        return (mirror(vertices), mirror(normals)) if left else (vertices, normals)


def bones_through(joints: np.ndarray, shape: HandShape) -> np.ndarray:
    """float32 [21, 3, 4]: takes rest coordinates of each bone to where joints [21, 3] put it."""
    rest = shape.pivots_mm.astype(np.float64)
    size = float(bone_lengths(joints).sum() / bone_lengths(shape.joints_mm).sum())
    turns = np.empty((N_BONES, 3, 3))
    turns[HAND], shift = _palm_motion(shape.joints_mm.astype(np.float64), joints, size)
    out = np.empty((N_BONES, 3, 4), np.float32)
    out[[FOREARM, HAND]] = np.c_[size * turns[HAND], shift]
    for bone in ORDER[2:]:
        origin = rest[PIVOT[bone]]
        carried = bone in METACARPALS
        start = size * turns[HAND] @ origin + shift if carried else joints[PIVOT[bone]]
        along, wanted = rest[END[bone]] - origin, joints[END[bone]] - start
        length = float(np.linalg.norm(along))
        direction, before = along / length, turns[PARENT[bone]]
        turns[bone] = rotation_between(before @ direction, unit(wanted)) @ before
        stretch = max(float(np.linalg.norm(wanted)) / length, SHORTEST * size)
        affine = turns[bone] @ (
            size * np.eye(3) + (stretch - size) * np.outer(direction, direction)
        )
        out[bone] = np.c_[affine, start - affine @ origin]
    return out


def _palm_motion(
    rest: np.ndarray, joints: np.ndarray, size: float
) -> tuple[np.ndarray, np.ndarray]:
    """The rotation [3, 3] and shift [3] of the seen palm against the one at rest (Kabsch 1976).

    The one at rest is `size` times as large as `rest` says.
    """
    a, b = rest[PALM] * size, joints[PALM]
    u, _, vt = np.linalg.svd((b - b.mean(0)).T @ (a - a.mean(0)))
    u[:, 2] *= np.sign(np.linalg.det(u @ vt))
    rotation = u @ vt
    return rotation, b.mean(0) - rotation @ a.mean(0)


@cache
def _hand_only(identity: Identity) -> tuple[np.ndarray, np.ndarray]:
    """Indices [V] of the vertices of the hand without its forearm, and its triangles among them."""
    triangles, _ = cut_at_wrist(load_asset(identity))
    used, places = np.unique(triangles, return_inverse=True)
    return used, np.ascontiguousarray(places.reshape(triangles.shape).astype(np.int32))
