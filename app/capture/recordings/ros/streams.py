"""Which topics of a recording carry depth, which one is played, and how the user chooses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from app.capture.base import BadSource, Damaged
from app.capture.recordings.ros.colour import is_colour
from app.capture.recordings.ros.depth import depth_values, is_depth
from app.capture.recordings.ros.messages import RosPicture, parse_packed, parse_picture
from app.capture.recordings.ros.serial import read_message
from app.capture.recordings.ros.stores import MessageStore

IMAGE, PACKED = "sensor_msgs/Image", "sensor_msgs/CompressedImage"
INFRARED = re.compile(r"(^|[/_])(ir|infra\d*|infrared\d*|confidence|amplitude|mono|left|right)\b")
LOOKED_AT = 3  # pictures of a stream, to count its readings
TRIED = 8  # pictures tried where the first is damaged
PLAIN_MM = 60.0  # what lies within this is a wall, and no hand before anything


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream of depth that could be played."""

    name: str  # for the user
    count: int  # pictures
    readings: float  # about as many in all of them
    plain: bool = False  # shows nothing but one flat thing, as far as was looked


def best_first(streams: Sequence[Stream]) -> list[Stream]:
    """The one to be played, if nobody chooses, and the others in the order of the file."""
    rest = sorted(streams, key=lambda s: s.name)
    best = min(rest, key=lambda s: (s.plain, -s.readings, len(s.name)), default=None)
    return [] if best is None else [best, *(s for s in rest if s is not best)]


def choose(streams: Sequence[Stream], wanted: str) -> tuple[Stream, str]:
    """(the stream to play, a note that names the others). Raises BadSource.

    wanted: "" for the one with most readings, a number from 1 on in the order of the names, or a
    name.
    """
    numbered = sorted(streams, key=lambda s: s.name)
    if not wanted:
        chosen = best_first(streams)[0]
    else:
        by_name = [s for s in numbered if s.name == wanted]
        is_number = wanted.isascii() and wanted.isdecimal() and 0 < int(wanted) <= len(numbered)
        if not by_name and not is_number:
            held = describe(numbered)
            raise BadSource(f"there is no depth stream #{wanted}", f"the recording has {held}")
        chosen = by_name[0] if by_name else numbered[int(wanted) - 1]
    others = [s for s in numbered if s is not chosen]
    if not others:
        return chosen, ""
    number = numbered.index(chosen) + 1
    return chosen, f"plays #{number} {chosen.name}; it also has {describe(numbered, chosen)}"


def describe(numbered: Sequence[Stream], without: Stream | None = None) -> str:
    """For instance "#2 /device_1/sensor_0/Depth_0"."""
    told = [f"#{n} {s.name}" for n, s in enumerate(numbered, 1) if s is not without]
    return ", ".join(told)


def measured(name: str, count: int, pictures_mm: Sequence[np.ndarray]) -> Stream:
    """A stream by some of its pictures [H, W], float, mm."""
    if not pictures_mm:
        return Stream(name, count, 0.0)
    seen = [picture[np.isfinite(picture) & (picture > 0)] for picture in pictures_mm]
    share = sum(len(values) for values in seen) / len(seen)
    full = [values for values in seen if len(values)]
    spreads = [float(np.ptp(np.percentile(values, (1, 99)))) for values in full]
    return Stream(name, count, share * count, bool(full) and max(spreads) < PLAIN_MM)


def read_picture(store: MessageStore, topic: str, index: int) -> RosPicture:
    """One picture of a topic; raises Damaged."""
    message = read_message(store.message(topic, index), store.is_cdr(topic))
    packed = store.topics.get(topic) == PACKED
    return parse_packed(message) if packed else parse_picture(message)


def sample_pictures(store: MessageStore, topic: str) -> list[RosPicture]:
    """A few of a topic's pictures that can be read, spread over the recording."""
    count = len(store.times_ns(topic))
    indices = np.unique(np.linspace(0, max(count - 1, 0), min(count, TRIED)).astype(int))
    found: list[RosPicture] = []
    for index in [*indices[:: max(len(indices) // LOOKED_AT, 1)], *indices]:
        if len(found) == LOOKED_AT:
            break
        try:
            found.append(read_picture(store, topic, int(index)))
        except Damaged:
            continue
    return found


def depth_streams(store: MessageStore) -> list[Stream]:
    """Every topic that carries depth."""
    streams = []
    for topic, kind in sorted(store.topics.items()):
        if kind not in (IMAGE, PACKED) or not len(store.times_ns(topic)):
            continue
        pictures = [p for p in sample_pictures(store, topic) if is_depth(p)]
        named = "depth" in topic.lower()
        if not pictures or (INFRARED.search(topic.lower()) and not named):
            continue
        streams.append(measured(topic, len(store.times_ns(topic)), _in_mm(pictures)))
    return streams


def colour_topic(store: MessageStore, depth_topic: str) -> str | None:
    """The colour pictures beside a depth topic: of the same camera where there are several."""
    names = [t for t, kind in sorted(store.topics.items()) if kind in (IMAGE, PACKED)]
    found = []
    for topic in names:
        if topic == depth_topic or INFRARED.search(topic.lower()) or "depth" in topic.lower():
            continue
        pictures = sample_pictures(store, topic)
        if pictures and is_colour(pictures[0]):
            found.append(topic)
    return max(found, key=lambda t: (_alike(t, depth_topic), -len(t)), default=None)


def _alike(one: str, other: str) -> int:
    """Names of the path that two topics share."""
    pairs = zip(one.split("/"), other.split("/"), strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), len(one))


def _in_mm(pictures: Sequence[RosPicture]) -> list[np.ndarray]:
    found = []
    for picture in pictures:
        try:
            values, scale_mm = depth_values(picture)
        except Damaged:
            continue
        found.append(values.astype(np.float32) * np.float32(scale_mm))
    return found
