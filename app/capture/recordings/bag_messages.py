"""The few ROS messages in librealsense's recordings, parsed by hand and believed in nothing.

librealsense appends a float32 (this frame's depth unit in metres) to `sensor_msgs/Image`, which
strict ROS readers refuse; its older versions did not.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass

import numpy as np

from app.capture.base import MAX_SIDE, Damaged, checked_intrinsics
from app.capture.lens import forward_distortion
from app.capture.recordings.bag_records import parse_u32
from app.capture.recordings.poses import pose_of
from app.frames import Intrinsics

DEPTH_ENCODINGS = ("mono16", "16UC1")
COLOUR_ENCODINGS = ("rgb8", "bgr8")


@dataclass(frozen=True, slots=True)
class Image:
    """One `sensor_msgs/Image`; `data` still holds the padding of its rows."""

    number: int
    t_s: float
    width: int
    height: int
    encoding: str
    big_endian: bool
    step: int  # bytes of a row
    data: memoryview
    unit_m: float | None  # None: not given, or no possible depth unit


@dataclass(frozen=True, slots=True)
class CameraInfo:
    width: int
    height: int
    model: str
    distortion: tuple[float, ...]
    fx: float
    fy: float
    cx: float
    cy: float


def parse_image(raw: memoryview) -> Image:
    """Raises Damaged where sizes contradict each other."""
    index, t_s, at = _parse_header(raw)
    height, width = parse_u32(raw, at), parse_u32(raw, at + 4)
    encoding, at = _parse_string(raw, at + 8)
    big_endian, step, length = _unpack("<BII", raw, at)
    at += 9
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise Damaged(f"an image of {width} x {height} pixels")
    if at + length > len(raw) or step * height > length:
        raise Damaged("an image is shorter than it says")
    unit_m = None
    if len(raw) - at - length >= 4:
        (unit_m,) = _unpack("<f", raw, at + length)
        unit_m = unit_m if math.isfinite(unit_m) and unit_m > 0 else None
    data = raw[at : at + length]
    return Image(index, t_s, width, height, encoding, big_endian != 0, step, data, unit_m)


def parse_stamp(raw: memoryview) -> float:
    """Device time of an image in seconds, without looking at its pixels."""
    return _parse_header(raw)[1]


def depth_pixels(image: Image) -> np.ndarray:
    """uint16 [H, W], a copy of its own; raises Damaged where the image is no depth."""
    if image.encoding not in DEPTH_ENCODINGS:
        raise Damaged(f"a depth image encoded as {image.encoding[:20]!r}")
    rows = _rows(image, 2 * image.width)
    return rows.view(">u2" if image.big_endian else "<u2").astype(np.uint16)


def colour_pixels(image: Image) -> np.ndarray | None:
    """uint8 [H, W, 3] RGB, a copy of its own; None for encodings that carry no plain colour."""
    if image.encoding not in COLOUR_ENCODINGS:
        return None
    pixels = _rows(image, 3 * image.width).reshape(image.height, image.width, 3)
    return np.ascontiguousarray(pixels[..., ::-1]) if image.encoding == "bgr8" else pixels


def parse_camera_info(raw: memoryview) -> CameraInfo:
    _, _, at = _parse_header(raw)
    height, width = parse_u32(raw, at), parse_u32(raw, at + 4)
    model, at = _parse_string(raw, at + 8)
    count = parse_u32(raw, at)
    if count > 16:
        raise Damaged(f"{count} lens coefficients")
    distortion = _unpack(f"<{count}d", raw, at + 4)
    fx, _, cx, _, fy, cy = _unpack("<6d", raw, at + 4 + 8 * count)
    return CameraInfo(width, height, model, distortion, fx, fy, cx, cy)


def parse_key_value(raw: memoryview) -> tuple[str, str]:
    """`diagnostic_msgs/KeyValue`."""
    key, at = _parse_string(raw, 0)
    value, _ = _parse_string(raw, at)
    return key, value


def parse_pose(raw: memoryview) -> np.ndarray:
    """`geometry_msgs/Transform`: float64 [4, 4], metres, to the stream's frame."""
    numbers = _unpack("<7d", raw, 0)
    return pose_of(numbers[:3], numbers[3:])


def parse_float(raw: memoryview) -> float:
    """`std_msgs/Float32`."""
    return _unpack("<f", raw, 0)[0]


def parse_fps(raw: memoryview) -> float:
    """The nominal rate in `realsense_msgs/StreamInfo`."""
    return float(parse_u32(raw))


def _rows(image: Image, used: int) -> np.ndarray:
    """uint8 [H, used]: the rows without their padding, a copy."""
    if image.step < used:
        raise Damaged("the rows of an image are shorter than its width")
    flat = np.frombuffer(image.data, np.uint8, image.height * image.step)
    return np.array(flat.reshape(image.height, image.step)[:, :used])


def _parse_header(raw: memoryview) -> tuple[int, float, int]:
    """`std_msgs/Header`: (sequence number, stamp in seconds, offset of what follows)."""
    index, seconds, nanoseconds = _unpack("<III", raw, 0)
    _, at = _parse_string(raw, 12)
    return index, seconds + nanoseconds * 1e-9, at


def _parse_string(raw: memoryview, at: int) -> tuple[str, int]:
    length = parse_u32(raw, at)
    end = at + 4 + length
    if length > 4096 or end > len(raw):
        raise Damaged(f"a text of {length} bytes")
    return bytes(raw[at + 4 : end]).decode("utf-8", "replace"), end


def _unpack(form: str, raw: memoryview, at: int) -> tuple:
    try:
        return struct.unpack_from(form, raw, at)
    except struct.error:
        raise Damaged("a message ends too soon") from None


def intrinsics_of(camera: CameraInfo) -> tuple[Intrinsics, str]:
    """A described camera, with a note where it does not say it all; raises NotARecording."""
    numbers = (camera.width, camera.height, camera.fx, camera.fy, camera.cx, camera.cy)
    pinhole = checked_intrinsics(*numbers, camera.distortion)
    return forward_distortion(pinhole, camera.model, camera.distortion)
