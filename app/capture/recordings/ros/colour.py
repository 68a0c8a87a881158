"""From a ROS message to a colour picture."""

from __future__ import annotations

import numpy as np

from app.capture.base import MAX_SIDE, Damaged
from app.capture.recordings.ros.messages import RosPicture, plain_pixels
from app.cv import cv2

PLAIN = {"rgb8": 3, "bgr8": 3, "8UC3": 3, "rgba8": 4, "bgra8": 4, "mono8": 1, "8UC1": 1}
CONVERSIONS = {  # from what ROS names to RGB; what is not here is RGB
    "bgr8": cv2.COLOR_BGR2RGB,
    "8UC3": cv2.COLOR_BGR2RGB,
    "rgba8": cv2.COLOR_RGBA2RGB,
    "bgra8": cv2.COLOR_BGRA2RGB,
    "mono8": cv2.COLOR_GRAY2RGB,
    "8UC1": cv2.COLOR_GRAY2RGB,
    "yuv422": cv2.COLOR_YUV2RGB_UYVY,
    "uyvy": cv2.COLOR_YUV2RGB_UYVY,
    "yuv422_yuy2": cv2.COLOR_YUV2RGB_YUY2,
    "yuyv": cv2.COLOR_YUV2RGB_YUY2,
}
YUV = ("yuv422", "uyvy", "yuv422_yuy2", "yuyv")
GREY = ("mono8", "8UC1")


def is_colour(picture: RosPicture) -> bool:
    """May it be a colour picture? A grey one may not: beside depth that is infrared."""
    if picture.packed is not None:
        form = picture.encoding.lower()
        return ("jp" in form or "png" in form) and not form.startswith(("mono", "16uc", "8uc1"))
    return picture.encoding not in GREY and picture.encoding in (*PLAIN, *YUV)


def colour_pixels(picture: RosPicture) -> np.ndarray:
    """uint8 [H, W, 3] RGB, a copy of its own; raises Damaged."""
    if picture.packed is not None:
        return _decoded(picture.packed)
    image, encoding = picture.image, picture.encoding
    channels = 2 if encoding in YUV else PLAIN.get(encoding)
    if image is None or channels is None:
        raise Damaged(f"a colour image encoded as {encoding[:20]!r}")
    pixels = plain_pixels(image, "u1", channels)
    conversion = CONVERSIONS.get(encoding)
    return pixels if conversion is None else _converted(pixels, conversion)


def _decoded(data: memoryview) -> np.ndarray:
    try:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error as error:
        raise Damaged(f"a colour image is damaged: {error.err}") from None
    if pixels is None or max(pixels.shape) > MAX_SIDE:
        raise Damaged("a colour image is damaged")
    return np.ascontiguousarray(pixels[..., ::-1])


def _converted(pixels: np.ndarray, conversion: int) -> np.ndarray:
    try:
        return cv2.cvtColor(pixels, conversion)
    except cv2.error as error:
        raise Damaged(f"a colour image is damaged: {error.err}") from None
