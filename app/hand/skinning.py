"""Linear blend skinning: the surface follows the bones."""

from __future__ import annotations

import numpy as np

from app.hand.asset import load_asset
from app.hand.shape import HandShape
from app.jit import njit


def skin(shape: HandShape, bones: np.ndarray) -> np.ndarray:
    """Vertices float32 [V, 3] mm where the bones put them.

    bones: float32 [21, 3, 4] of `kinematics.pose_bones`.
    """
    asset = load_asset(shape.identity)
    out = np.empty_like(shape.vertices_mm)
    blend(shape.vertices_mm, asset.skin_bones, asset.skin_weights, bones, out)
    return out


@njit
def blend(vertices, skin_bones, skin_weights, bones, out):
    """Fills out[v] with sum_k weight[v, k] * bones[bone[v, k]] @ (vertices[v], 1).

    Weights descend; the tail is skipped.
    """
    matrix = np.empty((3, 4), np.float32)
    for v in range(vertices.shape[0]):
        weight, bone = skin_weights[v, 0], skin_bones[v, 0]
        for r in range(3):
            for c in range(4):
                matrix[r, c] = weight * bones[bone, r, c]
        for k in range(1, 4):
            weight, bone = skin_weights[v, k], skin_bones[v, k]
            if weight < 1e-4:
                break
            for r in range(3):
                for c in range(4):
                    matrix[r, c] += weight * bones[bone, r, c]
        x, y, z = vertices[v, 0], vertices[v, 1], vertices[v, 2]
        for r in range(3):
            out[v, r] = matrix[r, 0] * x + matrix[r, 1] * y + matrix[r, 2] * z + matrix[r, 3]
