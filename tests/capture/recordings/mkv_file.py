"""Small `.mkv` recordings laid out as k4arecord's: a checksum in front of every cluster."""

from __future__ import annotations

import json
import struct
import zlib
from pathlib import Path

import numpy as np

MODE, WIDTH, HEIGHT = "NFOV_2X2BINNED", 320, 288
LENS = (0.52, 0.51, 0.49, 0.5, 0.54, -0.02, -0.003, 0.89, 0.086, -0.014, 0, 0, -7e-5, 2e-5)
VOID, CRC = 0xEC, 0xBF
START_NS = 336_277_000
COLOUR_SIZE = (8, 6)  # pixels


def element(kind: int, content: bytes, length: int | None = None) -> bytes:
    """An element with a length of eight bytes; `length`: what it claims instead."""
    claim = len(content) if length is None else length
    name = kind.to_bytes((kind.bit_length() + 7) // 8, "big")
    return name + (claim | 1 << 56).to_bytes(8, "big") + content


def number(kind: int, value: int) -> bytes:
    return element(kind, value.to_bytes(8, "big"))


def checked(kind: int, content: bytes) -> bytes:
    """An element whose first child is the checksum of the others."""
    checksum = b"\xbf\x84" + struct.pack("<I", zlib.crc32(content))
    return element(kind, checksum + content)


def calibration(lens: tuple[float, ...] = LENS) -> bytes:
    camera = {
        "Intrinsics": {"ModelParameters": list(lens)},
        "Purpose": "CALIBRATION_CameraPurposeDepth",
        "MetricRadius": 1.74,
    }
    return json.dumps({"CalibrationInformation": {"Cameras": [camera]}}).encode()


def track(number_: int, name: str, code: bytes, width: int, height: int) -> bytes:
    bitmap = struct.pack("<IiiHH4s20x", 40, width, height, 1, 16, code)
    parts = number(0xD7, number_) + element(0x536E, name.encode()) + element(0x63A2, bitmap)
    return element(0xAE, parts + number(0x23E383, 33_333_333))


def tag(name: str, text: str) -> bytes:
    simple = element(0x45A3, name.encode()) + element(0x4487, text.encode())
    return element(0x7373, element(0x63C0, b"") + element(0x67C8, simple))


def block(track_number: int, since: int, data: bytes, grouped: bool = False) -> bytes:
    content = bytes([0x80 | track_number]) + struct.pack(">hB", since, 0) + data
    return element(0xA0, element(0xA1, content)) if grouped else element(0xA3, content)


def segment(
    depth: np.ndarray,
    colour: np.ndarray | None = None,
    per_cluster: int = 1,
    checksums: bool = True,
    lens: bytes | None = None,
    depth_code: bytes = b"b16g",
) -> bytes:
    """depth: uint16 [N, 288, 320]; colour: uint8 [N, 6, 8, 4] BGRA."""
    tracks = track(1, "COLOR", b"BGRA", *COLOUR_SIZE) + track(2, "DEPTH", depth_code, WIDTH, HEIGHT)
    file = element(0x466E, b"calibration.json") + element(0x465C, lens or calibration())
    tags = tag("K4A_DEPTH_MODE", MODE) + tag("K4A_DEVICE_SERIAL_NUMBER", "0012")
    tags += tag("K4A_CALIBRATION_FILE", "calibration.json")
    parts = [
        checked(0x1549A966, number(0x2AD7B1, 1000)),
        element(VOID, bytes(100)),
        checked(0x1654AE6B, tracks),
        element(0x1941A469, element(0x61A7, file)),
        checked(0x1254C367, tags + tag("K4A_START_OFFSET_NS", str(START_NS))),
    ]
    for start in range(0, len(depth), per_cluster):
        content = number(0xE7, start * 33_333)
        for index in range(start, min(start + per_cluster, len(depth))):
            since = (index - start) * 1000
            if colour is not None:
                content += block(1, since, colour[index].tobytes(), grouped=True)
            content += block(2, since, depth[index].astype(">u2").tobytes(), index % 2 == 1)
        parts.append((checked if checksums else element)(0x1F43B675, content))
    return b"".join(parts)


def write_mkv(path: Path, depth: np.ndarray, length: int | None = None, **options) -> Path:
    """length: what the segment claims instead of its own."""
    front = element(0x1A45DFA3, element(0x4282, b"matroska") + number(0x4285, 2))
    cues = element(0x1C53BB6B, element(0xBB, number(0xB3, 0)))
    path.write_bytes(front + element(0x18538067, segment(depth, **options) + cues, length))
    return path
