"""A ROS 1 recording as a random-access store of messages, read so that damage costs little.

The index records behind each chunk are enough to find every message, so the closing index, which a
cut file lacks, is only asked how many there should be. Behind damage the search goes on at the next
chunk.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

from app.capture.base import Damaged, check_file
from app.capture.recordings.bag_records import (
    BAG_HEADER,
    CHUNK,
    CHUNK_INFO,
    CONNECTION,
    INDEX,
    MAX_CHUNK,
    MAX_HEADER,
    MESSAGE,
    number,
    parse_fields,
    records,
    unpack,
)
from app.capture.recordings.bag_walk import SEARCH_BLOCK, BagWalk, FoundRecord

CACHED_CHUNKS = 2
INDEX_ROW = np.dtype([("sec", "<u4"), ("nsec", "<u4"), ("offset", "<u4")])


class Entry(NamedTuple):
    """Where one message is."""

    time_ns: int  # when it was recorded
    chunk: int
    offset: int  # in the unpacked chunk
    connection: int


@dataclass(slots=True)
class _Chunk:
    data_pos: int
    stored: int  # bytes in the file
    size: int  # bytes unpacked; 0: the recorder died before it knew
    compression: str
    index: dict[int, np.ndarray] = field(default_factory=dict)  # connection -> INDEX_ROW [n]
    suspect: bool = False  # its index records may be missing: look inside


class BagFile(BagWalk):
    """An open bag. `damage` says in words what is wrong with the file, or is empty."""

    def __init__(self, path: Path):
        """Raises CaptureError, OSError, or Damaged where this is no bag."""
        size = check_file(path)  # first: opening a pipe would block
        super().__init__(path.open("rb"), size)
        self._chunks: list[_Chunk] = []
        self._topics: dict[int, tuple[str, str]] = {}  # connection -> topic, type
        self._counts: dict[int, int] = {}  # connection -> messages, by the closing index
        self._promised = -1  # chunks, by the bag header; -1: it was never closed
        self._cache: dict[int, tuple[bytes, bool]] = {}
        self.damage = ""
        try:
            self._walk()
            self._note_end()
            self._look_inside()
        except BaseException:
            self._file.close()
            raise

    def close(self) -> None:
        self._file.close()
        self._cache.clear()

    @property
    def size(self) -> int:
        """Bytes of the file."""
        return self._size

    @property
    def topics(self) -> dict[str, str]:
        """Message type by topic."""
        return dict(self._topics.values())

    def entries(self, topic: str) -> list[Entry]:
        """Where the messages of a topic are, in the order of their recording."""
        found = [
            Entry(
                int(row["sec"]) * 10**9 + int(row["nsec"]),
                chunk_number,
                int(row["offset"]),
                connection,
            )
            for connection, (name, _) in self._topics.items()
            if name == topic
            for chunk_number, chunk in enumerate(self._chunks)
            for row in chunk.index.get(connection, ())
        ]
        return sorted(found, key=lambda entry: (entry.time_ns, entry.chunk))

    def expected(self, topic: str, found: int) -> int | None:
        """Messages the topic should have, `found` being indexed; None: the file lost the number."""
        if self._counts:
            ids = [i for i, (name, _) in self._topics.items() if name == topic]
            return max(sum(self._counts.get(i, 0) for i in ids), found)
        return found if len(self._chunks) == self._promised else None

    def message(self, entry: Entry, certain: bool = True) -> memoryview:
        """The bytes of one message; raises Damaged.

        certain False: also from a chunk whose checksum is wrong, for what can be checked otherwise.
        """
        content, sound = self._content(entry.chunk)
        if certain and not sound:
            raise Damaged("a checksum is wrong")
        for record in records(content, entry.offset):
            if record.op == MESSAGE and number(record.fields, b"conn", 4) == entry.connection:
                return record.data
            if record.op != CONNECTION:
                break
        raise Damaged("there is no message where the index says")

    # The structure of the file

    def _note_end(self) -> None:
        """What the whole walk says: is something missing?"""
        complete = len(self._chunks) == self._promised and (self._counts or not self._chunks)
        if not complete:
            self.damage = self.damage or "the end of the file is missing"
        if self._chunks and self.damage:
            self._chunks[-1].suspect = True

    def _take(self, record: FoundRecord) -> int:
        _, op, fields, data_at, length = record
        if op == CHUNK:
            packing = fields.get(b"compression", b"").decode("ascii", "replace")
            size = number(fields, b"size", 4)
            self._chunks.append(_Chunk(data_at, length, size, packing))
            if length == 0 or size == 0:
                raise Damaged("the recorder died in this chunk")
        self._check_end(record)
        if op == INDEX and self._chunks:
            self._take_index(fields, data_at, length)
        elif op == CONNECTION:
            self._take_connection(fields, self._read(data_at, min(length, MAX_HEADER)))
        elif op == CHUNK_INFO:
            self._take_counts(self._read(data_at, min(length, MAX_HEADER)))
        elif op == BAG_HEADER:
            closed = 0 < number(fields, b"index_pos", 8) <= self._size
            self._promised = number(fields, b"chunk_count", 4) if closed else -1
        elif op != CHUNK:
            raise Damaged(f"a record of kind {op} has no place here")
        return record.end

    def _take_index(self, fields: dict[bytes, bytes], at: int, length: int) -> None:
        if length != 12 * number(fields, b"count", 4) or length > MAX_CHUNK:
            raise Damaged("an index record contradicts itself")
        rows = np.frombuffer(self._read(at, length), INDEX_ROW)
        self._chunks[-1].index[number(fields, b"conn", 4)] = rows

    def _take_connection(self, fields: dict[bytes, bytes], data: bytes | memoryview) -> None:
        topic = fields.get(b"topic", b"").decode("utf-8", "replace")
        kind = parse_fields(data).get(b"type", b"").decode("utf-8", "replace")
        self._topics.setdefault(number(fields, b"conn", 4), (topic, kind))

    def _take_counts(self, data: bytes) -> None:
        for connection, count in struct.iter_unpack("<II", data[: len(data) // 8 * 8]):
            self._counts[connection] = self._counts.get(connection, 0) + count

    def _resume(self, at: int) -> int | None:
        """Where the next chunk begins behind damage; the last chunk ends there at the latest.

        Zeros to the end of the file are no damage: room that was asked for and never used.
        """
        if self._is_zero_from(at):
            return None
        self.damage = self.damage or f"the file is damaged near byte {at}"
        last = self._chunks[-1] if self._chunks else None
        found = self._find_chunk(at + 1 if last is None else last.data_pos)
        if last is not None:
            room = (self._size if found is None else found) - last.data_pos
            unfinished = last.stored == 0 or last.size == 0
            last.stored = room if unfinished else min(last.stored, room)
            last.suspect = True
        return found

    def _is_zero_from(self, at: int) -> bool:
        while at < self._size:
            block = self._read(at, SEARCH_BLOCK)
            if not block or any(block):
                return False
            at += len(block)
        return True

    # The inside of the chunks

    def _look_inside(self) -> None:
        """Scan the chunks whose index is in doubt, and as many as it takes to know every topic."""
        wanted = {connection for chunk in self._chunks for connection in chunk.index}
        for chunk_number, chunk in enumerate(self._chunks):
            if chunk.suspect or not chunk.index or not wanted <= self._topics.keys():
                self._scan(chunk_number, chunk)

    def _scan(self, chunk_number: int, chunk: _Chunk) -> None:
        """Read every record of a chunk; what its index lacks is added."""
        rows: dict[int, list[tuple[int, int, int]]] = {}
        try:
            for record in records(self._content(chunk_number)[0]):
                if record.op == CONNECTION:
                    self._take_connection(record.fields, record.data)
                elif record.op == MESSAGE:
                    stamp = number(record.fields, b"time", 8)
                    row = (stamp & 0xFFFFFFFF, stamp >> 32, record.start)
                    rows.setdefault(number(record.fields, b"conn", 4), []).append(row)
        except Damaged:
            self.damage = self.damage or f"part {chunk_number + 1} of the file is damaged"
        for connection, found in rows.items():
            if len(found) > len(chunk.index.get(connection, ())):
                chunk.index[connection] = np.array(found, INDEX_ROW)

    def _content(self, chunk_number: int) -> tuple[bytes, bool]:
        """(a chunk unpacked, short where it is damaged; whether it can be believed)."""
        if chunk_number not in self._cache:
            chunk = self._chunks[chunk_number]
            stored = self._read(chunk.data_pos, min(chunk.stored, MAX_CHUNK))
            while len(self._cache) >= CACHED_CHUNKS:
                del self._cache[next(iter(self._cache))]
            limit = min(chunk.size or MAX_CHUNK, MAX_CHUNK)
            self._cache[chunk_number] = unpack(stored, chunk.compression, limit)
        return self._cache[chunk_number]

    def _read(self, at: int, size: int) -> bytes:
        """Up to `size` bytes at byte `at`, fewer at the end; Damaged where the disk refuses."""
        try:
            return super()._read(at, size)
        except (OSError, ValueError) as error:
            raise Damaged(f"the file cannot be read: {error}") from None
