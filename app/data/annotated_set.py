"""A public data set on disk: all labels in memory, a picture is read when it is asked for.

Label frame: ours (x right, y down, z forward, mm). A picture that is missing or damaged is named:
`bad="refuse"` raises DataError, `bad="skip"` leaves it out and remembers it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np

from app.cv import cv2
from app.data.benchmarks import BENCHMARKS
from app.data.joint_sets import JointSet
from app.errors import DataError, reason_of
from app.frames import DepthFrame, Intrinsics, read_only
from app.png import png_flaw

Bad = Literal["refuse", "skip"]
Splits = Literal["train", "test"]
MAX_SIDE = 4096  # pixels
SKIP_HINT = "--bad-frames skip leaves such frames out"
Reading = tuple[np.ndarray, float]  # uint16 [H, W], 0 = no reading; mm of one step


@dataclass
class AnnotatedSet:
    """The frames of one split, in the set's own order."""

    joints: JointSet
    split: str
    root: Path
    files: list[str]  # of each frame, below `root`
    labels_mm: np.ndarray  # float32 [N, S, 3]: the scored joints, our camera frame
    camera: Intrinsics
    read: Callable[[Path], Reading]
    bad: Bad = "refuse"
    skipped: list[str] = field(default_factory=list)  # left out already: no picture, or no label

    def __len__(self) -> int:
        return len(self.files)

    def path(self, i: int) -> Path:
        return self.root / self.files[i]

    def frame(self, i: int) -> DepthFrame:
        """Reads picture i. Raises DataError naming the file where it is missing or damaged."""
        raw, unit_mm = self.read(self.path(i))
        k = self.camera
        if raw.shape != (k.height, k.width):
            found = f"{raw.shape[1]}x{raw.shape[0]}"
            raise DataError(f"{self.path(i)}: {found} pixels where {k.width}x{k.height} belong")
        return DepthFrame(i, i, i / 30, 0.0, read_only(raw), k, unit_mm)

    def frames(self, count: int = 0) -> Iterator[DepthFrame]:
        """Every frame in order, or `count` of them evenly spaced, one in memory at a time.

        Damaged ones are refused or, by option, left out and remembered in `skipped`. Raises
        DataError.
        """
        count = min(count or len(self), len(self))
        for i in (k * len(self) // count for k in range(count)):
            try:
                frame = self.frame(i)
            except DataError as error:
                if self.bad == "refuse":
                    raise DataError(error.message, SKIP_HINT) from error
                self.skipped.append(error.message)
                continue
            yield frame


def set_camera(name: str, width: int, height: int) -> Intrinsics:
    """The pinhole of a set, y down."""
    facts = BENCHMARKS[name]
    return Intrinsics(width, height, facts.fx, abs(facts.fy), facts.cx, facts.cy)


def checked(found: AnnotatedSet) -> AnnotatedSet:
    """The same set without the frames that have no picture or no usable label.

    DataError naming the first of them where they are refused, or where nothing is left.
    """
    folders = {str(Path(name).parent) for name in found.files}
    there = {f"{folder}/{name}" for folder in folders for name in list_files(found.root / folder)}
    there |= {name.removeprefix("./") for name in there}
    sound = np.isfinite(found.labels_mm).all((1, 2)) & (found.labels_mm[..., 2] > 0).all(1)
    keep, why = [], []
    for name, good in zip(found.files, sound, strict=True):
        keep.append(name in there and bool(good))
        if name not in there:
            why.append(f"there is no picture {found.root / name}")
        elif not good:
            why.append(f"the label of {found.root / name} is no hand in front of the camera")
    if why and found.bad == "refuse":
        more = f", and {len(why) - 1} more frames like it" if len(why) > 1 else ""
        raise DataError(why[0] + more, SKIP_HINT)
    found.skipped += why
    rows = np.flatnonzero(keep)
    found.files = [found.files[i] for i in rows]
    found.labels_mm = read_only(np.ascontiguousarray(found.labels_mm[rows], np.float32))
    if not found.files:
        raise DataError(f"{found.root} holds no frame of the {found.split} split")
    return found


def list_files(folder: Path) -> list[str]:
    """Names in a folder; none where it is missing."""
    try:
        return sorted(entry.name for entry in folder.iterdir())
    except FileNotFoundError:
        return []
    except OSError as error:
        raise DataError(f"cannot read {folder}: {reason_of(error)}") from error


def find_root(root: Path, parts: Sequence[str], layout: str) -> Path:
    """`root`, or the folder below it, in which one of `parts` lies. Raises DataError."""
    for place in (root, root / "dataset"):
        if any((place / part).exists() for part in parts):
            return place
    missing = "there is no folder" if not root.is_dir() else "this is not the data set:"
    raise DataError(f"{missing} {root}", f"expected {layout}")


def read_text(path: Path) -> list[str]:
    """Lines of a label file. Raises DataError."""
    try:
        return path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise DataError(f"cannot read the labels {path}: {reason_of(error)}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a text file of labels") from error


def read_png(path: Path) -> np.ndarray:
    """A sound PNG as it is stored: uint8 or uint16, [H, W] or [H, W, channels] (blue first).

    Raises DataError naming it.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {reason_of(error)}") from error
    flaw = png_flaw(data, MAX_SIDE)
    if flaw:
        raise DataError(f"{path} is damaged: {flaw}")
    try:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise DataError(f"{path} is damaged") from error
    if picture is None:
        raise DataError(f"{path} is damaged")
    return picture


def kind_of(picture: np.ndarray) -> str:
    """What a picture is, for a message."""
    channels = 1 if picture.ndim == 2 else picture.shape[2]
    return f"{8 * picture.dtype.itemsize}-bit, {channels} channel{'s' if channels > 1 else ''}"
