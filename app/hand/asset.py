"""The committed hands, loaded once: mesh, shape space, skin weights (see the notes in `assets`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

import numpy as np

from app.frames import read_only
from app.resources import resource

Identity = Literal["makehuman", "webxr"]
IDENTITIES: tuple[Identity, ...] = ("makehuman", "webxr")
Identities = Literal["makehuman", "webxr", "both"]
IDENTITIES_OF: dict[Identities, tuple[Identity, ...]] = {
    "makehuman": ("makehuman",),
    "webxr": ("webxr",),
    "both": IDENTITIES,
}
_FOLDER = resource("hand", "assets")
ASSET_FILES: dict[Identity, Path] = {
    "makehuman": _FOLDER / "hand_cc0.npz",
    "webxr": _FOLDER / "webxr_hand.npz",
}
N_PIVOTS = 26  # 21 joints (our order), four metacarpal heads (index..little), the elbow


@dataclass(frozen=True)
class HandAsset:
    """A right hand with its forearm in rest, in MakeHuman's axes, mm.

    V vertices, T triangles; read-only arrays. All hands rest in the same pose, so that the same
    angles mean the same. Shape vectors cover vertices and pivots alike, so joints follow every
    change of shape.
    """

    mean_mm: np.ndarray  # float32 [V+26, 3]: vertices, then pivots
    basis: np.ndarray  # float32 [8, V+26, 3]: principal components, in standard deviations
    morphs: np.ndarray  # float32 [18, V+26, 3]: local changes at full strength
    morph_names: tuple[str, ...]  # 18, each "...-decr" or "...-incr"
    triangles: np.ndarray  # int32 [T, 3], counter-clockwise seen from outside
    skin_bones: np.ndarray  # int32 [V, 4]
    skin_weights: np.ndarray  # float32 [V, 4], descending, sum 1
    identity: Identity

    @property
    def n_vertices(self) -> int:
        return len(self.mean_mm) - N_PIVOTS


def load_asset(identity: Identity = "makehuman") -> HandAsset:
    """One of the shipped hands."""
    return _read_asset(identity)


@cache
def _read_asset(identity: Identity) -> HandAsset:
    with np.load(ASSET_FILES[identity]) as file:
        arrays = {name: read_only(file[name]) for name in file.files}
    names = tuple(str(name) for name in arrays.pop("morph_names"))
    return HandAsset(morph_names=names, identity=identity, **arrays)


def strongest(weights: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The `count` strongest bones of each vertex, the strongest first, and their shares.

    weights: [V, bones] -> int64 [V, count] and [V, count], whose rows sum to 1.
    """
    order = np.argsort(-weights, axis=1, kind="stable")[:, :count]
    top = np.take_along_axis(weights, order, 1)
    return order, top / top.sum(1, keepdims=True)
