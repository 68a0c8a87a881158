"""The ICVL hand set (Tang, Chang, Tejani, Kim, CVPR 2014).

    ROOT/Training/labels.txt               PATH and 16 x (u v d) a line
    ROOT/Training/Depth/<sequence>/image_NNNN.png
    ROOT/Testing/test_seq_1.txt, test_seq_2.txt, ROOT/Testing/Depth/...

331,006 training frames (22 thousand and their copies turned in the image plane), 702 + 894 test
frames of a Creative Senz3D, 320x240. Pictures: 16-bit grey, mm, 32001 = no reading; u, v in pixels,
d in mm. As github.com/mks0601/V2V-PoseNet_RELEASE (src/data/ICVL) and
github.com/moberweger/deep-prior-pp (src/data/importers.py) read it; camera of
github.com/xinghaochen/awesome-hand-pose-estimation. The pictures show LEFT hands (or mirrored
ones): the labels fit a right hand's joints only after mirroring (docs/datasets.md).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.data.annotated_set import (
    AnnotatedSet,
    Bad,
    Reading,
    Splits,
    checked,
    find_root,
    kind_of,
    read_png,
    read_text,
    set_camera,
)
from app.data.benchmarks import BENCHMARKS, unproject_uvd
from app.data.joint_sets import joint_set
from app.errors import DataError

FOLDERS = {"train": "Training", "test": "Testing"}
LABEL_FILES = {"train": ("labels.txt",), "test": ("test_seq_1.txt", "test_seq_2.txt")}
LAYOUT = (
    "Training/labels.txt, Training/Depth, Testing/test_seq_1.txt, test_seq_2.txt, Testing/Depth"
)
NO_READING = 32001  # and beyond


def open_icvl(root: Path, split: Splits, bad: Bad = "refuse") -> AnnotatedSet:
    """One split; the test split is sequence 1, then 2.

    Raises DataError for a wrong root, missing or wrong labels, and, unless skipped, missing
    pictures.
    """
    folder = find_root(root, tuple(FOLDERS.values()), LAYOUT) / FOLDERS[split]
    files, labels = [], []
    for name in LABEL_FILES[split]:
        for number, line in enumerate(read_text(folder / name), 1):
            if line.strip():
                file, uvd = _parse(line, f"{folder / name}, line {number}")
                files.append(f"Depth/{file}")
                labels.append(uvd)
    if not files:
        raise DataError(f"{folder / LABEL_FILES[split][0]} is empty")
    joints_mm = unproject_uvd(np.stack(labels), BENCHMARKS["icvl"])
    camera = set_camera("icvl", 320, 240)
    return checked(
        AnnotatedSet(joint_set("icvl"), split, folder, files, joints_mm, camera, read_depth, bad)
    )


def read_depth(path: Path) -> Reading:
    """uint16 [240, 320] mm, 0 = no reading. Raises DataError naming the file."""
    picture = read_png(path)
    if picture.dtype != np.uint16 or picture.ndim != 2:
        raise DataError(f"{path} is {kind_of(picture)}; ICVL has 16-bit grey pictures")
    return np.where(picture < NO_READING, picture, np.uint16(0)), 1.0


def _parse(line: str, where: str) -> tuple[str, np.ndarray]:
    """PATH u v d ... -> the path and [16, 3]. Raises DataError."""
    joints = BENCHMARKS["icvl"].joints
    file, *numbers = line.split()
    if len(numbers) != 3 * joints:
        raise DataError(f"{where}: {len(numbers)} numbers where {3 * joints} belong")
    try:
        return file, np.array(numbers, np.float64).reshape(joints, 3)
    except ValueError as error:
        raise DataError(f"{where} is no path and {3 * joints} numbers") from error
