"""Recordings by ROS 1 and ROS 2 of known pictures, written by `rosbags`, an independent library."""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from rosbags.rosbag1 import Writer as Writer1
from rosbags.rosbag2 import CompressionFormat, CompressionMode, StoragePlugin
from rosbags.rosbag2 import Writer as Writer2
from rosbags.typesys import Stores, get_types_from_msg, get_typestore
from rosbags.typesys.store import Typestore

from app.cv import cv2

START_NS = 1_600_000_000_000_000_000
GAP_NS = 33_333_333
K = (120.5, 121.25, 7.75, 5.5)  # fx fy cx cy
TREE = {
    "geometry_msgs/msg/TransformStamped": "std_msgs/Header header\nstring child_frame_id\n"
    "geometry_msgs/Transform transform",
    "tf2_msgs/msg/TFMessage": "geometry_msgs/TransformStamped[] transforms",
}
Row = tuple[str, int, object]  # topic, time of the recording, message


def typestore(ros: int) -> Typestore:
    store = get_typestore(Stores.ROS1_NOETIC if ros == 1 else Stores.ROS2_HUMBLE)
    for name, text in TREE.items():
        if name not in store.types:
            store.register(get_types_from_msg(text, name))
    return store


class Messages:
    """Makes the messages of one ROS."""

    def __init__(self, ros: int):
        self.ros, self.store = ros, typestore(ros)

    def make(self, kind: str, **fields: object) -> object:
        return self.store.types[kind](**fields)

    def header(self, time_ns: int, frame: str = "depth_optical") -> object:
        stamp = self.make(
            "builtin_interfaces/msg/Time", sec=time_ns // 10**9, nanosec=time_ns % 10**9
        )
        seq = {"seq": 0} if self.ros == 1 else {}
        return self.make("std_msgs/msg/Header", stamp=stamp, frame_id=frame, **seq)

    def image(
        self, pixels: np.ndarray, encoding: str, time_ns: int, frame: str = "depth_optical"
    ) -> object:
        """pixels: [H, W] or [H, W, 3], of the encoding's type; big-endian where its type is."""
        big = pixels.dtype.byteorder == ">"
        rows = pixels.tobytes()
        return self.make(
            "sensor_msgs/msg/Image",
            header=self.header(time_ns, frame),
            height=pixels.shape[0],
            width=pixels.shape[1],
            encoding=encoding,
            is_bigendian=int(big),
            step=len(rows) // pixels.shape[0],
            data=np.frombuffer(rows, np.uint8),
        )

    def packed(self, data: bytes, form: str, time_ns: int, frame: str = "depth_optical") -> object:
        return self.make(
            "sensor_msgs/msg/CompressedImage",
            header=self.header(time_ns, frame),
            format=form,
            data=np.frombuffer(data, np.uint8),
        )

    def camera(
        self,
        size: tuple[int, int],
        time_ns: int,
        frame: str = "depth_optical",
        k: tuple[float, ...] = K,
        lens: tuple[float, ...] = (0.0,) * 5,
    ) -> object:
        """size: (height, width)."""
        fx, fy, cx, cy = k
        matrix = np.array([fx, 0, cx, 0, fy, cy, 0, 0, 1.0])
        names = ("D", "K", "R", "P") if self.ros == 1 else ("d", "k", "r", "p")
        projection = np.array([fx + 1, 0, cx, 0, 0, fy + 1, cy, 0, 0, 0, 1, 0.0])
        values = np.array(lens), matrix, np.eye(3).ravel(), projection
        roi = self.make(
            "sensor_msgs/msg/RegionOfInterest",
            x_offset=0,
            y_offset=0,
            height=0,
            width=0,
            do_rectify=False,
        )
        return self.make(
            "sensor_msgs/msg/CameraInfo",
            header=self.header(time_ns, frame),
            height=size[0],
            width=size[1],
            distortion_model="plumb_bob",
            binning_x=0,
            binning_y=0,
            roi=roi,
            **dict(zip(names, values, strict=True)),
        )

    def tree(
        self, links: Iterable[tuple[str, str, tuple[float, ...], tuple[float, ...]]]
    ) -> object:
        """links: (parent, child, move in metres, quaternion x y z w)."""
        found = []
        for parent, child, move, turn in links:
            transform = self.make(
                "geometry_msgs/msg/Transform",
                translation=self.make("geometry_msgs/msg/Vector3", **xyz(move)),
                rotation=self.make("geometry_msgs/msg/Quaternion", **xyz(turn)),
            )
            header = self.header(START_NS, parent)
            fields = {"header": header, "child_frame_id": child, "transform": transform}
            found.append(self.make("geometry_msgs/msg/TransformStamped", **fields))
        return self.make("tf2_msgs/msg/TFMessage", transforms=found)


def xyz(values: tuple[float, ...]) -> dict[str, float]:
    return dict(zip("xyzw", values, strict=False))


def time_ns(index: int) -> int:
    return START_NS + index * GAP_NS


def depth_rows(
    messages: Messages,
    depth: np.ndarray,
    topic: str = "/camera/depth/image_rect_raw",
    message: Callable[[np.ndarray, int], object] | None = None,
    size: tuple[int, int] | None = None,
) -> list[Row]:
    """Depth [N, H, W] and its camera_info; message: another than 16UC1 of a picture at a time."""
    write = message or (lambda raw, at: messages.image(raw, "16UC1", at))
    info = f"{topic.rpartition('/')[0]}/camera_info"
    rows: list[Row] = []
    for index, raw in enumerate(depth):
        at = time_ns(index)
        rows.append((info, at, messages.camera(size or depth.shape[1:], at)))
        rows.append((topic, at, write(raw, at)))
    return rows


def write_ros1(
    path: Path, rows: list[Row], packing: str = "none", chunk_bytes: int = 1 << 20
) -> Path:
    """packing: none, bz2 or lz4."""
    store = typestore(1)
    writer = Writer1(path)
    writer.chunk_threshold = chunk_bytes
    if packing != "none":
        writer.set_compression(Writer1.CompressionFormat[packing.upper()])
    with writer:
        connections = {}
        for topic, at, message in rows:
            kind = message.__msgtype__
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=store)
            writer.write(connections[topic], at, store.serialize_ros1(message, kind))
    return path


def write_rows2(
    folder: Path, rows: list[Row], storage: str = "mcap", packing: str = "none"
) -> Path:
    """A folder of ROS 2; returns its file. storage: sqlite3, mcap. packing: none, message, storage.

    The file that `rosbags` packs as a whole (packing "file") keeps its name with .zstd behind it.
    """
    store = typestore(2)
    writer = Writer2(folder, version=8, storage_plugin=StoragePlugin[storage.upper()])
    if packing != "none":
        writer.set_compression(CompressionMode[packing.upper()], CompressionFormat.ZSTD)
    with writer:
        connections = {}
        for topic, at, message in rows:
            kind = message.__msgtype__
            if topic not in connections:
                connections[topic] = writer.add_connection(topic, kind, typestore=store)
            writer.write(connections[topic], at, store.serialize_cdr(message, kind))
    return next(f for f in folder.iterdir() if f.suffix != ".yaml")


def write_ros2(
    folder: Path, depth: np.ndarray, storage: str = "mcap", packing: str = "none"
) -> Path:
    """The same of depth [N, H, W]."""
    return write_rows2(folder, depth_rows(Messages(2), depth), storage, packing)


def compressed_depth(raw: np.ndarray, how: str = "png", a: float = 0.0, b: float = 0.0) -> bytes:
    """What compressed_depth_image_transport makes of uint16 [H, W]; how: png or rvl."""
    header = struct.pack("<iff", 0, a, b)
    if how == "png":
        return header + cv2.imencode(".png", raw)[1].tobytes()
    height, width = raw.shape
    return header + struct.pack("<II", width, height) + pack_rvl(raw.ravel())


def pack_rvl(pixels: np.ndarray) -> bytes:
    """As A. D. Wilson's listing does it, in plain Python."""
    state = SimpleNamespace(word=0, filled=0, out=bytearray())

    def put(value: int) -> None:
        while True:
            nibble, value = value & 7, value >> 3
            state.word = (state.word << 4) | nibble | (8 if value else 0)
            state.filled += 1
            if state.filled == 8:
                state.out += struct.pack("<I", state.word)
                state.word = state.filled = 0
            if not value:
                return

    values, at, previous = [int(p) for p in pixels], 0, 0
    while at < len(values):
        start = at
        while at < len(values) and values[at] == 0:
            at += 1
        put(at - start)
        end = at
        while end < len(values) and values[end]:
            end += 1
        put(end - at)
        for value in values[at:end]:
            delta = value - previous
            put(delta << 1 if delta >= 0 else (-delta << 1) - 1)
            previous = value
        at = end
    if state.filled:
        state.out += struct.pack("<I", state.word << 4 * (8 - state.filled))
    return bytes(state.out)
