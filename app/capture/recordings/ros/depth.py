"""From a ROS message to depth: millimetres in 16 bits, metres as floats, PNG and RVL."""

from __future__ import annotations

import struct

import numpy as np

from app.capture.base import MAX_SIDE, Damaged
from app.capture.recordings.ros.messages import RosPicture, plain_pixels
from app.capture.recordings.ros.rvl import unpack_rvl
from app.cv import cv2
from app.png import PNG_MAGIC, png_flaw, png_shape

WHOLE = {"mono16": "u2", "16UC1": "u2", "16SC1": "i2"}  # millimetres, 0: no reading (REP 118)
FLOATS = {"32FC1": "f4", "64FC1": "f8"}  # metres, NaN: no reading
TRANSPORT_HEADER = struct.Struct("<iff")  # of compressedDepth: form, and the two of its quantiser
MM, METRE_MM = 1.0, 1000.0


def kind_of_packed(form: str) -> str:
    """The encoding of the depth that a `format` tells of, or "" where it tells of none.

    For instance "16UC1; compressedDepth png", "32FC1; compressedDepth", "16UC1; png compressed ".
    Old transports wrote "compressedDepth" alone: whole millimetres, as far as the bytes show it.
    """
    encoding, _, transport = form.partition(";")
    encoding = encoding.strip()
    if "compressedDepth" in form:
        return encoding if encoding in (*WHOLE, *FLOATS) else "16UC1"
    return encoding if encoding in WHOLE and "png" in transport else ""


def is_depth(picture: RosPicture) -> bool:
    """May a picture of this encoding be depth?"""
    if picture.packed is not None:
        return kind_of_packed(picture.encoding) != ""
    return picture.encoding in WHOLE or picture.encoding in FLOATS


def depth_values(picture: RosPicture) -> tuple[np.ndarray, float]:
    """([H, W] uint16 or float, millimetres of one of its numbers); raises Damaged."""
    if picture.packed is not None:
        return _unpacked(picture)
    image = picture.image
    kind = WHOLE.get(picture.encoding) or FLOATS.get(picture.encoding)
    if image is None or kind is None:
        raise Damaged(f"a depth image encoded as {picture.encoding[:20]!r}")
    return plain_pixels(image, kind), METRE_MM if kind.startswith("f") else MM


def _unpacked(picture: RosPicture) -> tuple[np.ndarray, float]:
    data = bytes(picture.packed or b"")
    kind = kind_of_packed(picture.encoding)
    if not kind:
        raise Damaged(f"a depth image packed as {picture.encoding[:30]!r}")
    quantiser = 0.0, 0.0
    if "compressedDepth" in picture.encoding:
        if len(data) < TRANSPORT_HEADER.size:
            raise Damaged("a depth image ends too soon")
        quantiser = TRANSPORT_HEADER.unpack_from(data)[1:]
        data = data[TRANSPORT_HEADER.size :]
    whole = _from_png(data) if data.startswith(PNG_MAGIC) else _from_rvl(data)
    if kind in WHOLE:
        return whole, MM
    return _from_inverse(whole, *quantiser), METRE_MM


def _from_png(data: bytes) -> np.ndarray:
    """uint16 [H, W]; raises Damaged, for a wrong checksum too."""
    flaw = png_flaw(data, MAX_SIDE)
    shape = png_shape(data)
    if flaw or shape is None or shape[2:] != (16, 0):
        raise Damaged(flaw or "an image is a PNG of another kind")
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise Damaged(f"an image is damaged: {error.err}") from None
    if pixels is None or pixels.dtype != np.uint16 or pixels.ndim != 2:
        raise Damaged("an image cannot be decoded")
    return pixels


def _from_rvl(data: bytes) -> np.ndarray:
    if len(data) < 8:
        raise Damaged("a depth image ends too soon")
    width, height = struct.unpack_from("<II", data)
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise Damaged(f"an image of {width} x {height} pixels")
    return unpack_rvl(memoryview(data)[8:], width * height).reshape(height, width)


def _from_inverse(whole: np.ndarray, a: float, b: float) -> np.ndarray:
    """Metres, float32: the transport keeps quantised inverse depth, 0 for no reading."""
    with np.errstate(all="ignore"):
        metres = np.float32(a) / (whole.astype(np.float32) - np.float32(b))
    return np.where((whole > 0) & (metres > 0), metres, np.float32(np.nan))
