"""Draws a crop's sample in depth: the hand and what it wears, among what surrounds it.

The scene is first drawn in the camera's own pixel grid (so far hands are blocky), degraded there,
then resampled.
"""

from __future__ import annotations

import numpy as np

from app.hand.kinematics import ELBOW
from app.hand.pool import HandPool
from app.hand.shape import Split, palm_axes
from app.hand.wrist_cut import level_rim
from app.skeleton import PALM
from app.synthetic.crops.people import people, people_triangles
from app.synthetic.crops.picture import compose, draw_clean, draw_plane_at, finish
from app.synthetic.crops.placement import place_from
from app.synthetic.crops.sleeves import put_on
from app.synthetic.crops.wristbands import draw_band
from app.synthetic.raster import Pinhole, rasterise
from app.synthetic.sight import see_joints
from app.synthetic.solids import NOTHING, carried, draw_solids


class DepthRenderer:
    """Draws samples whose hands come from `pools`. Safe to use from several threads."""

    def __init__(self, pools: list[HandPool], split: Split):
        self._pools = pools
        self._people, self._people_triangles = people(split), people_triangles()

    def draw(
        self, sample: np.ndarray, image: np.ndarray, clean: np.ndarray | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Joints float32 [21, 3] mm from the cube's centre and bool [21], those that are seen.

        0 and False where no hand is drawn. sample: SAMPLE []. Fills image, float32 [size, size] in
        [-1, 1], and clean, which shows the hand alone up to the wrist, alike.
        """
        view = sample["view"]
        distance, cube = float(view["distance_mm"]), float(view["cube_mm"])
        window, size = _window(view)
        far = float(np.float32(distance + cube / 2))
        depth, joints = np.full((size, size), far, np.float32), np.zeros((21, 3), np.float32)
        seen = np.zeros(21, bool)
        if sample["drawn"]:
            joints = self._draw_hand(sample, window, depth, clean)
        if _is_cluttered(sample):
            scene = np.full_like(depth, far)
            self._draw_clutter(sample, window, scene, joints)
            compose(scene, depth, far)
        if sample["drawn"]:
            see_joints(depth, window, joints, self._scale(sample["hand"]), view["beyond"], seen)
        finish(depth, far, window, sample, joints[PALM].mean(0), image)
        if sample["drawn"]:
            joints[:, 2] -= np.float32(distance)
        return joints, seen

    def _scale(self, hand: np.ndarray) -> float:
        return float(self._pools[hand["identity"]].scale[hand["shape"]])

    def _draw_hand(
        self, sample: np.ndarray, window: Pinhole, depth: np.ndarray, clean: np.ndarray | None
    ) -> np.ndarray:
        """Joints [21, 3] mm in the camera frame of the hand that is drawn, with what it wears."""
        hand, band = sample["hand"], sample["band"]
        pool = self._pools[hand["identity"]]
        bones, joints, vertices = place_from(pool, hand)
        if clean is not None:
            draw_clean(level_rim(vertices, pool.rim), pool.bare, sample["view"], clean)
        elbow = bones[0, :, :3] @ pool.pivots_mm[hand["shape"], ELBOW] + bones[0, :, 3]
        wrist = bones[1, :, 3]
        if band["width_mm"] > 0:
            back = -bones[0, :, :3] @ palm_axes()[:, 2]
            draw_band(depth, window, vertices[pool.forearm], (wrist, elbow), back, band)
        put_on(vertices, pool.forearm, wrist, elbow, sample["sleeve"])
        rasterise(vertices, pool.asset.triangles, window, depth)
        if sample["held"]["kind"][0] != NOTHING:
            draw_solids(depth, window, carried(sample["held"], bones[1]))
        return joints

    def _draw_clutter(
        self, sample: np.ndarray, window: Pinhole, scene: np.ndarray, joints: np.ndarray
    ) -> None:
        """Draws plane, solids, a body and a second hand. joints: of the hand if it is present."""
        behind, plane, person = bool(sample["present"]), sample["plane"], sample["person"]
        if plane["margin_mm"] != 0:
            points = joints if behind else sample["hand"]["target_mm"][None]
            draw_plane_at(scene, window, plane, points, behind)
        draw_solids(scene, window, sample["solids"])
        if person["number"] >= 0:
            body = self._people[person["number"]]
            placed = (body - body[person["vertex"]]) @ person["turn"].T + person["place_mm"]
            rasterise(placed, self._people_triangles, window, scene)
        if sample["has_second"]:
            self._draw_second(sample["second"], window, scene)

    def _draw_second(self, hand: np.ndarray, window: Pinhole, scene: np.ndarray) -> None:
        """A left hand: the mirror image of the right one of the record, about its middle."""
        pool = self._pools[hand["identity"]]
        _, _, vertices = place_from(pool, hand)
        vertices[:, 0] = 2 * hand["target_mm"][0] - vertices[:, 0]
        rasterise(vertices, pool.mirrored, window, scene)


def _window(view: np.ndarray) -> tuple[Pinhole, int]:
    """The camera of the square window that the cube fills, and the window's side in pixels."""
    f = float(view["focal_px"])
    size = int(f * float(view["cube_mm"]) / float(view["distance_mm"])) + 3
    cx, cy = (float(phase) + (size - 1) / 2 for phase in view["phase_px"])
    return (f, f, cx, cy), size


def _is_cluttered(sample: np.ndarray) -> bool:
    near = sample["has_second"] or sample["plane"]["margin_mm"] > 0
    near = near or sample["person"]["number"] >= 0
    return bool(near or (sample["solids"]["kind"] != NOTHING).any())
