"""Who appears in training crops: pools of hands of one mesh or of several."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from app.hand.asset import IDENTITIES_OF, HandAsset, Identities, Identity, load_asset
from app.hand.shape import HandShape, Split, shape_pool
from app.hand.wrist_cut import cut_at_wrist

SHARES: dict[Identity, float] = {"makehuman": 3.0, "webxr": 1.0}  # where both appear
N_SHAPES = 512  # hands of each
IDENTITY_STREAM = 2  # of the random numbers that choose


@dataclass(frozen=True)
class HandPool:
    """The hands of one mesh, stacked; arrays are shared and must not be written."""

    asset: HandAsset
    mirrored: np.ndarray  # int32 [T, 3]: the triangles of the left hand
    bare: np.ndarray  # int32 [T', 3]: the triangles of the hand without its forearm
    rim: np.ndarray  # int32 [R]: the vertices where it is cut
    forearm: np.ndarray  # int32 indices of the vertices that follow the forearm most
    vertices_mm: np.ndarray  # float32 [N_SHAPES, V, 3]
    pivots_mm: np.ndarray  # float32 [N_SHAPES, 26, 3]
    joints_mm: np.ndarray  # float32 [N_SHAPES, 21, 3], as labelled
    scale: np.ndarray  # float32 [N_SHAPES]


@lru_cache(maxsize=4)
def load_hand_pool(identity: Identity, split: Split) -> HandPool:
    """The hands of one mesh in a split."""
    asset, pool = load_asset(identity), shape_pool(0, N_SHAPES, split, identity)
    on_forearm = (asset.skin_bones[:, 0] == 0) & (asset.skin_weights[:, 0] > 0.5)
    vertices, pivots, joints = (
        np.stack([getattr(shape, name) for shape in pool])
        for name in ("vertices_mm", "pivots_mm", "joints_mm")
    )
    return HandPool(
        asset,
        np.ascontiguousarray(asset.triangles[:, ::-1]),
        *cut_at_wrist(asset),
        np.flatnonzero(on_forearm).astype(np.int32),
        vertices,
        pivots,
        joints,
        np.array([shape.scale for shape in pool], np.float32),
    )


def mixed_pool(
    seed: int, n: int, split: Split, identities: Identities = "both"
) -> tuple[HandShape, ...]:
    """`n` random hands; where both meshes appear, every fourth is of the second."""
    pools = [shape_pool(seed, n, split, identity) for identity in IDENTITIES_OF[identities]]
    every = round(sum(SHARES.values()) / SHARES["webxr"])
    return tuple(pools[-1 if k % every == every - 1 else 0][k] for k in range(n))


def choose_identities(key: list[int], n: int, identities: Identities) -> np.ndarray:
    """int64 [n]: number of each sample's mesh among those of `IDENTITIES_OF`.

    Depends on key alone, and takes no random number from anything else.
    """
    shares = np.array([SHARES[identity] for identity in IDENTITIES_OF[identities]])
    rng = np.random.default_rng([*key, IDENTITY_STREAM])
    return rng.choice(len(shares), n, p=shares / shares.sum())
