"""The records that an MCAP file is made of: a letter for the kind, a length, fields.

The format: https://mcap.dev/spec. Nothing in a file is believed.
"""

from __future__ import annotations

import struct
import zlib
from typing import NamedTuple

import numpy as np

from app.capture.base import Damaged
from app.capture.recordings.bag_records import MAX_CHUNK
from app.capture.recordings.bag_records import unpack as unpack_ros1
from app.zstd import zstd

MAGIC = b"\x89MCAP0\r\n"
HEADER, FOOTER, SCHEMA, CHANNEL, MESSAGE, CHUNK, INDEX, CHUNK_INDEX = 1, 2, 3, 4, 5, 6, 7, 8
STATISTICS, DATA_END, LAST = 11, 15, 15
LEAD = struct.Struct("<BQ")  # kind, length of what follows
MESSAGE_HEAD = struct.Struct("<HIQQ")  # channel, number, times of log and publishing
CHUNK_HEAD = struct.Struct("<QQQI")  # first and last time, size unpacked, its CRC-32 (0: none)
FOOTER_SIZE = LEAD.size + 20 + len(MAGIC)
ZSTD_LIMITS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 26}  # 64 MB
INDEX_ROW = np.dtype([("time", "<u8"), ("offset", "<u8")])


class ChunkHead(NamedTuple):
    """What stands before the packed records of a chunk."""

    size: int  # unpacked
    checksum: int  # 0: none
    compression: str
    data_at: int  # bytes from the record's content to the packed records
    stored: int  # bytes packed


class Fields:
    """Reads the fields of one record; raises Damaged where it is too short."""

    def __init__(self, data: bytes | memoryview):
        self._data, self.at = memoryview(data), 0

    def take(self, form: str) -> tuple:
        try:
            values = struct.unpack_from("<" + form, self._data, self.at)
        except struct.error:
            raise Damaged("a record ends too soon") from None
        self.at += struct.calcsize("<" + form)
        return values

    def block(self) -> memoryview:
        (length,) = self.take("I")
        if length > len(self._data) - self.at:
            raise Damaged(f"a field of {length} bytes")
        self.at += length
        return self._data[self.at - length : self.at]

    def text(self) -> str:
        return bytes(self.block()).decode("utf-8", "replace")


def parse_chunk_head(data: bytes, length: int) -> ChunkHead:
    """data: the beginning of a chunk's content of `length` bytes. Raises Damaged."""
    fields = Fields(data)
    _, _, size, checksum = fields.take("QQQI")
    compression = fields.text()
    (stored,) = fields.take("Q")
    if fields.at + stored != length:
        raise Damaged("a chunk contradicts itself")
    return ChunkHead(size, checksum, compression, fields.at, stored)


def unpack(packed: bytes, head: ChunkHead) -> tuple[bytes, bool]:
    """(a chunk's records, short where they are damaged; whether they can be believed)."""
    limit = min(head.size, MAX_CHUNK)
    if head.compression == "zstd":
        content, ended = _unpack_zstd(packed, limit)
    elif head.compression in ("", "none", "lz4"):
        content, ended = unpack_ros1(packed, head.compression or "none", limit)
    else:
        raise Damaged(f"the compression {head.compression[:20]!r} is not known")
    if head.checksum:
        return content, zlib.crc32(content) == head.checksum
    return content, ended and len(content) == head.size


def _unpack_zstd(packed: bytes, limit: int) -> tuple[bytes, bool]:
    unpacker = zstd.ZstdDecompressor(options=ZSTD_LIMITS)
    try:
        content = unpacker.decompress(packed, max_length=limit + 1)
    except (zstd.ZstdError, EOFError, MemoryError):
        return b"", False
    return content[:limit], unpacker.eof or len(content) >= limit
