"""A depth frame as coloured pixels: range, colour map, and the tint of what the network sees."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QImage

from app.frames import DepthFrame, Frame, FrameResult
from app.segmentation.inside import cube_mask
from widgets.parts.colours import DepthColours, tint
from widgets.views.depth_range import DepthRange
from widgets.views.depth_style import DepthStyle

MASK_TINT = "#e0569b"


class DepthPicture:
    """`image` is the newest frame's; its memory is written anew for the next one."""

    def __init__(self, background: str):
        self.colours, self.range = DepthColours(background), DepthRange()
        self.style = DepthStyle()
        self.image: QImage | None = None
        self.legend_mm = np.zeros(5)  # distances of the colours at equal steps, the farthest first
        self._pixels = np.zeros((1, 1), np.uint32)
        self._rgb = np.zeros((1, 1, 3), np.uint8)

    def restyle(self, style: DepthStyle) -> None:
        """Colours, range and tint from the next picture on."""
        self.style = self.range.style = style
        self.colours.name = style.map

    def follow(self, frame: Frame, result: FrameResult | None) -> None:
        """A new frame."""
        if isinstance(frame, DepthFrame):
            self.range.follow(frame, result)
        self.colour(frame, result)

    def colour(self, frame: Frame, result: FrameResult | None) -> None:
        """The same frame in other colours; one without depth in its own."""
        if isinstance(frame, DepthFrame):
            self._colour_depth(frame, result)
        elif frame.colour is not None:
            self._rgb = np.ascontiguousarray(frame.colour.rgb)  # the picture lies on this memory
            height, width = self._rgb.shape[:2]
            rgb888 = QImage.Format.Format_RGB888
            self.image = QImage(self._rgb.data, width, height, 3 * width, rgb888)

    def _colour_depth(self, frame: DepthFrame, result: FrameResult | None) -> None:
        height, width = frame.depth_raw.shape
        if self._pixels.shape != (height, width):
            self._pixels = np.zeros((height, width), np.uint32)
        if self.style.range_mode == "equalised":
            steps = self.colours.paint_equalised(frame.depth_raw, self._pixels)
            self.legend_mm = steps * frame.depth_unit_mm
        else:
            near, far = self.range.limits()
            self.colours.paint(frame.depth_raw, near, far, frame.depth_unit_mm, self._pixels)
            self.legend_mm = np.linspace(far, near, 5)
        for hand in result.hands if self.style.show_mask and result is not None else ():
            found = cube_mask(frame, hand.crop)
            if found is not None:
                tint(self._pixels[found[0]], found[1], MASK_TINT)
        rgb32 = QImage.Format.Format_RGB32
        self.image = QImage(self._pixels.data, width, height, 4 * width, rgb32)

    def clear(self) -> None:
        """Nothing is shown; what is known of the scene stays."""
        self.image = None
        self.range.forget(scene=False)
