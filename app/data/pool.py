"""A source's samples made once and kept as bytes in a folder: for many short runs on the same data.

A pixel is a byte: 0 .. 253 from -1 on in steps of 1 mm of the usual cube, 255 where there is
nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from app.data.source import Arrays, ArraySource, Layout
from app.data.synthetic import CROP_LAYOUT
from app.frames import BACKGROUND

PIXELS = ("images", "clean")
EMPTY = 255
STEPS = 127  # bytes from the middle of the cube to its face
CHUNK = 512


def to_bytes(images: np.ndarray) -> np.ndarray:
    """float32 in [-1, 1], background +1 -> uint8."""
    level = np.clip(np.rint((images + 1) * STEPS), 0, EMPTY - 2)
    return np.where(images < BACKGROUND, level, EMPTY).astype(np.uint8)


def from_bytes(pixels: np.ndarray) -> np.ndarray:
    """Inverse of `to_bytes` within half a step; a whole one at the far face."""
    level = pixels.astype(np.float32) / STEPS - 1
    return np.where(pixels == EMPTY, np.float32(BACKGROUND), level)


def make_pool(folder: Path, source: ArraySource, samples: int) -> None:
    """Samples 0 .. samples - 1 of the source into `folder`, whose last file is written last."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, (shape, kind) in source.layout.items():
        files[name] = np.lib.format.open_memmap(
            folder / f"{name}.npy",
            "w+",
            np.dtype(np.uint8 if name in PIXELS else kind),
            (samples, *shape),
        )
    for start in range(0, samples, CHUNK):
        made = source.arrays(start, min(CHUNK, samples - start))
        for name, file in files.items():
            values = made[name]
            file[start : start + CHUNK] = to_bytes(values) if name in PIXELS else values
    for file in files.values():
        file.flush()
    (folder / "complete").write_text(f"{samples}\n")


def pool_size(folder: Path) -> int:
    """Samples of a finished pool; 0: there is none."""
    mark = folder / "complete"
    return int(mark.read_text()) if mark.is_file() else 0


@dataclass
class Pool:
    """The samples of a folder as a source; they begin anew behind the last one."""

    folder: Path
    layout: Layout = field(default_factory=lambda: dict(CROP_LAYOUT))
    _files: Arrays | None = field(default=None, repr=False)

    def __getstate__(self) -> dict[str, object]:
        return self.__dict__ | {"_files": None}

    def files(self) -> Arrays:
        """The arrays as they lie in the folder, pixels as bytes; read when they are used."""
        if self._files is None:
            self._files = {
                name: np.load(self.folder / f"{name}.npy", mmap_mode="r") for name in self.layout
            }
        return self._files

    def __len__(self) -> int:
        return len(self.files()["joints"])

    def arrays(self, start: int, n: int) -> Arrays:
        rows = np.arange(start, start + n) % len(self)
        taken = {name: file[rows] for name, file in self.files().items()}
        return {name: from_bytes(v) if name in PIXELS else v for name, v in taken.items()}
