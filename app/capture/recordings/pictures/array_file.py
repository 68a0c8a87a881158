"""Arrays of numpy's files, believed in nothing: sizes are checked first, nothing is unpickled."""

from __future__ import annotations

import struct
import zipfile
import zlib
from pathlib import Path
from typing import IO, NamedTuple, Protocol

import numpy as np

from app.capture.base import MAX_SIDE, Damaged, check_file

MAX_HEADER = 10_000
NPY_MAGIC = b"\x93NUMPY"
LONE = "arr_0"
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


class Header(NamedTuple):
    """What stands before an array's data."""

    shape: tuple[int, ...]
    dtype: np.dtype
    nbytes: int
    fortran: bool = False  # the first axis changes fastest


class Arrays(Protocol):
    """A file of arrays by name."""

    names: frozenset[str]

    def open(self, name: str) -> IO[bytes]:
        """The stream of one of them, from its header on. Raises what is in FOREIGN."""

    def size(self, name: str) -> int:
        """Bytes of that stream."""

    def close(self) -> None:
        """Let go of the file."""


class Npz:
    """The arrays of an `.npz`. Raises Damaged where it is none."""

    def __init__(self, path: Path):
        try:
            self._archive = zipfile.ZipFile(path)
            found = self._archive.namelist()
        except FOREIGN as error:
            raise Damaged(f"no whole .npz: {error}") from None
        self.names = frozenset(n.removesuffix(".npy") for n in found if n.endswith(".npy"))

    def open(self, name: str) -> IO[bytes]:
        return self._archive.open(f"{name}.npy")

    def size(self, name: str) -> int:
        return self._archive.getinfo(f"{name}.npy").file_size

    def close(self) -> None:
        self._archive.close()


class Npy:
    """The one array of an `.npy`."""

    names = frozenset({LONE})

    def __init__(self, path: Path):
        self._path, self._size = path, check_file(path)

    def open(self, name: str) -> IO[bytes]:
        return self._path.open("rb")

    def size(self, name: str) -> int:
        return self._size

    def close(self) -> None:
        """Nothing is held."""


def read_header(stream: IO[bytes]) -> Header:
    """The header of a `.npy`, the stream left at its data. Raises ValueError or Damaged."""
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise Damaged(f"a .npy of version {version}")
    form = np.lib.format
    read = form.read_array_header_1_0 if version == (1, 0) else form.read_array_header_2_0
    shape, fortran, dtype = read(stream, max_header_size=MAX_HEADER)
    nbytes = dtype.itemsize
    for side in shape:
        nbytes *= side
    if nbytes < 0:
        raise Damaged("an array of negative size")
    return Header(tuple(shape), dtype, nbytes, bool(fortran) and len(shape) > 1)


def checked_header(arrays: Arrays, name: str) -> Header:
    """The header of an array whose data are as long as it says. Raises Damaged."""
    try:
        with arrays.open(name) as stream:
            header = read_header(stream)
            room = arrays.size(name) - stream.tell()
    except FOREIGN as error:
        raise Damaged(f"{name} is damaged: {error}") from None
    if header.nbytes != room:
        raise Damaged(f"{name} claims {header.nbytes} bytes, the file holds {room}")
    return header


def is_depth_like(header: Header) -> bool:
    """May an array be depth: numbers, and one picture or several of a size that a camera has?"""
    if header.dtype.kind not in "iuf" or (header.dtype.kind != "f" and header.dtype.itemsize < 2):
        return False
    shape = stack_shape(header.shape)
    return len(shape) == 3 and shape[0] > 0 and all(0 < side <= MAX_SIDE for side in shape[1:])


def stack_shape(shape: tuple[int, ...]) -> tuple[int, ...]:
    """[N, H, W] of one picture, of several, or of such with an axis of one channel."""
    if len(shape) == 4 and 1 in (shape[1], shape[3]):
        shape = (shape[0], *shape[2:]) if shape[1] == 1 else shape[:3]
    elif len(shape) == 3 and shape[2] == 1:
        shape = shape[:2]
    return (1, *shape) if len(shape) == 2 else shape


def array_of(data: bytes, header: Header) -> np.ndarray:
    """The array as [N, H, W], of its own type."""
    return np.ascontiguousarray(shaped(data, header).reshape(stack_shape(header.shape)))


def shaped(data: bytes, header: Header) -> np.ndarray:
    """The array as it was saved. Raises ValueError where the data are not as long as it says."""
    flat = np.frombuffer(data, header.dtype)
    if header.fortran:
        return flat.reshape(header.shape[::-1]).T
    return flat.reshape(header.shape)


def read_lone(path: Path) -> np.ndarray:
    """[H, W] of an `.npy` that holds one picture; raises Damaged."""
    arrays = Npy(path)
    header = checked_header(arrays, LONE)
    shape = stack_shape(header.shape)
    if not is_depth_like(header) or shape[0] != 1:
        raise Damaged("an array that is no picture of depth")
    try:
        with arrays.open(LONE) as stream:
            read_header(stream)
            data = stream.read(header.nbytes)
    except FOREIGN as error:
        raise Damaged(f"a picture cannot be read: {error}") from None
    if len(data) < header.nbytes:
        raise Damaged("an array ends too soon")
    return array_of(data, header)[0]
