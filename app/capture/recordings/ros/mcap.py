"""An MCAP file as a random-access store of messages, read so that damage costs little.

As in a `.bag`, the records behind each chunk tell where its messages are; the summary at the end,
which a cut file lacks, is asked how many there should be, and where chunks begin behind damage.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.capture.base import Damaged, check_file
from app.capture.recordings.bag_records import MAX_CHUNK, MAX_HEADER
from app.capture.recordings.db3_container import unpack_message
from app.capture.recordings.ros.mcap_records import (
    CHANNEL,
    CHUNK,
    CHUNK_INDEX,
    DATA_END,
    FOOTER,
    FOOTER_SIZE,
    INDEX,
    INDEX_ROW,
    LAST,
    LEAD,
    MAGIC,
    MESSAGE,
    MESSAGE_HEAD,
    SCHEMA,
    STATISTICS,
    ChunkHead,
    Fields,
    parse_chunk_head,
    unpack,
)
from app.capture.recordings.ros.stores import plain_type

HEAD_BYTES = 64  # of a chunk, before its packed records
SEARCH_BLOCK = 1 << 20
WORDS = b"\x04\0\0\0zstd", b"\x03\0\0\0lz4"  # a chunk's compression, as written
WORD_AT = LEAD.size + 28  # bytes from a chunk's record to this word
CACHED_CHUNKS = 2
COUNT = struct.Struct("<HQ")  # of the statistics: channel, messages


class _Place(NamedTuple):
    """Where one message is."""

    time_ns: int
    chunk: int  # -1: in no chunk
    at: int  # in the unpacked chunk, or in the file


@dataclass(slots=True)
class _Chunk:
    data_pos: int
    head: ChunkHead
    index: dict[int, np.ndarray] = field(default_factory=dict)  # channel -> INDEX_ROW [n]


class McapFile:
    """An open file. `damage` says in words what is wrong with it, or is empty."""

    def __init__(self, path: Path):
        """Raises CaptureError, OSError, or Damaged where this is no such recording."""
        self._size = check_file(path)
        self._file = path.open("rb")
        self.damage = ""
        self._ended = False  # all that follows only says again what there is
        self._schemas: dict[int, str] = {}
        self._channels: dict[int, tuple[str, int, str]] = {}  # topic, schema, encoding
        self._counts: dict[int, int] = {}  # messages of a channel, by the statistics
        self._promised: list[int] = []  # where chunks begin, by the summary
        self._chunks: list[_Chunk] = []
        self._loose: dict[int, list[_Place]] = {}  # messages in no chunk, by channel
        self._found: dict[str, list[_Place]] = {}
        self._cache: dict[int, tuple[bytes, bool]] = {}
        try:
            self._read_summary()
            self._walk()
            self._look_inside()
        except BaseException:
            self._file.close()
            raise

    @property
    def topics(self) -> dict[str, str]:
        return {
            topic: plain_type(self._schemas.get(schema, ""))
            for topic, schema, _ in self._channels.values()
        }

    def times_ns(self, topic: str) -> Sequence[int]:
        return [place.time_ns for place in self._places(topic)]

    def is_cdr(self, topic: str) -> bool:
        return any(e != "ros1" for name, _, e in self._channels.values() if name == topic)

    def expected(self, topic: str) -> int | None:
        found = len(self._places(topic))
        if self._counts:
            told = [self._counts.get(i, 0) for i in self._ids(topic)]
            return max(sum(told), found)
        return None if self.damage else found

    def close(self) -> None:
        self._file.close()
        self._cache.clear()

    def message(self, topic: str, index: int) -> memoryview:
        place = self._places(topic)[index]
        if place.chunk < 0:
            kind, length = LEAD.unpack(self._exactly(place.at, LEAD.size))
            record = memoryview(self._exactly(place.at + LEAD.size, min(length, MAX_CHUNK)))
        else:
            content, sound = self._content(place.chunk)
            if not sound:
                raise Damaged("a checksum is wrong")
            kind, record = _record(content, place.at)
        if kind != MESSAGE or len(record) < MESSAGE_HEAD.size:
            raise Damaged("there is no message where the index says")
        if MESSAGE_HEAD.unpack_from(record)[0] not in self._ids(topic):
            raise Damaged("another message is where the index says")
        return memoryview(unpack_message(bytes(record[MESSAGE_HEAD.size :])))

    # The structure of the file

    def _read_summary(self) -> None:
        """Channels, counts and places of the chunks, from the end; silent where that is lost."""
        tail = self._read(max(self._size - FOOTER_SIZE, 0), FOOTER_SIZE)
        if len(tail) < FOOTER_SIZE or tail[0] != FOOTER or not tail.endswith(MAGIC):
            return
        (start,) = Fields(tail[LEAD.size :]).take("Q")
        end = self._size - FOOTER_SIZE
        if not len(MAGIC) <= start < end or end - start > MAX_CHUNK:
            return
        try:
            for kind, record in _records(self._read(start, end - start)):
                self._take_description(kind, record)
        except Damaged:
            self._counts, self._promised = {}, []

    def _take_description(self, kind: int, record: memoryview) -> None:
        """A record that says something of the others. Raises Damaged."""
        fields = Fields(record)
        if kind == SCHEMA:
            (number,) = fields.take("H")
            self._schemas.setdefault(number, fields.text())
        elif kind == CHANNEL:
            number, schema = fields.take("HH")
            self._channels.setdefault(number, (fields.text(), schema, fields.text()))
        elif kind == STATISTICS:
            fields.take("QHIIIIQQ")
            counts = fields.block()
            for channel, count in COUNT.iter_unpack(counts[: len(counts) // 10 * 10]):
                self._counts[channel] = count
        elif kind == CHUNK_INDEX:
            self._promised.append(fields.take("QQQ")[2])

    def _walk(self) -> None:
        if self._read(0, len(MAGIC)) != MAGIC:
            raise Damaged("the first line is not that of an MCAP file")
        at: int | None = len(MAGIC)
        while at is not None:
            try:
                at = self._take(at)
            except Damaged:
                if self._ended:
                    return
                self.damage = self.damage or f"the file is damaged near byte {at}"
                at = self._find_chunk(0 if at is None else at + 1)

    def _take(self, at: int) -> int | None:
        """Note the record at byte `at`; where the next one begins, None at the end."""
        head = self._read(at, LEAD.size)
        if len(head) < LEAD.size:
            if not self._ended:
                self.damage = self.damage or "the end of the file is missing"
            return None
        kind, length = LEAD.unpack(head)
        end = at + LEAD.size + length
        if not 0 < kind <= LAST:
            raise Damaged("a record of an unknown kind")
        if kind == FOOTER:
            return None
        self._ended |= kind == DATA_END
        if end > self._size:
            raise Damaged("a record reaches past the end of the file")
        if kind == CHUNK:
            chunk = parse_chunk_head(self._read(at + LEAD.size, HEAD_BYTES), length)
            self._chunks.append(_Chunk(at + LEAD.size + chunk.data_at, chunk))
        elif kind == MESSAGE:
            channel, _, time_ns, _ = MESSAGE_HEAD.unpack(self._exactly(at + 9, MESSAGE_HEAD.size))
            self._loose.setdefault(channel, []).append(_Place(time_ns, -1, at))
        elif kind == INDEX and self._chunks:
            self._take_index(self._exactly(at + LEAD.size, min(length, MAX_CHUNK)))
        elif kind in (SCHEMA, CHANNEL) or (kind == STATISTICS and self._ended):
            told = memoryview(self._read(at + LEAD.size, min(length, MAX_HEADER)))
            self._take_description(kind, told)
        return end

    def _take_index(self, record: bytes) -> None:
        fields = Fields(record)
        (channel,) = fields.take("H")
        block = fields.block()
        if len(block) % INDEX_ROW.itemsize:
            raise Damaged("an index record contradicts itself")
        self._chunks[-1].index[channel] = np.frombuffer(block, INDEX_ROW)

    def _find_chunk(self, start: int) -> int | None:
        """Where the next chunk begins behind damage: by the summary, else by its own look."""
        known = [at for at in sorted(self._promised) if at >= start and self._is_chunk(at)]
        if known:
            return known[0]
        while start < self._size:
            block = self._read(start, SEARCH_BLOCK)
            for word in WORDS:
                hit = block.find(word)
                while hit >= 0:
                    at = start + hit - WORD_AT
                    if at > 0 and self._is_chunk(at):
                        return at
                    hit = block.find(word, hit + 1)
            start += len(block) - 8 if len(block) == SEARCH_BLOCK else max(len(block), 1)
        return None

    def _is_chunk(self, at: int) -> bool:
        try:
            kind, length = LEAD.unpack(self._exactly(at, LEAD.size))
            parse_chunk_head(self._read(at + LEAD.size, HEAD_BYTES), length)
        except Damaged:
            return False
        return kind == CHUNK and at + LEAD.size + length <= self._size

    # The inside of the chunks

    def _look_inside(self) -> None:
        """Scan the chunks without an index, and as many as it takes to know every channel."""
        wanted = {channel for chunk in self._chunks for channel in chunk.index}
        for number, chunk in enumerate(self._chunks):
            in_doubt = bool(self.damage) and number == len(self._chunks) - 1
            if in_doubt or not chunk.index or not wanted <= self._channels.keys():
                self._scan(number, chunk)

    def _scan(self, number: int, chunk: _Chunk) -> None:
        rows: dict[int, list[tuple[int, int]]] = {}
        at = 0
        try:
            content, sound = self._content(number)
            for kind, record in _records(content):
                if kind == MESSAGE and len(record) >= MESSAGE_HEAD.size:
                    channel, _, time_ns, _ = MESSAGE_HEAD.unpack_from(record)
                    rows.setdefault(channel, []).append((time_ns, at))
                elif kind in (SCHEMA, CHANNEL) and sound:
                    self._take_description(kind, record)
                at += LEAD.size + len(record)
        except Damaged:
            self.damage = self.damage or f"part {number + 1} of the file is damaged"
        for channel, found in rows.items():
            if len(found) > len(chunk.index.get(channel, ())):
                chunk.index[channel] = np.array(found, INDEX_ROW)

    def _content(self, number: int) -> tuple[bytes, bool]:
        if number not in self._cache:
            chunk = self._chunks[number]
            packed = self._read(chunk.data_pos, min(chunk.head.stored, MAX_CHUNK))
            while len(self._cache) >= CACHED_CHUNKS:
                del self._cache[next(iter(self._cache))]
            self._cache[number] = unpack(packed, chunk.head)
        return self._cache[number]

    def _ids(self, topic: str) -> list[int]:
        return [number for number, (name, _, _) in self._channels.items() if name == topic]

    def _places(self, topic: str) -> list[_Place]:
        if topic not in self._found:
            ids = self._ids(topic)
            found = [
                _Place(int(row["time"]), number, int(row["offset"]))
                for number, chunk in enumerate(self._chunks)
                for channel in ids
                for row in chunk.index.get(channel, ())
            ]
            found += [place for channel in ids for place in self._loose.get(channel, [])]
            self._found[topic] = sorted(found, key=lambda p: (p.chunk, p.at))
        return self._found[topic]

    def _exactly(self, at: int, size: int) -> bytes:
        data = self._read(at, size)
        if len(data) < size:
            raise Damaged("the file ends too soon")
        return data

    def _read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes at byte `at`, fewer at the end; Damaged where the disk refuses."""
        try:
            self._file.seek(at)
            return self._file.read(max(0, min(size, self._size - at)))
        except (OSError, ValueError) as error:
            raise Damaged(f"the file cannot be read: {error}") from None


def _record(content: bytes, at: int) -> tuple[int, memoryview]:
    """(kind, content) of the record at byte `at` of unpacked records. Raises Damaged."""
    if at + LEAD.size > len(content):
        raise Damaged("a record ends too soon")
    kind, length = LEAD.unpack_from(content, at)
    if at + LEAD.size + length > len(content):
        raise Damaged("a record reaches past the end of its chunk")
    return kind, memoryview(content)[at + LEAD.size : at + LEAD.size + length]


def _records(content: bytes) -> Iterator[tuple[int, memoryview]]:
    at = 0
    while at < len(content):
        kind, record = _record(content, at)
        yield kind, record
        at += LEAD.size + len(record)
