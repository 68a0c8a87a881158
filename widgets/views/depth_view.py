"""The depth image in colour, with the skeleton over it, a legend, and what is under the cursor."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from app.frames import DepthFrame, Frame, FrameResult, HandEstimate, Intrinsics
from app.geometry import project, unproject
from app.inference.camera_check import Finding
from widgets.parts import theme
from widgets.parts.buttons import wants_shortcut
from widgets.parts.palette import DARK
from widgets.views import overlay
from widgets.views.aim import Aim, Answer
from widgets.views.depth_labels import Judged, doubt_of, judge, paint_empty, state_of
from widgets.views.depth_picture import DepthPicture
from widgets.views.depth_style import DepthStyle

INSET = 0.34  # width of the colour picture over the view's
AIM_HINT = "Arrow keys move the cross, Enter picks the hand there, Escape cancels"


class DepthView(QWidget):
    """Shows a `FrameResult` (or a bare `Frame` while no model is loaded)."""

    pointed = Signal(int, int)  # column, row of the image pixel that was clicked
    frame_painted = Signal()  # once for every new frame that reached the screen

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._depth = DepthPicture(theme.PANEL)
        self.caption, self.warning, self.empty_title, self.empty_hint = "", "", "", ""
        self.frame: Frame | None = None
        self.result: FrameResult | None = None
        self.judged: tuple[Judged, ...] = ()  # the hands of the result
        self.findings: tuple[Finding, ...] = ()  # of the check of the camera's settings
        self.hover_text = ""
        self._fresh = False
        self._cursor: QPointF | None = None
        self._aim = Aim()
        self._legend_name, self._legend = "", QImage()
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setMinimumSize(320, 240)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Depth image")

    # --- what to show -------------------------------------------------------------------------

    def set_result(self, result: FrameResult) -> None:
        """Show this frame with what the network believes about it."""
        self.result = result
        self.judged = judge(result, self.findings)
        self._set_frame(result.frame)

    def set_frame(self, frame: Frame) -> None:
        """Show a frame that nobody has looked at yet."""
        self.result, self.judged = None, ()
        self._set_frame(frame)

    def forget_range(self) -> None:
        """Another source: nothing is known of its hand and scene."""
        self._depth.range.forget()

    def clear(self, title: str = "", hint: str = "") -> None:
        """Show nothing but two calm lines."""
        self.frame = self.result = None
        self.judged = ()
        self._depth.clear()
        self._aim.stop()
        self.empty_title, self.empty_hint, self.hover_text = title, hint, ""
        self.update()

    @property
    def drawn_as(self) -> DepthStyle:
        """How the image is drawn at present."""
        return self._depth.style

    def restyle(self, style: DepthStyle) -> None:
        """Draw like this from now on."""
        self._depth.restyle(style)
        self._recolour()

    def set_caption(self, text: str) -> None:
        """In place of what is seen of the hand; empty: the image is the source's."""
        self.caption = text
        self.update()

    def set_warning(self, text: str) -> None:
        """A line below the caption; empty: nothing to warn of."""
        self.warning = text
        self.update()

    def set_findings(self, findings: Iterable[Finding]) -> None:
        """What the check of the camera's settings says, for the results to come and this one."""
        self.findings = tuple(findings)
        self.judged = judge(self.result, self.findings)
        self.update()

    @property
    def doubt(self) -> str:
        """The one sentence below the caption; empty: what is shown can be trusted."""
        return "" if self.caption else doubt_of(self.judged) or self.warning

    def depth_range(self) -> tuple[float, float]:
        """(near, far) in mm of the colour map at this moment."""
        return self._depth.range.limits()

    def start_aiming(self) -> None:
        """Point at the hand with the keyboard: from the hand, or else from the middle."""
        if self.frame is None:
            return
        height, width = self._shape
        place = np.array([width / 2, height / 2])
        hand = None if self.result is None else self.result.first
        if hand is not None and self.frame.camera is not None:
            seen = project(hand.joints_mm.mean(0), self.frame.camera)
            place = seen if np.isfinite(seen).all() else place
        column, row = np.clip(place, 0, (width - 1, height - 1)).astype(int)
        self._aim.start(int(column), int(row))
        self.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._read_out()
        self.update()

    @property
    def aim(self) -> tuple[int, int] | None:
        """(column, row) of the cross that the keyboard moves, while there is one."""
        return self._aim.pixel

    # --- where things are ---------------------------------------------------------------------

    def image_rect(self) -> QRectF:
        """The image's place in the widget: as large as fits, centred, its shape kept."""
        if self.frame is None:
            return QRectF(self.rect())
        height, width = self._shape
        scale = min(self.width() / width, self.height() / height)
        size = (width * scale, height * scale)
        return QRectF((self.width() - size[0]) / 2, (self.height() - size[1]) / 2, *size)

    def to_widget(self, pixels: np.ndarray) -> np.ndarray:
        """[..., 2] image pixels (centres at integers) -> [..., 2] widget pixels."""
        rect = self.image_rect()
        scale = rect.width() / self._shape[1] if self.frame else 1.0
        return (np.asarray(pixels) + 0.5) * scale + (rect.left(), rect.top())

    def pixel_at(self, where: QPointF) -> tuple[int, int] | None:
        """(column, row) of the image pixel under a place in the widget, or None outside."""
        if self.frame is None or not self.image_rect().contains(where):
            return None
        rect = self.image_rect()
        height, width = self._shape
        column = int((where.x() - rect.left()) * width / rect.width())
        row = int((where.y() - rect.top()) * height / rect.height())
        return min(column, width - 1), min(row, height - 1)

    def picture(self) -> QImage:
        """What is on the screen, without what lies beside the image."""
        rect = self.image_rect().toAlignedRect() & self.rect()
        return self.grab(rect).toImage()

    # --- events -------------------------------------------------------------------------------

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._cursor = event.position()
        self._read_out()
        self.update()

    def leaveEvent(self, event) -> None:
        self._cursor = None
        self._read_out()
        self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        pixel = self.pixel_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and pixel is not None:
            self._aim.stop()
            self.pointed.emit(*pixel)

    def event(self, event: QEvent) -> bool:
        if wants_shortcut(event) and self._aim.wants(event.key()):
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        height, width = self._shape
        answer = self._aim.press(event, width, height)
        if answer is Answer.NOTHING:
            super().keyPressEvent(event)
            return
        if answer is Answer.TAKEN and self._aim.pixel is not None:
            column, row = self._aim.pixel
            self._aim.stop()
            self.pointed.emit(column, row)
        self._read_out()
        self.update()

    def focusOutEvent(self, event) -> None:
        self._aim.stop()
        self._read_out()
        self.update()
        super().focusOutEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "_depth"):
            self._depth.colours.set_background(theme.PANEL)
            self._recolour()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(theme.PANEL))
        if self._depth.image is None or self.frame is None:
            paint_empty(
                painter, QRectF(self.rect()), self.font(), self.empty_title, self.empty_hint
            )
        else:
            self._paint_picture(painter, self._depth.image, self.frame)
        painter.end()
        if self._fresh:
            self._fresh = False
            self.frame_painted.emit()

    # --- inside -------------------------------------------------------------------------------

    @property
    def _shape(self) -> tuple[int, int]:
        """Height and width of the picture, px."""
        if isinstance(self.frame, DepthFrame):
            height, width = self.frame.depth_raw.shape
        elif self.frame is not None and self.frame.colour is not None:
            height, width = self.frame.colour.rgb.shape[:2]
        else:
            height, width = 1, 1
        return height, width

    def _set_frame(self, frame: Frame) -> None:
        before = self._shape
        self.frame, self._fresh = frame, True
        if self._shape != before:
            self._aim.stop()
        self._depth.follow(frame, self.result)
        self._read_out()
        self.update()

    def _recolour(self) -> None:
        if self.frame is not None:
            self._depth.colour(self.frame, self.result)
        self.update()

    def _read_out(self) -> None:
        hovered = self.pixel_at(self._cursor) if self._cursor is not None else None
        pixel = self._aim.pixel or hovered
        if pixel is None or not isinstance(self.frame, DepthFrame):
            self.hover_text = ""
            return
        depth = float(self.frame.depth_raw[pixel[1], pixel[0]]) * self.frame.depth_unit_mm
        if depth <= 0:
            self.hover_text = f"({pixel[0]}, {pixel[1]})  no reading"
            return
        x, y, z = unproject(np.array(pixel, float), np.float64(depth), self.frame.intrinsics)
        self.hover_text = f"x {x:.0f}  y {y:.0f}  z {z:.0f} mm"

    def _paint_picture(self, painter: QPainter, image: QImage, frame: Frame) -> None:
        rect = self.image_rect()
        small = self._shape[1] < 256
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, small)
        painter.drawImage(rect, image)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for hand in self.result.hands if self.result is not None else ():
            self._paint_hand(painter, hand, frame.camera)
        colour = frame.colour if isinstance(frame, DepthFrame) else None
        if self._depth.style.show_colour and colour is not None:
            self._paint_colour(painter, colour.rgb)
        if self._aim.pixel is not None:
            overlay.paint_cross(painter, QPointF(*self.to_widget(np.array(self._aim.pixel))))
        self._paint_labels(painter)

    def _paint_hand(self, painter: QPainter, hand: HandEstimate, camera: Intrinsics | None) -> None:
        style = self._depth.style
        if camera is None:
            return
        if style.show_cube and not self.caption:
            overlay.paint_cube(painter, hand.crop, camera, self.to_widget)
        if style.show_skeleton:
            points = self.to_widget(project(hand.joints_mm, camera))
            size = min(max(self.image_rect().width() / 560, 0.7), 1.6)
            overlay.paint_skeleton(painter, points, size)

    def _paint_colour(self, painter: QPainter, rgb: np.ndarray) -> None:
        rgb = np.ascontiguousarray(rgb)
        height, width = rgb.shape[:2]
        picture = QImage(rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        corner = QPointF(self.width() - 12, self.height() - 12)
        overlay.paint_inset(painter, picture, corner, INSET * self.width())

    def _state(self) -> tuple[str, str, float | None]:
        return state_of(self.result, self.caption, self.judged)

    def _paint_labels(self, painter: QPainter) -> None:
        small = theme.small_font(self.font(), 1.5)
        if self._depth.colours.name != self._legend_name:
            self._legend_name = self._depth.colours.name
            self._legend = overlay.legend_image(self._legend_name)
        bar = QRectF(self.width() - 24, 20, 10, min(max(self.height() * 0.32, 90), 180))
        if isinstance(self.frame, DepthFrame):
            overlay.paint_legend(painter, bar, self._legend, self._depth.legend_mm, small)
        painter.setFont(self.font())
        state = overlay.paint_chip(painter, QPointF(12, 12), *self._state())
        painter.setFont(small)
        if self.doubt:
            below, room = QPointF(12, state.bottom() + 6), int(bar.left() - 124)
            end = Qt.TextElideMode.ElideRight
            text = painter.fontMetrics().elidedText(self.doubt, end, max(room, 120))
            overlay.paint_chip(painter, below, text, DARK.WARN)
        lines = [text for text in (self.hover_text, AIM_HINT * self._aim.active) if text]
        for k, text in enumerate(lines):
            corner = QPointF(12, self.height() - 36 - 28 * (len(lines) - 1 - k))
            overlay.paint_chip(painter, corner, text, DARK.MUTED)
