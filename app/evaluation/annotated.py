"""Annotated depth frames in an .npz, read one frame at a time.

A test set of gigabytes needs a frame's memory.

Keys: depth_mm uint16 [N, H, W], or depth_raw uint16 + depth_unit_mm; intrinsics float [4] or [N, 4]
= fx fy cx cy; joints_mm float [N, 21, 3] (camera frame, our order); optional t_s [N] and hand [N]
or scalar ("right" / "left"), visible bool [N, 21]: nothing hides the joint.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np

from app.capture.base import MAX_SIDE
from app.errors import DataError, reason_of
from app.frames import DepthFrame, Intrinsics, read_only
from app.skeleton import N_JOINTS

DAMAGE = (
    OSError,
    ValueError,
    EOFError,
    KeyError,
    zipfile.BadZipFile,
    zlib.error,
    NotImplementedError,
)


class AnnotatedFrames:
    """The file's small arrays, checked; iterating gives the frames.

    Raises DataError for anything wrong with it.
    """

    def __init__(self, path: Path):
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except OSError as error:
            raise DataError(f"cannot read {path}: {reason_of(error)}") from error
        except zipfile.BadZipFile as error:
            raise DataError(f"{path} is not an .npz file") from error
        names = {name.removesuffix(".npy") for name in self._zip.namelist()}
        self._depth_key = "depth_mm" if "depth_mm" in names else "depth_raw"
        needed = {self._depth_key, "intrinsics", "joints_mm"}
        needed |= {"depth_unit_mm"} if self._depth_key == "depth_raw" else set()
        missing = sorted(needed - names)
        if missing:
            raise DataError(
                f"{path} has no {missing[0]}",
                "depth_mm (or depth_raw and depth_unit_mm), intrinsics and joints_mm are needed",
            )
        self._n, self._height, self._width = self._depth_shape()
        self.joints_mm = self._array("joints_mm", (self._n, N_JOINTS, 3)).astype(np.float32)
        self._intrinsics = self._read_intrinsics()
        self._unit_mm = 1.0 if self._depth_key == "depth_mm" else self._read_unit()
        self._t_s = self._array("t_s", (self._n,)) if "t_s" in names else np.arange(self._n) / 30
        self.hands = self._read_hands() if "hand" in names else None
        self.visible = self._read_visible() if "visible" in names else None

    def _read_visible(self) -> np.ndarray:
        visible = self._member("visible")
        if visible.dtype != bool or visible.shape != (self._n, N_JOINTS):
            raise DataError(f"{self.path}: visible must be bool [{self._n}, {N_JOINTS}]")
        return visible

    def __len__(self) -> int:
        return self._n

    def __iter__(self) -> Iterator[DepthFrame]:
        """The frames in order, each of an epoch of its own.

        Nothing follows from one to the next.
        """
        size = self._height * self._width
        try:
            with self._zip.open(self._depth_key + ".npy") as stream:
                self._header(stream)
                for i in range(self._n):
                    content = stream.read(2 * size)
                    if len(content) != 2 * size:
                        raise DataError(f"{self.path} ends in the middle of frame {i}")
                    depth = np.frombuffer(content, "<u2").reshape(self._height, self._width)
                    yield self._frame(i, read_only(depth))
        except DAMAGE as error:
            raise DataError(f"{self.path} is damaged", str(error)) from error

    def _frame(self, i: int, depth: np.ndarray) -> DepthFrame:
        fx, fy, cx, cy = self._intrinsics[i].tolist()
        camera = Intrinsics(self._width, self._height, fx, fy, cx, cy)
        return DepthFrame(i, i, float(self._t_s[i]), 0.0, depth, camera, self._unit_mm)

    def _header(self, stream: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype]:
        version = np.lib.format.read_magic(stream)
        read = (
            np.lib.format.read_array_header_1_0
            if version == (1, 0)
            else np.lib.format.read_array_header_2_0
        )
        return read(stream)

    def _depth_shape(self) -> tuple[int, int, int]:
        try:
            with self._zip.open(self._depth_key + ".npy") as stream:
                shape, fortran, dtype = self._header(stream)
        except DAMAGE as error:
            raise DataError(f"{self.path} is damaged", str(error)) from error
        if len(shape) != 3 or dtype != np.dtype("<u2") or fortran:
            found = f"{dtype} {list(shape)}"
            raise DataError(f"{self.path}: {self._depth_key} must be uint16 [N, H, W], not {found}")
        if not (shape[0] > 0 and 0 < shape[1] <= MAX_SIDE and 0 < shape[2] <= MAX_SIDE):
            raise DataError(
                f"{self.path}: {self._depth_key} of shape {list(shape)} is no set of frames"
            )
        return shape

    def _array(self, key: str, shape: tuple[int, ...] | None = None) -> np.ndarray:
        """A small numeric member, float64, finite."""
        array = self._member(key)
        if array.dtype.kind not in "fiu":
            raise DataError(f"{self.path}: {key} must hold numbers, not {array.dtype}")
        if shape is not None and array.shape != shape:
            raise DataError(f"{self.path}: {key} must be {list(shape)}, not {list(array.shape)}")
        if not np.isfinite(array).all():
            raise DataError(f"{self.path}: {key} contains numbers that are not finite")
        return array.astype(np.float64)

    def _member(self, key: str) -> np.ndarray:
        try:
            with self._zip.open(key + ".npy") as stream:
                return np.lib.format.read_array(stream, allow_pickle=False)
        except DAMAGE as error:
            raise DataError(f"{self.path}: {key} is damaged", str(error)) from error

    def _read_intrinsics(self) -> np.ndarray:
        array = self._array("intrinsics")
        if array.shape not in ((4,), (self._n, 4)):
            wanted = f"[4] or [{self._n}, 4]"
            raise DataError(f"{self.path}: intrinsics must be {wanted}, not {list(array.shape)}")
        if (array[..., :2] <= 0).any():
            raise DataError(f"{self.path}: focal lengths must be positive")
        return np.broadcast_to(array, (self._n, 4))

    def _read_unit(self) -> float:
        unit = self._array("depth_unit_mm")
        if unit.size != 1 or not unit.item() > 0:
            raise DataError(f"{self.path}: depth_unit_mm must be one positive number")
        return float(unit.item())

    def _read_hands(self) -> np.ndarray:
        hands = self._member("hand")
        if hands.dtype.kind not in "US" or hands.shape not in ((), (1,), (self._n,)):
            raise DataError(f"{self.path}: hand must be 'right' or 'left', once or for each frame")
        hands = np.broadcast_to(hands.astype("U8"), (self._n,))
        if not np.isin(hands, ("right", "left")).all():
            raise DataError(f"{self.path}: hand must be 'right' or 'left'")
        return hands
