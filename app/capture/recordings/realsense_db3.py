"""A `.db3` of librealsense 2.58 and newer as a source: exact pixels, no librealsense."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from app.capture.backend import Backend, starts_with
from app.capture.base import (
    Damaged,
    StreamInfo,
    arrival_s,
    metres_to_mm,
    opened,
)
from app.capture.recordings.bag_messages import (
    CameraInfo,
    colour_pixels,
    depth_pixels,
    intrinsics_of,
)
from app.capture.recordings.db3_container import MAGIC, Db3File, Rows
from app.capture.recordings.db3_messages import (
    as_number,
    compressed_pixels,
    parse_camera_text,
    parse_image,
    parse_number,
    parse_pairs,
)
from app.capture.recordings.indexed import IndexedSource, fitting, nearest
from app.errors import NoDepthStream, NotARecording
from app.frames import ColourImage, DepthFrame, Intrinsics, read_only

T = TypeVar("T")

DEPTH_TOPIC = re.compile(
    r"((/device_\d+)/sensor_\d+)/Depth_\d+/image/data(/compressedDepth)?", re.ASCII
)
COLOUR_TOPIC = re.compile(r"/device_\d+/sensor_\d+/Color_\d+/image/data(/compressed)?", re.ASCII)
USUAL_UNIT_M = 0.001
FEW = 8  # messages looked at where one is wanted


class Db3Source(IndexedSource):
    """Depth (and, if asked for, colour) of a `.db3` that librealsense recorded."""

    def __init__(self, path: Path | str, colour: bool = False):
        self._want_colour = colour
        self._file: Db3File | None = None
        self._intrinsics: Intrinsics | None = None
        self._depth, self._about, self._colour = Rows(), Rows(), Rows()
        self._colour_camera: Intrinsics | None = None  # not known where it is not told
        self._compressed = self._colour_compressed = False
        self._unit_mm, self._start_s = 1.0, 0.0
        super().__init__(path)

    def _load(self) -> StreamInfo:
        file = self._file = Db3File(self._path)
        found = self._choose_depth(file)
        base = found[0].partition("/image/data")[0]
        self._compressed, self._depth = found[3] is not None, file.rows(found[0])
        self._about = file.rows(f"{base}/image/metadata")
        self._count, self._damage = len(self._depth), file.damage
        self._note_the_missing()
        note = self._load_camera(f"{base}/camera_info")
        stated = self._messages(f"{found[1]}/option/Depth_Units/value", parse_number)
        unit_m = next(filter(_possible, stated), None)
        self._unit_mm = metres_to_mm(USUAL_UNIT_M if unit_m is None else unit_m)
        if file.cut and not self._compressed:
            self._drop_the_last()
        first, _ = self._ends()
        self._start_s = first.t_s
        if unit_m is None and first.depth_unit_mm == self._unit_mm:
            note = f"{note}; no depth unit given, 1 mm assumed".removeprefix("; ")
        if self._want_colour:
            self._find_colour(file)
        about = next(iter(self._messages(f"{found[2]}/info", parse_pairs)), {})
        stream = next(iter(self._messages(f"{base}/info", parse_pairs)), {})
        name, serial = about.get("Name", "depth camera"), about.get("Serial Number", "")
        return self._describe(name, as_number(stream.get("fps")), serial, note)

    def _release(self) -> None:
        file, self._file = self._file, None
        self._depth, self._about, self._colour = Rows(), Rows(), Rows()
        if file is not None:
            file.close()

    def _choose_depth(self, file: Db3File) -> re.Match[str]:
        """The depth topic with the most images."""
        found = [match for match in map(DEPTH_TOPIC.fullmatch, sorted(file.topics)) if match]
        best = max(found, key=lambda match: len(file.rows(match[0])), default=None)
        if best is None or not len(file.rows(best[0])):
            lost = f": {file.damage}" if file.damage else ""
            raise NoDepthStream(f"{self._path} holds no depth images{lost}")
        return best

    def _note_the_missing(self) -> None:
        """Every image has metadata of its own: where there are more of these, images are lost."""
        lost = len(self._about) - self._count
        self._expected = max(len(self._about), self._count)
        if lost > 0:
            self._damage = self._damage or f"{lost} of its depth images are missing"
        elif self._damage:
            self._expected = None

    def _drop_the_last(self) -> None:
        """The last readable image of a cut file may lack its end, and no checksum tells."""
        readable = (i for i in reversed(range(self._count)) if self._try_frame(i) is not None)
        self._count = next(readable, 0)
        self._unreadable.clear()

    def _load_camera(self, topic: str) -> str:
        """Set the intrinsics; returns what the user should know about them."""
        cameras: list[CameraInfo] = self._messages(topic, parse_camera_text)
        if not cameras:
            raise NotARecording(f"{self._path}: the description of its camera cannot be read")
        self._intrinsics, note = intrinsics_of(cameras[0])
        return note

    def _find_colour(self, file: Db3File) -> None:
        found = [match for match in map(COLOUR_TOPIC.fullmatch, sorted(file.topics)) if match]
        if not found:
            return
        self._colour, self._colour_compressed = file.rows(found[0][0]), found[0][1] is not None
        base = found[0][0].partition("/image/data")[0]
        try:
            told = self._messages(f"{base}/camera_info", parse_camera_text)
            self._colour_camera = intrinsics_of(told[0])[0] if told else None
        except NotARecording:
            self._colour_camera = None

    def _frame(self, index: int) -> DepthFrame:
        raw = opened(self._file).message(self._depth.ids[index])
        pixels = compressed_pixels(raw, 16) if self._compressed else depth_pixels(parse_image(raw))
        k = opened(self._intrinsics)
        if pixels.shape != (k.height, k.width):
            raise Damaged("an image has another size than its camera")
        about = self._metadata(index)
        unit_m = as_number(about.get("depth_units"))
        unit_mm = metres_to_mm(unit_m) if _possible(unit_m) else self._unit_mm
        t_s, colour = self._time(index, about), self._colour_at(index)
        return DepthFrame(index, 0, t_s, arrival_s(), read_only(pixels), k, unit_mm, colour=colour)

    def _colour_at(self, index: int) -> ColourImage | None:
        """The colour image recorded nearest to a depth image."""
        if not len(self._colour):
            return None
        row = self._colour.ids[nearest(self._colour.times_ns, self._depth.times_ns[index])]
        try:
            raw = opened(self._file).message(row)
            packed = self._colour_compressed
            pixels = compressed_pixels(raw, 8) if packed else colour_pixels(parse_image(raw))
        except Damaged:
            return None
        if pixels is None:
            return None
        return ColourImage(read_only(pixels), fitting(self._colour_camera, pixels))

    def _stamp(self, index: int) -> float:
        return self._time(index, self._metadata(index))

    def _time(self, index: int, about: dict[str, str]) -> float:
        """By the device's clock; where that is lost, by the time of the recording."""
        t_s = as_number(about.get("timestamp")) / 1000.0
        if math.isfinite(t_s):
            return t_s
        times_ns = self._depth.times_ns
        return self._start_s + (times_ns[index] - times_ns[0]) * 1e-9

    def _metadata(self, index: int) -> dict[str, str]:
        """Of one image; it lies behind it, recorded at the same moment."""
        row, time_ns = self._depth.ids[index], self._depth.times_ns[index]
        at = bisect_left(self._about.ids, row)
        if at == len(self._about) or self._about.times_ns[at] != time_ns:
            return {}
        try:
            return parse_pairs(opened(self._file).message(self._about.ids[at]))
        except Damaged:
            return {}

    def _messages(self, topic: str, parse: Callable[[memoryview], T]) -> list[T]:
        """The first few messages of a topic, as far as they can be read."""
        found = []
        for row in opened(self._file).rows(topic).ids[:FEW]:
            try:
                found.append(parse(opened(self._file).message(row)))
            except Damaged:
                continue
        return found


def _possible(unit_m: float) -> bool:
    return math.isfinite(unit_m) and 2e-7 <= unit_m <= 0.09


BACKEND = Backend(
    "RealSense .db3",
    "pixel by pixel against librealsense",
    form="FILE.db3",
    about="a recording of librealsense 2.58 and later",
    open=lambda request: Db3Source(request.path, request.colour),
    recognises=starts_with(MAGIC),
    pattern="*.db3",
)
