"""Builds the coarse, posable person behind the hand, `body_cc0.npz`, from MakeHuman's CC0 data.

    python -m app.hand.build.build_body [--wheel FILE] [--out FILE]

The body stands behind the hand in rendered frames, so it is simplified to 4,000 triangles
(`edge_collapse`). Result: millimetres, y up, the body faces +z, its right hand is at x < 0.
Deterministic: the same wheel gives the same arrays on every processor. The committed file was made
before that was so; `app/synthetic/scenes/assets/body_cc0.md` says by how much it differs.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

import numpy as np

from app.hand.asset import strongest
from app.hand.build.asset_file import write_asset
from app.hand.build.edge_collapse import simplify
from app.hand.build.makehuman import (
    ANCESTRIES,
    BODY_VERTICES,
    WHEEL_HELP,
    MakeHumanData,
    download_wheel,
)
from app.resources import resource

OUTPUT = resource("synthetic", "scenes", "assets", "body_cc0.npz")
N_TRIANGLES = 4000
FACE_DETAIL = 4.0  # the quadric error counts this many times as much on head and hands
# bone: the rig's bones that move with it, by the start of their names
_FINGERS = tuple(f"finger{f}-{k}" for f in range(1, 6) for k in range(1, 4))
_TOES = tuple(f"toe{t}-{k}" for t in range(1, 6) for k in range(1, 4))
_FACE = ("jaw", "eye", "levator", "oculi", "orbicularis", "oris", "risorius", "special")
LIMBS = {
    "upper_arm": ("upperarm01", "upperarm02"),
    "forearm": ("lowerarm01", "lowerarm02"),
    "hand": ("wrist", *(f"metacarpal{k}" for k in range(1, 5)), *_FINGERS),
    "thigh": ("upperleg01", "upperleg02"),
    "shin": ("lowerleg01", "lowerleg02", "foot", *_TOES),
}
BONES: dict[str, tuple[str, ...]] = {
    "torso": ("",),
    "head": ("neck", "head", *_FACE, "temporalis", "tongue"),
    **{
        f"{name}.{side}": tuple(f"{rig}.{side}" for rig in rigs)
        for side in "RL"
        for name, rigs in LIMBS.items()
    },
}
# pivot of each bone but the torso: the rig bone whose head it is
PIVOTS: dict[str, str] = {"head": "neck01"} | {
    f"{name}.{side}": f"{rigs[0]}.{side}" for side in "RL" for name, rigs in LIMBS.items()
}
SHAPE_NAMES = ("male", "old", "light", "heavy", "muscular")


def person(
    data: MakeHumanData,
    gender: str,
    age: str,
    muscle: str = "averagemuscle",
    weight: str = "averageweight",
) -> np.ndarray:
    """[V, 3] mm: an adult, the three ancestries of the data in equal parts."""
    shape = data.vertices_mm + data.target(
        f"macrodetails/universal-{gender}-{age}-{muscle}-{weight}"
    )
    for ancestry in ANCESTRIES:
        shape = shape + data.target(f"macrodetails/{ancestry}-{gender}-{age}") / 3
    return shape


def bone_weights(data: MakeHumanData) -> np.ndarray:
    """[V, bones]: the rig's weights summed over the bones that move together; rows sum to 1."""
    names = list(BONES)
    owner = {
        rig: names.index(name)
        for name in names[1:]
        for rig in data.weights
        if rig.startswith(BONES[name])
    }
    weights = np.zeros((len(data.vertices_mm), len(names)))
    for rig, entries in data.weights.items():
        for vertex, weight in entries:
            weights[vertex, owner.get(rig, 0)] += weight
    return weights / np.maximum(weights.sum(1, keepdims=True), 1e-9)


def build(wheel: Path) -> dict[str, np.ndarray]:
    """The arrays of the asset file; see `app.synthetic.scenes.body.BodyAsset`."""
    data = MakeHumanData(wheel)
    young = {g: person(data, g, "young") for g in ("female", "male")}
    mean = (young["female"] + young["male"]) / 2

    def both(age: str, muscle: str, weight: str) -> np.ndarray:
        return (
            person(data, "female", age, muscle, weight) + person(data, "male", age, muscle, weight)
        ) / 2 - mean

    deltas = np.stack([
        (young["male"] - young["female"]) / 2,
        both("old", "averagemuscle", "averageweight"),
        both("young", "averagemuscle", "minweight"),
        both("young", "averagemuscle", "maxweight"),
        both("young", "maxmuscle", "averageweight"),
    ])  # fmt: skip
    weights = bone_weights(data)
    triangles = np.array([(f[0], f[k], f[k + 1]) for f in data.faces for k in range(1, len(f) - 1)])
    fine = [i for i, name in enumerate(BONES) if name.startswith(("head", "hand"))]
    importance = 1 + (FACE_DETAIL - 1) * weights[:, fine].sum(1)
    kept = simplify(mean[:BODY_VERTICES], triangles, importance, N_TRIANGLES)
    used, kept = np.unique(kept, return_inverse=True)
    pivots = [data.head_of(PIVOTS[name]) for name in list(BONES)[1:]]
    names = list(BONES)
    strong, shares = strongest(weights[used], 2)
    return {
        "mean_mm": np.round(mean[used], 2).astype(np.float32),
        "deltas_mm": np.round(deltas[:, used], 2).astype(np.float16),
        "pivots_mm": np.stack([mean[p].mean(0) for p in pivots]).astype(np.float32),
        "pivot_deltas_mm": np.stack([deltas[:, p].mean(1) for p in pivots], 1).astype(np.float32),
        "triangles": kept.reshape(-1, 3).astype(np.int16),
        "skin_bones": strong.astype(np.int8),
        "skin_weights": np.round(shares, 3).astype(np.float16),
        "bone_names": np.array(names),
        "shape_names": np.array(SHAPE_NAMES),
    }


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(
        prog="python -m app.hand.build.build_body", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--wheel", type=Path, help=WHEEL_HELP)
    parser.add_argument("--out", type=Path, default=OUTPUT)
    arguments = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        wheel = arguments.wheel or download_wheel(Path(folder))
        print(write_asset(arguments.out, build(wheel)))


if __name__ == "__main__":
    main()
