"""When the next frame of a recording is due: its own time stamps, at the speed asked for."""

from __future__ import annotations

import math

MAX_GAP_S = 1.0  # a longer pause in the recording is shortened to this: nobody waits at a cut
LATE_S = 0.5  # further behind than this the clock starts anew instead of racing to catch up
MIN_SPEED, MAX_SPEED = 0.1, 8.0


class Pace:
    """The clock of one playing. `schedule` every frame in order; `restart` after a seek."""

    def __init__(self, fps: float, speed: float = 1.0):
        self._interval_s = 1.0 / fps
        self._speed = speed
        self._last_t_s: float | None = None
        self.due_s = 0.0  # host time at which the frame scheduled last is to be shown

    def restart(self) -> None:
        """The next frame is due at once."""
        self._last_t_s = None

    def schedule(self, t_s: float, now_s: float) -> None:
        """Set `due_s` for the frame stamped `t_s`.

        A stamp that is not finite or lies before the last one counts as one nominal interval.
        """
        if self._last_t_s is None:
            self.due_s = now_s
        else:
            self.due_s += self._gap_s(t_s - self._last_t_s) / self._speed
            if now_s - self.due_s > LATE_S:
                self.due_s = now_s
        if math.isfinite(t_s):
            self._last_t_s = t_s
        elif self._last_t_s is None:
            self._last_t_s = 0.0

    def set_speed(self, speed: float, now_s: float) -> None:
        """From now on; what is left of the present wait is rescaled."""
        self.due_s = now_s + (self.due_s - now_s) * self._speed / speed
        self._speed = speed

    def _gap_s(self, gap_s: float) -> float:
        """What a gap between two stamps counts."""
        if not (math.isfinite(gap_s) and gap_s >= 0):
            return self._interval_s
        return min(gap_s, MAX_GAP_S)


def checked_speed(speed: float) -> float:
    """`speed` held within 0.1 .. 8; raises ValueError for what is no positive number."""
    if not (math.isfinite(speed) and speed > 0):
        raise ValueError(f"a speed of {speed} is not possible")
    return min(max(float(speed), MIN_SPEED), MAX_SPEED)
