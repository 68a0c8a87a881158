"""What a user wants of a RealSense, and how SOURCE says it.

realsense[:[SERIAL][,848x480][,90fps][,hand|short-range][,temporal][,200-800mm][,colour]]
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace

from app.capture.base import BadSource

SIZES = ((848, 480), (640, 480))  # what docks offer; others are taken too
RATES = (30, 60, 90)
PRESETS = ("hand", "short-range")
WORDS = "SERIAL, 848x480, 90fps, hand, short-range, temporal, 200-800mm, colour"
HIGHER = 4.0  # how much worse a profile is that needs more of the bus than what was asked for

Profile = tuple[int, int, int]  # width, height, frames a second


@dataclass(frozen=True, slots=True)
class StreamChoice:
    """What to stream, and what to do to it."""

    serial: str = ""  # empty: the first camera that answers
    width: int = 640
    height: int = 480
    fps: int = 30
    preset: str = ""  # of PRESETS; empty: as the camera stands
    temporal: bool = False  # librealsense's temporal filter
    near_mm: int = 0  # outside near_mm .. far_mm: no reading
    far_mm: int = 0  # 0: no threshold
    colour: bool = False  # the colour picture too, aligned to the depth

    @property
    def profile(self) -> Profile:
        return self.width, self.height, self.fps

    @property
    def spec(self) -> str:
        """SOURCE that means this."""
        items = [self.serial] if self.serial else []
        if (self.width, self.height) != (640, 480):
            items.append(f"{self.width}x{self.height}")
        if self.fps != 30:
            items.append(f"{self.fps}fps")
        items += [self.preset] if self.preset else []
        items += ["temporal"] if self.temporal else []
        items += [f"{self.near_mm}-{self.far_mm}mm"] if self.far_mm else []
        items += ["colour"] if self.colour else []
        return "realsense:" + ",".join(items) if items else "realsense"


def parse_choice(text: str) -> StreamChoice:
    """What stands behind `realsense:`. Raises BadSource for what means nothing."""
    choice = StreamChoice()
    for index, item in enumerate(text.split(",")):
        choice = _with_item(choice, item.strip(), first=index == 0)
    return choice


def _with_item(choice: StreamChoice, item: str, first: bool) -> StreamChoice:
    word = item.lower()
    if word in PRESETS:
        return replace(choice, preset=word)
    if word == "temporal":
        return replace(choice, temporal=True)
    if word == "colour":
        return replace(choice, colour=True)
    if size := re.fullmatch(r"(\d{2,4})x(\d{2,4})", word):
        return replace(choice, width=int(size[1]), height=int(size[2]))
    if rate := re.fullmatch(r"(\d{1,3})fps", word):
        if not 1 <= int(rate[1]) <= 300:
            raise BadSource(f"realsense: {item} is not possible", "1 to 300 frames a second")
        return replace(choice, fps=int(rate[1]))
    if limits := re.fullmatch(r"(\d{1,5})-(\d{1,5})mm", word):
        near, far = int(limits[1]), int(limits[2])
        if near >= far:
            raise BadSource(f"realsense: {item} leaves nothing", "nearer first: 200-800mm")
        return replace(choice, near_mm=near, far_mm=far)
    if first and re.fullmatch(r"[A-Za-z0-9-]+", item):
        return replace(choice, serial=item)
    raise BadSource(f"realsense: {item!r} means nothing here", f"after the colon: {WORDS}")


def rank_profiles(offered: set[Profile], wanted: Profile) -> list[Profile]:
    """What a camera offers, the closest to what is wanted first; less is better than more."""

    def distance(profile: Profile) -> float:
        area, fps = profile[0] * profile[1], profile[2]
        asked_area, asked_fps = wanted[0] * wanted[1], wanted[2]
        more = area > asked_area or fps > asked_fps
        ratios = abs(math.log2(area / asked_area)) + abs(math.log2(fps / asked_fps))
        return ratios + HIGHER * more + (profile[:2] != wanted[:2]) * 1e-3

    return sorted(offered, key=lambda p: (distance(p), p))


def describe_fallback(wanted: Profile, got: Profile, usb: str) -> str:
    """What the user is told where the camera gives something else than asked; empty where not."""
    slow = usb.startswith(("1", "2"))
    if got == wanted:
        return ""
    why = f" on USB {usb}: plug it into a USB 3 socket" if slow else ""
    asked, given = (f"{w} x {h} at {fps} fps" for w, h, fps in (wanted, got))
    return f"asked for {asked}, this camera gives {given}{why}"
