"""Notices a worker that has crashed or stands still: the first is started again, both are told."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from app.capture.player import Player
from app.capture.player_state import PlayerState
from app.frames import Failure
from app.inference.estimator import Estimator, EstimatorState

SILENT_S = 3.0  # without a sign of life
FIRST_S = 0.5  # before the first new start; twice as long before each further one
MOST = 5  # new starts within `WITHIN_S`; then a worker is left alone
WITHIN_S = 60.0


@dataclass(slots=True, eq=False)
class Stage:
    """A worker that is looked after.

    beats grows while it is alive; working: it should be; crashed: it has ended by something that
    nobody foresaw, and `restart` may help.
    """

    name: str  # for the user, with its article
    beats: Callable[[], int]
    working: Callable[[], bool]
    crashed: Callable[[], bool]
    restart: Callable[[], object]
    _starts_s: deque[float] = field(default_factory=deque)  # when it was started again
    _due_s: float | None = None  # when it is to be
    _given_up: bool = False
    _seen: int = -1  # beats
    _seen_s: float = 0.0  # when they were new
    _silent: bool = False

    def look(self, now_s: float, silent_s: float) -> Failure | None:
        """What there is to tell, if anything."""
        if self.crashed():
            return self._revive(now_s)
        self._given_up = False
        return self._listen(now_s, silent_s)

    def _revive(self, now_s: float) -> Failure | None:
        self._seen = -1
        while self._starts_s and now_s - self._starts_s[0] > WITHIN_S:
            self._starts_s.popleft()
        if self._given_up:
            return None
        if len(self._starts_s) >= MOST:
            self._given_up = True
            return self._tell(f"has failed {MOST + 1} times within a minute and is left alone")
        if self._due_s is None:
            self._due_s = now_s + FIRST_S * 2 ** len(self._starts_s)
        if now_s < self._due_s:
            return None
        self._due_s = None
        self._starts_s.append(now_s)
        self.restart()
        return self._tell("has failed and was started again")

    def _listen(self, now_s: float, silent_s: float) -> Failure | None:
        beats = self.beats()
        if beats != self._seen or not self.working():
            self._seen, self._seen_s = beats, now_s
            if self._silent:
                self._silent = False
                return self._tell("goes on")
        elif not self._silent and now_s - self._seen_s > silent_s:
            self._silent = True
            return self._tell(f"has not answered for {silent_s:g} seconds")
        return None

    def _tell(self, what: str) -> Failure:
        return Failure("watchdog", f"{self.name} {what}", fatal=False)


class Watchdog:
    """Looks after stages whenever `look` is called, about twice a second; on any one thread."""

    def __init__(self, on_failure: Callable[[Failure], object], silent_s: float = SILENT_S):
        self._on_failure, self._silent_s = on_failure, silent_s
        self.stages: list[Stage] = []

    def look(self, now_s: float) -> None:
        """now_s: `time.monotonic()`. Tells what it finds, once each."""
        for stage in self.stages:
            failure = stage.look(now_s, self._silent_s)
            if failure is not None:
                self._on_failure(failure)


def watch_estimator(estimator: Estimator) -> Stage:
    return Stage(
        name="the estimator",
        beats=lambda: estimator.beats,
        working=lambda: estimator.state is EstimatorState.RUNNING,
        crashed=lambda: estimator.state is EstimatorState.FAULTED and estimator.crashed,
        restart=estimator.start,
    )


def watch_camera(player: Callable[[], Player | None]) -> Stage:
    """The camera that is open at present; its sign of life is a frame.

    A recording is not started again: it would only fail at the same place.
    """

    def camera() -> Player | None:
        present = player()
        return present if present is not None and present.info and present.info.live else None

    def count_frames() -> int:
        present = camera()
        return 0 if present is None else present.stats.frames_in + present.stats.faults.refused

    def is_in(state: PlayerState) -> bool:
        present = camera()
        return present is not None and present.state is state and not present.source.waiting

    def has_crashed() -> bool:
        present = camera()
        return present is not None and present.crashed and is_in(PlayerState.FAULTED)

    def restart() -> None:
        present = camera()
        if present is not None:
            present.start()

    return Stage(
        name="the camera",
        beats=count_frames,
        working=lambda: is_in(PlayerState.RUNNING),
        crashed=has_crashed,
        restart=restart,
    )
