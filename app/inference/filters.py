"""The One-Euro filter: calm at rest, quick in motion.

Casiez, Roussel, Vogel 2012, "1 EUR Filter: A Simple Speed-based Low-pass Filter for Noisy Input in
Interactive Systems". The speed is taken per point (the length of its velocity), not per coordinate,
so that turning the camera changes nothing.
"""

from __future__ import annotations

import math

import numpy as np

LONGEST_GAP_S = 0.5  # after a longer silence the past says nothing about the present


class OneEuro:
    """Filters points [..., 3] in mm, stamped by the device's clock.

    min_cutoff_hz: cut-off at rest. beta_per_mm: Hz more for each mm/s of speed. speed_cutoff_hz: of
    the speed estimate.
    """

    def __init__(
        self, min_cutoff_hz: float = 1.5, beta_per_mm: float = 0.03, speed_cutoff_hz: float = 3.0
    ):
        self.min_cutoff_hz = min_cutoff_hz
        self.beta_per_mm = beta_per_mm
        self.speed_cutoff_hz = speed_cutoff_hz
        self.reset()

    def configure(self, min_cutoff_hz: float, beta_per_mm: float) -> None:
        """From the next value on; the past stays."""
        self.min_cutoff_hz, self.beta_per_mm = min_cutoff_hz, beta_per_mm

    def reset(self) -> None:
        """Forget the past: the next value passes through unchanged."""
        self._value: np.ndarray | None = None
        self._velocity: np.ndarray | None = None
        self._t_s = 0.0

    def __call__(self, points_mm: np.ndarray, t_s: float) -> np.ndarray:
        """The filtered points, same shape and dtype. Time that jumps resets."""
        dt = t_s - self._t_s
        if self._value is None or not 0 <= dt <= LONGEST_GAP_S:
            self._value = points_mm.astype(np.float64)
            self._velocity = np.zeros_like(self._value)
            self._t_s = t_s
            return points_mm.copy()
        if dt > 0:  # the same time stamp twice (a paused source) changes nothing
            self._advance(points_mm, dt)
            self._t_s = t_s
        return self._value.astype(points_mm.dtype)

    def _advance(self, points_mm: np.ndarray, dt: float) -> None:
        velocity = (points_mm - self._value) / dt
        self._velocity = self._velocity + smoothing(self.speed_cutoff_hz, dt) * (
            velocity - self._velocity
        )
        speed = np.linalg.norm(self._velocity, axis=-1, keepdims=True)
        alpha = smoothing(self.min_cutoff_hz + self.beta_per_mm * speed, dt)
        self._value = self._value + alpha * (points_mm - self._value)


def smoothing(cutoff_hz, dt: float):
    """The factor of a first-order low-pass for a step of `dt` seconds (Casiez 2012, eq. 6)."""
    return 1.0 / (1.0 + 1.0 / (2 * math.pi * cutoff_hz * dt))
