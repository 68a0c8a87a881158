"""What short range and resampling take from a depth picture: saturated palms, sparse readings.

A camera that lights the scene itself is blinded by what is nearest and faces it: the palm's middle
has no reading. A picture that is registered to another camera's larger grid has a reading in one
pixel of four or nine only; some cameras send every other row; faint light loses most readings.
"""

from __future__ import annotations

import math

import numpy as np

from app.jit import njit

FLAWS = np.dtype(
    [
        ("hole_mm", np.float32),  # radius of the blinded spot; 0: none
        ("hole_place_mm", np.float32, 3),  # its middle, from the palm's
        ("hole_phase", np.float32, 2),  # rad, of its outline
        ("nearest_mm", np.float32),  # what is nearer gives no reading
        ("across", np.int32),  # a reading every so many columns
        ("down", np.int32),  # and rows; 0: as 1
        ("lost", np.float32),  # share of readings lost at random
    ]
)
NEAR_BASELINE = 0.3  # the projector of a camera for near hands stands so much nearer to it
LEAST_BEFORE_MM = 45.0  # so far before the palm there are readings, whatever the range
HOLE_DEPTH_MM = 35.0  # surfaces so far from the spot's middle are blinded too


def sample_holes(rng: np.random.Generator, flaws: np.ndarray, share: float) -> None:
    """Blinds the palms of some of FLAWS [n], in place."""
    n = len(flaws)
    blind = rng.random(n) < share
    flaws["hole_mm"] = np.where(blind, rng.uniform(5, 30, n), 0)
    flaws["hole_place_mm"] = rng.normal(0, (14, 14, 5), (n, 3))
    flaws["hole_phase"] = rng.uniform(0, 2 * np.pi, (n, 2))
    flaws["nearest_mm"] = np.where(rng.random(n) < 0.4, rng.uniform(60, 130, n), 0)


def sample_sparseness(rng: np.random.Generator, flaws: np.ndarray) -> None:
    """Thins FLAWS [n] out, in place: a grid, rows or columns, loss at random."""
    n = len(flaws)
    lot = rng.random(n)
    step = rng.integers(2, 4, n)  # one reading of 4, of 9
    flaws["across"] = np.where(lot < 0.55, step, 1)
    flaws["down"] = np.where(lot < 0.7, step, 1)
    alone = lot >= 0.7
    flaws["lost"] = np.where(alone, rng.uniform(0.3, 0.85, n), rng.choice([0, 0, 0.15], n))


@njit
def blind(depth, far, camera, middle, flaws):
    """Takes readings from what is too near, and round a spot [3] mm, in place; flaws: FLAWS []."""
    record = flaws[()]
    radius, nearest = record["hole_mm"], min(record["nearest_mm"], middle[2] - LEAST_BEFORE_MM)
    fx, fy, cx, cy = camera
    height, width = depth.shape
    if nearest > 0:
        for y in range(height):
            for x in range(width):
                if depth[y, x] < nearest:
                    depth[y, x] = far
    z0 = middle[2] + record["hole_place_mm"][2]
    if radius <= 0 or z0 <= 1:
        return
    x0, y0 = middle[0] + record["hole_place_mm"][0], middle[1] + record["hole_place_mm"][1]
    for y in range(height):
        for x in range(width):
            z = depth[y, x]
            if z >= far or abs(z - z0) > HOLE_DEPTH_MM:
                continue
            a, b = (x - cx) / fx * z - x0, (y - cy) / fy * z - y0
            turn = math.atan2(b, a)
            reach = 1 + 0.3 * math.sin(2 * turn + record["hole_phase"][0])
            reach += 0.2 * math.sin(3 * turn + record["hole_phase"][1])
            if a * a + b * b < (radius * reach) ** 2:
                depth[y, x] = far


@njit
def thin_out(depth, far, flaws, seed):
    """Leaves the readings of a grid, and of these a share at random, in place."""
    record = flaws[()]
    across, down, lost = max(record["across"], 1), max(record["down"], 1), record["lost"]
    if across == 1 and down == 1 and lost <= 0:
        return
    state = np.uint64(seed)
    left, top = int(state % np.uint64(across)), int((state >> np.uint64(8)) % np.uint64(down))
    for y in range(depth.shape[0]):
        for x in range(depth.shape[1]):
            state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
            lot = np.float32(state >> np.uint64(40)) * np.float32(1 / 16777216)
            if x % across != left or y % down != top or lot < lost:
                depth[y, x] = far
