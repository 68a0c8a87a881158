"""A recording by ROS 1 or ROS 2 as a source: exact pixels, and no ROS."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np

from app.capture.base import Damaged, StreamInfo, arrival_s, opened
from app.capture.recordings.clock import Timeline, timeline_of
from app.capture.recordings.indexed import IndexedSource, fitting, nearest
from app.capture.recordings.pictures.depth_values import (
    fitting_unit_mm,
    metres_in_disguise,
    to_steps,
)
from app.capture.recordings.ros.cameras import FoundCamera, camera_of
from app.capture.recordings.ros.colour import colour_pixels
from app.capture.recordings.ros.depth import METRE_MM, depth_values
from app.capture.recordings.ros.stores import MessageStore, OpenStore
from app.capture.recordings.ros.streams import (
    choose,
    colour_topic,
    depth_streams,
    read_picture,
    sample_pictures,
)
from app.capture.recordings.ros.transforms import colour_from_depth
from app.errors import NoDepthStream, NotARecording
from app.frames import ColourImage, DepthFrame, read_only

MOST_NAMED = 8  # topics in a sentence


class RosSource(IndexedSource):
    """Depth (and, if asked for, colour) of a recording by ROS, in any container."""

    def __init__(self, path: Path | str, store: OpenStore, colour: bool = False, stream: str = ""):
        self._want_colour, self._wanted = colour, stream
        self._open_store = store
        self._store: MessageStore | None = None
        self._topic = ""
        self._camera: FoundCamera | None = None
        self._unit_mm, self._scale_mm = 1.0, 1.0
        self._line: Timeline | None = None
        self._recorded_s = np.zeros(0)  # of the depth pictures, in the order of the file
        self._colour_topic: str | None = None
        self._colour_at_ns: list[int] = []  # rising
        self._colour_order: list[int] = []
        self._colour_camera: FoundCamera | None = None
        self._pose: np.ndarray | None = None
        super().__init__(path)

    def _load(self) -> StreamInfo:
        store = self._store = self._open_store(self._path)
        streams = depth_streams(store)
        if not streams:
            raise NoDepthStream(without_depth(self._path, store))
        stream, note = choose(streams, self._wanted)
        self._topic, self._count, self._damage = stream.name, stream.count, store.damage
        self._expected = store.expected(self._topic)
        if not self._damage and self._expected is not None and self._expected > self._count:
            self._damage = f"{self._expected - self._count} of its depth images are missing"
        notes = [note, self._load_camera(store), self._load_times(store)]
        if self._want_colour:
            self._find_colour(store)
        told = "; ".join(filter(None, notes))
        return self._describe(self._topic, self._rate(), note=told)

    def _release(self) -> None:
        store, self._store = self._store, None
        self._line, self._camera, self._colour_topic = None, None, None
        if store is not None:
            store.close()

    def _load_camera(self, store: MessageStore) -> str:
        """Set camera and unit by some of the pictures; returns what the user should know."""
        pictures = sample_pictures(store, self._topic)
        found = [depth_values(picture) for picture in pictures]
        if not found:
            raise NotARecording(f"{self._path}: not one of its depth images can be read")
        height, width = found[0][0].shape
        self._camera = camera_of(store, self._topic, width, height, pictures[0].frame_id)
        samples, self._scale_mm = [values for values, _ in found], found[0][1]
        note = self._camera.note
        if self._scale_mm != METRE_MM:
            self._unit_mm = self._scale_mm
            return note
        if not metres_in_disguise(samples):
            self._scale_mm = 1.0
            note = f"{note}; its depth is millimetres, not metres".removeprefix("; ")
        self._unit_mm = fitting_unit_mm([values * self._scale_mm for values in samples])
        return note

    def _load_times(self, store: MessageStore) -> str:
        self._recorded_s = np.asarray(store.times_ns(self._topic), np.float64) * 1e-9
        size = os.path.getsize(self._path) if self._path.is_file() else 0
        self._line = timeline_of(self._count, self._device_s, self._recorded_s, size)
        return self._line.note if self._line is not None else ""

    def _rate(self) -> float:
        gaps = np.diff(self._line.times_s if self._line is not None else self._recorded_s)
        gap_s = float(np.median(gaps)) if gaps.size else 0.0
        return 1 / gap_s if gap_s > 0 else 0.0

    def _device_s(self, at: int) -> float:
        """Stamp of picture `at` of the file; NaN where it cannot be read, or was never set."""
        try:
            stamp_s = read_picture(opened(self._store), self._topic, at).t_s
        except Damaged:
            return np.nan
        return stamp_s if stamp_s > 0 else np.nan

    def _frame(self, index: int) -> DepthFrame:
        at = self._place(index)
        picture = read_picture(opened(self._store), self._topic, at)
        values, _ = depth_values(picture)
        k = opened(self._camera).intrinsics
        if values.shape != (k.height, k.width):
            raise Damaged("an image has another size than its camera")
        raw = to_steps(values, self._scale_mm, self._unit_mm)
        colour = self._colour_beside(at) if self._colour_topic is not None else None
        t_s = self._stamp(index)
        return DepthFrame(index, 0, t_s, arrival_s(), raw, k, self._unit_mm, colour=colour)

    def _place(self, index: int) -> int:
        return index if self._line is None else int(self._line.order[index])

    def _stamp(self, index: int) -> float:
        if self._line is not None:
            return float(self._line.times_s[index])
        stamp_s = self._device_s(index)
        return stamp_s if np.isfinite(stamp_s) else float(self._recorded_s[index])

    # Colour

    def _find_colour(self, store: MessageStore) -> None:
        topic = self._colour_topic = colour_topic(store, self._topic)
        if topic is None:
            return
        times = np.asarray(store.times_ns(topic), np.int64)
        order = np.argsort(times, kind="stable")
        self._colour_order, self._colour_at_ns = order.tolist(), times[order].tolist()
        depth = sample_pictures(store, self._topic)
        for picture in sample_pictures(store, topic)[:1]:
            height, width = colour_pixels(picture).shape[:2]
            self._colour_camera = camera_of(store, topic, width, height, picture.frame_id)
            self._pose = colour_from_depth(store, depth[0].frame_id, picture.frame_id)

    def _colour_beside(self, at: int) -> ColourImage | None:
        """The colour picture recorded nearest to a depth picture."""
        time_ns = round(self._recorded_s[at] * 1e9)
        colour = opened(self._colour_topic)
        index = self._colour_order[nearest(self._colour_at_ns, time_ns)]
        try:
            pixels = colour_pixels(read_picture(opened(self._store), colour, index))
        except Damaged:
            return None
        camera = self._colour_camera
        known = camera.intrinsics if camera is not None and camera.known else None
        return ColourImage(read_only(pixels), fitting(known, pixels), self._pose)


def without_depth(path: Path, store: MessageStore) -> str:
    """The sentence that says what was recorded, where that is no depth."""
    names = sorted(t for t in store.topics if len(store.times_ns(t)))
    own = [t.removesuffix("/image/data") for t in names if t.startswith("/device_")]
    own = [t for t in own if t.count("/") == 3 and "/option" not in t and "sensor" in t]
    lost = f": {store.damage}" if store.damage else ""
    if any(t.startswith("/device_") for t in names):
        held = f", its streams are {', '.join(own)}" if own else ""
        return f"{path} holds no depth images{held}{lost}"
    if not names:
        return f"{path} holds no depth images: nothing in it can be read"
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    shown = ", ".join(f"{t} ({store.topics[t]})" for t in names[:MOST_NAMED])
    return f"{path} holds no depth images; recorded by ROS, its topics are {shown}{more}{lost}"
