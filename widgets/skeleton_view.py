"""The estimated skeleton in three dimensions, kept in the middle of its view."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QContextMenuEvent, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QToolButton, QWidget
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkTubeFilter
from vtkmodules.vtkFiltersSources import vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkGlyph3DMapper, vtkPolyDataMapper, vtkRenderer

from app.skeleton import BONES, N_JOINTS, joint_colours
from widgets import theme
from widgets.vtk_view import VtkView

FLOOR_MM = 120.0  # below the hand's middle (y points down)
FLOOR_STEP_MM = 50.0
_HOME_MM = 470.0
_FOLLOW = 0.35  # share of the way to the hand's middle that the view follows with each frame
_JUMP_MM = 120.0
# direction from the hand to the eye, and up, in the camera frame (x right, y down, z forward)
PRESETS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "Front": ((0.0, 0.0, -1.0), (0.0, -1.0, 0.0)),
    "Side": ((1.0, 0.0, 0.0), (0.0, -1.0, 0.0)),
    "Top": ((0.0, -1.0, 0.0), (0.0, 0.0, 1.0)),
    "Reset": ((-0.42, -0.34, -0.84), (0.0, -1.0, 0.0)),
}


class _Bones:
    """Spheres and tubes that share one array of points: two actors and one write a frame."""

    def __init__(self, renderer: vtkRenderer):
        self.joints = np.zeros((N_JOINTS, 3), np.float32)
        self._points = vtkPoints()
        self._points.SetData(numpy_to_vtk(self.joints, deep=0))
        colours = numpy_to_vtk(joint_colours(), deep=1)
        spots = _poly(self._points, colours)
        ball = vtkSphereSource()
        ball.SetRadius(6.0)
        ball.SetThetaResolution(18)
        ball.SetPhiResolution(14)
        balls = vtkGlyph3DMapper()
        balls.SetInputData(spots)
        balls.SetSourceConnection(ball.GetOutputPort())
        balls.ScalingOff()
        lines = vtkCellArray()
        for pair in BONES:
            lines.InsertNextCell(2)
            for joint in pair:
                lines.InsertCellPoint(int(joint))
        sticks = _poly(self._points, colours)
        sticks.SetLines(lines)
        tube = vtkTubeFilter()
        tube.SetInputData(sticks)
        tube.SetRadius(3.6)
        tube.SetNumberOfSides(12)
        tubes = vtkPolyDataMapper()
        tubes.SetInputConnection(tube.GetOutputPort())
        self.actors = [_actor(renderer, balls), _actor(renderer, tubes)]

    def move(self, joints: np.ndarray) -> None:
        """joints: float [21, 3] mm."""
        self.joints[:] = joints
        self._points.Modified()

    def show(self, visible: bool) -> None:
        for actor in self.actors:
            actor.SetVisibility(visible)


class SkeletonView(VtkView):
    """21 joints and 20 bones in the finger colours over a faint floor, with camera presets."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.renderer.SetBackground(*QColor(theme.PANEL).getRgbF()[:3])
        self._floor = _floor(self.renderer)
        self._bones = _Bones(self.renderer)
        self._bones.show(False)
        self._centre: np.ndarray | None = None
        self.has_hand = False
        self.renderer.GetActiveCamera().SetViewAngle(28)
        self.buttons = self._preset_buttons()
        self.look_from("Reset")
        self.setToolTip("Drag to orbit, Shift + drag to pan, wheel to zoom")
        self.setAccessibleName("Skeleton in three dimensions")

    def set_joints(self, joints_mm: np.ndarray | None) -> None:
        """float [21, 3] mm, camera frame; None: no hand."""
        self.has_hand = joints_mm is not None
        if joints_mm is None:
            self._centre = None
        else:
            middle = joints_mm.mean(0)
            if self._centre is None or np.linalg.norm(middle - self._centre) > _JUMP_MM:
                self._centre = middle
            self._centre = self._centre + _FOLLOW * (middle - self._centre)
            self._bones.move(joints_mm - self._centre)
        self._bones.show(self.has_hand)
        self.invalidate()

    def recentre(self) -> None:
        """The next hand is another one: put it in the middle at once."""
        self._centre = None

    def look_from(self, preset: str) -> None:
        """Turn the camera to a name of `PRESETS`."""
        direction, up = PRESETS[preset]
        camera = self.renderer.GetActiveCamera()
        focus = np.zeros(3)
        camera.SetFocalPoint(*focus)
        camera.SetPosition(*(focus + _HOME_MM * np.array(direction)))
        camera.SetViewUp(*up)
        self.invalidate()

    def project(self, points_mm: np.ndarray) -> np.ndarray:
        """[n, 3] mm relative to the view's centre -> [n, 2] widget pixels."""
        camera, size = self.renderer.GetActiveCamera(), (self.width(), self.height())
        near_far = (0.01, 1e5)
        matrix = camera.GetCompositeProjectionTransformMatrix(size[0] / max(size[1], 1), *near_far)
        m = np.array([[matrix.GetElement(r, c) for c in range(4)] for r in range(4)])
        h = np.c_[points_mm, np.ones(len(points_mm))] @ m.T
        ndc = h[:, :2] / h[:, 3:]
        return (ndc * (1, -1) + 1) / 2 * size

    @property
    def joints_shown(self) -> np.ndarray:
        """float [21, 3] mm relative to the view's centre."""
        return self._bones.joints

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        narrow = self.width() < self.height()
        self.renderer.GetActiveCamera().SetUseHorizontalViewAngle(narrow)
        self.buttons.adjustSize()
        self.buttons.move(self.width() - self.buttons.width() - 6, 6)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        event.accept()  # the right button zooms

    def paint_over(self, painter: QPainter) -> None:
        self._paint_axes(painter)
        if not self.has_hand:
            painter.setPen(QColor(theme.MUTED))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, "No hand")

    def _paint_axes(self, painter: QPainter) -> None:
        transform = self.renderer.GetActiveCamera().GetViewTransformMatrix()
        painter.setFont(theme.small_font(self.font(), 2))
        origin = QPointF(30, self.height() - 30)
        axes = []
        for k, (name, tint) in enumerate((("x", "#c9665c"), ("y", "#69a878"), ("z", "#5b8fd0"))):
            x, y, depth = (transform.GetElement(r, k) for r in range(3))
            axes.append((depth, name, tint, QPointF(x * 18, -y * 18)))
        for _, name, tint, tip in sorted(axes):
            painter.setPen(QPen(QColor(tint), 1.6))
            painter.drawLine(origin, origin + tip)
            label = QRectF(0, 0, 12, 12)
            label.moveCenter(origin + tip * 1.45)
            painter.drawText(label, Qt.AlignmentFlag.AlignCenter, name)

    def _preset_buttons(self) -> QWidget:
        holder = QWidget(self)
        holder.setCursor(Qt.CursorShape.ArrowCursor)
        row = QHBoxLayout(holder)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        for name in PRESETS:
            button = QToolButton(holder)
            button.setText(name)
            button.setFont(theme.small_font(self.font()))
            button.setToolTip(
                "Back to the first view" if name == "Reset" else f"Look from the {name.lower()}"
            )
            button.clicked.connect(lambda _=False, name=name: self.look_from(name))
            row.addWidget(button)
        return holder


def _poly(points: vtkPoints, colours) -> vtkPolyData:
    poly = vtkPolyData()
    poly.SetPoints(points)
    poly.GetPointData().SetScalars(colours)
    return poly


def _actor(renderer: vtkRenderer, mapper) -> vtkActor:
    actor = vtkActor()
    actor.SetMapper(mapper)
    look = actor.GetProperty()
    look.SetAmbient(0.28)
    look.SetDiffuse(0.78)
    look.SetSpecular(0.18)
    look.SetSpecularPower(24)
    renderer.AddActor(actor)
    return actor


def _floor(renderer: vtkRenderer) -> vtkActor:
    """A grid of faint lines below the hand."""
    points, lines = vtkPoints(), vtkCellArray()
    reach = 4 * FLOOR_STEP_MM
    for k in np.arange(-4, 5) * FLOOR_STEP_MM:
        for a, b in (((k, -reach), (k, reach)), ((-reach, k), (reach, k))):
            lines.InsertNextCell(2)
            for x, z in (a, b):
                lines.InsertCellPoint(points.InsertNextPoint(x, FLOOR_MM, z))
    grid = vtkPolyData()
    grid.SetPoints(points)
    grid.SetLines(lines)
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(grid)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(*QColor("#2b3038").getRgbF()[:3])
    actor.GetProperty().LightingOff()
    renderer.AddActor(actor)
    return actor
