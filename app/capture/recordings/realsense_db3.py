"""A `.db3` of librealsense 2.58 and newer as a source: exact pixels, no librealsense."""

from __future__ import annotations

import math
import re
from array import array
from bisect import bisect_left
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import numpy as np

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
from app.capture.recordings.clock import Timeline, timeline_of
from app.capture.recordings.db3_container import MAGIC, Db3File, Rows
from app.capture.recordings.db3_messages import (
    as_number,
    compressed_pixels,
    parse_camera_text,
    parse_image,
    parse_number,
    parse_pairs,
    parse_pose_text,
)
from app.capture.recordings.indexed import IndexedSource, fitting, nearest
from app.capture.recordings.poses import between
from app.capture.recordings.ros.folder import open_ros
from app.capture.recordings.ros.layouts import EitherLayout
from app.capture.recordings.ros.streams import LOOKED_AT, Stream, choose, measured
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

    def __init__(self, path: Path | str, colour: bool = False, stream: str = ""):
        self._want_colour, self._wanted = colour, stream
        self._file: Db3File | None = None
        self._intrinsics: Intrinsics | None = None
        self._depth, self._about, self._colour = Rows(), Rows(), Rows()
        self._colour_camera: Intrinsics | None = None  # not known where it is not told
        self._compressed = self._colour_compressed = False
        self._unit_mm, self._start_s = 1.0, 0.0
        self._line: Timeline | None = None
        self._pose: np.ndarray | None = None
        super().__init__(path)

    def _load(self) -> StreamInfo:
        file = self._file = Db3File(self._path)
        found, others = self._choose_depth(file)
        base = found[0].partition("/image/data")[0]
        self._compressed, self._depth = found[3] is not None, file.rows(found[0])
        self._about = file.rows(f"{base}/image/metadata")
        self._count, self._damage = len(self._depth), file.damage
        self._note_the_missing()
        note = "; ".join(filter(None, (others, self._load_camera(f"{base}/camera_info"))))
        stated = self._messages(f"{found[1]}/option/Depth_Units/value", parse_number)
        unit_m = next(filter(_possible, stated), None)
        self._unit_mm = metres_to_mm(USUAL_UNIT_M if unit_m is None else unit_m)
        if file.cut and not self._compressed:
            self._drop_the_last()
        told = self._load_times()
        first, _ = self._ends()
        self._start_s = first.t_s
        if unit_m is None and first.depth_unit_mm == self._unit_mm:
            note = f"{note}; no depth unit given, 1 mm assumed".removeprefix("; ")
        note = "; ".join(filter(None, (note, told)))
        if self._want_colour:
            self._find_colour(file, base)
        about = next(iter(self._messages(f"{found[2]}/info", parse_pairs)), {})
        stream = next(iter(self._messages(f"{base}/info", parse_pairs)), {})
        name, serial = about.get("Name", "depth camera"), about.get("Serial Number", "")
        return self._describe(name, as_number(stream.get("fps")), serial, note)

    def _release(self) -> None:
        file, self._file = self._file, None
        self._depth, self._about, self._colour = Rows(), Rows(), Rows()
        if file is not None:
            file.close()

    def _choose_depth(self, file: Db3File) -> tuple[re.Match[str], str]:
        """The depth topic that is wanted, or shows most, and a note that names the others."""
        named = map(DEPTH_TOPIC.fullmatch, sorted(file.topics))
        found = {m[0].partition("/image/data")[0]: m for m in named if m and file.rows(m[0])}
        if not found:
            lost = f": {file.damage}" if file.damage else ""
            raise NoDepthStream(f"{self._path} holds no depth images{lost}")
        stream, note = choose([self._stream_of(b, m) for b, m in found.items()], self._wanted)
        return found[stream.name], note

    def _stream_of(self, base: str, topic: re.Match[str]) -> Stream:
        """What some of its pictures show, in steps of 1 mm."""
        rows, pictures = opened(self._file).rows(topic[0]).ids, []
        for row in rows[:: max(len(rows) // LOOKED_AT, 1)][:LOOKED_AT]:
            try:
                pictures.append(self._pixels(row, topic[3] is not None).astype(np.float32))
            except Damaged:
                continue
        return measured(base, len(rows), pictures)

    def _pixels(self, row: int, compressed: bool) -> np.ndarray:
        raw = opened(self._file).message(row)
        return compressed_pixels(raw, 16) if compressed else depth_pixels(parse_image(raw))

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

    def _pose_between(self, depth: str, colour: str) -> np.ndarray | None:
        """Each stream's place is told against one they share, by the number behind `tf`."""
        topics = opened(self._file).topics
        for topic in sorted(t for t in topics if t.startswith(f"{depth}/tf/")):
            twin = topic.replace(depth, colour)
            poses = [next(iter(self._messages(t, parse_pose_text)), None) for t in (topic, twin)]
            if all(pose is not None for pose in poses):
                return between(*poses)
        return None

    def _find_colour(self, file: Db3File, depth: str) -> None:
        device = depth.partition("/sensor_")[0]
        found = [match for match in map(COLOUR_TOPIC.fullmatch, sorted(file.topics)) if match]
        found = [match for match in found if match[0].startswith(f"{device}/")]
        if not found:
            return
        self._colour, self._colour_compressed = file.rows(found[0][0]), found[0][1] is not None
        base = found[0][0].partition("/image/data")[0]
        self._pose = self._pose_between(depth, base)
        try:
            told = self._messages(f"{base}/camera_info", parse_camera_text)
            self._colour_camera = intrinsics_of(told[0])[0] if told else None
        except NotARecording:
            self._colour_camera = None

    def _frame(self, index: int) -> DepthFrame:
        pixels = self._pixels(self._depth.ids[index], self._compressed)
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
        return ColourImage(read_only(pixels), fitting(self._colour_camera, pixels), self._pose)

    def _load_times(self) -> str:
        """Put the pictures into the order in which they were taken; a note on their times."""
        rows = self._depth
        recorded_s = [time_ns * 1e-9 for time_ns in rows.times_ns[: self._count]]
        size = self._path.stat().st_size
        line = timeline_of(
            self._count, lambda at: self._device_s(self._metadata(at)), recorded_s, size
        )
        self._line = line
        if line is None:
            return ""
        if not line.in_order:
            ids = array("q", [rows.ids[at] for at in line.order])
            self._depth = Rows(ids, array("q", [rows.times_ns[at] for at in line.order]))
        return line.note

    def _stamp(self, index: int) -> float:
        return self._time(index, {} if self._line is not None else self._metadata(index))

    @staticmethod
    def _device_s(about: dict[str, str]) -> float:
        """By the device's clock; NaN where it is lost."""
        return as_number(about.get("timestamp")) / 1000.0

    def _time(self, index: int, about: dict[str, str]) -> float:
        """By the device's clock; where that is lost, by the time of the recording."""
        if self._line is not None:
            return float(self._line.times_s[index])
        t_s = self._device_s(about)
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
    form="FILE.db3[#N]",
    about="a recording of librealsense 2.58 and later, or of ROS 2",
    open=lambda request: EitherLayout(
        lambda: Db3Source(request.path, request.colour, request.stream), lambda: open_ros(request)
    ),
    has_streams=True,
    recognises=starts_with(MAGIC),
    pattern="*.db3",
)
