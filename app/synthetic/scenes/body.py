"""A posable person for the space behind the hand: coarse CC0 MakeHuman body, dressed, with hair.

Body frame: millimetres, x towards the body's LEFT, y up, z to the front. Built by `build_body`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from app.geometry import vertex_normals
from app.hand.skinning import blend
from app.resources import resource

ASSET = resource("synthetic", "scenes", "assets", "body_cc0.npz")
LIMBS = {  # each and what it hangs on; on both sides
    "upper_arm": "torso",
    "forearm": "upper_arm",
    "hand": "forearm",
    "thigh": "torso",
    "shin": "thigh",
}
PARENTS = {"head": "torso"} | {
    f"{limb}.{side}": parent if parent == "torso" else f"{parent}.{side}"
    for limb, parent in LIMBS.items()
    for side in "RL"
}
CHILD = {"upper_arm": "forearm", "forearm": "hand", "thigh": "shin"}  # the pivot a limb points at
# Limits of the shape coefficients, in the order of `BodyAsset.deltas_mm`.
LOWEST = np.array([-1.0, 0.0, -0.6, -1.0, -0.8])
HIGHEST = np.array([1.0, 1.0, 1.0, 2.5, 1.2])


@dataclass(frozen=True)
class BodyAsset:
    mean_mm: np.ndarray  # float32 [V, 3]
    deltas_mm: np.ndarray  # float32 [S, V, 3]: male (+) or female (-), old, light, heavy, muscular
    pivots_mm: np.ndarray  # float32 [B, 3]; row 0, the torso's, is the origin
    pivot_deltas_mm: np.ndarray  # float32 [S, B, 3]
    triangles: np.ndarray  # int32 [T, 3]
    skin_bones: np.ndarray  # int32 [V, 4], the strongest first
    skin_weights: np.ndarray  # float32 [V, 4]
    bones: tuple[str, ...]  # parents before children
    triangle_bones: np.ndarray  # int64 [T]: the bone that carries most of each triangle


@dataclass(frozen=True)
class BodyShape:
    """One person at rest: arms 45 degrees down, facing +z."""

    vertices_mm: np.ndarray  # float32 [V, 3]
    pivots_mm: np.ndarray  # float32 [B, 3]

    def limb(self, bone: str) -> np.ndarray:
        """float32 [3] mm at rest, from its own pivot to the next ("forearm.R": elbow to wrist)."""
        bones = load_body().bones
        name, side = bone.split(".")
        return (
            self.pivots_mm[bones.index(f"{CHILD[name]}.{side}")] - self.pivots_mm[bones.index(bone)]
        )


@cache
def load_body() -> BodyAsset:
    with np.load(ASSET) as data:
        triangles = data["triangles"].astype(np.int32)
        missing = 4 - data["skin_bones"].shape[1]  # the skinning kernel takes four bones a vertex
        unused = ((0, 0), (0, missing))
        skin_bones = np.pad(data["skin_bones"], unused).astype(np.int32)
        pivots = data["pivots_mm"]
        deltas = data["pivot_deltas_mm"]
        return BodyAsset(
            mean_mm=data["mean_mm"],
            deltas_mm=data["deltas_mm"].astype(np.float32),
            pivots_mm=np.concatenate([np.zeros((1, 3), np.float32), pivots]),
            pivot_deltas_mm=np.concatenate([np.zeros((len(deltas), 1, 3), np.float32), deltas], 1),
            triangles=triangles,
            skin_bones=skin_bones,
            skin_weights=np.pad(data["skin_weights"], unused).astype(np.float32),
            bones=tuple(str(name) for name in data["bone_names"]),
            triangle_bones=np.sort(skin_bones[triangles, 0], axis=1)[:, 1],
        )


@cache
def triangles_without(hidden: tuple[str, ...]) -> np.ndarray:
    """int32 [T', 3]: the surface but for the named bones."""
    asset = load_body()
    numbers = [asset.bones.index(name) for name in hidden]
    return asset.triangles[~np.isin(asset.triangle_bones, numbers)]


def sample_body(rng: np.random.Generator) -> BodyShape:
    """An adult of random sex, age, weight and height, clothed and with hair."""
    asset = load_body()
    chosen = np.array(
        [rng.choice([-1, 1]) * rng.uniform(0.3, 1), rng.beta(1, 2), 0, 0, rng.uniform(-0.8, 1.2)]
    )
    chosen[2:4] = (rng.uniform(0, 1), 0) if rng.random() < 0.4 else (0, 2.5 * rng.beta(1, 2))
    chosen = np.clip(chosen, LOWEST, HIGHEST).astype(np.float32)
    scale = np.float32(np.clip(rng.normal(1, 0.05), 0.85, 1.12))
    vertices = asset.mean_mm + np.tensordot(chosen, asset.deltas_mm, 1)
    pivots = asset.pivots_mm + np.tensordot(chosen, asset.pivot_deltas_mm, 1)
    vertices = (
        vertices + vertex_normals(vertices, asset.triangles) * _cover(rng, vertices, asset)[:, None]
    )
    return BodyShape((vertices * scale).astype(np.float32), (pivots * scale).astype(np.float32))


def _cover(rng: np.random.Generator, vertices: np.ndarray, asset: BodyAsset) -> np.ndarray:
    """[V] mm outwards: shirt and trousers with wrinkles, hair over the skull's top and back."""
    thickness = np.zeros(len(asset.bones))
    for number, name in enumerate(asset.bones):
        if name.startswith(("torso", "upper_arm", "thigh", "shin")):
            thickness[number] = rng.uniform(3, 20)
    if rng.random() < 0.6:  # long sleeves
        for side in "RL":
            thickness[asset.bones.index(f"forearm.{side}")] = rng.uniform(3, 12)
    cloth = (asset.skin_weights * thickness[asset.skin_bones]).sum(1)
    wave = rng.normal(0, 1, (3, 3))
    radians_per_mm = rng.uniform(0.02, 0.09, (3, 1))
    wave *= radians_per_mm / np.linalg.norm(wave, axis=1, keepdims=True)
    wrinkles = np.sin(vertices @ wave.T + rng.uniform(0, 2 * np.pi, 3)).mean(1)
    cloth *= 1 + 0.6 * wrinkles
    hair = np.clip((_hairiness(vertices) - rng.uniform(165, 200)) / 40, 0, 1)
    return cloth + hair * rng.uniform(0, 35) * (1 + 0.4 * wrinkles)


def _hairiness(vertices: np.ndarray) -> np.ndarray:
    """[V] mm: how far up and back on the head; hair grows above about 180, 0 off the head."""
    asset = load_body()
    head = asset.bones.index("head")
    up, back = vertices[:, 1] - asset.pivots_mm[head, 1], 60 - vertices[:, 2]
    return np.where(asset.skin_bones[:, 0] == head, up + 0.6 * back, 0.0)


@cache
def scalp_triangles() -> np.ndarray:
    """int32 [T', 3]: where hair grows, which infrared light often does not come back from."""
    asset = load_body()
    haired = _hairiness(asset.mean_mm) > 185
    return asset.triangles[haired[asset.triangles].all(1)]


def pose_body(
    shape: BodyShape, turns: dict[str, np.ndarray], rotation: np.ndarray, translation_mm: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Linear blend skinning of the body.

    turns: bone -> [3, 3] rotation in the BODY frame away from rest (absolute, not relative to its
    parent); a bone that is not named keeps its parent's. rotation [3, 3], translation_mm [3]: body
    frame -> camera frame.
    Returns (vertices [V, 3] float32, pivots [B, 3] float32), both in the camera frame.
    """
    asset = load_body()
    matrices = np.zeros((len(asset.bones), 3, 4))
    matrices[0, :, :3] = turns.get("torso", np.eye(3))
    for number, name in enumerate(asset.bones[1:], 1):
        parent = asset.bones.index(PARENTS[name])
        matrices[number, :, :3] = turns.get(name, matrices[parent, :, :3])
        pivot = shape.pivots_mm[number]
        moved = matrices[parent, :, :3] @ pivot + matrices[parent, :, 3]
        matrices[number, :, 3] = moved - matrices[number, :, :3] @ pivot
    matrices = np.concatenate(
        [rotation @ matrices[..., :3], (matrices[..., 3] @ rotation.T + translation_mm)[..., None]],
        -1,
    )
    matrices = matrices.astype(np.float32)
    pivots = np.einsum("bij,bj->bi", matrices[..., :3], shape.pivots_mm) + matrices[..., 3]
    vertices = np.empty_like(shape.vertices_mm)
    blend(shape.vertices_mm, asset.skin_bones, asset.skin_weights, matrices, vertices)
    return vertices, pivots


def turn_onto(start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """[3, 3] the smallest rotation that turns the direction `start` onto `end`."""
    a, b = start / np.linalg.norm(start), end / np.linalg.norm(end)
    cosine = float(a @ b)
    if cosine < -0.9999:
        side = np.cross(a, [1.0, 0, 0] if abs(a[0]) < 0.9 else [0, 1.0, 0])
        side /= np.linalg.norm(side)
        return 2 * np.outer(side, side) - np.eye(3)
    v = np.cross(a, b)
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + k + k @ k / (1 + cosine)


@cache
def body_of_pool(split: str, number: int) -> BodyShape:
    """Person `number` of a split; the splits share nobody."""
    return sample_body(np.random.default_rng([("train", "test").index(split), number, 20]))
