"""The shape of a person's hand: principal components, local morphs, size, proportions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

import numpy as np

from app.frames import read_only
from app.geometry import unit
from app.hand import labels
from app.hand.asset import IDENTITIES, HandAsset, Identity, load_asset

Split = Literal["train", "test"]
SPLITS: tuple[Split, ...] = ("train", "test")
# Local morphs and the standard deviation of their strength (1 = the full target).
MORPH_SPREAD = {
    "fingers-diameter": 0.45,
    "fingers-length": 0.2,
    "fingers-distance": 0.4,
    "lowerarm-fat": 0.35,
    "lowerarm-muscle": 0.35,
    "measure-wrist-circ": 0.35,
}


@dataclass(frozen=True)
class HandShape:
    """One right hand at rest in the asset's axes, its wrist pivot at the origin.

    Read-only arrays. `joints_mm` are the labelled joints; they differ from the pivots at the
    wrist (`labels`).
    """

    vertices_mm: np.ndarray  # float32 [V, 3]
    pivots_mm: np.ndarray  # float32 [26, 3]: of 21 joints, four metacarpal heads, the elbow
    joints_mm: np.ndarray  # float32 [21, 3]: what networks see and results report
    scale: float  # size over the mean hand's
    identity: Identity = "makehuman"


def make_shape(
    components: np.ndarray | None = None,
    morphs: np.ndarray | None = None,
    scale: float = 1.0,
    proportions: np.ndarray | None = None,
    fingers: np.ndarray | None = None,
    identity: Identity = "makehuman",
) -> HandShape:
    """A hand of given shape; what is not given is the mean hand's.

    components: [8] standard deviations; morphs: [18] strengths; proportions: [3] stretch across
    the palm, along the fingers and through the palm, about the wrist; fingers: [5, 2] stretch of
    each finger's length and girth, thumb .. little.
    """
    asset = load_asset(identity)
    points = asset.mean_mm.astype(np.float64)
    if components is not None:
        points += np.tensordot(components, asset.basis, 1)
    if morphs is not None:
        points += np.tensordot(morphs, asset.morphs, 1)
    pivots = points[asset.n_vertices :]
    if identity == "makehuman":  # the other hand's pivots lie at the labelled centres already
        pivots = labels.shift_towards_wrist(pivots)
    origin = pivots[0].copy()
    if identity == "makehuman":
        pivots[:21] += palmar_offsets()
    points = np.concatenate([points[: asset.n_vertices], pivots]) - origin
    if fingers is not None:
        points = _stretch_fingers(asset, points, fingers)
    if proportions is not None:
        axes = palm_axes()
        points = (points @ axes * proportions) @ axes.T
    points *= scale
    vertices, pivots = points[: asset.n_vertices], points[asset.n_vertices :]
    joints = pivots[:21].copy()
    joints[0] += labels.WRIST_LABEL_MM * scale * palm_axes()[:, 2]
    vertices, pivots, joints = (read_only(a.astype(np.float32)) for a in (vertices, pivots, joints))
    return HandShape(vertices, pivots, joints, float(scale), identity)


def _stretch_fingers(asset: HandAsset, points: np.ndarray, fingers: np.ndarray) -> np.ndarray:
    """Vertices and pivots [V+26, 3] with each finger stretched along and across.

    Along is the line from its knuckle (the thumb's MCP) to its tip; the skin follows by its
    weights.
    """
    out = points.copy()
    pivots = points[asset.n_vertices :]
    for f, (length, girth) in enumerate(fingers):
        base = pivots[2 if f == 0 else 4 * f + 1]
        bones = (7, 8) if f == 0 else tuple(range(6 + 3 * f, 9 + 3 * f))
        weight = np.zeros(len(points))
        weight[: asset.n_vertices] = (asset.skin_weights * np.isin(asset.skin_bones, bones)).sum(1)
        weight[asset.n_vertices + np.arange(4 * f + (3 if f == 0 else 2), 4 * f + 5)] = 1
        along = unit(pivots[4 * f + 4] - base)
        reach = (points - base) @ along
        across = points - base - reach[:, None] * along
        out += ((length - 1) * weight * np.maximum(reach, 0))[:, None] * along
        out += ((girth - 1) * weight)[:, None] * across
    return out


@cache
def palmar_offsets() -> np.ndarray:
    """[21, 3] mm of the mean hand (`labels`), used for every shape."""
    asset = load_asset()
    pivots = labels.shift_towards_wrist(asset.mean_mm[asset.n_vertices :].astype(np.float64))
    return read_only(labels.palmar_offsets(pivots))


@cache
def palm_axes() -> np.ndarray:
    """[3, 3], columns: across to the index side, from wrist to knuckles, out of the palm side."""
    asset = load_asset()
    pivots = asset.mean_mm[asset.n_vertices :].astype(np.float64)
    along = unit(pivots[9] - pivots[0])
    normal = labels.palm_normal(pivots)
    out = unit(normal - (normal @ along) * along)
    return read_only(np.stack([np.cross(out, along) * -1.0, along, out], -1))


def facing_rotation() -> np.ndarray:
    """[3, 3] rest axes -> camera: fingers up in the image, the palm towards the camera."""
    _, along, out = palm_axes().T
    return np.stack([np.cross(-along, -out), -along, -out])


@cache
def mean_shape() -> HandShape:
    """The mean adult hand: 183 mm from wrist to middle finger tip."""
    return make_shape()


def sample_shape(
    rng: np.random.Generator, size_spread: float = 0.085, identity: Identity = "makehuman"
) -> HandShape:
    """A random hand; size N(1.05, size_spread) within 0.8..1.3 of the mean hand's."""
    asset = load_asset(identity)
    morphs = np.zeros(len(asset.morph_names))
    for name, spread in MORPH_SPREAD.items():
        strength = np.clip(rng.normal(0, spread), -1, 1)
        ending = f"{name}-{'incr' if strength > 0 else 'decr'}"
        for k, morph in enumerate(asset.morph_names):
            if morph.endswith(ending):
                morphs[k] = abs(strength)
    scale = np.clip(rng.normal(1.05, size_spread), 0.8, 1.3)
    proportions = np.clip(rng.normal(1.0, [0.04, 0.03, 0.05]), 0.88, 1.12)
    fingers = np.clip(rng.normal(1.0, [0.04, 0.06], (5, 2)), 0.85, 1.15)
    components = rng.normal(0, 0.9, len(asset.basis))
    return make_shape(components, morphs, scale, proportions, fingers, identity)


@lru_cache(maxsize=8)
def shape_pool(
    seed: int, n: int, split: Split = "train", identity: Identity = "makehuman"
) -> tuple[HandShape, ...]:
    """`n` random hands.

    Splits and identities draw from disjoint seeds, so test subjects are never seen in training.
    """
    key = [seed, SPLITS.index(split)]
    further = IDENTITIES.index(identity)
    return tuple(
        sample_shape(
            np.random.default_rng([*key, k, further] if further else [*key, k]), identity=identity
        )
        for k in range(n)
    )
