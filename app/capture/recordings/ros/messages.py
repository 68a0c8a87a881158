"""The ROS messages that carry depth, colour and their cameras."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from app.capture.base import MAX_SIDE, Damaged, checked_intrinsics
from app.capture.lens import forward_distortion
from app.capture.recordings.bag_messages import Image
from app.capture.recordings.ros.serial import MessageReader
from app.frames import Intrinsics

MAX_LENS = 16  # coefficients
ROS_LENSES = {"rational_polynomial": "rational"}


@dataclass(frozen=True, slots=True)
class RosPicture:
    """One picture with what its header says: plain (`image`), or packed in some way."""

    t_s: float
    frame_id: str
    encoding: str  # of a packed one the whole of its `format`
    image: Image | None = None
    packed: memoryview | None = None


@dataclass(frozen=True, slots=True)
class RosCamera:
    """`sensor_msgs/CameraInfo`, as far as it matters here."""

    frame_id: str
    width: int
    height: int
    model: str
    lens: tuple[float, ...]
    k: tuple[float, float, float, float]  # fx fy cx cy of the raw picture
    p: tuple[float, float, float, float]  # of the rectified one; zeros where it is not told

    def intrinsics(self, rectified: bool) -> tuple[Intrinsics, str]:
        """Of its pictures, and a note where they do not say it all; raises NotARecording."""
        if rectified:
            fx, fy, cx, cy = self.p if min(self.p[:2]) > 0 else self.k
            return checked_intrinsics(self.width, self.height, fx, fy, cx, cy), ""
        pinhole = checked_intrinsics(self.width, self.height, *self.k, self.lens)
        model = ROS_LENSES.get(self.model, self.model)
        return forward_distortion(pinhole, model, self.lens)


def parse_picture(message: MessageReader) -> RosPicture:
    """`sensor_msgs/Image`; raises Damaged where sizes contradict each other."""
    t_s, frame_id = message.stamp()
    height, width = message.numbers("II")
    encoding = message.text()
    (big_endian,) = message.numbers("B")
    (step,) = message.numbers("I")
    data = message.data()
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise Damaged(f"an image of {width} x {height} pixels")
    if step * height > len(data):
        raise Damaged("an image is shorter than it says")
    image = Image(0, t_s, width, height, encoding, big_endian != 0, step, data, None)
    return RosPicture(t_s, frame_id, encoding, image=image)


def parse_packed(message: MessageReader) -> RosPicture:
    """`sensor_msgs/CompressedImage`; raises Damaged."""
    t_s, frame_id = message.stamp()
    form = message.text()
    return RosPicture(t_s, frame_id, form, packed=message.data())


def parse_camera(message: MessageReader) -> RosCamera:
    """`sensor_msgs/CameraInfo`; raises Damaged."""
    _, frame_id = message.stamp()
    height, width = message.numbers("II")
    model = message.text()
    (count,) = message.numbers("I")
    if count > MAX_LENS:
        raise Damaged(f"{count} lens coefficients")
    lens = message.numbers(f"{count}d") if count else ()
    k = message.numbers("9d")
    message.numbers("9d")  # the rotation that rectifies
    p = message.numbers("12d")
    numbers = (k[0], k[4], k[2], k[5]), (p[0], p[5], p[2], p[6])
    return RosCamera(frame_id, width, height, model, lens, *numbers)


def scaled(camera: Intrinsics, width: int, height: int) -> Intrinsics:
    """The same camera for a picture of another size that shows the same view."""
    across, down = width / camera.width, height / camera.height
    return replace(
        camera,
        width=width,
        height=height,
        fx=camera.fx * across,
        fy=camera.fy * down,
        cx=(camera.cx + 0.5) * across - 0.5,
        cy=(camera.cy + 0.5) * down - 0.5,
    )


def plain_pixels(image: Image, kind: str, channels: int = 1) -> np.ndarray:
    """[H, W] or [H, W, channels] of numpy's type `kind` in native order, a copy.

    Raises Damaged where the rows are shorter than the picture is wide.
    """
    dtype = np.dtype(kind).newbyteorder(">" if image.big_endian else "<")
    used = dtype.itemsize * image.width * channels
    if image.step < used:
        raise Damaged("the rows of an image are shorter than its width")
    flat = np.frombuffer(image.data, np.uint8, image.height * image.step)
    rows = np.array(flat.reshape(image.height, image.step)[:, :used])
    pixels = rows.view(dtype).astype(dtype.newbyteorder("="), copy=False)
    return pixels.reshape(image.height, image.width, channels) if channels > 1 else pixels
