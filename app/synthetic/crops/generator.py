"""Endless training crops: a posed hand among clutter, seen by a random camera, cut to 128 x 128.

The crop's geometry is that of `app.segmentation.crop`: a virtual camera on the axis through the
cube's centre at distance d; pixel (u, v) looks along x/z = (u - 63.5) / 128 * cube / d; value = (z
- d) / (cube / 2), outside +1. The scene is first drawn in the camera's own pixel grid (so far hands
are blocky), degraded there, then resampled. Sample i depends on (seed, split, i) alone: its numbers
come from block i // 256, its noise from its own seed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np

from app.frames import CROP_SIZE, CUBE_MM
from app.hand.asset import IDENTITIES_OF, Identities
from app.hand.kinematics import ELBOW, dof_axes
from app.hand.pool import load_hand_pool
from app.hand.prior import load_prior, load_prior_with
from app.hand.shape import Split, palm_axes
from app.hand.wrist_cut import level_rim
from app.synthetic.crops import render as draw
from app.synthetic.crops.domain import Domain
from app.synthetic.crops.parameters import (
    BLOCK,
    CropNumbers,
    draw_numbers,
    people,
    people_triangles,
)
from app.synthetic.crops.wristbands import draw_band
from app.synthetic.raster import rasterise


@dataclass(frozen=True)
class CropBatch:
    """n samples. A negative (present False) shows no hand:
    its joints are 0 and its clean image is empty."""

    images: np.ndarray  # float32 [n, 128, 128] in [-1, 1], as a camera would give it
    clean: np.ndarray  # float32 [n, 128, 128] in [-1, 1], the hand up to the wrist, without noise
    joints: np.ndarray  # float32 [n, 21, 3] mm from the cube's centre, virtual camera's axes
    centre_mm: np.ndarray  # float32 [n, 3] = (0, 0, d)
    cube_mm: np.ndarray  # float32 [n]
    present: np.ndarray  # bool [n]
    theta: np.ndarray  # float32 [n, 31] rad
    identity: np.ndarray  # int64 [n] number of the mesh among `asset.IDENTITIES_OF[identities]`
    shape_index: np.ndarray  # int64 [n] in the pool of the split and the mesh
    scale: np.ndarray  # float32 [n] hand size over the mean hand's


class CropGenerator:
    """`clutter=False`: hand, forearm and sensor alone, and no negatives.
    `poses`: a file of recorded poses in place of the prior's mixture (`prior.load_prior_with`).
    `domain`: cameras, hands and views of one kind alone; without clutter.
    `identities`: whose hands; both, three to one, where nothing is said, but in a domain the first.
    Safe to use from several threads."""

    def __init__(
        self,
        seed: int,
        split: Split = "train",
        cube_mm: float = CUBE_MM,
        size: int = CROP_SIZE,
        clutter: bool = True,
        poses: Path | None = None,
        domain: Domain | None = None,
        identities: Identities | None = None,
    ):
        if domain is not None and clutter:
            raise ValueError("a domain is drawn without clutter")
        self.domain = domain
        self.seed, self.split, self.size = seed, split, size
        self.cube_mm, self.clutter = cube_mm, clutter
        self._prior = load_prior() if poses is None else load_prior_with(Path(poses))
        self.identities: Identities = identities or ("both" if domain is None else "makehuman")
        chosen = IDENTITIES_OF[self.identities]
        self._pools = [load_hand_pool(identity, split) for identity in chosen]
        self._people, self._people_triangles = people(split), people_triangles()
        self._block = lru_cache(maxsize=4)(self._draw_block)

    def _draw_block(self, number: int) -> CropNumbers:
        drawn = draw_numbers(
            self.seed,
            self.split,
            number,
            self._prior,
            self.cube_mm,
            self.clutter,
            self.identities,
        )
        if self.domain is None:
            return drawn
        return self.domain.applied(drawn, self.seed, self.split, number)

    def batch(self, start: int, n: int, clean: bool = True) -> CropBatch:
        """Samples start .. start + n - 1.
        `clean=False` leaves the clean images out (all +1), which saves a quarter of the time."""
        size = self.size
        images, targets = (np.ones((n, size, size), np.float32) for _ in range(2))
        joints = np.zeros((n, 21, 3), np.float32)
        rows = []
        for k in range(n):
            number, row = divmod(start + k, BLOCK)
            block = self._block(number)
            target = targets[k] if clean and block.present[row] else None
            self._render(block, row, images[k], target, joints[k])
            who = block.identity[row], block.shape[row]
            scale = self._pools[who[0]].scale[who[1]]
            rows.append((block.numbers[row], block.present[row], block.theta[row], *who, scale))
        numbers, present, theta, identity, shape, scale = (
            np.array(column) for column in zip(*rows, strict=True)
        )
        joints[~present] = 0
        centre = np.zeros((n, 3), np.float32)
        centre[:, 2] = numbers[:, 0]
        return CropBatch(
            images,
            targets,
            joints,
            centre,
            numbers[:, 1],
            present,
            theta,
            identity,
            shape,
            scale,
        )

    def _render(
        self,
        block: CropNumbers,
        i: int,
        image: np.ndarray,
        clean: np.ndarray | None,
        joints: np.ndarray,
    ) -> None:
        pool = self._pools[block.identity[i]]
        triangles = pool.asset.triangles
        distance, cube = (float(x) for x in block.numbers[i, :2])
        f, far = float(block.focal[i]), float(np.float32(distance + cube / 2))
        bones, vertices = np.empty((21, 3, 4), np.float32), np.empty_like(pool.vertices[0])
        width = int(f * cube / distance) + 3
        cx, cy = (float(p) + (width - 1) / 2 for p in block.phase[i])
        hand = np.full((width, width), far, np.float32)
        self._place(block, i, block.at_forearm[i], block.target[i], bones, joints, vertices)
        if block.drawn[i]:
            if clean is not None:
                draw.draw_clean(level_rim(vertices, pool.rim), pool.bare, distance, cube, clean)
            elbow = bones[0, :, :3] @ pool.pivots[block.shape[i], ELBOW] + bones[0, :, 3]
            wrist = bones[1, :, 3]
            if block.band[i, 1] > 0:
                back = -bones[0, :, :3] @ palm_axes()[:, 2]
                skin = vertices[pool.forearm]
                draw_band(hand, (f, cx, cy), skin, (wrist, elbow), back, block.band[i])
            draw.dress(vertices, pool.forearm, wrist, elbow, block.dress[i])
            rasterise(vertices, triangles, f, f, cx, cy, hand)
        cluttered = self._has_clutter(block, i)
        scene = np.full_like(hand, far) if cluttered else hand
        if cluttered:
            self._draw_clutter(block, i, scene, (f, cx, cy), joints)
        window = hand, scene, cluttered, far, f, cx, cy
        flaws = block.motion[i], block.sensor[i], block.seed[i]
        draw.finish(*window, block.numbers[i], *flaws, image)
        joints[:, 2] -= np.float32(distance)

    def _place(
        self,
        block: CropNumbers,
        i: int,
        at_forearm: float,
        target: np.ndarray,
        bones: np.ndarray,
        joints: np.ndarray,
        vertices: np.ndarray,
    ) -> None:
        s, pool = block.shape[i], self._pools[block.identity[i]]
        draw.place_hand(
            block.theta[i],
            block.rotation[i],
            pool.pivots[s],
            pool.marked[s],
            dof_axes(),
            pool.vertices[s],
            pool.asset.skin_bones,
            pool.asset.skin_weights,
            at_forearm,
            target,
            bones,
            joints,
            vertices,
        )

    @staticmethod
    def _has_clutter(block: CropNumbers, i: int) -> bool:
        solids, planes = block.solids[i, :, 0] >= 0, block.planes[i, :, 3] > 0
        return bool(solids.any() or planes.any() or max(block.second[i], block.person[i]) >= 0)

    def _draw_clutter(
        self,
        block: CropNumbers,
        i: int,
        scene: np.ndarray,
        camera: tuple[float, float, float],
        joints: np.ndarray,
    ) -> None:
        f, cx, cy = camera
        behind = bool(block.present[i])
        draw.draw_planes(
            scene, f, cx, cy, block.planes[i], joints if behind else block.target[i][None], behind
        )
        draw.draw_solids(scene, f, cx, cy, block.solids[i])
        if block.person[i] >= 0:
            body = self._people[block.person[i]]
            placed = (body - body[block.person_point[i]]) @ block.person_turn[i].T
            placed += block.person_at[i]
            rasterise(placed, self._people_triangles, f, f, cx, cy, scene)
        other = block.second[i]
        if other >= 0:
            bones, place = np.empty((21, 3, 4), np.float32), np.empty((21, 3), np.float32)
            pool = self._pools[block.identity[other]]
            vertices = np.empty_like(pool.vertices[0])
            self._place(block, other, 0.0, block.second_at[i], bones, place, vertices)
            vertices[:, 0] = 2 * block.second_at[i, 0] - vertices[:, 0]  # a left hand
            rasterise(vertices, pool.mirrored, f, f, cx, cy, scene)
