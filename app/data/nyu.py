"""The NYU hand set (Tompson, Stein, Lecun, Perlin, TOG 2014).

    ROOT/[dataset/]{train,test}/depth_K_NNNNNNN.png   view K = 1..3, numbers from 1 on
    ROOT/[dataset/]{train,test}/joint_data.mat        joint_xyz, joint_uvd [3, N, 36, 3]

72,757 and 8,252 frames of a PrimeSense camera, 640x480. A picture has 8 bits a channel: depth in
mm = 256 green + blue. joint_xyz is in mm with y UP. Layout, packing and the 14 scored joints
as in the set's own visualise_example.m and in github.com/moberweger/deep-prior-pp
(src/data/importers.py); github.com/mks0601/V2V-PoseNet_RELEASE (data/NYU) reads the same.
Right hands.
"""

from __future__ import annotations

import zlib
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
    list_files,
    read_png,
    set_camera,
)
from app.data.joint_sets import joint_set
from app.errors import DataError, reason_of

VIEWS = (1, 2, 3)
LABELS = "joint_data.mat"
LAYOUT = "dataset/train and dataset/test with depth_1_0000001.png ... and joint_data.mat"
DAMAGE = (ValueError, TypeError, KeyError, EOFError, NotImplementedError, MemoryError, zlib.error)


def open_nyu(root: Path, split: Splits, bad: Bad = "refuse", view: int = 1) -> AnnotatedSet:
    """One split as camera `view` saw it (the field scores view 1).

    Raises DataError for a wrong root, wrong labels and, unless skipped, missing pictures.
    """
    if view not in VIEWS:
        raise DataError(f"NYU has the views 1 to 3, not {view}")
    folder = find_root(root, ("train", "test"), LAYOUT) / split
    if not folder.is_dir():
        raise DataError(f"there is no folder {folder}", f"expected {LAYOUT}")
    joints = joint_set("nyu")
    labels = _read_labels(folder / LABELS, len(joints.label_names))[view - 1, :, joints.scored]
    labels = labels.swapaxes(0, 1) * np.array([1.0, -1.0, 1.0])  # y up -> y down
    files = [f"depth_{view}_{n:07d}.png" for n in range(1, len(labels) + 1)]
    pictures = [name for name in list_files(folder) if name.startswith(f"depth_{view}_")]
    if len(pictures) > len(files):
        raise DataError(
            f"{folder / LABELS} labels {len(files)} frames, but there are {len(pictures)} pictures"
        )
    camera = set_camera("nyu", 640, 480)
    return checked(AnnotatedSet(joints, split, folder, files, labels, camera, read_depth, bad))


def read_depth(path: Path) -> Reading:
    """uint16 [480, 640] mm. Raises DataError naming the file."""
    picture = read_png(path)
    if picture.dtype != np.uint8 or picture.ndim != 3 or picture.shape[2] != 3:
        raise DataError(f"{path} is {kind_of(picture)}; NYU packs depth into 8-bit RGB")
    return picture[..., 1].astype(np.uint16) << 8 | picture[..., 0], 1.0


def _read_labels(path: Path, joints: int) -> np.ndarray:
    """joint_xyz, float64 [3, N, joints, 3]. Raises DataError."""
    from scipy.io import loadmat, whosmat
    from scipy.io.matlab import MatReadError

    if not path.is_file():
        raise DataError(f"there are no labels {path}")
    try:
        shapes = {name: shape for name, shape, _ in whosmat(path)}
        missing = {"joint_xyz", "joint_uvd"} - set(shapes)
        if missing:
            raise DataError(f"{path} has no {sorted(missing)[0]}")
        xyz, uvd = shapes["joint_xyz"], shapes["joint_uvd"]
        if xyz != uvd:
            raise DataError(f"{path}: joint_xyz is {list(xyz)}, joint_uvd {list(uvd)}")
        if len(xyz) != 4 or (xyz[0], xyz[2], xyz[3]) != (len(VIEWS), joints, 3):
            raise DataError(f"{path}: joint_xyz is {list(xyz)}, not [3, frames, {joints}, 3]")
        values = loadmat(path, variable_names=["joint_xyz"])["joint_xyz"]
    except OSError as error:
        raise DataError(f"cannot read the labels {path}: {reason_of(error)}") from error
    except (*DAMAGE, MatReadError) as error:
        raise DataError(f"{path} is damaged, or no MATLAB 5 file") from error
    if values.dtype.kind not in "fiu":
        raise DataError(f"{path}: joint_xyz does not hold numbers")
    return values.astype(np.float64)
