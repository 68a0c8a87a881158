"""What a 3-D view can show: bones, point cloud, skin, trails, floor.

Each is one or two actors over arrays of its own that are written in place, once a frame. Places are
mm, relative to the view's centre, axes as the camera's (x right, y down, z forward).
"""

from __future__ import annotations

from functools import cache

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk
from vtkmodules.vtkCommonCore import vtkLookupTable, vtkPoints
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkFiltersCore import vtkTubeFilter
from vtkmodules.vtkFiltersSources import vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkGlyph3DMapper, vtkPolyDataMapper, vtkRenderer

from app.hand.posed_surface import PosedSurface
from app.skeleton import BONES, FINGER_RGB, N_JOINTS, joint_colours
from widgets.parts.colours import MAPS, interpolate, unit_rgb
from widgets.views.vtk_parts import add_lines, add_lit, make_cells, make_poly, share_points

FLOOR_MM = 120.0  # below the hand's middle (y points down)
FLOOR_STEP_MM = 50.0
AXIS_MM = 50.0  # length of the axes on the floor
AXES = (("x", "#c9665c"), ("y", "#69a878"), ("z", "#5b8fd0"))
CLOUD_POINTS = 6000
CLOUD_SPAN_MM = 125.0  # colours of the cloud span so much before and behind the centre
TRAIL = 45  # positions of each finger tip
SKIN_RGB = (0.84, 0.70, 0.61)
THROUGH = 0.42  # opacity of the skin while there are bones to be seen in it


class Layer:
    """Some actors that are shown or hidden together."""

    def __init__(self, *actors: vtkActor):
        self.actors = actors
        self._wanted, self._filled = True, False
        self._show()

    def switch(self, wanted: bool) -> None:
        """The user wants to see it, or not."""
        self._wanted = wanted
        self._show()

    def fill(self, filled: bool) -> None:
        """There is something to be seen, or not."""
        self._filled = filled
        self._show()

    @property
    def wanted(self) -> bool:
        return self._wanted

    @property
    def visible(self) -> bool:
        return self._wanted and self._filled

    def _show(self) -> None:
        for actor in self.actors:
            actor.SetVisibility(self.visible)


class Bones(Layer):
    """Spheres and tubes in the finger colours that share one array of points."""

    def __init__(self, renderer: vtkRenderer):
        self.joints = np.zeros((N_JOINTS, 3), np.float32)
        self._points = share_points(self.joints)
        colours = numpy_to_vtk(joint_colours(), deep=1)
        ball = vtkSphereSource()
        ball.SetRadius(6.0)
        ball.SetThetaResolution(16)
        ball.SetPhiResolution(11)
        balls = vtkGlyph3DMapper()
        balls.SetInputData(make_poly(self._points, colours))
        balls.SetSourceConnection(ball.GetOutputPort())
        balls.ScalingOff()
        sticks = make_poly(self._points, colours)
        sticks.SetLines(make_cells(BONES))
        tube = vtkTubeFilter()
        tube.SetInputData(sticks)
        tube.SetRadius(3.6)
        tube.SetNumberOfSides(10)
        tubes = vtkPolyDataMapper()
        tubes.SetInputConnection(tube.GetOutputPort())
        super().__init__(add_lit(renderer, balls), add_lit(renderer, tubes))

    def move(self, joints: np.ndarray) -> None:
        """joints: float [21, 3]."""
        self.joints[:] = joints
        self._points.Modified()


class Cloud(Layer):
    """The sensor's readings in the cube, coloured by their depth."""

    def __init__(self, renderer: vtkRenderer):
        self.points = np.zeros((CLOUD_POINTS, 3), np.float32)
        self._depth = np.zeros(CLOUD_POINTS, np.float32)
        self._points = share_points(self.points)
        self._poly = make_poly(self._points, numpy_to_vtk(self._depth, deep=0))
        self._poly.SetVerts(make_cells(np.arange(CLOUD_POINTS)[None]))
        self._mapper = vtkPolyDataMapper()
        self._mapper.SetInputData(self._poly)
        self._mapper.SetScalarRange(-CLOUD_SPAN_MM, CLOUD_SPAN_MM)
        actor = vtkActor()
        actor.SetMapper(self._mapper)
        actor.GetProperty().SetPointSize(2.4)
        actor.GetProperty().LightingOff()
        renderer.AddActor(actor)
        self.count = 0
        super().__init__(actor)
        self.colour("Mako")

    def colour(self, name: str) -> None:
        """Use a map of `colours.MAPS`."""
        table = vtkLookupTable()
        rgb = interpolate(MAPS[name])[::-1] / 255.0  # nearest first
        table.SetNumberOfTableValues(len(rgb))
        for k, colour in enumerate(rgb):
            red, green, blue = map(float, colour)
            table.SetTableValue(k, red, green, blue, 1.0)
        self._mapper.SetLookupTable(table)
        self._mapper.UseLookupTableScalarRangeOff()

    def move(self, points: np.ndarray) -> None:
        """points: float [n, 3]; the first `CLOUD_POINTS` are shown."""
        self.count = min(len(points), CLOUD_POINTS)
        self.fill(self.count > 0)
        if self.count:
            self.points[: self.count] = points[: self.count]
            self.points[self.count :] = self.points[self.count - 1]  # one of them, over and over
            self._depth[:] = self.points[:, 2]
            self._points.Modified()
            self._poly.GetPointData().GetScalars().Modified()


class Skin(Layer):
    """The surface of the CC0 hand over the joints; made when it is first wanted."""

    def __init__(self, renderer: vtkRenderer):
        self._surface: PosedSurface | None = None
        self.vertices = self._normals = np.zeros((0, 3), np.float32)
        self._points, self._poly = vtkPoints(), vtkPolyData()
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._poly)
        actor = add_lit(renderer, mapper)
        actor.GetProperty().SetColor(*SKIN_RGB)
        actor.GetProperty().SetSpecular(0.08)
        self._look = actor.GetProperty()
        super().__init__(actor)
        self.switch(False)

    def move(self, joints: np.ndarray, left: bool) -> None:
        """joints: finite float [21, 3]."""
        if self._surface is None:
            self._surface = self._make()
        self.vertices[:], self._normals[:] = self._surface.pose(joints, left)
        self._points.Modified()
        self._poly.GetPointData().GetNormals().Modified()
        # A left hand's triangles run the other way round; the far side would shine through.
        self._look.SetBackfaceCulling(not left)
        self._look.SetFrontfaceCulling(left)

    def see_through(self, wanted: bool) -> None:
        """Let the bones be seen through it."""
        self._look.SetOpacity(THROUGH if wanted else 1.0)

    def _make(self) -> PosedSurface:
        surface = _surface()
        self.vertices = np.zeros((surface.n_vertices, 3), np.float32)
        self._normals = np.zeros_like(self.vertices)
        self._points = share_points(self.vertices)
        self._poly.SetPoints(self._points)
        self._poly.SetPolys(make_cells(surface.triangles))
        self._poly.GetPointData().SetNormals(numpy_to_vtk(self._normals, deep=0))
        return surface


class Trails(Layer):
    """Where the five finger tips were in the last frames, fading away."""

    def __init__(self, renderer: vtkRenderer):
        self.points = np.zeros((len(FINGER_RGB), TRAIL, 3), np.float32)
        self._points = share_points(self.points.reshape(-1, 3))
        fade = np.linspace(0, 255, TRAIL)
        colours = np.zeros((len(FINGER_RGB), TRAIL, 4), np.uint8)
        colours[..., :3], colours[..., 3] = np.array(FINGER_RGB)[:, None], fade
        poly = make_poly(self._points, numpy_to_vtk(colours.reshape(-1, 4), deep=1))
        poly.SetLines(
            make_cells(np.arange(self.points[..., 0].size).reshape(len(FINGER_RGB), TRAIL))
        )
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(poly)
        actor = vtkActor()
        actor.SetMapper(mapper)
        actor.GetProperty().SetLineWidth(2.5)
        actor.GetProperty().LightingOff()
        renderer.AddActor(actor)
        self._places = np.zeros_like(self.points)  # camera frame
        self.length = 0
        super().__init__(actor)
        self.switch(False)

    def add(self, tips_mm: np.ndarray, centre_mm: np.ndarray) -> None:
        """tips_mm: float [5, 3], camera frame; centre_mm: of the view, there."""
        if self.length == 0:
            self._places[:] = tips_mm[:, None]
        self._places[:, :-1] = self._places[:, 1:]
        self._places[:, -1] = tips_mm
        self.length = min(self.length + 1, TRAIL)
        self.points[:] = self._places - centre_mm
        self._points.Modified()
        self.fill(self.length > 1)

    def clear(self) -> None:
        """Another hand, or another moment."""
        self.length = 0
        self.fill(False)


class Floor(Layer):
    """A grid of faint lines below the hand, and the camera's axes at its near left corner."""

    def __init__(self, renderer: vtkRenderer):
        reach = 4 * FLOOR_STEP_MM
        at = np.arange(-4, 5) * FLOOR_STEP_MM
        ends = [((k, -reach), (k, reach)) for k in at] + [((-reach, k), (reach, k)) for k in at]
        self._grid = add_lines(
            renderer, np.array([[(x, FLOOR_MM, z) for x, z in line] for line in ends])
        )
        corner, axes = np.array([-reach, FLOOR_MM, -reach]), []
        for axis, (_, colour) in enumerate(AXES):
            away = AXIS_MM * np.eye(3)[axis] * (-1 if axis == 1 else 1)  # y up: below is the floor
            actor = add_lines(renderer, np.array([[corner, corner + away]]))
            actor.GetProperty().SetColor(*unit_rgb(colour))
            actor.GetProperty().SetLineWidth(2.0)
            axes.append(actor)
        super().__init__(self._grid, *axes)
        self.fill(True)

    def colour(self, colour: str) -> None:
        """Of the grid's lines."""
        self._grid.GetProperty().SetColor(*unit_rgb(colour))


@cache
def _surface() -> PosedSurface:
    return PosedSurface()
