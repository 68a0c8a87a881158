"""The times of a recording's frames, from two clocks neither of which is always right.

The device's stamps say when a picture was taken and decide where they are sound. They wrap round,
stand still, jump for a frame, or are written in another unit than they should; the times of the
recording are wrong where it was paused, and only say when a picture reached the disk.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from app.capture.base import DEFAULT_FPS

ALL_BYTES = 64 << 20  # files up to this size: every stamp is read when the file is opened
SAMPLED = 64  # stamps read of a larger one; all of them only where these look wrong
# Seconds after which counters begin anew: 32 bits of ns, us, 0.1 ms and ms, 24 of us, 16 of ms
WRAPS_S = (2**32 * 1e-9, 2**32 * 1e-6, 2**32 * 1e-4, 2**32 * 1e-3, 2**24 * 1e-6, 2**16 * 1e-3)
UNITS = {1e3: "milliseconds", 1e6: "microseconds", 1e9: "nanoseconds"}
MANY = 20  # pictures at least between two beginnings of a counter
SWAPPED = 2  # places by which a picture may lie off its own among others of a sound clock
EVEN = 3  # longest gap over the typical one where nothing but the order is wrong
NEAR = 0.05  # relative: clocks of the same rate agree in the median gap to this
JUMP_S = 3600.0  # a longer gap that only one of the clocks knows is no pause
OFF_S = 1.0  # a stamp that lies this far off the other clock may be a single wrong one
MOST_WRONG = 0.25  # of the stamps; where more are wrong, the clock is
SHORTEST_MS, LONGEST_MS = 8.0, 200.0  # between pictures of a camera: 125 to 5 a second


@dataclass(frozen=True, slots=True)
class Timeline:
    """When the frames were taken, in the order in which they were."""

    order: np.ndarray  # int [N]: which frame of the file comes first, second, ...
    times_s: np.ndarray  # float64 [N], in that order
    note: str = ""  # what the user should know of it

    @property
    def in_order(self) -> bool:
        """The file's own order is that of the pictures."""
        return bool(np.all(np.diff(self.order) == 1))


def timeline_of(
    count: int,
    stamp: Callable[[int], float],
    recorded_s: Sequence[float] | np.ndarray,
    file_bytes: int,
) -> Timeline | None:
    """The frames' times; None: the stamps of a large file are sound as far as was looked.

    stamp: device time of a frame in seconds, NaN where it cannot be read. recorded_s [count]: the
    recording's, in the order of the file.
    """
    recorded = np.asarray(recorded_s, np.float64)
    if file_bytes > ALL_BYTES and count > SAMPLED:
        looked = np.unique(np.linspace(0, count - 1, SAMPLED).astype(int))
        device = np.array([stamp(int(index)) for index in looked])
        if _agree(device, recorded[looked]):
            return None
    return steady_times(np.array([stamp(index) for index in range(count)]), recorded)


def steady_times(device_s: np.ndarray, recorded_s: np.ndarray) -> Timeline:
    """One rising time for each frame from its two clocks [N], both in the order of the file."""
    order = np.arange(len(device_s))
    if len(order) < 2:
        known = np.where(np.isfinite(device_s), device_s, recorded_s)
        return Timeline(order, known)
    device = _filled(device_s, recorded_s)
    device, note = _in_seconds(device, recorded_s)
    device, wrapped = _unwrapped(device, recorded_s)
    if wrapped:
        note = note or "the camera's clock began anew within the recording"
    if _rises(device, recorded_s):
        return Timeline(order, device, note)
    mended = _without_outliers(device, recorded_s)
    if mended is not None:
        return Timeline(order, mended, "single wrong times of the camera's clock were left out")
    by_device = np.argsort(device, kind="stable")
    near = np.abs(by_device - order).max() <= SWAPPED and _is_even(device[by_device])
    lies = _rises(recorded_s, recorded_s) and not near
    if _rises(device[by_device], recorded_s) and not lies:
        return Timeline(by_device, device[by_device], note)
    by_record = np.argsort(recorded_s, kind="stable")
    if _rises(recorded_s[by_record], recorded_s):
        told = "the camera's clock is not to be relied on: times are those of the recording"
        return Timeline(by_record, recorded_s[by_record], told)
    steady = np.arange(len(order)) / DEFAULT_FPS
    return Timeline(order, steady, f"the times are lost: {DEFAULT_FPS:g} frames a second assumed")


def seconds_of(times: np.ndarray) -> tuple[np.ndarray, str]:
    """Times that should be seconds, as seconds, and a note where they are smaller units."""
    gaps = np.diff(times)
    rising = gaps[gaps > 0]
    if not rising.size:
        return times, ""
    typical = float(np.median(rising))
    for factor, unit in UNITS.items():
        if SHORTEST_MS <= typical * 1e3 / factor <= LONGEST_MS:
            return times / factor, f"its times are {unit}, not seconds"
    return times, ""


def _filled(device: np.ndarray, recorded: np.ndarray) -> np.ndarray:
    """Where a stamp is lost: the recording's, moved to the device's clock."""
    known = np.isfinite(device)
    if known.all():
        return device
    offset = np.median(device[known] - recorded[known]) if known.any() else 0.0
    return np.where(known, device, recorded + offset)


def _in_seconds(device: np.ndarray, recorded: np.ndarray) -> tuple[np.ndarray, str]:
    """A device's clock whose gaps are a thousand, a million ... times the recording's."""
    told, kept = _typical_gap(device), _typical_gap(recorded)
    for factor, unit in UNITS.items():
        if kept > 0 and abs(told / kept / factor - 1) < NEAR:
            return device / factor, f"the camera's clock tells {unit} for seconds"
    return (device, "") if kept > 0 else seconds_of(device)


def _unwrapped(device: np.ndarray, recorded: np.ndarray) -> tuple[np.ndarray, bool]:
    """A counter that began anew goes on; whether one did."""
    gaps = np.diff(device)
    usual = max(_typical_gap(device), _typical_gap(recorded), 1e-3)
    lifted, wrapped = device.copy(), False
    for at in np.flatnonzero(gaps < 0):
        known = recorded[at + 1] - recorded[at]
        allowed = max(10 * usual, 2 * known)
        likely = (w for w in WRAPS_S if w > MANY * usual and 0 < gaps[at] + w <= allowed)
        wrap = next(likely, 0.0)
        lifted[at + 1 :] += wrap
        wrapped |= wrap > 0
    return lifted, wrapped


def _rises(times: np.ndarray, recorded: np.ndarray) -> bool:
    """Every frame after the one before, without a gap that cannot be."""
    gaps = np.diff(times)
    longest = max(JUMP_S, 2 * float(np.ptp(recorded)))
    return bool((gaps > 0).all() and gaps.max() <= longest)


def _is_even(times: np.ndarray) -> bool:
    """A camera's own rate, but for a few pictures that were lost."""
    return bool(np.diff(times).max() <= EVEN * _typical_gap(times))


def _without_outliers(device: np.ndarray, recorded: np.ndarray) -> np.ndarray | None:
    """Single stamps far off the other clock are set by it; None: that is not what is wrong."""
    offset = float(np.median(device - recorded))
    wrong = np.abs(device - recorded - offset) > OFF_S
    if not wrong.any() or wrong.mean() > MOST_WRONG:
        return None
    mended = np.where(wrong, recorded + offset, device)
    return mended if _rises(mended, recorded) else None


def _agree(device: np.ndarray, recorded: np.ndarray) -> bool:
    """Do some of the stamps rise, and go with the other clock?"""
    if not np.isfinite(device).all() or (np.diff(device) <= 0).any():
        return False
    offset = device - recorded
    return bool(np.ptp(offset) < OFF_S)


def _typical_gap(times: np.ndarray) -> float:
    """The median of the gaps above zero; 0.0: there is none."""
    gaps = np.diff(times)
    rising = gaps[gaps > 0]
    return float(np.median(rising)) if rising.size else 0.0
