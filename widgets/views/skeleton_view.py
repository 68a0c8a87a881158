"""The estimated hand in three dimensions, kept in the middle of its view.

Bones, readings, skin, trails of the finger tips, floor and axes.
"""

from __future__ import annotations

import math

import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent, QPainter, QPen, QWheelEvent
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QVBoxLayout, QWidget

from app.frames import DepthFrame, Frame, FrameResult, HandEstimate
from app.segmentation.inside import cube_points
from app.skeleton import TIPS
from widgets.parts import theme
from widgets.parts.buttons import ToolButton
from widgets.parts.colours import unit_rgb
from widgets.views.layers import (
    AXES,
    CLOUD_POINTS,
    FLOOR_STEP_MM,
    Bones,
    Cloud,
    Floor,
    Layer,
    Skin,
    Trails,
)
from widgets.views.view_camera import PRESETS, SENSOR, ViewCamera
from widgets.views.vtk_view import VtkView

_FOLLOW_S = 0.08  # in which the view goes two thirds of the way to the hand's middle
_FRAME_S = 1 / 30
_JUMP_MM = 120.0
TRAIL_GAP_S = 0.5  # trails end where time jumps
_TIPS = {
    SENSOR: "Look from the sensor",
    "Reset": "Reset the view",
}
# Layers in the order of their buttons: icon, what it shows.
LAYERS: dict[str, tuple[str, str]] = {
    "bones": ("skeleton", "Skeleton (3)"),
    "cloud": ("points", "Point cloud of the hand (4)"),
    "skin": ("skin", "Surface of the hand (5)"),
    "trails": ("trail", "Trails of the fingertips (6)"),
    "floor": ("floor", "Floor grid and axes (7)"),
}
AT_FIRST = ("bones", "floor")
NO_HAND = "No hand. Show one to the camera, or open the demo hand (Ctrl+D)."
MARGINS = (40, 0, -60, 0)  # beside it are buttons


class SkeletonView(VtkView):
    """`show_result` for everything, `set_joints` for the bones alone.

    The first hand of a frame has every layer and is kept in the middle, others have bones.
    """

    picture_wanted = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._floor, self._bones = Floor(self.renderer), Bones(self.renderer)
        self._cloud, self._skin = Cloud(self.renderer), Skin(self.renderer)
        self._trails = Trails(self.renderer)
        self.layers: dict[str, Layer] = {
            "bones": self._bones, "cloud": self._cloud, "skin": self._skin,
            "trails": self._trails, "floor": self._floor,
        }  # fmt: skip
        self._centre: np.ndarray | None = None
        self._result: FrameResult | None = None
        self._others: list[Bones] = []  # of further hands, as many as there ever were
        self._moment = (0, 0.0)  # epoch and time of the last frame
        self._view_camera = ViewCamera(self.renderer.GetActiveCamera())
        self.has_hand = False
        self.layer_buttons: dict[str, ToolButton] = {}
        self.buttons = self._preset_buttons()
        self.tools = self._layer_buttons()
        self._dress()
        self.look_from("Reset")
        self.setToolTip("Drag to orbit, Shift + drag to pan, wheel to zoom")
        self.setAccessibleName("Hand in three dimensions")

    # --- what to show -------------------------------------------------------------------------

    def show_result(self, result: FrameResult) -> None:
        """Its hands, in every layer that is wanted; none where there is none."""
        self._result, hand = result, result.first
        frame, (epoch, before_s) = result.frame, self._moment
        gap_s = frame.t_s - before_s
        self._moment = (frame.epoch, frame.t_s)
        if frame.epoch != epoch or not 0 <= gap_s < TRAIL_GAP_S:
            self._trails.clear()
        self.set_joints(None if hand is None else hand.joints_mm, gap_s)
        self._show_others(result.hands[1:])
        if hand is None or self._centre is None:
            self._cloud.fill(False)
            self._trails.clear()
            return
        self._fill_layers(result.frame, hand)
        if gap_s or not self._trails.length:
            self._trails.add(hand.joints_mm[TIPS], self._centre)

    def set_joints(self, joints_mm: np.ndarray | None, gap_s: float = _FRAME_S) -> None:
        """Joints, float [21, 3] mm, camera frame; None: no hand. gap_s: since the last ones."""
        self.has_hand = joints_mm is not None and bool(np.isfinite(joints_mm).all())
        if joints_mm is None or not self.has_hand:
            self._centre = None
        else:
            middle = joints_mm.mean(0)
            if self._centre is None or np.linalg.norm(middle - self._centre) > _JUMP_MM:
                self._centre = middle
            share = 1 - math.exp(-abs(gap_s) / _FOLLOW_S)
            self._centre = self._centre + share * (middle - self._centre)
            self._bones.move(joints_mm - self._centre)
            self._view_camera.follow(self._centre)
        self._bones.fill(self.has_hand)
        estimated = self._result is not None and self._result.first is not None
        self._skin.fill(self.has_hand and estimated)
        self.refresh()

    def recentre(self) -> None:
        """The next hand is another one: put it in the middle at once."""
        self._centre = None
        self._trails.clear()

    def switch(self, name: str, wanted: bool) -> None:
        """Show or hide one of `LAYERS`."""
        self.layers[name].switch(wanted)
        for bones in self._others:
            bones.switch(self._bones.wanted)
        self._skin.see_through(self._bones.wanted)
        if self._result is not None and self._result.first is not None:
            self._fill_layers(self._result.frame, self._result.first)
        self.invalidate()

    def toggle(self, name: str) -> None:
        """As its button does."""
        self.layer_buttons[name].click()

    def colour(self, name: str) -> None:
        """The colour map of the point cloud."""
        self._cloud.colour(name)
        self.invalidate()

    def _fill_layers(self, frame: Frame, hand: HandEstimate) -> None:
        if self._centre is None:  # told to put the next hand in the middle: it has yet to come
            return
        if self._cloud.wanted and isinstance(frame, DepthFrame):
            points = cube_points(frame, hand.crop, CLOUD_POINTS)
            self._cloud.move(points - self._centre.astype(np.float32))
        if self._skin.wanted:
            self._skin.move(self._bones.joints, hand.hand == "left")

    def _show_others(self, hands: tuple[HandEstimate, ...]) -> None:
        while len(self._others) < len(hands):
            self._others.append(Bones(self.renderer))
            self._others[-1].switch(self._bones.wanted)
        for k, bones in enumerate(self._others):
            joints_mm = hands[k].joints_mm if k < len(hands) else np.full((1, 3), np.nan)
            there = self._centre is not None and bool(np.isfinite(joints_mm).all())
            if self._centre is not None and there:
                bones.move(joints_mm - self._centre)
            bones.fill(there)

    # --- where from ---------------------------------------------------------------------------

    def look_from(self, preset: str) -> None:
        """Turn the camera to a name of `PRESETS`."""
        self._view_camera.look_from(preset, self._centre)
        self.invalidate()

    def project(self, points_mm: np.ndarray) -> np.ndarray:
        """[n, 3] mm relative to the view's centre -> [n, 2] widget pixels."""
        return self._view_camera.project(points_mm, (self.width(), self.height()))

    @property
    def joints_shown(self) -> np.ndarray:
        """Joints relative to the view's centre, float [21, 3] mm."""
        return self._bones.joints

    # --- events -------------------------------------------------------------------------------

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        narrow = self.width() < self.height()
        self.renderer.GetActiveCamera().SetUseHorizontalViewAngle(narrow)
        self.buttons.adjustSize()
        self.buttons.move(self.width() - self.buttons.width() - 6, 6)
        self.tools.adjustSize()
        below = self.buttons.geometry().bottom() + 4
        self.tools.move(self.width() - self.tools.width() - 6, below)
        self.tools.setVisible(below + self.tools.height() < self.height())

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.PaletteChange and hasattr(self, "tools"):
            self._dress()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()  # the right button zooms

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._view_camera.release()
        super().mousePressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self._view_camera.release()
        super().wheelEvent(event)

    def paint_over(self, painter: QPainter) -> None:
        if self._floor.wanted:
            self._paint_axes(painter)
        if not self.has_hand:
            painter.setPen(QColor(theme.MUTED))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect().adjusted(*MARGINS), flags, NO_HAND)

    # --- inside -------------------------------------------------------------------------------

    def _dress(self) -> None:
        """Take the theme's colours."""
        self.renderer.SetBackground(*unit_rgb(theme.PANEL))
        self._floor.colour(theme.LINE)
        self.invalidate()

    def _paint_axes(self, painter: QPainter) -> None:
        transform = self.renderer.GetActiveCamera().GetViewTransformMatrix()
        painter.setFont(theme.small_font(self.font(), 2))
        origin = QPointF(30, self.height() - 34)
        axes = []
        for k, (name, tint) in enumerate(AXES):
            x, y, depth = (transform.GetElement(r, k) for r in range(3))
            axes.append((depth, name, tint, QPointF(x * 18, -y * 18)))
        for _, name, tint, tip in sorted(axes):
            painter.setPen(QPen(QColor(tint), 1.6))
            painter.drawLine(origin, origin + tip)
            label = QRectF(0, 0, 12, 12)
            label.moveCenter(origin + tip * 1.45)
            painter.drawText(label, Qt.AlignmentFlag.AlignCenter, name)
        painter.setPen(QColor(theme.MUTED))
        place = QRectF(58, self.height() - 22, 120, 14)
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter, f"grid {FLOOR_STEP_MM:.0f} mm")

    def _preset_buttons(self) -> QWidget:
        holder, row = self._holder(QHBoxLayout())
        holder.setStyleSheet("QToolButton { padding: 3px 2px; }")  # a narrow dock holds them too
        for name in PRESETS:
            button = QToolButton(holder)
            button.setText(name)
            button.setFont(theme.small_font(self.font()))
            button.setToolTip(_TIPS.get(name, f"Look from the {name.lower()}"))
            button.setAccessibleName(button.toolTip())
            button.clicked.connect(lambda _=False, name=name: self.look_from(name))
            row.addWidget(button)
        return holder

    def _layer_buttons(self) -> QWidget:
        holder, column = self._holder(QVBoxLayout())
        for name, (icon_name, tip) in LAYERS.items():
            button = ToolButton(icon_name, tip, checkable=True)
            button.toggled.connect(lambda wanted, name=name: self.switch(name, wanted))
            button.setChecked(name in AT_FIRST)
            self.layers[name].switch(name in AT_FIRST)
            self.layer_buttons[name] = button
            column.addWidget(button)
        self.picture_button = ToolButton("picture", "Save this view as a picture")
        self.picture_button.clicked.connect(self.picture_wanted)
        column.addWidget(self.picture_button)
        return holder

    def _holder(self, line: QHBoxLayout | QVBoxLayout) -> tuple[QWidget, QHBoxLayout | QVBoxLayout]:
        holder = QWidget(self)
        holder.setCursor(Qt.CursorShape.ArrowCursor)
        holder.setLayout(line)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        return holder, line
