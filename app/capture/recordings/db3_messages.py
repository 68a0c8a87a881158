"""The few ROS 2 messages in librealsense's `.db3`: CDR by hand, believed in nothing.

CDR (OMG DDS-XTypes 1.3, 7.4.3): four bytes name the encoding, numbers lie at multiples of their
size counted from there, a text has its length with its closing zero in front.
"""

from __future__ import annotations

import math
import struct

import numpy as np

from app.capture.base import MAX_SIDE, Damaged
from app.capture.recordings.bag_messages import CameraInfo, Image
from app.capture.recordings.poses import pose_of_matrix
from app.cv import cv2
from app.png import PNG_MAGIC, png_flaw, png_shape

LITTLE_ENDIAN = b"\x00\x01"
MAX_TEXT = 1 << 16


class Cdr:
    """Reads one message from its start to its end; raises Damaged where it is too short."""

    def __init__(self, raw: memoryview):
        if len(raw) < 4 or bytes(raw[:2]) != LITTLE_ENDIAN:
            raise Damaged("a message is not little-endian CDR")
        self._raw, self._at = raw[4:], 0

    def numbers(self, kinds: str) -> tuple:
        """Numbers of one size, `struct`'s letters: "II", "9d"."""
        size = struct.calcsize("<" + kinds[-1])
        self._at += -self._at % size
        try:
            values = struct.unpack_from("<" + kinds, self._raw, self._at)
        except struct.error:
            raise Damaged("a message ends too soon") from None
        self._at += struct.calcsize("<" + kinds)
        return values

    def text(self) -> str:
        return bytes(self.data(MAX_TEXT)).rstrip(b"\0").decode("utf-8", "replace")

    def data(self, most: int = 1 << 30) -> memoryview:
        """A sequence of bytes, not copied."""
        (length,) = self.numbers("I")
        if length > min(most, len(self._raw) - self._at):
            raise Damaged(f"a field of {length} bytes")
        self._at += length
        return self._raw[self._at - length : self._at]

    def header(self) -> None:
        """`std_msgs/Header`: here the moment of the recording, so nothing is lost with it."""
        self.numbers("iI")
        self.text()


def parse_pairs(raw: memoryview) -> dict[str, str]:
    """`std_msgs/String` of the form "name=value;name=value"."""
    parts = (part.partition("=") for part in Cdr(raw).text().split(";"))
    return {name: value for name, sign, value in parts if sign}


def parse_number(raw: memoryview) -> float:
    """`std_msgs/String` that is one number; NaN where it is none."""
    return as_number(Cdr(raw).text())


def parse_pose_text(raw: memoryview) -> np.ndarray:
    """float64 [4, 4], metres, to the stream's frame; the rotation is told column by column."""
    pairs = parse_pairs(raw)
    turn, move = (
        [as_number(text) for text in pairs.get(name, "").split(",")]
        for name in ("rotation", "translation")
    )
    if (len(turn), len(move)) != (9, 3):
        raise Damaged("a place of a camera is damaged")
    return pose_of_matrix(np.array(turn).reshape(3, 3).T, np.array(move))


def as_number(text: str | None) -> float:
    """NaN for what is no number."""
    try:
        return float(text or "")
    except ValueError:
        return math.nan


def parse_camera_text(raw: memoryview) -> CameraInfo:
    """The stream's own description, a text in librealsense's words."""
    pairs = parse_pairs(raw)
    names = ("width", "height", "fx", "fy", "ppx", "ppy")
    width, height, fx, fy, cx, cy = (as_number(pairs.get(name)) for name in names)
    lens = tuple(as_number(text) for text in pairs.get("coeffs", "").split(",") if text)
    if not all(map(math.isfinite, (width, height, *lens))) or len(lens) > 16:
        raise Damaged("the description of the camera is damaged")
    return CameraInfo(int(width), int(height), pairs.get("model", ""), lens, fx, fy, cx, cy)


def parse_image(raw: memoryview) -> Image:
    """`sensor_msgs/Image`; raises Damaged where sizes contradict each other."""
    cdr = Cdr(raw)
    cdr.header()
    height, width = cdr.numbers("II")
    encoding = cdr.text()
    (big_endian,) = cdr.numbers("B")
    (step,) = cdr.numbers("I")
    data = cdr.data()
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise Damaged(f"an image of {width} x {height} pixels")
    if step * height > len(data):
        raise Damaged("an image is shorter than it says")
    return Image(0, 0.0, width, height, encoding, big_endian != 0, step, data, None)


def compressed_pixels(raw: memoryview, bits: int) -> np.ndarray:
    """`sensor_msgs/CompressedImage` that holds a PNG, in front of which depth has 12 bytes more.

    bits 16: uint16 [H, W] of a grey picture; 8: uint8 [H, W, 3] RGB. Raises Damaged, for a wrong
    checksum too.
    """
    cdr = Cdr(raw)
    cdr.header()
    cdr.text()
    data = bytes(cdr.data())
    png = data[max(data.find(PNG_MAGIC, 0, 64), 0) :]
    flaw = png_flaw(png, MAX_SIDE)
    if flaw:
        raise Damaged(flaw)
    shape = png_shape(png)
    if shape is None or shape[2:] != ((16, 0) if bits == 16 else (8, 2)):
        raise Damaged("an image is a PNG of another kind")
    try:
        pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise Damaged(f"an image is damaged: {error.err}") from None
    if pixels is None:
        raise Damaged("an image cannot be decoded")
    return pixels if bits == 16 else np.ascontiguousarray(pixels[..., ::-1])
