"""Where a 3-D view of the hand is looked at from.

Its origin is the hand's middle, its axes are the sensor's (x right, y down, z forward), mm.
"""

from __future__ import annotations

import numpy as np
from vtkmodules.vtkRenderingCore import vtkCamera

HOME_MM = 470.0
HOME_DEGREES = 28.0
AROUND_MM = 145.0  # about the hand's middle, what the sensor's view shows
SENSOR = "Sensor"
# Direction from the hand to the eye, and up.
PRESETS: dict[str, tuple[tuple[float, float, float], tuple[float, float, float]]] = {
    "Front": ((0.0, 0.0, -1.0), (0.0, -1.0, 0.0)),
    "Side": ((1.0, 0.0, 0.0), (0.0, -1.0, 0.0)),
    "Top": ((0.0, -1.0, 0.0), (0.0, 0.0, 1.0)),
    SENSOR: ((0.0, 0.0, -1.0), (0.0, -1.0, 0.0)),  # where the sensor is, and it goes with the hand
    "Reset": ((-0.42, -0.34, -0.84), (0.0, -1.0, 0.0)),
}


class ViewCamera:
    """Moves a VTK camera."""

    def __init__(self, camera: vtkCamera):
        self._camera = camera
        self._at_sensor = False

    def look_from(self, preset: str, centre_mm: np.ndarray | None) -> None:
        """Go to a name of `PRESETS`. centre_mm: the hand's middle as the sensor sees it."""
        direction, up = PRESETS[preset]
        self._camera.SetFocalPoint(0, 0, 0)
        self._camera.SetPosition(*(HOME_MM * np.array(direction)))
        self._camera.SetViewUp(*up)
        self._camera.SetViewAngle(HOME_DEGREES)
        self._at_sensor = preset == SENSOR
        self.follow(centre_mm)

    def follow(self, centre_mm: np.ndarray | None) -> None:
        """The hand has moved: an eye at the sensor stays there and keeps the hand in view."""
        if not self._at_sensor or centre_mm is None:
            return
        distance = max(float(np.linalg.norm(centre_mm)), AROUND_MM)
        self._camera.SetPosition(*(-centre_mm))
        self._camera.SetViewAngle(float(2 * np.degrees(np.arctan(AROUND_MM / distance))))

    def release(self) -> None:
        """The user has taken the camera: it does not follow the sensor any more."""
        self._at_sensor = False

    def project(self, points_mm: np.ndarray, size: tuple[int, int]) -> np.ndarray:
        """[n, 3] mm -> [n, 2] pixels of a view of this width and height."""
        shape, near_far = size[0] / max(size[1], 1), (0.01, 1e5)
        matrix = self._camera.GetCompositeProjectionTransformMatrix(shape, *near_far)
        m = np.array([[matrix.GetElement(r, c) for c in range(4)] for r in range(4)])
        h = np.c_[points_mm, np.ones(len(points_mm))] @ m.T
        ndc = h[:, :2] / h[:, 3:]
        return (ndc * (1, -1) + 1) / 2 * size
