"""The shape space of one hand on the mesh of another that rests in the same pose.

All arrays in the same axes, mm; weights [V, 21] are shares of our bones.
"""

from __future__ import annotations

import numpy as np

from app.hand.asset import N_PIVOTS
from app.hand.kinematics import PIVOT

NEIGHBOURS = 8
REACH_MM = 6.0  # standard deviation of a neighbour's say
# What a bone ends in: the next pivot of its chain (the forearm and the hand have none)
_END = {2: 5, 3: 9, 4: 13, 5: 17} | {
    6 + 3 * f + k: 2 + 4 * f + k for f in range(5) for k in range(3)
}


def neighbours(
    laid: np.ndarray, weights: np.ndarray, new_vertices: np.ndarray, new_weights: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Which of the first hand's vertices each vertex of the second takes after, and how much.

    laid: [V, 3], the first hand's vertices laid onto the bones of the second (`lay_onto`)
    -> rows int [V', 8], shares [V', 8].
    """
    part, new_part = _part(weights), _part(new_weights)
    rows, shares = [], []
    for point, where in zip(new_vertices, new_part, strict=True):
        mine = np.flatnonzero(part == where)
        square = ((laid[mine] - point) ** 2).sum(1)
        nearest = np.argsort(square, kind="stable")[:NEIGHBOURS]
        say = np.exp((square[nearest].min() - square[nearest]) / (2 * REACH_MM**2))
        rows.append(mine[nearest])
        shares.append(say / say.sum())
    return np.array(rows), np.array(shares)


def carry_over(changes: np.ndarray, rows: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """[n, V'+26, 3] of changes [n, V+26, 3]: vertices follow their `neighbours`, pivots theirs."""
    moved = np.einsum("nvkc,vk->nvc", changes[:, rows], shares)
    return np.concatenate([moved, changes[:, -N_PIVOTS:]], 1)


def lay_onto(
    vertices: np.ndarray, weights: np.ndarray, pivots: np.ndarray, new_pivots: np.ndarray
) -> np.ndarray:
    """[V, 3]: each vertex goes with the ends of its bones, in proportion to where it lies."""
    shift, out = new_pivots - pivots, vertices.copy()
    for bone in range(21):
        start = shift[PIVOT[bone]]
        if bone in _END:
            line = pivots[_END[bone]] - pivots[PIVOT[bone]]
            place = np.clip((vertices - pivots[PIVOT[bone]]) @ line / (line @ line), 0, 1)
            move = start + place[:, None] * (shift[_END[bone]] - start)
        else:
            move = np.broadcast_to(start, vertices.shape)
        out += weights[:, bone, None] * move
    return out


def _part(weights: np.ndarray) -> np.ndarray:
    """Part of the hand [V]: 1-5 the phalanges of thumb .. little, else 0.

    The thumb's metacarpal is no phalanx. Neighbouring fingers must not share what they do.
    """
    bone = weights.argmax(1)
    return np.where(bone >= 7, (bone - 6) // 3 + 1, 0)
