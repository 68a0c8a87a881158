"""`.npz` files as recordings.

Up to 256 MB are read, and their checksum verified, at once; larger ones frame by frame, where going
back means reading anew from the start.

Keys: `depth_raw` uint16 [N, H, W] with `depth_unit_mm`, or `depth_mm` uint16 [N, H, W];
`intrinsics` [4] or [N, 4] = fx fy cx cy; optional `t_s` [N], seconds. Nothing is unpickled, and
what a header claims is held against the file's size before memory is asked for.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, NamedTuple

import numpy as np

from app.capture.backend import Backend, starts_with
from app.capture.base import (
    DEFAULT_FPS,
    MAX_SIDE,
    Damaged,
    StreamInfo,
    arrival_s,
    check_file,
    checked_depth_unit_mm,
    checked_intrinsics,
    opened,
)
from app.capture.recordings.indexed import IndexedSource
from app.errors import NotARecording
from app.frames import DepthFrame, Intrinsics, read_only

MEMORY_BYTES = 256 << 20  # depth up to this size is read at once
MAX_SMALL_BYTES = 64 << 20  # any array but the depth
MAX_HEADER = 10_000
ZIP_MAGICS = b"PK\x03\x04", b"PK\x05\x06"  # with files in it, and without
# What zipfile, zlib and numpy raise on damage
FOREIGN = (
    OSError,
    EOFError,
    ValueError,
    KeyError,
    RuntimeError,  # encrypted; NotImplementedError: an unknown compression
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
    zipfile.BadZipFile,
)


class _Header(NamedTuple):
    shape: tuple[int, ...]
    dtype: np.dtype
    nbytes: int


class NpzSource(IndexedSource):
    """Depth frames of an `.npz`."""

    def __init__(self, path: Path | str):
        self._archive: zipfile.ZipFile | None = None
        self._stream: IO[bytes] | None = None
        self._streamed = 0  # frames already read from the stream
        self._depth: np.ndarray | None = None  # all frames, where they fit into the memory
        self._member, self._header = "", _Header((), np.dtype("<u2"), 0)
        self._cameras: list[Intrinsics] = []
        self._times = np.zeros(0)
        self._unit_mm = 1.0
        super().__init__(path)

    def _load(self) -> StreamInfo:
        check_file(self._path)
        try:
            self._archive = zipfile.ZipFile(self._path)
            names = set(self._archive.namelist())
        except FOREIGN as error:
            raise Damaged(f"no whole .npz: {error}") from None
        self._member = "depth_raw.npy" if "depth_raw.npy" in names else "depth_mm.npy"
        if self._member not in names:
            raise NotARecording(f"{self._path} has neither depth_raw nor depth_mm")
        self._header = self._depth_header()
        self._count = self._expected = self._header.shape[0]
        self._unit_mm = self._load_unit(names)
        self._load_cameras(names)
        if self._header.nbytes <= MEMORY_BYTES:
            self._load_depth()
        fps = self._load_times(names)
        return StreamInfo(
            name=self._path.name,
            kind="recording",
            intrinsics=self._cameras[0],
            depth_unit_mm=self._unit_mm,
            fps=fps,
            n_frames=self._count,
            duration_s=max(float(self._times[-1] - self._times[0]), 0.0),
            seekable=True,
            start_s=float(self._times[0]),
        )

    def _release(self) -> None:
        for thing in (self._stream, self._archive):
            if thing is not None:
                thing.close()
        self._stream = self._archive = None
        self._depth, self._cameras = None, []

    def _frame(self, index: int) -> DepthFrame:
        raw = self._read_depth(index) if self._depth is None else self._depth[index]
        k = self._cameras[min(index, len(self._cameras) - 1)]
        return DepthFrame(index, 0, self._stamp(index), arrival_s(), raw, k, self._unit_mm)

    def _stamp(self, index: int) -> float:
        return float(self._times[index])

    def _read_depth(self, index: int) -> np.ndarray:
        """Frame `index` by reading on from where the stream is, or from the start again."""
        frame_bytes = self._header.nbytes // self._count
        try:
            stream = self._stream
            if stream is None or self._streamed > index:
                stream = self._restart()
            while True:
                data = stream.read(frame_bytes)
                if len(data) < frame_bytes:
                    raise Damaged("the depth ends too soon")
                self._streamed += 1
                if self._streamed > index:
                    return self._pixels(data, self._header.shape[1:])
        except FOREIGN as error:
            raise Damaged(f"the depth is damaged: {error}") from None

    def _restart(self) -> IO[bytes]:
        if self._stream is not None:
            self._stream.close()
        self._stream = opened(self._archive).open(self._member)
        self._streamed = 0
        _read_header(self._stream)
        return self._stream

    def _load_depth(self) -> None:
        """All frames; reading to the end verifies the checksum."""
        try:
            with opened(self._archive).open(self._member) as stream:
                _read_header(stream)
                data = stream.read(self._header.nbytes)
                stream.read(1)
        except FOREIGN as error:
            raise Damaged(f"the depth is damaged: {error}") from None
        if len(data) < self._header.nbytes:
            raise Damaged("the depth ends too soon")
        self._depth = self._pixels(data, self._header.shape)

    def _pixels(self, data: bytes, shape: tuple[int, ...]) -> np.ndarray:
        flat = np.frombuffer(data, self._header.dtype).astype(np.uint16)
        return read_only(flat.reshape(shape))

    # Opening

    def _depth_header(self) -> _Header:
        key = self._member.removesuffix(".npy")
        try:
            with opened(self._archive).open(self._member) as stream:
                header = _read_header(stream)
                room = opened(self._archive).getinfo(self._member).file_size - stream.tell()
        except FOREIGN as error:
            raise Damaged(f"{key} is damaged: {error}") from None
        if header.dtype.kind != "u" or header.dtype.itemsize != 2 or len(header.shape) != 3:
            raise NotARecording(f"{self._path}: {key} is not uint16 [N, H, W]")
        n, height, width = header.shape
        if not (n > 0 and 0 < height <= MAX_SIDE and 0 < width <= MAX_SIDE):
            raise NotARecording(f"{self._path}: {key} of {n} x {height} x {width} is not possible")
        if header.nbytes != room:
            raise Damaged(f"{key} claims {header.nbytes} bytes, the file holds {room}")
        return header

    def _small(self, key: str, names: set[str]) -> np.ndarray | None:
        """An array that is not the depth, as float64; None where there is none."""
        if f"{key}.npy" not in names:
            return None
        try:
            with opened(self._archive).open(f"{key}.npy") as stream:
                header = _read_header(stream)
                if header.nbytes > MAX_SMALL_BYTES or header.dtype.kind not in "fiu":
                    raise Damaged(f"{key} is not a small array of numbers")
                flat = np.frombuffer(stream.read(header.nbytes), header.dtype)
                return flat.reshape(header.shape).astype(np.float64)
        except FOREIGN as error:
            raise Damaged(f"{key} is damaged: {error}") from None

    def _load_unit(self, names: set[str]) -> float:
        unit = self._small("depth_unit_mm", names) if self._member == "depth_raw.npy" else None
        if unit is not None and unit.size != 1:
            raise NotARecording(f"{self._path}: depth_unit_mm is not one number")
        if unit is None and self._member == "depth_raw.npy":
            raise NotARecording(f"{self._path} has depth_raw but no depth_unit_mm")
        return 1.0 if unit is None else checked_depth_unit_mm(float(unit.item()))

    def _load_cameras(self, names: set[str]) -> None:
        rows = self._small("intrinsics", names)
        if rows is None:
            raise NotARecording(f"{self._path} has no intrinsics", "fx fy cx cy in pixels")
        if rows.shape not in ((4,), (self._count, 4)):
            raise NotARecording(f"{self._path}: intrinsics are not [4] or [N, 4]")
        _, height, width = self._header.shape
        known: dict[bytes, Intrinsics] = {}
        for row in rows.reshape(-1, 4):
            if row.tobytes() not in known:
                known[row.tobytes()] = checked_intrinsics(width, height, *row)
            self._cameras.append(known[row.tobytes()])

    def _load_times(self, names: set[str]) -> float:
        """Set the times of all frames, gaps filled; returns the frames a second."""
        given = self._small("t_s", names)
        steady = np.arange(self._count) / DEFAULT_FPS
        if given is not None and given.shape != (self._count,):
            raise NotARecording(f"{self._path}: t_s is not [N]")
        known = np.zeros(0, int) if given is None else np.flatnonzero(np.isfinite(given))
        if given is None or len(known) == 0:
            self._times = steady
            return DEFAULT_FPS
        self._times = np.interp(np.arange(self._count), known, given[known])
        gap_s = float(np.median(np.diff(self._times))) if self._count > 1 else 0.0
        return float(np.clip(1 / gap_s, 1, 1000)) if gap_s > 0 else DEFAULT_FPS


def _read_header(stream: IO[bytes]) -> _Header:
    """The header of a `.npy`, the stream left at its data. Raises ValueError or Damaged."""
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise Damaged(f"a .npy of version {version}")
    form = np.lib.format
    read = form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0
    shape, fortran, dtype = read(stream, max_header_size=MAX_HEADER)
    if fortran and len(shape) > 1:
        raise Damaged("an array that is not in C order")
    nbytes = dtype.itemsize
    for side in shape:
        nbytes *= side
    if nbytes < 0:
        raise Damaged("an array of negative size")
    return _Header(tuple(shape), dtype, nbytes)


BACKEND = Backend(
    ".npz",
    "recordings",
    form="FILE.npz",
    about="depth images and their intrinsics",
    open=lambda request: NpzSource(request.path),
    recognises=starts_with(*ZIP_MAGICS),
    pattern="*.npz",
)
