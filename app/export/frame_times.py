"""Recorded times on the even grid of a video or a motion file: how long each frame is shown.

A recording may have lost frames, paused, or taken one and a half frames a second where its camera
promises thirty. Its time stamps decide how fast it plays; the nominal rate counts only where there
are no stamps that could.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

EVEN = 0.5  # steps that differ from the median by less than this share of it are even
SMOOTH_FPS, SLOWEST_FPS = 30.0, 5.0  # of a video; players seek badly in slower ones
LONGEST_S = 60.0  # for which one frame is held; a longer gap is taken for a fault of the clock


@dataclass(frozen=True, slots=True)
class FrameTimes:
    """A rate, and for how many of its ticks each frame is shown."""

    fps: float
    ticks: np.ndarray  # int64 [n], 1 or more


def steps_of(t_s: np.ndarray, nominal_fps: float) -> np.ndarray:
    """Seconds from each frame to the next: float64 [n - 1], all of them positive and finite.

    Where the clock stands, jumps back or says nothing, the median step; without any, the nominal.
    """
    with np.errstate(invalid="ignore"):
        steps = np.diff(np.asarray(t_s, np.float64))
        sound = np.isfinite(steps) & (steps > 0)
    usual = float(np.median(steps[sound])) if sound.any() else 1.0 / nominal_fps
    return np.minimum(np.where(sound, steps, usual), max(LONGEST_S, usual))


def measured_fps(t_s: np.ndarray, nominal_fps: float) -> float:
    """Frames a second by the stamps, on the average; the nominal rate where there are too few."""
    steps = steps_of(t_s, nominal_fps)
    return float(1.0 / steps.mean()) if len(steps) else float(nominal_fps)


def video_times(t_s: np.ndarray, nominal_fps: float) -> FrameTimes:
    """How a video shows frames of these times: at an even pace one tick each.

    With gaps, or slower than players like, each is repeated until the next one's time.
    """
    steps = steps_of(t_s, nominal_fps)
    fps = measured_fps(t_s, nominal_fps)
    usual = float(np.median(steps)) if len(steps) else 1.0 / fps
    even = bool((np.abs(steps - usual) < EVEN * usual).all())
    if even and fps >= SLOWEST_FPS:
        return FrameTimes(fps, np.ones(len(t_s), np.int64))
    fps = max(1.0 / usual, SMOOTH_FPS)
    return FrameTimes(fps, ticks_of(steps, 1.0 / fps))


def ticks_of(steps_s: np.ndarray, tick_s: float) -> np.ndarray:
    """Ticks for which each of n frames is shown, from the n - 1 steps between them: int64 [n].

    None is left out; rounding does not add up. The last one is shown for one tick.
    """
    wanted = np.round(np.cumsum(steps_s) / tick_s)
    # from each place on no two frames share a tick: a running maximum of place minus number
    numbers = np.arange(1, len(wanted) + 1)
    places = np.maximum.accumulate(np.maximum(wanted - numbers, 0)) + numbers
    return np.append(np.diff(places, prepend=0), 1).astype(np.int64)
