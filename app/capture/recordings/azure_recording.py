"""A `.mkv` of an Azure Kinect as a source: exact pixels, and none of the device's libraries.

Such files come from k4arecorder and libk4arecord.

Its depth track holds plain 16-bit pictures in millimetres, high byte first, in clusters that carry
a checksum; the calibration is an attachment.
https://learn.microsoft.com/azure/kinect-dk/record-file-format
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from app.capture.backend import Backend, starts_with
from app.capture.base import DEFAULT_FPS, MAX_SIDE, Damaged, StreamInfo, arrival_s, opened
from app.capture.recordings.azure_calibration import colour_camera, depth_camera
from app.capture.recordings.ebml import MAGIC
from app.capture.recordings.indexed import IndexedSource, fitting, nearest
from app.capture.recordings.matroska import Block, MatroskaFile
from app.capture.recordings.matroska_description import Track
from app.cv import cv2
from app.errors import NoDepthStream, NotARecording
from app.frames import ColourImage, DepthFrame, Intrinsics, read_only

DEPTH_CODE = b"b16g"  # 16 bits, grey, high byte first
JPEG_CODE = b"MJPG"
PLAIN_COLOUR = {b"BGRA": (cv2.COLOR_BGRA2RGB, 4), b"YUY2": (cv2.COLOR_YUV2RGB_YUY2, 2)}
NV12_CODE = b"NV12"


class AzureRecording(IndexedSource):
    """Depth (and, if asked for, colour) of an Azure Kinect's recording."""

    def __init__(self, path: Path | str, colour: bool = False):
        self._want_colour = colour
        self._file: MatroskaFile | None = None
        self._intrinsics: Intrinsics | None = None
        self._blocks: list[Block] = []
        self._colour: list[Block] = []
        self._colour_times: list[int] = []
        self._picture: tuple[bytes, int, int] = (b"", 0, 0)  # of colour: code, width, height
        self._colour_camera: Intrinsics | None = None
        self._pose: np.ndarray | None = None  # depth camera -> colour camera, mm
        self._scale_s, self._offset_s = 1e-6, 0.0
        super().__init__(path)

    def _load(self) -> StreamInfo:
        file = self._file = MatroskaFile(self._path)
        track = self._depth_track(file)
        self._intrinsics, note = self._load_camera(file)
        self._blocks = file.blocks(track.number)
        self._count, self._damage = len(self._blocks), file.damage
        self._expected = None if file.damage else self._count
        self._scale_s = file.about.scale_ns * 1e-9
        self._offset_s = _nanoseconds(file.about.tags.get("K4A_START_OFFSET_NS")) * 1e-9
        if not self._count:
            lost = f": {file.damage}" if file.damage else ""
            raise NoDepthStream(f"{self._path} holds no depth images{lost}")
        if self._want_colour and "COLOR" in file.about.tracks:
            colour = file.about.tracks["COLOR"]
            self._picture, self._colour = _form(colour), file.blocks(colour.number)
            self._place_colour(file)
            self._colour_times = [block.time for block in self._colour]
        fps = 1e9 / track.interval_ns if track.interval_ns else DEFAULT_FPS
        serial = file.about.tags.get("K4A_DEVICE_SERIAL_NUMBER", "")
        return self._describe("Azure Kinect", round(fps, 3), serial, note)

    def _release(self) -> None:
        file, self._file = self._file, None
        self._blocks, self._colour = [], []
        if file is not None:
            file.close()

    def _depth_track(self, file: MatroskaFile) -> Track:
        track = file.about.tracks.get("DEPTH")
        if track is None or _form(track)[0] != DEPTH_CODE:
            lost = f": {file.damage}" if file.damage else ""
            raise NoDepthStream(f"{self._path} holds no depth of an Azure Kinect{lost}")
        return track

    def _load_camera(self, file: MatroskaFile) -> tuple[Intrinsics, str]:
        name = file.about.tags.get("K4A_CALIBRATION_FILE", "calibration.json")
        if name not in file.about.files:
            raise NotARecording(f"{self._path}: the calibration of its camera is missing")
        return depth_camera(file.about.files[name], file.about.tags.get("K4A_DEPTH_MODE", ""))

    def _place_colour(self, file: MatroskaFile) -> None:
        name = file.about.tags.get("K4A_CALIBRATION_FILE", "calibration.json")
        told = colour_camera(file.about.files.get(name, b""), *self._picture[1:])
        self._colour_camera, self._pose = told

    def _frame(self, index: int) -> DepthFrame:
        k = opened(self._intrinsics)
        data = opened(self._file).picture(self._blocks[index])
        if len(data) != 2 * k.width * k.height:
            raise Damaged("an image has another size than its camera")
        raw = np.frombuffer(data, ">u2").astype(np.uint16).reshape(k.height, k.width)
        colour = self._colour_at(index) if self._colour else None
        t_s = self._stamp(index)
        return DepthFrame(index, 0, t_s, arrival_s(), read_only(raw), k, 1.0, colour=colour)

    def _stamp(self, index: int) -> float:
        return self._blocks[index].time * self._scale_s + self._offset_s

    def _colour_at(self, index: int) -> ColourImage | None:
        """The colour image taken nearest to a depth image."""
        block = self._colour[nearest(self._colour_times, self._blocks[index].time)]
        try:
            pixels = _colour_pixels(opened(self._file).picture(block), *self._picture)
        except Damaged:
            return None
        return ColourImage(read_only(pixels), fitting(self._colour_camera, pixels), self._pose)


def _form(track: Track) -> tuple[bytes, int, int]:
    """(four letters, width, height) of a track's BITMAPINFOHEADER."""
    if len(track.codec_data) < 40:
        return b"", 0, 0
    _, width, height, _, _, code = struct.unpack_from("<IiiHH4s", track.codec_data)
    return code, width, abs(height)


def _colour_pixels(data: memoryview, code: bytes, width: int, height: int) -> np.ndarray:
    """uint8 [H, W, 3] RGB; raises Damaged."""
    flat = np.frombuffer(data, np.uint8)
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise Damaged(f"a colour image of {width} x {height} pixels")
    try:
        if code == JPEG_CODE:
            pixels = cv2.imdecode(flat, cv2.IMREAD_COLOR)
            if pixels is None or pixels.shape[:2] != (height, width):
                raise Damaged("a colour image is damaged")
            return np.ascontiguousarray(pixels[..., ::-1])
        if code == NV12_CODE and len(flat) == width * height * 3 // 2:
            return cv2.cvtColor(flat.reshape(height * 3 // 2, width), cv2.COLOR_YUV2RGB_NV12)
        if code in PLAIN_COLOUR and len(flat) == width * height * PLAIN_COLOUR[code][1]:
            conversion, channels = PLAIN_COLOUR[code]
            return cv2.cvtColor(flat.reshape(height, width, channels), conversion)
    except cv2.error as error:
        raise Damaged(f"a colour image is damaged: {error.err}") from None
    raise Damaged(f"a colour image of {code!r}")


def _nanoseconds(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0


BACKEND = Backend(
    "Azure Kinect .mkv",
    "pixel by pixel against libk4arecord",
    form="FILE.mkv",
    about="a recording of an Azure Kinect",
    open=lambda request: AzureRecording(request.path, request.colour),
    recognises=starts_with(MAGIC),
    pattern="*.mkv",
)
