"""The MSRA hand gesture set (Sun, Wei, Liang, Tang, Sun, CVPR 2015; cvpr15_MSRAHandGestureDB).

    ROOT/P0 .. P8/<gesture>/NNNNNN_depth.bin   numbers from 0 on
    ROOT/P0 .. P8/<gesture>/joint.txt          how many, then 63 numbers a line

Nine subjects, 17 gestures of about 500 frames, 320x240. A .bin begins with six int32 (width height
left top right bottom); float32 depths in mm of that box follow, row by row, right and bottom
outside it. Joints in mm with y UP and z BACKWARDS. As the set's readme says
(jimmysuen.github.io/txt/cvpr15_MSRAHandGestureDB_readme.txt);
github.com/mks0601/V2V-PoseNet_RELEASE (src/data/MSRA) and github.com/moberweger/deep-prior-pp read
the same. Right hands.

Leave one subject out: train on eight, test on the ninth.
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
    list_files,
    read_text,
    set_camera,
)
from app.data.benchmarks import BENCHMARKS
from app.data.joint_sets import joint_set
from app.errors import DataError, reason_of

SUBJECTS = tuple(range(9))
GESTURES = (*"123456789", "I", "IP", "L", "MP", "RP", "T", "TIP", "Y")
LAYOUT = "P0 ... P8, in each a folder for every gesture with joint.txt and 000000_depth.bin ..."
WIDTH, HEIGHT, HEADER = 320, 240, 6
LARGEST_MM = 60_000.0
FINE_MM = 1 / 16  # a step where depths are no whole numbers of mm


def open_msra(
    root: Path, split: Splits, bad: Bad = "refuse", subject: int | None = None
) -> AnnotatedSet:
    """test: the frames of one subject; train: those of the eight others.

    subject None: `test` has all nine, `train` leaves out subject 0. Raises DataError for
    a wrong root, missing or wrong labels, and, unless skipped, missing pictures.
    """
    place = find_root(root, [f"P{k}" for k in SUBJECTS], LAYOUT)
    if subject is not None and subject not in SUBJECTS:
        raise DataError(f"MSRA has the subjects 0 to 8, not {subject}")
    if split == "train":
        subjects = [k for k in SUBJECTS if k != (subject or 0)]
    else:
        subjects = list(SUBJECTS) if subject is None else [subject]
    files, labels = [], []
    for k in subjects:
        for gesture in _gestures(place / f"P{k}"):
            joints = _read_labels(place / f"P{k}" / gesture)
            files += [f"P{k}/{gesture}/{n:06d}_depth.bin" for n in range(len(joints))]
            labels.append(joints)
    camera = set_camera("msra", WIDTH, HEIGHT)
    joints_mm = np.concatenate(labels) * np.array([1.0, -1.0, -1.0])
    return checked(
        AnnotatedSet(joint_set("msra"), split, place, files, joints_mm, camera, read_depth, bad)
    )


def read_depth(path: Path) -> Reading:
    """uint16 [240, 320], 0 = no reading; a step is 1 mm where all depths are whole, else 1/16 mm.

    Raises DataError naming the file.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise DataError(f"cannot read {path}: {reason_of(error)}") from error
    if len(data) < 4 * HEADER:
        raise DataError(f"{path} is cut off: {len(data)} bytes")
    width, height, left, top, right, bottom = np.frombuffer(data, "<i4", HEADER).tolist()
    if not (0 <= left <= right <= width <= 4096 and 0 <= top <= bottom <= height <= 4096):
        raise DataError(f"{path} is damaged: its header names no box within a picture")
    wanted = 4 * (HEADER + (right - left) * (bottom - top))
    if len(data) != wanted:
        what = "is cut off" if len(data) < wanted else "is damaged"
        raise DataError(f"{path} {what}: {len(data)} bytes where {wanted} belong")
    box = np.frombuffer(data, "<f4", offset=4 * HEADER).reshape(bottom - top, right - left)
    if not (np.isfinite(box) & (box >= 0) & (box < LARGEST_MM)).all():
        raise DataError(f"{path} is damaged: it holds depths that are none")
    unit = 1.0 if (box == np.rint(box)).all() or box.max() > 4000 else FINE_MM
    raw = np.zeros((height, width), np.uint16)
    raw[top:bottom, left:right] = np.rint(box / unit)
    return raw, unit


def _gestures(folder: Path) -> list[str]:
    """Those of a subject that are there, in the set's order. Raises DataError where none is."""
    there = set(list_files(folder))
    found = [gesture for gesture in GESTURES if gesture in there]
    if not found:
        raise DataError(f"there is no gesture in {folder}", f"expected {LAYOUT}")
    return found


def _read_labels(folder: Path) -> np.ndarray:
    """float64 [frames, 21, 3] of one gesture, as they are stored. Raises DataError."""
    path, joints = folder / "joint.txt", BENCHMARKS["msra"].joints
    lines = [line.split() for line in read_text(path) if line.strip()]
    try:
        told = int(lines[0][0])
        rows = [list(map(float, line)) for line in lines[1:]]
    except (IndexError, ValueError) as error:
        raise DataError(f"{path} is no count and lines of numbers") from error
    for number, row in enumerate(rows, 2):
        if len(row) != 3 * joints:
            raise DataError(f"{path}, line {number}: {len(row)} numbers where {3 * joints} belong")
    pictures = sum(name.endswith("_depth.bin") for name in list_files(folder))
    if told != len(rows):
        raise DataError(f"{path} says {told} frames and labels {len(rows)}")
    if pictures > told:
        raise DataError(f"{path} labels {told} frames, but there are {pictures} pictures")
    return np.array(rows, np.float64).reshape(told, joints, 3)
