"""`.npz` and `.npy` files as recordings.

Up to 256 MB are read, and their checksum verified, at once; larger ones frame by frame, where going
back means reading anew from the start.

Ours have the keys `depth_raw` uint16 [N, H, W] with `depth_unit_mm`, or `depth_mm` [N, H, W];
`intrinsics` [4] or [N, 4] = fx fy cx cy; optional `t_s` [N], seconds. Others' names, whole numbers
of any kind, floats in millimetres or metres and matrices [3, 3] are read too; what was assumed is
said. Nothing is unpickled, and what a header claims is held against the file's size before memory
is asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO

import numpy as np

from app.capture.backend import Backend, starts_with
from app.capture.base import (
    DEFAULT_FPS,
    Damaged,
    StreamInfo,
    arrival_s,
    check_file,
    checked_depth_unit_mm,
    checked_intrinsics,
    opened,
)
from app.capture.recordings.clock import seconds_of
from app.capture.recordings.indexed import IndexedSource
from app.capture.recordings.pictures.array_file import (
    FOREIGN,
    NPY_MAGIC,
    Arrays,
    Header,
    Npy,
    Npz,
    array_of,
    checked_header,
    is_depth_like,
    read_header,
    shaped,
    stack_shape,
)
from app.capture.recordings.pictures.form import DepthForm, form_of
from app.capture.recordings.pictures.spellings import plain
from app.capture.recordings.pictures.told import Told, camera_numbers, unit_by_scale
from app.capture.recordings.pictures.told_files import told_beside
from app.errors import NotARecording
from app.frames import DepthFrame, Intrinsics

MEMORY_BYTES = 256 << 20  # depth up to this size is read at once
MAX_SMALL_BYTES = 64 << 20  # any array but the depth
SAMPLED = 4  # pictures looked at to know what their numbers are
ZIP_MAGICS = b"PK\x03\x04", b"PK\x05\x06"  # with files in it, and without
OURS = ("depth_raw", "depth_mm")
DEPTH_NAMES: tuple[str, ...] = (
    "depth",
    "depths",
    "depthimages",
    "depthimage",
    "depthmap",
    "depthmaps",
    "depthm",
)
DEPTH_NAMES += ("depthdata", "depthframes", "frames", "images", "arr0")
CAMERA_NAMES: tuple[str, ...] = (
    "intrinsics",
    "k",
    "intrinsicmatrix",
    "cameramatrix",
    "camk",
    "intrinsic",
)
CAMERA_NAMES += ("depthintrinsics", "depthk", "kdepth", "cameraintrinsics")
UNIT_NAMES = ("depthunitmm", "depthscale", "depthunits", "depthunit", "depthfactor", "scale")
TIME_NAMES = ("ts", "timestamps", "timestamp", "times", "time")


class NpzSource(IndexedSource):
    """Depth frames of an `.npz`, or of an `.npy`."""

    def __init__(self, path: Path | str, open_arrays: Callable[[Path], Arrays] = Npz):
        self._open_arrays = open_arrays
        self._arrays: Arrays | None = None
        self._stream: IO[bytes] | None = None
        self._streamed = 0  # frames already read from the stream
        self._depth: np.ndarray | None = None  # all frames, where they fit into the memory
        self._key, self._header = "", Header((), np.dtype("<u2"), 0)
        self._form = DepthForm()
        self._cameras: list[Intrinsics] = []
        self._times = np.zeros(0)
        self._notes: list[str] = []
        super().__init__(path)

    def _load(self) -> StreamInfo:
        check_file(self._path)
        arrays = self._arrays = self._open_arrays(self._path)
        self._key, self._header = self._choose_depth(arrays)
        self._count = self._expected = stack_shape(self._header.shape)[0]
        self._notes = []
        told = self._told_beside()
        self._load_cameras(told)
        values = self._read_all() if self._header.nbytes <= MEMORY_BYTES else None
        sample = self._sample(values)
        self._form, note = form_of(sample, self._unit_mm(told), self._key)
        self._notes.append(note)
        if values is not None:
            self._depth = self._form.steps(values)
        fps = self._load_times()
        return StreamInfo(
            name=self._path.name,
            kind="recording",
            intrinsics=self._cameras[0],
            depth_unit_mm=self._form.unit_mm,
            fps=fps,
            n_frames=self._count,
            duration_s=max(float(self._times[-1] - self._times[0]), 0.0),
            seekable=True,
            start_s=float(self._times[0]),
            note="; ".join(filter(None, self._notes)),
        )

    def _release(self) -> None:
        for thing in (self._stream, self._arrays):
            if thing is not None:
                thing.close()
        self._stream = self._arrays = None
        self._depth, self._cameras = None, []

    def _frame(self, index: int) -> DepthFrame:
        raw = (
            self._form.steps(self._read_depth(index)) if self._depth is None else self._depth[index]
        )
        k = self._cameras[min(index, len(self._cameras) - 1)]
        return DepthFrame(index, 0, self._stamp(index), arrival_s(), raw, k, self._form.unit_mm)

    def _stamp(self, index: int) -> float:
        return float(self._times[index])

    def _read_depth(self, index: int) -> np.ndarray:
        """Frame `index` as it was saved, by reading on from where the stream is, or anew."""
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
                    flat = np.frombuffer(data, self._header.dtype)
                    return flat.reshape(stack_shape(self._header.shape)[1:])
        except FOREIGN as error:
            raise Damaged(f"the depth is damaged: {error}") from None

    def _restart(self) -> IO[bytes]:
        if self._stream is not None:
            self._stream.close()
        self._stream = opened(self._arrays).open(self._key)
        self._streamed = 0
        read_header(self._stream)
        return self._stream

    def _read_all(self) -> np.ndarray:
        """All frames as they were saved; reading to the end verifies the checksum."""
        try:
            with opened(self._arrays).open(self._key) as stream:
                read_header(stream)
                data = stream.read(self._header.nbytes)
                stream.read(1)
        except FOREIGN as error:
            raise Damaged(f"the depth is damaged: {error}") from None
        if len(data) < self._header.nbytes:
            raise Damaged("the depth ends too soon")
        return array_of(data, self._header)

    # Opening

    def _choose_depth(self, arrays: Arrays) -> tuple[str, Header]:
        """The array that is depth; raises NotARecording naming those that there are."""
        named = [n for n in sorted(arrays.names) if plain(n) in DEPTH_NAMES]
        named.sort(key=lambda n: DEPTH_NAMES.index(plain(n)))
        for key in (*(n for n in OURS if n in arrays.names), *named):
            header = checked_header(arrays, key)
            if is_depth_like(header) and not self._is_too_large(header):
                return key, header
            if key in OURS:
                self._refuse(key, header)
        others = {n: checked_header(arrays, n) for n in sorted(arrays.names)}
        like = [n for n, header in others.items() if is_depth_like(header) and _is_stack(header)]
        if len(like) == 1:
            return like[0], others[like[0]]
        held = ", ".join(f"{n} {h.dtype} {list(h.shape)}" for n, h in others.items())
        hint = "save depth_mm [N, H, W] and intrinsics fx fy cx cy"
        said = f"its arrays are {held}" if held else "there are no arrays in it"
        raise NotARecording(f"{self._path} holds no depth: {said}", hint)

    def _is_too_large(self, header: Header) -> bool:
        return header.fortran and header.nbytes > MEMORY_BYTES

    def _refuse(self, key: str, header: Header) -> None:
        if self._is_too_large(header):
            hint = "save numpy.ascontiguousarray of it"
            raise NotARecording(f"{self._path}: {key} is too large and not in C order", hint)
        what = f"{header.dtype} {list(header.shape)}"
        if header.dtype.kind == "u" and header.dtype.itemsize == 1:
            what += ", whose 255 steps are too few for depth"
        hint = "save depth in millimetres as uint16 or float32"
        raise NotARecording(f"{self._path}: {key} is not [N, H, W] but {what}", hint)

    def _sample(self, values: np.ndarray | None) -> list[np.ndarray]:
        if values is not None:
            return list(values[:: max(len(values) // SAMPLED, 1)][:SAMPLED])
        return [self._read_depth(index) for index in range(min(SAMPLED, self._count))]

    def _small(self, key: str) -> np.ndarray | None:
        """An array that is not the depth, as float64; None where there is none."""
        arrays = opened(self._arrays)
        if key not in arrays.names:
            return None
        try:
            with arrays.open(key) as stream:
                header = read_header(stream)
                if header.nbytes > MAX_SMALL_BYTES or header.dtype.kind not in "fiu":
                    raise Damaged(f"{key} is not a small array of numbers")
                return shaped(stream.read(header.nbytes), header).astype(np.float64)
        except FOREIGN as error:
            raise Damaged(f"{key} is damaged: {error}") from None

    def _named(self, names: tuple[str, ...]) -> str | None:
        """The array that has one of these names, in any spelling."""
        found = {plain(n): n for n in sorted(opened(self._arrays).names) if n != self._key}
        return next((found[n] for n in names if n in found), None)

    def _told_beside(self) -> Told:
        if self._named(CAMERA_NAMES) is not None:
            return Told()
        return told_beside(self._path.parent, stem=self._path.stem)

    def _unit_mm(self, told: Told) -> float | None:
        key = self._named(UNIT_NAMES)
        if key is None or self._key == "depth_mm":
            if self._key == "depth_raw" and told.unit_mm is None:
                self._notes.append("no depth unit given, 1 mm assumed")
                return 1.0
            return None if self._key == "depth_mm" else told.unit_mm
        unit = self._small(key)
        if unit is None or unit.size != 1:
            raise NotARecording(f"{self._path}: {key} is not one number")
        value = float(unit.item())
        if plain(key) == "depthunitmm":
            return checked_depth_unit_mm(value)
        return unit_by_scale(value)

    def _load_cameras(self, told: Told) -> None:
        _, height, width = stack_shape(self._header.shape)
        key = self._named(CAMERA_NAMES)
        given = None if key is None else self._small(key)
        if given is None:
            camera, note = told.camera_for(width, height)
            self._cameras = [camera]
            self._notes.append(note)
            return
        rows = _camera_rows(given)
        if rows is None or len(rows) not in (1, self._count):
            raise NotARecording(f"{self._path}: {key} is not [4], [3, 3] or one for each frame")
        known: dict[bytes, Intrinsics] = {}
        for row in rows:
            if row.tobytes() not in known:
                known[row.tobytes()] = checked_intrinsics(width, height, *row)
            self._cameras.append(known[row.tobytes()])

    def _load_times(self) -> float:
        """Set the times of all frames, gaps filled; returns the frames a second."""
        key = self._named(TIME_NAMES)
        given = None if key is None else self._small(key)
        steady = np.arange(self._count) / DEFAULT_FPS
        if given is not None and given.shape != (self._count,):
            raise NotARecording(f"{self._path}: {key} is not [N]")
        known = np.zeros(0, int) if given is None else np.flatnonzero(np.isfinite(given))
        if given is None or len(known) == 0:
            self._times = steady
            return DEFAULT_FPS
        filled = np.interp(np.arange(self._count), known, given[known])
        self._times, note = seconds_of(filled)
        self._notes.append(note)
        gap_s = float(np.median(np.diff(self._times))) if self._count > 1 else 0.0
        return float(np.clip(1 / gap_s, 1, 1000)) if gap_s > 0 else DEFAULT_FPS


def _is_stack(header: Header) -> bool:
    """Not a matrix, nor a list of joints: sides of pictures."""
    return min(stack_shape(header.shape)[1:]) >= 32


def _camera_rows(given: np.ndarray) -> np.ndarray | None:
    """[N, 4] or [1, 4] of fx fy cx cy; None: it is no camera."""
    if given.shape[-1:] == (4,) and given.ndim <= 2 and given.shape != (3, 4):
        return given.reshape(-1, 4)
    matrices = given[None] if given.ndim == 2 else given
    if matrices.ndim != 3 or not len(matrices):
        return None
    rows = [camera_numbers(matrix) for matrix in matrices]
    return None if any(row is None for row in rows) else np.array(rows)


BACKEND = Backend(
    ".npz",
    "recordings",
    form="FILE.npz",
    about="depth images and their intrinsics",
    open=lambda request: NpzSource(request.path),
    recognises=starts_with(*ZIP_MAGICS),
    pattern="*.npz",
)
NPY = Backend(
    ".npy",
    "recordings",
    form="FILE.npy",
    about="depth images [N, H, W], or one",
    open=lambda request: NpzSource(request.path, Npy),
    recognises=starts_with(NPY_MAGIC),
    pattern="*.npy",
)
