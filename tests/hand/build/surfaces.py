"""How far two triangle surfaces lie from each other."""

from __future__ import annotations

import numpy as np
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkFiltersCore import vtkImplicitPolyDataDistance

Surface = tuple[np.ndarray, np.ndarray]  # vertices [V, 3], triangles [T, 3]
# Corners, middles of edges and middle of a triangle
_PLACES = np.array(
    [[2, 0, 0], [0, 2, 0], [0, 0, 2], [1, 1, 0], [0, 1, 1], [1, 0, 1], [2 / 3, 2 / 3, 2 / 3]]
)


def surface_distances(first: Surface, second: Surface) -> np.ndarray:
    """[n]: of seven points of every triangle from the other surface, both ways."""
    return np.concatenate([_one_way(first, second), _one_way(second, first)])


def _one_way(first: Surface, second: Surface) -> np.ndarray:
    corners = first[0].astype(np.float64)[first[1]]
    points = np.einsum("sk,tkc->tsc", _PLACES / 2, corners).reshape(-1, 3)
    distance = vtkImplicitPolyDataDistance()
    distance.SetInput(_poly_data(second))
    return np.abs([distance.EvaluateFunction(point) for point in points.tolist()])


def _poly_data(surface: Surface) -> vtkPolyData:
    points, cells, mesh = vtkPoints(), vtkCellArray(), vtkPolyData()
    points.SetData(numpy_to_vtk(surface[0].astype(np.float64), deep=True))
    rows = np.ascontiguousarray(surface[1], np.int64).ravel()
    cells.SetData(3, numpy_to_vtkIdTypeArray(rows, deep=True))
    mesh.SetPoints(points)
    mesh.SetPolys(cells)
    return mesh
