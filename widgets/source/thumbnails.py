"""Small pictures of recordings: the hand of the first frame that shows one, kept as PNG files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QIcon, QImage, QPixmap

from app.errors import OutputError
from app.frames import DepthFrame, FrameResult, HandCrop
from app.geometry import project
from widgets.parts.colours import DepthColours
from widgets.parts.palette import DARK
from widgets.parts.pictures import write_picture

SIZE_PX = QSize(160, 120)  # as kept; lists show it smaller
SHOWN_PX = QSize(48, 36)
REACH_MM = 150.0  # depths about the hand's that are coloured
SHARE = 1.1  # height of what is shown, in sides of the crop cube


class Thumbnails:
    """Pictures in one folder, at most one for each recording; a changed recording has none."""

    def __init__(self, folder: Path):
        self.folder = folder

    def find(self, recording: str) -> QIcon | None:
        """The picture of this recording; None: there is none, or it cannot be read."""
        pixmap = QPixmap(str(self._place(recording)))
        return None if pixmap.isNull() else QIcon(pixmap)

    def take(self, recording: str, result: FrameResult) -> bool:
        """Keep a picture of the first hand. False: there is none, or it cannot be written."""
        hand, frame = result.first, result.frame
        if hand is None or not isinstance(frame, DepthFrame):
            return False
        try:
            write_picture(picture_hand(frame, hand.crop), str(self._place(recording)))
        except OutputError:
            return False  # a cache: nobody has asked for it
        return True

    def keep_only(self, recordings: list[str]) -> None:
        """Delete the pictures of all others."""
        kept = {self._place(recording) for recording in recordings}
        for path in self.folder.glob("*.png"):
            if path not in kept:
                _delete(path)

    def _place(self, recording: str) -> Path:
        """Another file, or the same one written anew, has another place."""
        try:
            written_ns = Path(recording).stat().st_mtime_ns
        except OSError:
            written_ns = 0
        told = f"{Path(recording).absolute()}\n{written_ns}"
        return self.folder / f"{hashlib.sha256(told.encode()).hexdigest()[:24]}.png"


def picture_hand(frame: DepthFrame, crop: HandCrop) -> QImage:
    """The part of a frame round a hand, coloured by its distance: `SIZE_PX`."""
    camera, centre_mm = frame.intrinsics, crop.centre_mm
    height, width = frame.depth_raw.shape
    pixels = np.zeros((height, width), np.uint32)
    near_mm, far_mm = float(centre_mm[2]) - REACH_MM, float(centre_mm[2]) + REACH_MM
    DepthColours(DARK.PANEL).paint(frame.depth_raw, near_mm, far_mm, frame.depth_unit_mm, pixels)
    image = QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_RGB32)
    (column, row) = project(np.asarray(centre_mm, float)[None], camera)[0]
    tall = SHARE * crop.cube_mm * camera.fy / max(float(centre_mm[2]), 1.0)
    share = min(tall, height, width * SIZE_PX.height() / SIZE_PX.width()) / SIZE_PX.height()
    part = QRect(0, 0, max(1, int(SIZE_PX.width() * share)), max(1, int(SIZE_PX.height() * share)))
    part.moveTo(
        int(np.clip(column - part.width() / 2, 0, max(width - part.width(), 0))),
        int(np.clip(row - part.height() / 2, 0, max(height - part.height(), 0))),
    )
    return image.copy(part).scaled(
        SIZE_PX,
        Qt.AspectRatioMode.IgnoreAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )


def _delete(path: Path) -> None:
    try:
        path.unlink(missing_ok=True)
    except OSError:
        return  # of a folder that has become read-only
