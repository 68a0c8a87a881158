"""Seeded damage to a file's bytes: cuts, flipped bits, swapped pieces, false lengths."""

from __future__ import annotations

import struct

import numpy as np

from app.errors import EndedEarly


def cut(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: rng.integers(1, len(data))]


def cut_tail(data: bytes, rng: np.random.Generator) -> bytes:
    return data[: -int(rng.integers(1, 5000))]


def flip_bits(data: bytes, rng: np.random.Generator) -> bytes:
    out = bytearray(data)
    for at in rng.integers(0, len(data), rng.integers(1, 20)):
        out[at] ^= 1 << int(rng.integers(0, 8))
    return bytes(out)


def swap_pieces(data: bytes, rng: np.random.Generator) -> bytes:
    size = int(rng.integers(16, max(len(data) // 4, 17)))
    first, second = sorted(map(int, rng.integers(0, len(data) - size, 2)))
    if second - first < size:
        return data[size:] + data[:size]
    middle = data[first + size : second]
    ends = data[:first], data[second : second + size], middle, data[first : first + size]
    return b"".join(ends) + data[second + size :]


def overwrite(data: bytes, rng: np.random.Generator) -> bytes:
    at, size = int(rng.integers(0, len(data))), int(rng.integers(1, 20_000))
    noise = rng.bytes(size) if rng.random() < 0.5 else bytes(size)
    return data[:at] + noise + data[at + size :]


def lie_about_lengths(data: bytes, rng: np.random.Generator) -> bytes:
    """Overwrite a few numbers, most of them in the first bytes, with enormous ones."""
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        reach = min(len(data) - 4, 20_000 if rng.random() < 0.7 else len(data))
        at = int(rng.integers(0, reach))
        claim = int(rng.choice([0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 10_000_000, 0]))
        out[at : at + 4] = struct.pack("<I", claim)
    return bytes(out)


def remove_piece(data: bytes, rng: np.random.Generator) -> bytes:
    at, size = int(rng.integers(0, len(data))), int(rng.integers(1, len(data) // 3))
    return data[:at] + data[at + size :]


KINDS = (cut, cut_tail, flip_bits, swap_pieces, overwrite, lie_about_lengths, remove_piece)


def damage(data: bytes, seed: int) -> tuple[str, bytes]:
    """(kind, damaged bytes), the same for the same seed."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    return kind.__name__, kind(data, rng)


def read_until_it_ends_early(source):
    """(frames, the error) of an open source that must not simply end."""
    seen = []
    try:
        for frame in source.frames():
            seen.append(frame)
    except EndedEarly as error:
        return seen, error
    raise AssertionError("it ended as though nothing were wrong")
