"""What a Matroska file says about itself: its tracks, tags, attached files and unit of time.

Element ids: RFC 9559.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from app.capture.recordings.ebml import elements, first, parse_text, parse_uint

INFO, TRACKS, ATTACHMENTS, TAGS = 0x1549A966, 0x1654AE6B, 0x1941A469, 0x1254C367
DESCRIBING = (INFO, TRACKS, ATTACHMENTS, TAGS)
TIME_SCALE = 0x2AD7B1
TRACK, NUMBER, NAME, CODEC_DATA, INTERVAL = 0xAE, 0xD7, 0x536E, 0x63A2, 0x23E383
FILE, FILE_NAME, FILE_DATA = 0x61A7, 0x466E, 0x465C
TAG, SIMPLE_TAG, TAG_NAME, TAG_TEXT = 0x7373, 0x67C8, 0x45A3, 0x4487
NOTHING = memoryview(b"")


class Track(NamedTuple):
    number: int
    name: str
    codec_data: bytes
    interval_ns: int  # between two frames; 0: not said


@dataclass(slots=True)
class Description:
    """Filled by `take` as a file is walked; what comes first of a name counts."""

    tracks: dict[str, Track] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    scale_ns: int = 1_000_000

    def take(self, kind: int, content: memoryview) -> None:
        """Note one of the elements DESCRIBING; raises Damaged."""
        if kind == INFO:
            scale = first(content, TIME_SCALE)
            self.scale_ns = self.scale_ns if scale is None else parse_uint(scale)
        elif kind == TRACKS:
            self._take_tracks(content)
        elif kind == ATTACHMENTS:
            self._take_files(content)
        elif kind == TAGS:
            self._take_tags(content)

    def _take_tracks(self, content: memoryview) -> None:
        for entry in _all(content, TRACK):
            found = {e.kind: e.content for e in elements(entry)}
            track = Track(
                parse_uint(found.get(NUMBER, NOTHING)),
                parse_text(found.get(NAME, NOTHING)),
                bytes(found.get(CODEC_DATA, NOTHING)),
                parse_uint(found.get(INTERVAL, NOTHING)),
            )
            self.tracks.setdefault(track.name, track)

    def _take_files(self, content: memoryview) -> None:
        for entry in _all(content, FILE):
            name, data = first(entry, FILE_NAME), first(entry, FILE_DATA)
            if name is not None and data is not None:
                self.files.setdefault(parse_text(name), bytes(data))

    def _take_tags(self, content: memoryview) -> None:
        for tag in _all(content, TAG):
            for simple in _all(tag, SIMPLE_TAG):
                name, text = first(simple, TAG_NAME), first(simple, TAG_TEXT)
                if name is not None and text is not None:
                    self.tags.setdefault(parse_text(name), parse_text(text))


def _all(content: memoryview, kind: int) -> list[memoryview]:
    return [element.content for element in elements(content) if element.kind == kind]
