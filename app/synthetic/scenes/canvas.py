"""What a scene is drawn on: perfect depth of the surfaces that it is given."""

from __future__ import annotations

import numpy as np

from app.frames import Intrinsics
from app.synthetic.raster import pinhole_of, rasterise
from app.synthetic.sight import see_joints
from app.synthetic.solids import draw_solids

FAR_MM = 12000.0  # depth where nothing is


class DepthCanvas:
    """Depth of all surfaces drawn so far, as `camera` sees them."""

    def __init__(self, camera: Intrinsics):
        self.camera = camera
        self.depth_mm = self._blank()

    def draw(self, vertices_mm: np.ndarray, triangles: np.ndarray) -> None:
        """Adds a surface: float32 [V, 3] mm in the camera frame, int32 [T, 3]."""
        rasterise(vertices_mm, triangles, pinhole_of(self.camera), self.depth_mm)

    def draw_solids(self, solids: np.ndarray) -> None:
        """Adds solids, SOLID [k], in the camera frame."""
        if len(solids):
            draw_solids(self.depth_mm, pinhole_of(self.camera), solids)

    def seen_joints(self, joints_mm: np.ndarray, scale: float) -> np.ndarray:
        """bool [21]: those of the joints of a hand drawn before that nothing hides."""
        seen, whole = np.zeros(21, bool), np.zeros(4, np.float32)
        joints = np.ascontiguousarray(joints_mm, np.float32)
        see_joints(self.depth_mm, pinhole_of(self.camera), joints, scale, whole, seen)
        return seen

    def erase(self, vertices_mm: np.ndarray, triangles: np.ndarray) -> None:
        """Takes readings away where a part of a surface drawn before, now given, is in sight."""
        alone = self._alone(vertices_mm, triangles)
        self.depth_mm[(alone < FAR_MM) & (alone <= self.depth_mm + 1)] = FAR_MM

    def visible_share(self, vertices_mm: np.ndarray, triangles: np.ndarray) -> float:
        """How much of the picture that a surface would give alone is not covered."""
        alone = self._alone(vertices_mm, triangles)
        drawn = alone < FAR_MM
        return float((self.depth_mm[drawn] >= alone[drawn] - 0.5).mean()) if drawn.any() else 0.0

    def _alone(self, vertices_mm: np.ndarray, triangles: np.ndarray) -> np.ndarray:
        depth_mm = self._blank()
        rasterise(vertices_mm, triangles, pinhole_of(self.camera), depth_mm)
        return depth_mm

    def _blank(self) -> np.ndarray:
        return np.full((self.camera.height, self.camera.width), FAR_MM, np.float32)
