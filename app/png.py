"""Whether the bytes of a PNG are all there: a decoder would guess, or write to stderr."""

from __future__ import annotations

import struct
import zlib

PNG_MAGIC = b"\x89PNG\r\n\x1a\n"


def png_shape(head: bytes) -> tuple[int, int, int, int] | None:
    """(width, height, bits, colour type) from a PNG's first 26 bytes; None: it is no PNG."""
    if len(head) < 26 or not head.startswith(PNG_MAGIC) or head[12:16] != b"IHDR":
        return None
    return struct.unpack_from(">IIBB", head, 16)


def png_flaw(data: bytes, max_side: int) -> str:
    """What is wrong with the size or with the checksum of any chunk; "" where nothing is."""
    shape = png_shape(data)
    if shape is None or not all(0 < side <= max_side for side in shape[:2]):
        return "no PNG, or one of impossible size"
    at = len(PNG_MAGIC)
    while at + 12 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        end = at + 12 + length
        if end > len(data):
            break
        (checksum,) = struct.unpack_from(">I", data, end - 4)
        if checksum != zlib.crc32(memoryview(data)[at + 4 : end - 4]):
            return "a checksum in a picture is wrong"
        if kind == b"IEND":
            return ""
        at = end
    return "a picture is cut off"
