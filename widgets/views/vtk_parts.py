"""Small parts of a VTK scene: points over numpy memory, cells, actors."""

from __future__ import annotations

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkDataArray, vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkMapper, vtkPolyDataMapper, vtkRenderer


def share_points(array: np.ndarray) -> vtkPoints:
    """Points over the memory of a float32 [n, 3], which is written in place from then on."""
    points = vtkPoints()
    points.SetData(numpy_to_vtk(array, deep=0))
    return points


def make_cells(rows: np.ndarray) -> vtkCellArray:
    """One cell for each row of point numbers [n, k]."""
    n, k = rows.shape
    cells = vtkCellArray()
    offsets = numpy_to_vtkIdTypeArray(np.arange(0, n * k + 1, k, dtype=np.int64), deep=1)
    numbers = np.ascontiguousarray(rows.ravel(), np.int64)
    cells.SetData(offsets, numpy_to_vtkIdTypeArray(numbers, deep=1))
    return cells


def make_poly(points: vtkPoints, scalars: vtkDataArray) -> vtkPolyData:
    """Points with a colour or number each; cells are still to be set."""
    poly = vtkPolyData()
    poly.SetPoints(points)
    poly.GetPointData().SetScalars(scalars)
    return poly


def add_lit(renderer: vtkRenderer, mapper: vtkMapper) -> vtkActor:
    """An actor in the scene, lit softly."""
    actor = vtkActor()
    actor.SetMapper(mapper)
    look = actor.GetProperty()
    look.SetAmbient(0.28)
    look.SetDiffuse(0.78)
    look.SetSpecular(0.18)
    look.SetSpecularPower(24)
    renderer.AddActor(actor)
    return actor


def add_lines(renderer: vtkRenderer, lines: np.ndarray) -> vtkActor:
    """An actor in the scene: straight lines [n, 2, 3], not lit."""
    points = vtkPoints()
    points.SetData(numpy_to_vtk(np.ascontiguousarray(lines.reshape(-1, 3), np.float32), deep=1))
    poly = vtkPolyData()
    poly.SetPoints(points)
    poly.SetLines(make_cells(np.arange(2 * len(lines)).reshape(-1, 2)))
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(poly)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().LightingOff()
    renderer.AddActor(actor)
    return actor
