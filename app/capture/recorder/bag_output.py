"""A ROS 1 recording (`#ROSBAG V2.0`) being written, so that a kill costs little.

The format: http://wiki.ros.org/Bags/Format/2.0

Messages are gathered in chunks; each goes to the file in one piece with its index, and soon. What
a file that was never closed lacks is the closing index: `write_index` adds it, here or in a repair.
"""

from __future__ import annotations

import errno
import os
import struct
import time
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import BinaryIO, NamedTuple

import lz4.frame

from app.capture.recorder.bag_definitions import Definition
from app.capture.recorder.file_lock import lock
from app.capture.recordings.bag_records import (
    BAG_HEADER,
    CHUNK,
    CHUNK_INFO,
    CONNECTION,
    INDEX,
    MAGIC,
    MESSAGE,
)

HEADER_SIZE = 4096  # bytes that the bag header takes; padded, so that it can be overwritten
CHUNK_SIZE = 2 << 20  # bytes; ROS reads LZ4 blocks of up to 4 MB
CHUNK_S = 0.1  # older messages than this do not wait for company
LARGE = 1 << 14  # bytes of a piece that is worth a block of its own
SPARE = 1 << 16  # bytes: file systems give room in blocks
NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

Data = bytes | memoryview


class ChunkEntry(NamedTuple):
    """What the closing index says about a chunk."""

    at: int  # byte where its record begins
    first_ns: int
    last_ns: int
    counts: dict[int, int]  # messages by connection


class BagOutput:
    """A new file. `put` messages, `flush` while none come, `close` at the end.

    Every method raises OSError where the disk refuses; `close` then still keeps what was written.
    """

    def __init__(self, path: Path, compress: bool = True):
        """Raises FileExistsError rather than overwrite anything."""
        self._file: BinaryIO = open(path, "xb", buffering=0)  # noqa: SIM115 - closed by `close`
        lock(self._file)
        self._compression = b"lz4" if compress else b"none"
        self._connections: dict[str, bytes] = {}  # topic -> record
        self._chunks: list[ChunkEntry] = []
        self._parts: list[Data] = []  # of the chunk that is being filled
        self._rows: dict[int, list[bytes]] = {}  # connection -> index rows of that chunk
        self._span_ns = (0, 0)
        self._filled, self._began_s = 0, 0.0
        self.size = 0  # bytes in the file
        self._append(MAGIC + bag_header())

    def put(self, topic: str, kind: Definition, time_ns: int, parts: Sequence[Data]) -> None:
        """Add one message, its bytes in pieces. Nothing is copied: the pieces must not change."""
        connection = self._connection(topic, kind)
        if not self._filled:
            self._began_s, self._span_ns = time.monotonic(), (time_ns, time_ns)
        self._rows.setdefault(connection, []).append(index_row(time_ns, self._filled))
        first, last = self._span_ns
        self._span_ns = (min(first, time_ns), max(last, time_ns))
        fields = {b"conn": struct.pack("<I", connection), b"time": pack_time(time_ns)}
        length = sum(map(len, parts))
        self._gather(record_header(MESSAGE, fields) + struct.pack("<I", length), *parts)

    def flush_if_due(self) -> None:
        """Write the chunk if it is large or old enough. Call it after the messages of a frame."""
        if self._filled > CHUNK_SIZE or time.monotonic() - self._began_s > CHUNK_S:
            self.flush()

    def flush(self) -> None:
        """Write what has been gathered."""
        if not self._filled:
            return
        parts, rows, size = self._parts, self._rows, self._filled
        stored = b"".join(parts) if self._compression == b"none" else compress_lz4(parts)
        self._parts, self._rows, self._filled = [], {}, 0
        at = self.size
        self._append(chunk_record(self._compression, stored, size) + index_records(rows))
        counts = {connection: len(found) for connection, found in rows.items()}
        self._chunks.append(ChunkEntry(at, *self._span_ns, counts))

    def close(self) -> None:
        """Write the index. On a full disk the last chunks make room for it. Does nothing twice."""
        if self._file.closed:
            return
        try:
            self.flush()
            self._write_index()
            os.fsync(self._file.fileno())
        finally:
            self._file.close()

    def count(self, topic: str) -> int:
        """Messages of the topic that are in the file."""
        if topic not in self._connections:
            return 0
        number = list(self._connections).index(topic)
        return sum(chunk.counts.get(number, 0) for chunk in self._chunks)

    def abandon(self) -> None:
        """Let go of the file as it is: `--repair` adds the index."""
        self._file.close()

    def is_at(self, path: Path) -> bool:
        """Whether `path` still names this file: nobody has deleted or moved it."""
        try:
            return os.path.samestat(os.stat(path), os.fstat(self._file.fileno()))
        except OSError:
            return False

    def _write_index(self) -> None:
        """On a full disk the last chunks make room, as many as it takes and no more.

        Where it cannot be written all the same, what was recorded stays, for a repair.
        """
        try:
            self._append_index()
        except OSError as error:
            if error.errno not in NO_ROOM:
                raise
            wanted = self.size - SPARE - sum(map(len, self._connections.values()))
            wanted -= sum(len(chunk_info(chunk)) for chunk in self._chunks)
            while self._chunks and self.size > wanted:
                self.size = self._chunks.pop().at
            self._append_index()

    def _append_index(self) -> None:
        connections = list(self._connections.values())
        self.size = write_index(self._file, self.size, connections, self._chunks)

    def _connection(self, topic: str, kind: Definition) -> int:
        """Its number; the first time, the record that describes it goes into the chunk."""
        if topic not in self._connections:
            record = connection_record(len(self._connections), topic, kind)
            self._connections[topic] = record
            self._gather(record)
        return list(self._connections).index(topic)

    def _gather(self, *parts: Data) -> None:
        self._parts += parts
        self._filled += sum(map(len, parts))

    def _append(self, data: bytes) -> None:
        """Write all of it, or none: what is left of a failure is cut off."""
        try:
            write_all(self._file, data)
        except OSError:
            self._file.truncate(self.size)
            self._file.seek(self.size)
            raise
        self.size += len(data)


def write_index(
    file: BinaryIO, at: int, connections: Sequence[bytes], chunks: Sequence[ChunkEntry]
) -> int:
    """Write the closing index at byte `at`, and only then say where it is; returns the file's size.

    What lay behind is cut off first.
    """
    file.truncate(at)
    file.seek(at)
    write_all(file, b"".join((*connections, *map(chunk_info, chunks))))
    size = file.tell()
    file.seek(len(MAGIC))
    write_all(file, bag_header(at, len(connections), len(chunks)))
    return size


def write_all(file: BinaryIO, data: Data) -> None:
    """A file without a buffer may take a part only."""
    view = memoryview(data)
    while view:
        view = view[file.write(view) :]


def bag_header(index_at: int = 0, connections: int = 0, chunks: int = 0) -> bytes:
    """The record behind the first line; all zeros: the file was not closed."""
    fields = {
        b"index_pos": struct.pack("<Q", index_at),
        b"conn_count": struct.pack("<I", connections),
        b"chunk_count": struct.pack("<I", chunks),
    }
    header = record_header(BAG_HEADER, fields)
    padding = HEADER_SIZE - 4 - len(header)
    return header + struct.pack("<I", padding) + b" " * padding


def connection_record(number: int, topic: str, kind: Definition) -> bytes:
    name = topic.encode()
    header = record_header(CONNECTION, {b"conn": struct.pack("<I", number), b"topic": name})
    about = {
        b"topic": name,
        b"type": kind.type.encode(),
        b"md5sum": kind.md5.encode(),
        b"message_definition": kind.text.encode(),
    }
    return header + pack_fields(about)


def chunk_record(compression: bytes, stored: bytes, size: int | None = None) -> bytes:
    """size: of what is `stored`, unpacked; None: it is not packed."""
    size_of = struct.pack("<I", len(stored) if size is None else size)
    header = record_header(CHUNK, {b"compression": compression, b"size": size_of})
    return header + struct.pack("<I", len(stored)) + stored


def index_row(time_ns: int, offset: int) -> bytes:
    """offset: of the message in its chunk, unpacked."""
    return pack_time(time_ns) + struct.pack("<I", offset)


def index_records(rows: dict[int, list[bytes]]) -> bytes:
    """rows: by connection, an `index_row` for each of its messages in the chunk."""
    out = []
    for connection, found in rows.items():
        fields = {
            b"ver": struct.pack("<I", 1),
            b"conn": struct.pack("<I", connection),
            b"count": struct.pack("<I", len(found)),
        }
        out += [record_header(INDEX, fields), struct.pack("<I", 12 * len(found)), *found]
    return b"".join(out)


def chunk_info(chunk: ChunkEntry) -> bytes:
    fields = {
        b"ver": struct.pack("<I", 1),
        b"chunk_pos": struct.pack("<Q", chunk.at),
        b"start_time": pack_time(chunk.first_ns),
        b"end_time": pack_time(chunk.last_ns),
        b"count": struct.pack("<I", len(chunk.counts)),
    }
    data = b"".join(struct.pack("<II", *pair) for pair in chunk.counts.items())
    return record_header(CHUNK_INFO, fields) + struct.pack("<I", len(data)) + data


def record_header(op: int, fields: dict[bytes, bytes]) -> bytes:
    return pack_fields({b"op": struct.pack("<B", op), **fields})


def pack_fields(fields: dict[bytes, bytes]) -> bytes:
    """The length of all of them, then each with its own."""
    pairs = [name + b"=" + value for name, value in fields.items()]
    data = b"".join(struct.pack("<I", len(pair)) + pair for pair in pairs)
    return struct.pack("<I", len(data)) + data


def pack_time(time_ns: int) -> bytes:
    return struct.pack("<II", *divmod(time_ns, 10**9))


def compress_lz4(parts: Sequence[Data]) -> bytes:
    """The one form of LZ4 frame that ROS reads: independent blocks, a checksum, no size.

    A block for each large piece, straight from where it is: other threads work meanwhile, and it
    takes half the time of gathering the pieces first.
    """
    compressor = lz4.frame.LZ4FrameCompressor(
        block_size=lz4.frame.BLOCKSIZE_MAX4MB,
        block_linked=False,
        content_checksum=True,
        auto_flush=True,
    )
    out = [compressor.begin()]
    for large, run in groupby(parts, key=lambda part: len(part) >= LARGE):
        blocks = list(run)
        out += map(compressor.compress, blocks if large else [b"".join(blocks)])
    out.append(compressor.flush())
    return b"".join(out)
