"""What a dock can turn on a camera, as values that travel between threads."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Control:
    """One setting of a camera as it stands now."""

    name: str  # what `DepthSource.set_control` takes
    label: str  # for the user
    value: float
    low: float
    high: float
    step: float
    choices: tuple[
        tuple[float, str], ...
    ] = ()  # (value, words) where only some values mean a thing
    read_only: bool = False  # the camera sets it itself now

    @property
    def switch(self) -> bool:
        """Only on or off."""
        return not self.choices and (self.low, self.high, self.step) == (0.0, 1.0, 1.0)
