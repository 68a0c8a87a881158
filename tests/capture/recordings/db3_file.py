"""Small `.db3` recordings laid out as librealsense's: CDR messages in two tables of SQLite."""

from __future__ import annotations

import sqlite3
import struct
from contextlib import closing
from pathlib import Path

import numpy as np

from app.cv import cv2
from app.zstd import zstd

CREATE = (
    "CREATE TABLE topics(id INTEGER PRIMARY KEY,name TEXT NOT NULL,type TEXT NOT NULL,"
    "serialization_format TEXT NOT NULL,offered_qos_profiles TEXT NOT NULL)",
    "CREATE TABLE messages(id INTEGER PRIMARY KEY,topic_id INTEGER NOT NULL,"
    "timestamp INTEGER NOT NULL, data BLOB NOT NULL)",
    "CREATE INDEX timestamp_idx ON messages (timestamp ASC)",
)
BASE = "/device_0/sensor_0/Depth_0"
INTERVAL_NS = 33_333_333


def cdr_text(text: str) -> bytes:
    data = text.encode() + b"\0"
    return b"\x00\x01\x00\x00" + struct.pack("<I", len(data)) + data


def padded(message: bytes, size: int = 4) -> bytes:
    return message + bytes(-(len(message) - 4) % size)


def cdr_header() -> bytes:
    return padded(b"\x00\x01\x00\x00" + struct.pack("<iII", 0, 77, 6) + b"Depth\0")


def cdr_image(pixels: np.ndarray, encoding: str, swap: bool = False) -> bytes:
    """uint16 [H, W] or uint8 [H, W, 3]; swap: high byte first."""
    height, width = pixels.shape[:2]
    text = encoding.encode() + b"\0"
    data = pixels.byteswap().tobytes() if swap else pixels.tobytes()
    message = cdr_header() + struct.pack("<III", height, width, len(text)) + text
    message = padded(message + bytes([swap]))
    return message + struct.pack("<II", len(data) // height, len(data)) + data


def cdr_png(pixels: np.ndarray, encoding: str, lead: int = 0) -> bytes:
    """As a PNG with `lead` bytes before it; 8-bit pixels are RGB."""
    text = encoding.encode() + b"\0"
    picture = pixels if pixels.ndim == 2 else np.ascontiguousarray(pixels[..., ::-1])
    data = bytes(lead) + cv2.imencode(".png", picture)[1].tobytes()
    message = padded(cdr_header() + struct.pack("<I", len(text)) + text)
    return message + struct.pack("<I", len(data)) + data


def description(width: int, height: int, unit: str | None = "0.001000") -> dict[str, str]:
    """Text of each topic that describes the camera."""
    lens = "width={};height={};fx=120.5;ppx=79.5;fy=121;ppy=59.25;model=Brown Conrady;coeffs=0,0,0"
    texts = {
        "/device_0/info": "Name=Test camera;Serial Number=T-1;Product Line=D400",
        f"{BASE}/info": "encoding=Z16;fps=60",
        f"{BASE}/camera_info": lens.format(width, height),
    }
    units = {} if unit is None else {"/device_0/sensor_0/option/Depth_Units/value": unit}
    return texts | units


def write_db3(
    path: Path,
    depth: np.ndarray,
    form: str = "png",
    colour: np.ndarray | None = None,
    texts: dict[str, str] | None = None,
    units: str = "0.001000",
) -> Path:
    """depth: uint16 [N, H, W]. form: "png" (2.59), "plain" or "zstd" (2.58)."""
    pack = zstd.compress if form == "zstd" else bytes
    texts = description(depth.shape[2], depth.shape[1]) if texts is None else texts
    topics = {name: number for number, name in enumerate(texts, 1)}
    rows = [(number, 0, pack(cdr_text(texts[name]))) for name, number in topics.items()]
    image = f"{BASE}/image/data" + ("/compressedDepth" if form == "png" else "")
    shown = "/device_0/sensor_1/Color_0/image/data" + ("/compressed" if form == "png" else "")
    about = f"{BASE}/image/metadata"
    for name in (image, about, shown):
        topics[name] = len(topics) + 1
    for index, raw in enumerate(depth):
        time_ns = 1000 + index * INTERVAL_NS
        message = cdr_png(raw, "16UC1", 12) if form == "png" else cdr_image(raw, "mono16")
        told = f"Frame number={index};timestamp={5000 + index * 1000 / 60:.6f};depth_units={units}"
        rows.append((topics[image], time_ns, pack(message)))
        rows.append((topics[about], time_ns, pack(cdr_text(told))))
        if colour is not None:
            picture = colour[index]
            message = cdr_png(picture, "rgb8") if form == "png" else cdr_image(picture, "rgb8")
            rows.append((topics[shown], time_ns + 5000, pack(message)))
    with closing(sqlite3.connect(path)) as database, database:
        for line in CREATE:
            database.execute(line)
        for name, number in topics.items():
            values = (number, name, "sensor_msgs/msg/Image", "cdr", "")
            database.execute("INSERT INTO topics VALUES (?, ?, ?, ?, ?)", values)
        database.executemany("INSERT INTO messages VALUES (NULL, ?, ?, ?)", rows)
    return path
