"""What can go wrong, and when it does: the same for the same seed."""

from __future__ import annotations

import random
from dataclasses import dataclass

from app.config import ConfigError

# What happens, and for how many seconds.
KINDS: dict[str, tuple[str, float]] = {
    "stall": ("the camera is silent", 1.5),
    "crash": ("the camera's library raises something that nobody foresaw", 0.0),
    "unplug": ("the camera is pulled and plugged in again", 1.0),
    "garbage": ("frames of wrong sizes, values, cameras and times", 0.3),
    "clock": ("the camera's clock jumps", 0.0),
    "estimator": ("the estimator raises something that nobody foresaw", 0.0),
    "hang": ("the estimator stands still", 1.5),
    "disk": ("the disk is full", 1.0),
    "folder": ("the file that is being recorded is deleted", 0.0),
    "consumer": ("nobody takes the results", 1.0),
}
CRASHES = ("crash", "estimator")
CRASH_GAP_S = 15.0  # a worker that fails more often is left alone: `app.inference.watchdog`
QUIET_S = 2.0  # before the first fault and after the last


@dataclass(frozen=True, slots=True)
class Fault:
    """Seconds from the start of the run."""

    kind: str
    at_s: float


def parse_kinds(text: str) -> tuple[str, ...]:
    """From "all", "none" or kinds joined by commas. Raises ConfigError."""
    if text in ("all", "none"):
        return tuple(KINDS) if text == "all" else ()
    kinds = tuple(text.split(","))
    unknown = [kind for kind in kinds if kind not in KINDS]
    if unknown:
        raise ConfigError(f"no fault is called {unknown[0]!r}", f"there are {', '.join(KINDS)}")
    return kinds


def make_schedule(seed: int, seconds: float, kinds: tuple[str, ...], every_s: float) -> list[Fault]:
    """A fault about every `every_s` seconds: all kinds in a random order, then again in another."""
    chance = random.Random(seed)
    faults: list[Fault] = []
    waiting: list[str] = []
    last_s = dict.fromkeys(CRASHES, -CRASH_GAP_S)
    at_s = QUIET_S
    while kinds and at_s < seconds - QUIET_S:
        if not waiting:
            waiting = chance.sample(kinds, len(kinds))
        kind = waiting.pop()
        if at_s - last_s.get(kind, -CRASH_GAP_S) >= CRASH_GAP_S:
            faults.append(Fault(kind, round(at_s, 3)))
            if kind in last_s:
                last_s[kind] = at_s
        at_s += every_s * chance.uniform(0.8, 1.2)
    return faults
