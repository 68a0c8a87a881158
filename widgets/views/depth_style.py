"""How a depth image is drawn: what its colours span, and what lies over it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

RangeMode = Literal["hand", "fixed", "equalised"]


@dataclass(frozen=True, slots=True)
class DepthStyle:
    """What the bar above the depth image chooses; its fields are also the names in the settings."""

    range_mode: RangeMode = "hand"
    near_mm: float = 200.0  # ends of the fixed range
    far_mm: float = 1500.0
    map: str = "Mako"  # a name of `colours.MAPS`
    show_skeleton: bool = True
    show_cube: bool = True
    show_mask: bool = False
    show_colour: bool = True
