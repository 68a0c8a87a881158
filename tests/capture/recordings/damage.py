"""Seeded damage to files and folders.

Cuts, flipped bits, swapped pieces, false lengths, and files that are no files at all.
"""

from __future__ import annotations

import shutil
import struct
from pathlib import Path

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
        reach = min(len(data) - 8, 20_000 if rng.random() < 0.7 else len(data))
        at = int(rng.integers(0, max(reach, 1)))
        claim = rng.choice([0xFFFFFFFF, 0x7FFFFFFF, 0x80000000, 10_000_000, 0, 10 * 2**30])
        form = str(rng.choice(["<I", ">I", "<Q", ">Q"]))
        mask = 0xFFFFFFFF if form[1] == "I" else 2**64 - 1
        lie = struct.pack(form, int(claim) & mask)
        out[at : at + len(lie)] = lie
    return bytes(out)


def remove_piece(data: bytes, rng: np.random.Generator) -> bytes:
    at, size = int(rng.integers(0, len(data))), int(rng.integers(1, len(data) // 3))
    return data[:at] + data[at + size :]


def wrong_magic(data: bytes, rng: np.random.Generator) -> bytes:
    return rng.bytes(16) + data[16:]


def nothing(data: bytes, rng: np.random.Generator) -> bytes:
    return b""


KINDS = (
    cut,
    cut_tail,
    flip_bits,
    swap_pieces,
    overwrite,
    lie_about_lengths,
    remove_piece,
    wrong_magic,
    nothing,
)
NO_FILE = ("a folder", "a link to itself")
WHOLE = 20  # of so many seeds the last two leave no file at all


def damage(data: bytes, seed: int) -> tuple[str, bytes]:
    """(kind, damaged bytes, never the same as before), the same for the same seed."""
    rng = np.random.default_rng(seed)
    kind = KINDS[seed % len(KINDS)]
    broken = kind(data, rng)
    return kind.__name__, flip_bits(data, rng) if broken == data else broken


def spoil(path: Path, seed: int) -> str:
    """Damage a file, or up to three files of a folder, in place; returns what was done."""
    rng = np.random.default_rng(seed)
    at = seed % WHOLE - (WHOLE - len(NO_FILE))
    if at >= 0:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
        path.mkdir() if NO_FILE[at] == "a folder" else path.symlink_to(path)
        return NO_FILE[at]
    if not path.is_dir():
        kind, broken = damage(path.read_bytes(), seed)
        path.write_bytes(broken)
        return kind
    done = []
    files = sorted(path.iterdir())
    for file in rng.choice(files, min(int(rng.integers(1, 4)), len(files)), replace=False):
        kind, broken = damage(file.read_bytes(), int(rng.integers(0, 2**31)))
        if rng.random() < 0.1:
            kind = NO_FILE[1]
            file.unlink()
            file.symlink_to(file)
        else:
            file.write_bytes(broken)
        done.append(f"{file.name}: {kind}")
    return ", ".join(done)


def read_until_it_ends_early(source):
    """(frames, the error) of an open source that must not simply end."""
    seen = []
    try:
        for frame in source.frames():
            seen.append(frame)
    except EndedEarly as error:
        return seen, error
    raise AssertionError("it ended as though nothing were wrong")
