"""One picture of depth from a file: PNG, TIFF, PGM, PFM or `.npy`, as it was saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from app.capture.base import MAX_SIDE, Damaged, check_file
from app.capture.recordings.pictures.array_file import read_lone
from app.cv import cv2
from app.errors import CaptureError
from app.png import PNG_MAGIC, png_flaw

MAX_FILE = 64 << 20
FARTHEST_HIGH = 40  # of the high byte of packed millimetres: 10 m


class NoDepth(Damaged):
    """A sound picture, but none of depth; says what it is."""


def read_picture(path: Path) -> np.ndarray:
    """[H, W] of whole numbers or floats; raises Damaged, or NoDepth for another kind of picture."""
    try:
        if check_file(path) > MAX_FILE:
            raise Damaged("a picture is too large")
        if path.suffix.lower() == ".npy":
            return read_lone(path)
        data = path.read_bytes()
    except (OSError, CaptureError) as error:
        raise Damaged(f"a picture cannot be read: {error}") from None
    pixels = _decoded(data)
    return depth_of(pixels)


def depth_of(pixels: np.ndarray) -> np.ndarray:
    """[H, W] of a decoded picture, BGR where it has colours; raises NoDepth."""
    if pixels.ndim == 2 and (pixels.dtype.itemsize > 1 or pixels.dtype.kind == "f"):
        return pixels
    if pixels.ndim == 2:
        raise NoDepth("8-bit grey pictures, whose 255 steps are too few for depth")
    if pixels.dtype != np.uint8:
        return _equal_channels(pixels)
    bgr = pixels[..., :3]
    if not bgr.any():
        return np.zeros(bgr.shape[:2], np.uint16)
    if np.array_equal(bgr[..., 0], bgr[..., 1]) and np.array_equal(bgr[..., 1], bgr[..., 2]):
        raise NoDepth("8-bit grey pictures, whose 255 steps are too few for depth")
    packed = _unpacked(bgr)
    if packed is None:
        raise NoDepth("8-bit colour pictures, which show depth or a scene but do not measure it")
    return packed


def _decoded(data: bytes) -> np.ndarray:
    """As the file has it; raises Damaged, for a wrong checksum too."""
    flaw = png_flaw(data, MAX_SIDE) if data.startswith(PNG_MAGIC) else ""
    if flaw or not data:
        raise Damaged(flaw or "a picture is empty")
    if not data.startswith(MAGICS):
        raise Damaged("a picture is none")
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise Damaged(f"a picture is damaged: {error.err}") from None
    if pixels is None or max(pixels.shape[:2]) > MAX_SIDE:
        raise Damaged("a picture is damaged")
    return pixels


MAGICS = (PNG_MAGIC, b"II*\0", b"MM\0*", b"II+\0", b"MM\0+", b"P2", b"P5", b"Pf")


def _equal_channels(pixels: np.ndarray) -> np.ndarray:
    """One of three channels that are the same, as some write grey; raises NoDepth."""
    first = pixels[..., 0]
    if all(np.array_equal(first, pixels[..., n]) for n in range(1, min(pixels.shape[2], 3))):
        return np.ascontiguousarray(first)
    raise NoDepth("16-bit colour pictures whose channels differ")


def _unpacked(bgr: np.ndarray) -> np.ndarray | None:
    """Millimetres packed into two of three bytes, as NYU's G x 256 + B; None: it is no such one.

    The high byte is small, the low one goes through all values, the third is not used.
    """
    most = [int(bgr[..., n].max()) for n in range(3)]
    for high, low, unused in ((1, 0, 2), (2, 1, 0), (0, 1, 2), (1, 2, 0)):
        if most[unused] == 0 and 0 < most[high] <= FARTHEST_HIGH < most[low]:
            return bgr[..., high].astype(np.uint16) << 8 | bgr[..., low]
    return None
