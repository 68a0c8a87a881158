"""A librealsense `.bag` as a source: random access by frame, exact pixels, no librealsense."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import TypeGuard, TypeVar

import numpy as np

from app.capture.backend import Backend, starts_with
from app.capture.base import (
    DEFAULT_FPS,
    Damaged,
    StreamInfo,
    arrival_s,
    metres_to_mm,
    opened,
)
from app.capture.recordings.bag_container import BagFile, Entry
from app.capture.recordings.bag_messages import (
    colour_pixels,
    depth_pixels,
    intrinsics_of,
    parse_camera_info,
    parse_float,
    parse_fps,
    parse_image,
    parse_key_value,
    parse_pose,
    parse_stamp,
)
from app.capture.recordings.bag_records import MAGIC
from app.capture.recordings.clock import Timeline, timeline_of
from app.capture.recordings.indexed import IndexedSource, fitting, nearest
from app.capture.recordings.poses import between
from app.capture.recordings.ros.folder import open_ros
from app.capture.recordings.ros.layouts import EitherLayout
from app.capture.recordings.ros.streams import LOOKED_AT, Stream, choose, measured
from app.errors import NoDepthStream, NotARecording
from app.frames import ColourImage, DepthFrame, Intrinsics, read_only

T = TypeVar("T")

IMAGE_TYPE = "sensor_msgs/Image"
DEPTH_TOPIC = re.compile(r"(/device_\d+)/sensor_\d+/Depth_\d+/image/data")
COLOUR_TOPIC = re.compile(r"/device_\d+/sensor_\d+/Color_\d+/image/data")
USUAL_UNIT_M = 0.001
FEW = 64  # messages looked at where one is wanted


class BagSource(IndexedSource):
    """Depth (and, if asked for, colour) of a `.bag` that librealsense or this program recorded."""

    def __init__(self, path: Path | str, colour: bool = False, stream: str = ""):
        self._want_colour, self._wanted = colour, stream
        self._bag: BagFile | None = None
        self._intrinsics: Intrinsics | None = None
        self._entries: list[Entry] = []
        self._colour: list[Entry] = []
        self._colour_times: list[int] = []
        self._colour_camera: Intrinsics | None = None  # not known where it is not told
        self._unit_mm, self._start_s = 1.0, 0.0
        self._line: Timeline | None = None
        self._pose: np.ndarray | None = None
        super().__init__(path)

    def _load(self) -> StreamInfo:
        bag = self._bag = BagFile(self._path)
        topic, others = self._choose_depth(bag)
        base = topic.removesuffix("/image/data")
        note = "; ".join(filter(None, (others, self._load_camera(bag, base))))
        told = self._load_entries(bag, topic)
        self._count, self._damage = len(self._entries), bag.damage
        self._expected = bag.expected(topic, self._count)
        unit_m = _stated_unit_m(bag, base)
        self._unit_mm = metres_to_mm(USUAL_UNIT_M if unit_m is None else unit_m)
        first, _ = self._ends()
        if unit_m is None and first.depth_unit_mm == self._unit_mm:
            note = f"{note}; no depth unit given, 1 mm assumed".removeprefix("; ")
        note = "; ".join(filter(None, (note, told)))
        self._unit_mm, self._start_s = first.depth_unit_mm, first.t_s
        if self._want_colour:
            self._colour, self._colour_camera, self._pose = _find_colour(bag, base)
            self._colour_times = [entry.time_ns for entry in self._colour]
        device = topic.partition("/sensor_")[0]
        about = dict(_messages(bag, f"{device}/info", parse_key_value))
        fps = next(iter(_messages(bag, f"{base}/info", parse_fps)), DEFAULT_FPS)
        return self._describe(
            about.get("Name", "depth camera"), fps, about.get("Serial Number", ""), note
        )

    def _release(self) -> None:
        bag, self._bag = self._bag, None
        self._entries, self._colour = [], []
        if bag is not None:
            bag.close()

    def _choose_depth(self, bag: BagFile) -> tuple[str, str]:
        """The depth topic that is wanted, or shows most, and a note that names the others."""
        if not bag.topics:
            raise NotARecording(f"{self._path}: nothing in it can be read")
        found = [
            t for t, kind in bag.topics.items() if kind == IMAGE_TYPE and DEPTH_TOPIC.fullmatch(t)
        ]
        streams = [_stream_of(bag, topic) for topic in sorted(found) if bag.entries(topic)]
        if not streams:
            lost = f": {bag.damage}" if bag.damage else ""
            raise NoDepthStream(f"{self._path} holds no depth images{lost}")
        stream, note = choose(streams, self._wanted)
        return f"{stream.name}/image/data", note

    def _load_entries(self, bag: BagFile, topic: str) -> str:
        """Set the pictures in the order in which they were taken; returns a note on their times."""
        found = bag.entries(topic)
        stored = sorted(found, key=lambda entry: (entry.chunk, entry.offset))
        recorded_s = [entry.time_ns * 1e-9 for entry in stored]

        def stamp(index: int) -> float:
            try:
                return parse_stamp(bag.message(stored[index]))
            except Damaged:
                return math.nan

        line = self._line = timeline_of(len(stored), stamp, recorded_s, bag.size)
        self._entries = found if line is None else [stored[at] for at in line.order]
        return "" if line is None else line.note

    def _load_camera(self, bag: BagFile, base: str) -> str:
        """Set the intrinsics; returns what the user should know about them."""
        cameras = _messages(bag, f"{base}/info/camera_info", parse_camera_info)
        if not cameras:
            raise NotARecording(f"{self._path}: the description of its camera cannot be read")
        self._intrinsics, note = intrinsics_of(cameras[0])
        return note

    def _frame(self, index: int) -> DepthFrame:
        image = parse_image(opened(self._bag).message(self._entries[index]))
        k = opened(self._intrinsics)
        if (image.width, image.height) != (k.width, k.height):
            raise Damaged("an image has another size than its camera")
        raw = read_only(depth_pixels(image))
        unit_mm = metres_to_mm(image.unit_m) if _possible(image.unit_m) else self._unit_mm
        colour = self._colour_at(index) if self._colour else None
        t_s = image.t_s if self._line is None else float(self._line.times_s[index])
        return DepthFrame(index, 0, t_s, arrival_s(), raw, k, unit_mm, colour=colour)

    def _colour_at(self, index: int) -> ColourImage | None:
        """The colour image recorded nearest to a depth image."""
        entry = self._colour[nearest(self._colour_times, self._entries[index].time_ns)]
        try:
            pixels = colour_pixels(parse_image(opened(self._bag).message(entry)))
        except Damaged:
            return None
        if pixels is None:
            return None
        return ColourImage(read_only(pixels), fitting(self._colour_camera, pixels), self._pose)

    def _stamp(self, index: int) -> float:
        """Of an image that cannot be read: by the time of its recording."""
        if self._line is not None:
            return float(self._line.times_s[index])
        entry = self._entries[index]
        try:
            return parse_stamp(opened(self._bag).message(entry))
        except Damaged:
            return self._start_s + (entry.time_ns - self._entries[0].time_ns) * 1e-9


def _stream_of(bag: BagFile, topic: str) -> Stream:
    """What some of its pictures show, in steps of its own unit."""
    base = topic.removesuffix("/image/data")
    unit_m = _stated_unit_m(bag, base) or USUAL_UNIT_M
    entries, pictures = bag.entries(topic), []
    for entry in entries[:: max(len(entries) // LOOKED_AT, 1)][:LOOKED_AT]:
        try:
            image = parse_image(bag.message(entry))
            scale = 1000 * (image.unit_m if _possible(image.unit_m) else unit_m)
            pictures.append(depth_pixels(image) * np.float32(scale))
        except Damaged:
            continue
    return measured(base, len(entries), pictures)


def _messages(bag: BagFile, topic: str, parse: Callable[[memoryview], T]) -> list[T]:
    """The first few messages of a topic that describes the camera, as far as they can be read."""
    found = []
    for entry in bag.entries(topic)[:FEW]:
        try:
            found.append(parse(bag.message(entry, certain=False)))
        except Damaged:
            continue
    return found


def _stated_unit_m(bag: BagFile, base: str) -> float | None:
    """The depth sensor's option; old versions wrote its name with a space."""
    sensor = base.rpartition("/")[0]
    topics = (f"{sensor}/option/{name}/value" for name in ("Depth_Units", "Depth Units"))
    stated = [unit_m for topic in topics for unit_m in _messages(bag, topic, parse_float)]
    return next(filter(_possible, stated), None)


def _find_colour(
    bag: BagFile, depth: str
) -> tuple[list[Entry], Intrinsics | None, np.ndarray | None]:
    """Where the colour pictures beside `depth` are, their camera, and its place, as far as told."""
    device = depth.partition("/sensor_")[0]
    topics = sorted(filter(COLOUR_TOPIC.fullmatch, bag.topics))
    topics = [topic for topic in topics if topic.startswith(f"{device}/")]
    if not topics:
        return [], None, None
    base = topics[0].removesuffix("/image/data")
    told = _messages(bag, f"{base}/info/camera_info", parse_camera_info)
    try:
        camera = intrinsics_of(told[0])[0] if told else None
    except NotARecording:
        camera = None
    return bag.entries(topics[0]), camera, _pose_between(bag, depth, base)


def _pose_between(bag: BagFile, depth: str, colour: str) -> np.ndarray | None:
    """Each stream's place is told against one they share, by the number behind `tf`."""
    for topic in sorted(t for t in bag.topics if t.startswith(f"{depth}/tf/")):
        twin = topic.replace(depth, colour)
        poses = [next(iter(_messages(bag, t, parse_pose)), None) for t in (topic, twin)]
        if all(pose is not None for pose in poses):
            return between(*poses)
    return None


def _possible(unit_m: float | None) -> TypeGuard[float]:
    return unit_m is not None and math.isfinite(unit_m) and 2e-7 <= unit_m <= 0.09


BACKEND = Backend(
    "RealSense .bag",
    "pixel by pixel against librealsense",
    form="FILE.bag[#N]",
    about="a recording of RealSense Viewer, librealsense, ROS 1 or this program",
    open=lambda request: EitherLayout(
        lambda: BagSource(request.path, request.colour, request.stream), lambda: open_ros(request)
    ),
    recognises=starts_with(MAGIC.rstrip()),
    has_streams=True,
    pattern="*.bag",
)
