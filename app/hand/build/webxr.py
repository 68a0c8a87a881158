"""What the builder of the second hand needs of the npm package `@webxr-input-profiles/assets`.

The package (MIT, Amazon 2019) carries the generic hand of WebXR as a binary glTF 2.0 file: one
mesh, one skin of 25 joints (https://www.w3.org/TR/webxr-hand-input-1/#skeleton-joints-section),
metres.
"""

from __future__ import annotations

import json
import struct
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

PACKAGE = "@webxr-input-profiles/assets@1.0.20"
RIGHT_HAND = "package/dist/profiles/generic-hand/right.glb"
FINGERS = ("thumb", "index-finger", "middle-finger", "ring-finger", "pinky-finger")
_TYPES = {5121: "u1", 5123: "<u2", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT4": 16}


@dataclass(frozen=True)
class SkinnedMesh:
    """A mesh in its bind pose with the rest frames of its joints, mm; seams welded.

    A joint's frame: z from the tip towards the wrist, y out of the back of the hand (WebXR).
    """

    vertices_mm: np.ndarray  # float64 [V, 3]
    triangles: np.ndarray  # int64 [T, 3]
    weights: np.ndarray  # float64 [V, J], rows sum to 1
    names: tuple[str, ...]  # J
    frames: np.ndarray  # float64 [J, 3, 3], columns x, y, z
    places_mm: np.ndarray  # float64 [J, 3]

    def joint(self, name: str) -> int:
        """Number of a joint; ValueError where there is none of that name."""
        return self.names.index(name)


def download_package(folder: Path) -> Path:
    """Fetch the pinned package with npm; raises CalledProcessError where npm fails."""
    command = ("npm", "pack", PACKAGE, "--silent", "--pack-destination", str(folder))
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return next(folder.glob("webxr-input-profiles-assets-*.tgz"))


def read_right_hand(package: Path) -> SkinnedMesh:
    """The right hand of the package archive `package` (.tgz)."""
    with tarfile.open(package) as archive:
        member = archive.extractfile(RIGHT_HAND)
        if member is None:
            raise ValueError(f"{package} holds no {RIGHT_HAND}")
        return read_glb(member.read())


def read_glb(data: bytes) -> SkinnedMesh:
    """The first skinned mesh of a binary glTF file whose buffer views are packed."""
    (length,) = struct.unpack("<I", data[12:16])
    scene, binary = json.loads(data[20 : 20 + length]), data[28 + length :]

    def accessor(number: int) -> np.ndarray:
        a = scene["accessors"][number]
        view, width = scene["bufferViews"][a["bufferView"]], _WIDTHS[a["type"]]
        start = view.get("byteOffset", 0) + a.get("byteOffset", 0)
        kind = _TYPES[a["componentType"]]
        return np.frombuffer(binary, kind, a["count"] * width, start).reshape(-1, width)

    primitive, skin = scene["meshes"][0]["primitives"][0], scene["skins"][0]
    arrays = {name: accessor(number) for name, number in primitive["attributes"].items()}
    points = arrays["POSITION"].astype(np.float64) * 1000
    weights = np.zeros((len(points), len(skin["joints"])))
    for bones, shares in zip(arrays["JOINTS_0"].T, arrays["WEIGHTS_0"].T, strict=True):
        np.add.at(weights, (np.arange(len(points)), bones), shares)
    inverse = accessor(skin["inverseBindMatrices"]).reshape(-1, 4, 4).transpose(0, 2, 1)
    bind = np.linalg.inv(inverse.astype(np.float64))
    triangles = accessor(primitive["indices"]).reshape(-1, 3).astype(np.int64)
    first, merged = _welded(points)
    return SkinnedMesh(
        points[first],
        merged[triangles],
        weights[first] / weights[first].sum(1, keepdims=True),
        tuple(scene["nodes"][k]["name"] for k in skin["joints"]),
        bind[:, :3, :3] / np.linalg.norm(bind[:, :3, :3], axis=1, keepdims=True),
        bind[:, :3, 3] * 1000,
    )


def _welded(points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(rows kept, new number of every row): a vertex was doubled where its texture has a seam."""
    _, first, merged = np.unique(
        np.round(points, 3), axis=0, return_index=True, return_inverse=True
    )
    return first, merged.ravel()
