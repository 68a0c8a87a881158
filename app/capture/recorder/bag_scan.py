"""What of a recording can be used: every chunk read and verified, every index compared with it."""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass, field
from itertools import pairwise
from typing import BinaryIO

from app.capture.base import Damaged
from app.capture.recorder.bag_output import ChunkEntry, index_row
from app.capture.recordings.bag_records import (
    BAG_HEADER,
    CHUNK,
    CHUNK_INFO,
    CONNECTION,
    INDEX,
    MAX_CHUNK,
    MESSAGE,
    number,
    parse_fields,
    parse_u32,
    records,
    unpack,
)
from app.capture.recordings.bag_walk import BagWalk, FoundRecord

SHORT = 1024  # bytes; what describes a camera takes half of it, a picture more


@dataclass(slots=True)
class Content:
    """The messages of a chunk, as far as they can be read."""

    rows: dict[int, list[bytes]] = field(default_factory=dict)  # what its index should say
    connections: dict[int, bytes] = field(default_factory=dict)  # number -> record
    times_ns: list[int] = field(default_factory=list)
    kept: list[tuple[int, int]] = field(default_factory=list)  # first and last byte of each record

    def covers(self, size: int) -> bool:
        """These records are all that there is in a chunk of this size."""
        return sum(last - first for first, last in self.kept) == size


@dataclass(slots=True)
class ScannedChunk:
    """A chunk of which something can be used."""

    at: int  # byte where its record begins
    end: int  # byte behind its data
    stop: int  # byte behind its index; `end` where that is missing or wrong
    content: Content
    indexed: bool = False
    saved: bytes | None = None  # not None: it is damaged, and this is what can be used, unpacked

    def entry(self, at: int) -> ChunkEntry:
        """For the closing index, the chunk being at byte `at`."""
        counts = {connection: len(rows) for connection, rows in self.content.rows.items()}
        return ChunkEntry(at, min(self.content.times_ns), max(self.content.times_ns), counts)


class BagScan(BagWalk):
    """Reads the whole file once. Raises Damaged where it is no bag, OSError where the disk does."""

    def __init__(self, file: BinaryIO, size: int):
        super().__init__(file, size)
        self.chunks: list[ScannedChunk] = []
        self.connections: dict[int, bytes] = {}
        self._told: dict[int, dict[int, int]] = {}  # the closing index: counts by chunk's position
        self._index_at = self._first_at = 0
        self._walk()
        for chunk in self.chunks:  # what nobody describes, nobody can read
            rows = chunk.content.rows
            chunk.content.rows = {c: rows[c] for c in rows if c in self.connections}
        self.chunks = [chunk for chunk in self.chunks if chunk.content.rows]

    def count(self, topic: re.Pattern[str]) -> int:
        """Messages of such a topic that can be used."""
        numbers = [c for c, record in self.connections.items() if topic.fullmatch(topic_of(record))]
        return sum(len(chunk.content.rows.get(c, ())) for chunk in self.chunks for c in numbers)

    @property
    def whole(self) -> bool:
        """Every librealsense plays it: nothing is missing."""
        told = {chunk.at: chunk.entry(chunk.at).counts for chunk in self.chunks}
        last = self.chunks[-1] if self.chunks else None
        if last is None or not last.indexed or self._index_at != last.stop:
            return False
        return self.only_the_end_is_missing and told == self._told

    @property
    def only_the_end_is_missing(self) -> bool:
        """Up to somewhere in the last chunk, all is well."""
        first_at = self.chunks[0].at if self.chunks else self._first_at
        joined = all(a.indexed and a.stop == b.at for a, b in pairwise(self.chunks))
        return joined and first_at == self._first_at

    # --- the file -----------------------------------------------------------------------------

    def _take(self, record: FoundRecord) -> int | None:
        at, op, fields, data_at, length = record
        if op == CHUNK:
            return self._take_chunk(record)
        self._check_end(record)
        if op == BAG_HEADER:
            self._index_at, self._first_at = number(fields, b"index_pos", 8), data_at + length
        elif op == CONNECTION:
            whole = self._read(at, record.end - at)
            self.connections.setdefault(number(fields, b"conn", 4), whole)
        elif op == CHUNK_INFO:
            data = self._read(data_at, length // 8 * 8)
            self._told[number(fields, b"chunk_pos", 8)] = dict(struct.iter_unpack("<II", data))
        elif op != INDEX:
            raise Damaged(f"a record of kind {op} has no place here")
        return record.end

    def _take_chunk(self, found: FoundRecord) -> int | None:
        at, _, fields, data_at, length = found
        size = number(fields, b"size", 4)
        finished = length > 0 and size > 0 and found.end <= self._size
        next_at = found.end if finished else self._find_chunk(data_at)
        end = next_at or self._size
        stored = self._read(data_at, min(end - data_at, MAX_CHUNK))
        packing = fields.get(b"compression", b"").decode("ascii", "replace")
        unpacked, sound = unpack(stored, packing, min(size or MAX_CHUNK, MAX_CHUNK))
        content = read_content(unpacked, sound)
        for connection, record in content.connections.items():
            self.connections.setdefault(connection, record)
        chunk = ScannedChunk(at, end, end, content)
        if content.rows:
            self.chunks.append(chunk)
        if finished and sound and content.covers(size):
            self._check_index(chunk)
            return chunk.stop
        chunk.saved = b"".join(unpacked[first:last] for first, last in content.kept)
        inside = self._find_chunk(data_at)  # where a piece is missing the next chunk comes early
        return next_at if inside is None else inside

    def _check_index(self, chunk: ScannedChunk) -> None:
        """Whether the index records behind the chunk say what is in it."""
        found: dict[int, bytes] = {}
        at = chunk.end
        try:
            while len(found) < len(chunk.content.rows):
                record = self._record_at(at)
                if record.op != INDEX or record.end > self._size:
                    return
                rows = self._read(record.data_at, record.length)
                found[number(record.fields, b"conn", 4)] = rows
                at = record.end
        except Damaged:
            return
        if found == {c: b"".join(rows) for c, rows in chunk.content.rows.items()}:
            chunk.stop, chunk.indexed = at, True


def topic_of(record: bytes) -> str:
    """What a connection's record names."""
    header = record[4 : 4 + parse_u32(record)]
    return parse_fields(header).get(b"topic", b"").decode("utf-8", "replace")


def read_content(unpacked: bytes, certain: bool) -> Content:
    """Every record of an unpacked chunk up to the first that cannot be read.

    certain False: its checksum is wrong. Then only short messages are taken, those that describe
    the camera; who reads them checks them.
    """
    content, at = Content(), 0
    try:
        for record in records(unpacked):
            length = 8 + parse_u32(unpacked, record.start) + len(record.data)
            connection = number(record.fields, b"conn", 4)
            if record.op == CONNECTION:
                whole = unpacked[record.start : record.start + length]
                content.connections[connection] = whole
            elif record.op == MESSAGE and (certain or length < SHORT):
                stamp = number(record.fields, b"time", 8)
                time_ns = (stamp & 0xFFFFFFFF) * 10**9 + (stamp >> 32)
                content.times_ns.append(time_ns)
                content.rows.setdefault(connection, []).append(index_row(time_ns, at))
            else:
                continue
            content.kept.append((record.start, record.start + length))
            at += length
    except Damaged:
        return content
    return content
