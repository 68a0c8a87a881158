"""A checksum inside a safetensors file: a flipped bit in a weight must not pass for a weight.

A safetensors file is the length of a JSON header (8 bytes), the header, the numbers. The seal is an
entry of the header's metadata: the SHA-256 of the header without it, its keys sorted, and of
the numbers. https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

SEAL = "sha256"
METADATA = "__metadata__"
ALIGNMENT = 8  # bytes; the header is filled up with spaces


def seal(content: bytes) -> bytes:
    """The same file with its seal."""
    header, numbers = _split(content)
    header.setdefault(METADATA, {}).pop(SEAL, None)
    header[METADATA][SEAL] = _digest(header, numbers)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % ALIGNMENT)
    return struct.pack("<Q", len(text)) + text + numbers


def is_intact(content: bytes) -> bool:
    """False where the seal is not that of the rest.

    A file without one, of an older version of this program, counts as intact. Raises ValueError
    where this is no safetensors file.
    """
    header, numbers = _split(content)
    stored = header.get(METADATA, {}).pop(SEAL, None)
    return stored is None or stored == _digest(header, numbers)


def _split(content: bytes) -> tuple[dict[str, Any], memoryview]:
    if len(content) < 8:
        raise ValueError("the file is too short")
    (length,) = struct.unpack_from("<Q", content)
    if length > len(content) - 8:
        raise ValueError(f"a header of {length} bytes")
    try:
        header = json.loads(content[8 : 8 + length])
    except RecursionError:
        raise ValueError("the header is nested too deeply") from None
    if not isinstance(header, dict) or not isinstance(header.get(METADATA, {}), dict):
        raise ValueError("the header is no table")
    return header, memoryview(content)[8 + length :]


def _digest(header: dict[str, Any], numbers: memoryview) -> str:
    digest = hashlib.sha256(json.dumps(header, sort_keys=True).encode())
    digest.update(numbers)
    return digest.hexdigest()
