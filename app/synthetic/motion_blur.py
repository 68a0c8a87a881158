"""What a time-of-flight camera makes of a scene that moves while it measures.

Such a camera takes four pictures, a quarter of its modulation's period apart in phase, one after
another, and computes depth from all four. Where an edge passes a pixel meanwhile, the four belong
to different surfaces: rims of depths that nothing has, before, between or behind both surfaces, and
readings lost where the sum is faint (Lindner and Kolb 2009, "Compensation of motion artifacts for
time-of-flight cameras").
"""

from __future__ import annotations

import math

import numpy as np

from app.jit import njit

SHARE = 0.2  # of time-of-flight pictures
FASTEST_MM = 18.0  # sideways while one picture is taken: 1.2 m/s for 15 ms
MOTION_STREAM = 4  # of the random numbers
FAINT = 0.35  # of the nearest surface's signal: less is no reading
STILL_MM = 4.0  # the four agree to this
MOTION = np.dtype(
    [
        ("across_px", np.float32),  # of the camera's grid while the picture is taken; 0: none
        ("down_px", np.float32),
        ("ambiguity_mm", np.float32),  # the range after which depth begins anew
        ("behind_mm", np.float32),  # depth of what lies behind the cube
        ("brightness", np.float32),  # of that, over the hand's
    ]
)


def sample_motion(
    key: list[int], flight: np.ndarray, focal: np.ndarray, distance_mm: np.ndarray
) -> np.ndarray:
    """MOTION [n]: how each picture moves; depends on key and these alone.

    flight: bool [n] of the cameras that measure so; focal: [n] px; distance_mm: [n].
    """
    n = len(flight)
    rng = np.random.default_rng([*key, MOTION_STREAM])
    moving = flight & (rng.random(n) < SHARE)
    size = FASTEST_MM * rng.random(n) ** 2 * focal / distance_mm * moving
    angle = rng.uniform(0, 2 * np.pi, n)
    motion = np.zeros(n, MOTION)
    motion["across_px"], motion["down_px"] = size * np.cos(angle), size * np.sin(angle)
    motion["ambiguity_mm"] = 150_000 / rng.uniform(20, 80, n)  # half the wavelength of 20-80 MHz
    motion["behind_mm"] = distance_mm + rng.uniform(200, 2000, n)
    motion["brightness"] = np.where(rng.random(n) < 0.3, 0, rng.uniform(0.3, 1.2, n))
    return motion


@njit
def blur(depth, far, motion):
    """Depth of a moving scene from four pictures, in place; pixels at far hold no surface.

    motion: a record of MOTION.
    """
    height, width = depth.shape
    before = depth.copy()
    turn = np.float32(2 * math.pi) / motion["ambiguity_mm"]
    z = np.empty(4, np.float32)
    for y in range(height):
        for x in range(width):
            low, high = np.float32(1e9), np.float32(0)
            for k in range(4):
                t = (k - 1.5) / 3
                j = min(max(math.floor(y - motion["down_px"] * t + 0.5), 0), height - 1)
                i = min(max(math.floor(x - motion["across_px"] * t + 0.5), 0), width - 1)
                z[k] = before[j, i]
                low, high = min(low, z[k]), max(high, z[k])
            if high - low < STILL_MM:
                depth[y, x] = low if high >= far else (z[0] + z[1] + z[2] + z[3]) / 4
            else:
                depth[y, x] = _measured(z, low, far, turn, motion)


@njit
def _measured(z, low, far, turn, motion):
    """Depth from four samples of the correlation, each of another surface; far: no reading."""
    total = np.zeros(4, np.float32)
    for k in range(4):
        place, light = z[k], np.float32(1)
        if place >= far:
            place, light = motion["behind_mm"], motion["brightness"]
        light *= (low / place) ** 2
        total[k] = light * math.cos((place - low) * turn - k * np.float32(math.pi / 2))
    real, imaginary = total[0] - total[2], total[1] - total[3]
    if math.sqrt(real * real + imaginary * imaginary) < 2 * FAINT:
        return far
    value = low + math.atan2(imaginary, real) / turn
    return value if value < far else far
