"""The depth image in colour, with the skeleton over it, a legend, and what is under the cursor."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFont, QImage, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.frames import DepthFrame, HandEstimate
from app.geometry import project, unproject
from widgets import overlay, theme
from widgets.colours import DepthColours

HAND_MARGIN_MM = 150.0  # "follow the hand": its depth, this much nearer and farther
RANGE_STEP_MM = 5.0  # the followed range moves in steps, so that colours do not shimmer
PATIENCE_S = 0.7  # without a hand before the range gives way to the whole scene's
SCENE_STEP_MM = 25.0
SCENE_FOLLOW = 0.15  # share of the way that the scene's range goes with each frame


class DepthView(QWidget):
    """Shows a `HandEstimate` (or a bare `DepthFrame` while no model is loaded)."""

    pointed = Signal(int, int)  # column, row of the image pixel that was clicked
    frame_painted = Signal()  # once for every new frame that reached the screen

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.colours = DepthColours(theme.PANEL)
        self.show_skeleton, self.show_cube, self.follow_hand = True, True, True
        self.near_mm, self.far_mm = 200.0, 1500.0
        self.caption, self.empty_title, self.empty_hint = "", "", ""
        self.frame: DepthFrame | None = None
        self.estimate: HandEstimate | None = None
        self.hover_text = ""
        self._hand_mm: float | None = None
        self._hand_key = (0, 0.0)  # epoch and time when the hand was there
        self._scene_mm: np.ndarray | None = None  # near and far of the scene
        self._pixels = np.zeros((1, 1), np.uint32)
        self._image: QImage | None = None
        self._fresh = False
        self._cursor: QPointF | None = None
        self._legend_name, self._legend = "", QImage()
        self.setMouseTracking(True)
        self.setMinimumSize(320, 240)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Depth image")

    # --- what to show -------------------------------------------------------------------------

    def set_estimate(self, estimate: HandEstimate) -> None:
        """Show this frame with what the network believes about it."""
        self.estimate, frame = estimate, estimate.frame
        epoch, seen_s = self._hand_key
        if estimate.detected and estimate.joints_mm is not None:
            known = estimate.joints_mm[np.isfinite(estimate.joints_mm[:, 2]), 2]
            self._hand_mm = float(np.median(known)) if known.size else None
            self._hand_key = (frame.epoch, frame.t_s)
        elif frame.epoch != epoch or abs(frame.t_s - seen_s) > PATIENCE_S:
            self._hand_mm = None
        self._set_frame(frame)

    def set_frame(self, frame: DepthFrame) -> None:
        """Show a frame that nobody has looked at yet."""
        self.estimate, self._hand_mm = None, None
        self._set_frame(frame)

    def forget_range(self) -> None:
        """Another source: nothing is known of its hand and scene."""
        self._hand_mm = self._scene_mm = None

    def clear(self, title: str = "", hint: str = "") -> None:
        """Show nothing but two calm lines."""
        self.frame = self.estimate = self._image = self._hand_mm = None
        self.empty_title, self.empty_hint, self.hover_text = title, hint, ""
        self.update()

    def restyle(self, **changes: object) -> None:
        """Change any of map, near_mm, far_mm, follow_hand, show_skeleton, show_cube, caption."""
        for name, value in changes.items():
            if name == "map":
                self.colours.name = str(value)
            elif hasattr(self, name):
                setattr(self, name, value)
            else:
                raise AttributeError(name)
        self._recolour()

    def depth_range(self) -> tuple[float, float]:
        """(near, far) in mm of the colour map at this moment."""
        if not self.follow_hand or self._scene_mm is None:
            return self.near_mm, self.far_mm
        if self._hand_mm is None:
            near, far = np.round(self._scene_mm / SCENE_STEP_MM) * SCENE_STEP_MM
            return float(near), float(far)
        middle = round(self._hand_mm / RANGE_STEP_MM) * RANGE_STEP_MM
        return max(middle - HAND_MARGIN_MM, 0.0), middle + HAND_MARGIN_MM

    # --- where things are ---------------------------------------------------------------------

    def image_rect(self) -> QRectF:
        """The image's place in the widget: as large as fits, centred, its shape kept."""
        if self.frame is None:
            return QRectF(self.rect())
        height, width = self.frame.depth_raw.shape
        scale = min(self.width() / width, self.height() / height)
        size = (width * scale, height * scale)
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def to_widget(self, pixels: np.ndarray) -> np.ndarray:
        """[..., 2] image pixels (centres at integers) -> [..., 2] widget pixels."""
        rect = self.image_rect()
        scale = rect.width() / self.frame.depth_raw.shape[1] if self.frame else 1.0
        return (np.asarray(pixels) + 0.5) * scale + (rect.left(), rect.top())

    def pixel_at(self, where: QPointF) -> tuple[int, int] | None:
        """(column, row) of the image pixel under a place in the widget, or None outside."""
        if self.frame is None or not self.image_rect().contains(where):
            return None
        rect = self.image_rect()
        height, width = self.frame.depth_raw.shape
        column = int((where.x() - rect.left()) * width / rect.width())
        row = int((where.y() - rect.top()) * height / rect.height())
        return min(column, width - 1), min(row, height - 1)

    # --- events -------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._cursor = event.position()
        self._read_out()
        self.update()

    def leaveEvent(self, event) -> None:
        self._cursor, self.hover_text = None, ""
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        pixel = self.pixel_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and pixel is not None:
            self.pointed.emit(*pixel)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        if self._image is None:
            self._paint_empty(painter)
        else:
            self._paint_picture(painter)
        painter.end()
        if self._fresh:
            self._fresh = False
            self.frame_painted.emit()

    # --- inside -------------------------------------------------------------------------------

    def _set_frame(self, frame: DepthFrame) -> None:
        self.frame, self._fresh = frame, True
        if self._pixels.shape != frame.depth_raw.shape:
            self._pixels = np.zeros(frame.depth_raw.shape, np.uint32)
        self._scene_mm = scene_range(frame, self._scene_mm)
        self._recolour()
        self._read_out()

    def _recolour(self) -> None:
        if self.frame is not None:
            height, width = self.frame.depth_raw.shape
            near, far = self.depth_range()
            self.colours.paint(
                self.frame.depth_raw, near, far, self.frame.depth_unit_mm, self._pixels
            )
            rgb32 = QImage.Format.Format_RGB32
            self._image = QImage(self._pixels.data, width, height, 4 * width, rgb32)
        self.update()

    def _read_out(self) -> None:
        pixel = self.pixel_at(self._cursor) if self._cursor is not None else None
        if pixel is None:
            self.hover_text = ""
            return
        depth = float(self.frame.depth_raw[pixel[1], pixel[0]]) * self.frame.depth_unit_mm
        if depth <= 0:
            self.hover_text = f"({pixel[0]}, {pixel[1]})  no reading"
            return
        x, y, z = unproject(np.array(pixel, float), np.float64(depth), self.frame.intrinsics)
        self.hover_text = f"x {x:.0f}  y {y:.0f}  z {z:.0f} mm"

    def _paint_picture(self, painter: QPainter) -> None:
        rect = self.image_rect()
        small = self.frame.depth_raw.shape[1] < 256
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, small)
        painter.drawImage(rect, self._image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        estimate = self.estimate
        if estimate is not None and estimate.detected:
            if self.show_cube and estimate.crop is not None and not self.caption:
                overlay.paint_cube(painter, estimate.crop, self.frame.intrinsics, self.to_widget)
            if self.show_skeleton and estimate.joints_mm is not None:
                points = self.to_widget(project(estimate.joints_mm, self.frame.intrinsics))
                overlay.paint_skeleton(painter, points, min(max(rect.width() / 560, 0.7), 1.6))
        self._paint_labels(painter)

    def _paint_labels(self, painter: QPainter) -> None:
        estimate, small = self.estimate, theme.small_font(self.font(), 1.5)
        if self.colours.name != self._legend_name:
            self._legend_name = self.colours.name
            self._legend = overlay.legend_image(self._legend_name)
        bar = QRectF(self.width() - 24, 20, 10, min(max(self.height() * 0.32, 90), 180))
        overlay.paint_legend(painter, bar, self._legend, *self.depth_range(), small)
        painter.setFont(self.font())
        if self.caption:
            overlay.paint_chip(painter, QPointF(12, 12), self.caption, theme.ACCENT)
        elif estimate is not None and estimate.detected:
            text = (
                f"{(estimate.hand or 'hand').capitalize()} hand  {estimate.confidence * 100:.0f} %"
            )
            tint = theme.GOOD if estimate.confidence >= 0.5 else theme.WARN
            overlay.paint_chip(painter, QPointF(12, 12), text, tint, estimate.confidence)
        elif estimate is not None:
            overlay.paint_chip(painter, QPointF(12, 12), "No hand", theme.FAINT)
        if self.hover_text:
            painter.setFont(small)
            overlay.paint_chip(
                painter, QPointF(12, self.height() - 36), self.hover_text, theme.MUTED
            )

    def _paint_empty(self, painter: QPainter) -> None:
        middle = QRectF(self.rect()).adjusted(24, 0, -24, 0)
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() + 3)
        painter.setFont(font)
        painter.setPen(QColor(theme.TEXT))
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap
        top = middle.adjusted(0, 0, 0, -middle.height() / 2 - 4)
        painter.drawText(top, flags | Qt.AlignmentFlag.AlignBottom, self.empty_title)
        painter.setFont(self.font())
        painter.setPen(QColor(theme.MUTED))
        low = middle.adjusted(0, middle.height() / 2 + 6, 0, 0)
        painter.drawText(low, flags | Qt.AlignmentFlag.AlignTop, self.empty_hint)


def scene_range(frame: DepthFrame, before: np.ndarray | None = None) -> np.ndarray:
    """float [2] mm: where nearly all readings lie, on the way there from `before`."""
    some = frame.depth_raw[::8, ::8]
    some = some[some > 0]
    if not some.size:
        return np.array([200.0, 1500.0]) if before is None else before
    near, far = np.percentile(some, [1, 98]) * frame.depth_unit_mm
    goal = np.array([max(near - 50, 0), max(far + 50, near + 150)])
    return goal if before is None else before + SCENE_FOLLOW * (goal - before)
