"""A folder of 16-bit grey PNG pictures as a recording, in the natural order of their names.

`intrinsics.json` beside them is optional: {"fx", "fy", "cx", "cy"} in pixels, and where wanted
"distortion" [k1, k2, p1, p2, k3], "depth_unit_mm" (1), "fps" (30), "t_s" [seconds of each picture].
Without it a usual focal length is assumed and said. 8-bit and coloured pictures are passed over.
"""

from __future__ import annotations

import json
import os
import zlib
from pathlib import Path

import numpy as np

from app.capture.backend import Backend
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
    read_head,
)
from app.capture.recordings.indexed import IndexedSource
from app.capture.recordings.natural import natural_key
from app.cv import cv2
from app.errors import CaptureError, NotARecording, SourceNotFound
from app.frames import DepthFrame, Intrinsics, read_only
from app.png import png_flaw, png_shape

MAX_FILE = 64 << 20
MAX_JSON = 16 << 20
IHDR_END = 33  # bytes: the magic and a PNG's first chunk with its checksum
USUAL_FOCAL_LENGTH = 0.75  # of the picture's width: between a Kinect's 0.9 and a D435's 0.6


class PngSource(IndexedSource):
    """Depth frames of a folder of PNG pictures."""

    def __init__(self, path: Path | str):
        self._files: list[Path] = []
        self._intrinsics: Intrinsics | None = None
        self._times: list[float] = []
        self._unit_mm = 1.0
        super().__init__(path)

    def _load(self) -> StreamInfo:
        if not self._path.is_dir():
            raise SourceNotFound(f"there is no folder {self._path}")
        pictures = [f for f in self._path.iterdir() if f.suffix.lower() == ".png"]
        self._files = [
            f for f in sorted(pictures, key=lambda f: natural_key(f.name)) if _may_be_depth(f)
        ]
        if not self._files:
            raise NotARecording(f"{self._path} is a folder without 16-bit PNG pictures")
        self._count = self._expected = len(self._files)
        about = self._load_json()
        note = self._load_camera(about)
        fps = _number(about, "fps", DEFAULT_FPS)
        if not 1 <= fps <= 1000:
            raise NotARecording(f"{self._path}: {fps:g} frames a second are not believable")
        self._load_times(about, fps)
        return StreamInfo(
            name=self._path.name,
            kind="pictures",
            intrinsics=opened(self._intrinsics),
            depth_unit_mm=self._unit_mm,
            fps=fps,
            n_frames=self._count,
            duration_s=max(self._times[-1] - self._times[0], 0.0),
            seekable=True,
            note=note,
            start_s=self._times[0],
        )

    def _release(self) -> None:
        self._files = []

    def _frame(self, index: int) -> DepthFrame:
        k = opened(self._intrinsics)
        raw = read_depth(self._files[index])
        if raw.shape != (k.height, k.width):
            raise Damaged("a picture of another size")
        return DepthFrame(index, 0, self._times[index], arrival_s(), raw, k, self._unit_mm)

    def _stamp(self, index: int) -> float:
        return self._times[index]

    def _load_json(self) -> dict:
        path = self._path / "intrinsics.json"
        if not os.path.lexists(path):
            return {}
        try:
            if check_file(path) > MAX_JSON:
                raise ValueError("it is too large")
            about = json.loads(path.read_text("utf-8"))
        except (OSError, ValueError, RecursionError) as error:
            raise NotARecording(f"{path} cannot be read: {error}") from None
        if not isinstance(about, dict):
            raise NotARecording(f"{path} is not a JSON object")
        return about

    def _load_camera(self, about: dict) -> str:
        height, width = self._size()
        self._unit_mm = checked_depth_unit_mm(_number(about, "depth_unit_mm", 1.0))
        usual = USUAL_FOCAL_LENGTH * width
        given = (
            _number(about, "fx", usual),
            _number(about, "fy", usual),
            _number(about, "cx", (width - 1) / 2),
            _number(about, "cy", (height - 1) / 2),
        )
        lens = about.get("distortion", [])
        if not (isinstance(lens, list) and len(lens) in (0, 5) and all(map(_is_number, lens))):
            raise NotARecording(f"{self._path}: distortion is not a list of five numbers")
        self._intrinsics = checked_intrinsics(width, height, *given, tuple(map(float, lens)))
        missing = "fx" not in about or "fy" not in about
        return f"no focal length given, {usual:g} px assumed" if missing else ""

    def _size(self) -> tuple[int, int]:
        """Height and width of the first picture that can be read."""
        for index, file in enumerate(self._files):
            try:
                return read_depth(file).shape
            except Damaged:
                self._unreadable.add(index)
        raise NotARecording(f"{self._path}: not one of its pictures can be read")

    def _load_times(self, about: dict, fps: float) -> None:
        times = about.get("t_s", [index / fps for index in range(self._count)])
        if not (
            isinstance(times, list) and len(times) == self._count and all(map(_is_number, times))
        ):
            raise NotARecording(f"{self._path}: t_s is not one number for each picture")
        self._times = list(map(float, times))


def read_depth(path: Path) -> np.ndarray:
    """uint16 [H, W] of one 16-bit grey PNG, read-only, checksums checked; raises Damaged."""
    try:
        if check_file(path) > MAX_FILE:
            raise Damaged("a picture is too large")
        data = path.read_bytes()
    except (OSError, CaptureError) as error:
        raise Damaged(f"a picture cannot be read: {error}") from None
    flaw = png_flaw(data, MAX_SIDE)
    if flaw:
        raise Damaged(flaw)
    try:
        raw = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise Damaged(f"a picture is damaged: {error}") from None
    if raw is None or raw.dtype != np.uint16 or raw.ndim != 2:
        raise Damaged("a picture is no 16-bit grey PNG")
    return read_only(raw)


def _may_be_depth(path: Path) -> bool:
    """False for folders and for a sound PNG of another kind.

    A broken one, or a link that leads nowhere, counts, so that it is reported.
    """
    if path.is_dir():
        return False
    try:
        head = read_head(path, IHDR_END)
    except CaptureError:
        return True
    shape = png_shape(head)
    return shape is None or shape[2:] == (16, 0) or not _is_sound(head)


def _is_sound(head: bytes) -> bool:
    """Whether the checksum of the first chunk, which says what kind of PNG it is, is right."""
    return head[IHDR_END - 4 :] == zlib.crc32(head[12 : IHDR_END - 4]).to_bytes(4, "big")


def _number(about: dict, key: str, otherwise: float) -> float:
    value = about.get(key, otherwise)
    if not _is_number(value):
        raise NotARecording(f"intrinsics.json: {key} is not a number")
    return float(value)


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e300


BACKEND = Backend(
    "folder of 16-bit PNG",
    "recordings",
    form="FOLDER",
    about="of 16-bit PNG pictures, one a frame",
    open=lambda request: PngSource(request.path),
    recognises=lambda path, head: head is None,
)
