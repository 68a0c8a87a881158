"""A librealsense `.bag` as a source: random access by frame, exact pixels, no librealsense.

Frames that cannot be read are passed over; at the end `EndedEarly` says how many there were.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from pathlib import Path

from app.capture.bag_container import BagFile, Entry
from app.capture.bag_messages import (
    CameraInfo,
    colour_pixels,
    depth_pixels,
    parse_camera_info,
    parse_float,
    parse_fps,
    parse_image,
    parse_key_value,
    parse_stamp,
)
from app.capture.bag_records import Damaged
from app.capture.base import (
    DEFAULT_FPS,
    DepthSource,
    EndOfStream,
    StreamInfo,
    arrival_s,
    checked_intrinsics,
)
from app.capture.lens import forward_distortion
from app.capture.realsense import metres_to_mm
from app.errors import CaptureError, EndedEarly, NoDepthStream, NotARecording
from app.frames import DepthFrame, Intrinsics, read_only

IMAGE_TYPE = "sensor_msgs/Image"
DEPTH_TOPIC = re.compile(r"(/device_\d+)/sensor_\d+/Depth_\d+/image/data")
COLOUR_TOPIC = re.compile(r"/device_\d+/sensor_\d+/Color_\d+/image/data")
USUAL_UNIT_M = 0.001


class BagSource(DepthSource):
    """Depth (and, if asked for, colour) of a `.bag` that librealsense or this program recorded."""

    def __init__(self, path: Path | str, colour: bool = False):
        self._path, self._want_colour = Path(path), colour
        self._bag: BagFile | None = None
        self._entries: list[Entry] = []
        self._colour: list[Entry] = []
        self._unreadable: set[int] = set()
        self._intrinsics: Intrinsics | None = None
        self._unit_mm, self._start_s = 1.0, 0.0
        self._expected: int | None = None  # depth images, where the file still says
        self._at = 0

    def open(self) -> StreamInfo:
        self.close()
        try:
            self._bag = BagFile(self._path)
            return self._describe(self._bag)
        except (Damaged, OSError) as error:
            self.close()
            raise NotARecording(f"{self._path} cannot be read: {error}") from None
        except CaptureError:
            self.close()
            raise

    def read(self, timeout_s: float = 0.2) -> DepthFrame | None:
        while self._at < len(self._entries):
            index = self._at
            self._at += 1
            try:
                return self._frame(index)
            except Damaged:
                self._unreadable.add(index)
        self._tell_end()

    def close(self) -> None:
        bag, self._bag = self._bag, None
        self._entries, self._colour, self._at = [], [], 0
        self._unreadable = set()
        if bag is not None:
            bag.close()

    @property
    def position(self) -> int:
        return self._at

    def seek(self, index: int) -> None:
        self._at = min(max(index, 0), max(len(self._entries) - 1, 0))

    def index_at(self, seconds: float) -> int:
        return bisect_left(range(len(self._entries)), self._start_s + seconds, key=self._stamp)

    # Opening

    def _describe(self, bag: BagFile) -> StreamInfo:
        topic = self._choose_depth(bag)
        base = topic.removesuffix("/image/data")
        camera = self._first(bag, f"{base}/info/camera_info", parse_camera_info)
        if camera is None:
            raise NotARecording(f"{self._path}: the description of its camera cannot be read")
        self._intrinsics, note = _intrinsics(camera)
        self._entries = bag.entries(topic)
        self._expected = bag.expected(topic, len(self._entries))
        unit_m = self._stated_unit_m(bag, base)
        self._unit_mm = metres_to_mm(USUAL_UNIT_M if unit_m is None else unit_m)
        first, last = self._ends()
        if unit_m is None and first.depth_unit_mm == self._unit_mm:
            note = f"{note}; no depth unit given, 1 mm assumed".removeprefix("; ")
        self._unit_mm, self._start_s = first.depth_unit_mm, first.t_s
        if self._want_colour:
            self._colour = self._choose_colour(bag)
        about = self._key_values(bag, DEPTH_TOPIC.fullmatch(topic)[1] + "/info")
        fps = self._first(bag, f"{base}/info", parse_fps) or DEFAULT_FPS
        duration_s = last.t_s - first.t_s
        return StreamInfo(
            name=f"{self._path.name} ({about.get('Name', 'depth camera')})",
            kind="recording",
            intrinsics=self._intrinsics,
            depth_unit_mm=self._unit_mm,
            fps=fps if 1 <= fps <= 1000 else DEFAULT_FPS,
            n_frames=len(self._entries),
            duration_s=duration_s if duration_s >= 0 else None,
            seekable=True,
            serial=about.get("Serial Number", ""),
            note=note,
            start_s=first.t_s,
        )

    def _choose_depth(self, bag: BagFile) -> str:
        if not bag.topics:
            raise NotARecording(
                f"{self._path}: nothing in it can be read ({bag.damage or 'empty'})"
            )
        found = [
            t for t, kind in bag.topics.items() if DEPTH_TOPIC.fullmatch(t) and kind == IMAGE_TYPE
        ]
        counts = {topic: len(bag.entries(topic)) for topic in sorted(found)}
        if not counts or not max(counts.values()):
            lost = f"; {bag.damage}" if bag.damage else ""
            raise NoDepthStream(f"{self._path} holds no depth images{lost}")
        return max(counts, key=counts.get)

    def _choose_colour(self, bag: BagFile) -> list[Entry]:
        found = [t for t in sorted(bag.topics) if COLOUR_TOPIC.fullmatch(t)]
        return bag.entries(found[0]) if found else []

    def _stated_unit_m(self, bag: BagFile, base: str) -> float | None:
        """The option of the depth sensor; its name was written with a space by old versions."""
        sensor = base.rpartition("/")[0]
        for name in ("Depth_Units", "Depth Units"):
            unit_m = self._first(bag, f"{sensor}/option/{name}/value", parse_float)
            if unit_m is not None and math.isfinite(unit_m) and 1e-7 <= unit_m <= 0.1:
                return unit_m
        return None

    def _ends(self) -> tuple[DepthFrame, DepthFrame]:
        """The first and the last frame that can be read."""
        first = last = None
        for index in range(len(self._entries)):
            if (first := self._try_frame(index)) is not None:
                break
        if first is None:
            raise NotARecording(f"{self._path}: not one of its depth images can be read")
        for index in range(len(self._entries) - 1, first.index - 1, -1):
            if (last := self._try_frame(index)) is not None:
                break
        return first, last

    @staticmethod
    def _first(bag: BagFile, topic: str, parse):
        """The first message of a topic that can be parsed, or None."""
        for entry in bag.entries(topic)[:8]:
            try:
                return parse(bag.message(entry))
            except Damaged:
                continue
        return None

    @staticmethod
    def _key_values(bag: BagFile, topic: str) -> dict[str, str]:
        found = {}
        for entry in bag.entries(topic)[:64]:
            try:
                key, value = parse_key_value(bag.message(entry))
            except Damaged:
                continue
            found[key] = value
        return found

    # Reading

    def _frame(self, index: int) -> DepthFrame:
        image = parse_image(self._bag.message(self._entries[index]))
        k = self._intrinsics
        if (image.width, image.height) != (k.width, k.height):
            raise Damaged("an image has another size than its camera")
        raw = read_only(depth_pixels(image))
        unit_mm = self._unit_mm
        if image.unit_m is not None and 1e-7 <= image.unit_m <= 0.1:
            unit_mm = metres_to_mm(image.unit_m)
        colour = self._colour_at(index) if self._colour else None
        return DepthFrame(index, 0, image.t_s, arrival_s(), raw, k, unit_mm, colour)

    def _try_frame(self, index: int) -> DepthFrame | None:
        try:
            return self._frame(index)
        except Damaged:
            self._unreadable.add(index)
            return None

    def _colour_at(self, index: int):
        """The colour image recorded nearest to a depth frame, or None."""
        time_ns = self._entries[index].time_ns
        at = bisect_left(self._colour, time_ns, key=lambda entry: entry.time_ns)
        near = self._colour[max(at - 1, 0) : at + 1]
        try:
            nearest = min(near, key=lambda entry: abs(entry.time_ns - time_ns))
            pixels = colour_pixels(parse_image(self._bag.message(nearest)))
        except Damaged:
            return None
        return None if pixels is None else read_only(pixels)

    def _stamp(self, index: int) -> float:
        """Device time of a frame; of an unreadable one by the time of its recording."""
        entry = self._entries[index]
        try:
            return parse_stamp(self._bag.message(entry))
        except Damaged:
            return self._start_s + (entry.time_ns - self._entries[0].time_ns) * 1e-9

    def _tell_end(self) -> None:
        if self._bag is None:
            raise CaptureError(f"{self._path} is not open")
        damage = self._bag.damage
        if not damage and not self._unreadable:
            raise EndOfStream
        lost = f"{len(self._unreadable)} images are damaged" if self._unreadable else ""
        readable = len(self._entries) - len(self._unreadable)
        raise EndedEarly(readable, self._expected, damage or lost)


def _intrinsics(camera: CameraInfo) -> tuple[Intrinsics, str]:
    pinhole = checked_intrinsics(
        camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy, camera.distortion
    )
    return forward_distortion(pinhole, camera.model, camera.distortion)
