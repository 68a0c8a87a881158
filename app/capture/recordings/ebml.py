"""The elements that a Matroska file is made of (RFC 8794, RFC 9559): an id, a length, the content.

Nothing in a file is believed: every length is checked before memory is asked for.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from typing import NamedTuple

from app.capture.base import Damaged

MAGIC = b"\x1a\x45\xdf\xa3"
CRC, VOID = 0xBF, 0xEC
LONGEST_HEAD = 12  # bytes of an id and a length


class Element(NamedTuple):
    kind: int  # the id, its marker bit included, as the standard writes it
    content: memoryview


class Head(NamedTuple):
    """The front of an element in a file."""

    kind: int
    start: int  # of the content
    size: int | None  # of the content; None: not known when it was written


def parse_head(data: bytes | memoryview, at: int = 0) -> tuple[int, int | None, int]:
    """(id, length or None for unknown, where the content starts) of the element at `at`."""
    kind, after = _parse_vint(data, at, 4, marked=True)
    size, start = _parse_vint(data, after, 8)
    unknown = size == (1 << 7 * (start - after)) - 1
    return kind, None if unknown else size, start


def elements(content: memoryview) -> Iterator[Element]:
    """The elements inside another; Damaged where one cannot be read or reaches past the end."""
    at = 0
    while at < len(content):
        kind, size, start = parse_head(content, at)
        if size is None or start + size > len(content):
            raise Damaged("an element reaches past the end of the one around it")
        yield Element(kind, content[start : start + size])
        at = start + size


def first(content: memoryview, kind: int) -> memoryview | None:
    """The content of the first element of a kind inside another."""
    return next((e.content for e in elements(content) if e.kind == kind), None)


def is_sound(content: memoryview) -> bool:
    """False where the checksum, which may stand in front, is not that of what follows it."""
    if len(content) < 6 or content[0] != CRC or content[1] != 0x84:
        return True
    (checksum,) = struct.unpack_from("<I", content, 2)
    return zlib.crc32(content[6:]) == checksum


def parse_uint(content: memoryview) -> int:
    if len(content) > 8:
        raise Damaged(f"a number of {len(content)} bytes")
    return int.from_bytes(content, "big")


def parse_text(content: memoryview) -> str:
    return bytes(content).rstrip(b"\0").decode("utf-8", "replace")


def _parse_vint(
    data: bytes | memoryview, at: int, longest: int, marked: bool = False
) -> tuple[int, int]:
    """(number, where it ends): the leading zero bits of the first byte say how many follow."""
    lead = data[at] if at < len(data) else 0
    length = 9 - lead.bit_length()
    if lead == 0 or length > longest or at + length > len(data):
        raise Damaged("an element has no proper head")
    value = int.from_bytes(data[at : at + length], "big")
    return value if marked else value & ((1 << 7 * length) - 1), at + length
