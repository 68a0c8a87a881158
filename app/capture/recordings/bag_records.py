"""The records that a ROS 1 recording (`#ROSBAG V2.0`) is made of.

The format: http://wiki.ros.org/Bags/Format/2.0

A record: length of its header, header (`name=value` fields), length of its data, data. Nothing in a
file is believed: every length is checked before memory is asked for.
"""

from __future__ import annotations

import bz2
import struct
from collections.abc import Iterator
from typing import NamedTuple

import lz4.frame

from app.capture.base import Damaged

MAGIC = b"#ROSBAG V2.0\n"
MAX_HEADER = 1 << 20  # bytes; the longest real one carries a message definition of 10 kB
MAX_CHUNK = 64 << 20  # bytes unpacked; librealsense closes a chunk at the first image past 768 kB
PIECE = 1 << 18
LZ4_TAIL = 8  # bytes: end mark and checksum, fed last, so that the content is there before

MESSAGE, BAG_HEADER, INDEX, CHUNK, CHUNK_INFO, CONNECTION = 2, 3, 4, 5, 6, 7


class Record(NamedTuple):
    op: int  # kind: one of the six above
    fields: dict[bytes, bytes]
    data: memoryview
    start: int  # offset of the record in the bytes it was found in


def parse_fields(header: bytes | memoryview) -> dict[bytes, bytes]:
    """The `name=value` fields of a header."""
    fields, at, header = {}, 0, bytes(header)
    while at < len(header):
        length = parse_u32(header, at)
        name, sign, value = header[at + 4 : at + 4 + length].partition(b"=")
        if not sign or at + 4 + length > len(header):
            raise Damaged("a header field cannot be read")
        fields[name] = value
        at += 4 + length
    return fields


def parse_u32(data: bytes | memoryview, at: int = 0) -> int:
    if at + 4 > len(data):
        raise Damaged("the data end in the middle of a number")
    return struct.unpack_from("<I", data, at)[0]


def number(fields: dict[bytes, bytes], name: bytes, size: int) -> int:
    """An unsigned little-endian field of `size` bytes."""
    value = fields.get(name, b"")
    if len(value) != size:
        raise Damaged(f"the field {name.decode()} is missing")
    return int.from_bytes(value, "little")


def records(content: bytes, start: int = 0) -> Iterator[Record]:
    """The records of an unpacked chunk from offset `start` on; Damaged where one cannot be read."""
    view, at = memoryview(content), start
    while at < len(content):
        header = parse_u32(view, at)
        data_at = at + 8 + header
        if not 0 < header <= MAX_HEADER or data_at > len(content):
            raise Damaged(f"a record header of {header} bytes")
        length = parse_u32(view, at + 4 + header)
        if data_at + length > len(content):
            raise Damaged("a record reaches past the end of its chunk")
        fields = parse_fields(view[at + 4 : at + 4 + header])
        yield Record(number(fields, b"op", 1), fields, view[data_at : data_at + length], at)
        at = data_at + length


def unpack(packed: bytes, compression: str, limit: int) -> tuple[bytes, bool]:
    """(at most `limit` bytes of a chunk's content, whether they can be believed).

    bz2 and LZ4 verify at the end of a block or of all, after they gave what is in it: of a chunk
    that does not get to its end nothing is certain. Uncompressed chunks have no checksum.
    """
    if compression == "none":
        return packed[:limit], True
    if compression not in ("bz2", "lz4"):
        raise Damaged(f"the compression {compression!r} is not known")
    bz = compression == "bz2"
    decompressor = bz2.BZ2Decompressor() if bz else lz4.frame.LZ4FrameDecompressor()
    out, at = bytearray(), 0
    try:
        while at < len(packed) and not decompressor.eof and len(out) <= limit:
            end = at + PIECE if bz or at else max(len(packed) - LZ4_TAIL, 1)
            room = limit + 1 - len(out)  # one more, so that the checksum at the end is reached
            out += decompressor.decompress(packed[at:end], max_length=room)
            at = end
    except (OSError, RuntimeError, EOFError):  # what bz2 and lz4 raise on damage
        return bytes(out[:limit]), False
    return bytes(out[:limit]), decompressor.eof
