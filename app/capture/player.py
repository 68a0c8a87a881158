"""The capture thread: opens a source, paces it, and gives its frames to whoever takes them.

One thread owns the source; everything the user does (play, pause, step, seek, speed) reaches it as
a command.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from app.capture.base import DepthSource, EndOfStream, StreamInfo, opened
from app.capture.pace import Pace, checked_speed
from app.capture.player_state import PlayerState, PlayerStats
from app.capture.reconnect import Interrupted
from app.capture.source_thread import SourceThread
from app.errors import EndedEarly
from app.frames import Failure, Frame
from app.threads.takers import Takers

WAIT_S = 0.2  # no wait is longer, so that a command or `stop` is served at once


class Player(SourceThread):
    """Plays one source. Every method returns at once, from any thread; only `stop` waits, 2 s.

    takers: are given every frame that is shown, on the capture thread, for instance a mailbox's
    `put`; they may change while it plays.
    """

    def __init__(
        self,
        source: DepthSource,
        takers: Iterable[Callable[[Frame], object]] = (),
        on_failure: Callable[[Failure], object] | None = None,
        on_state: Callable[[PlayerState], object] | None = None,
    ):
        super().__init__(source, on_failure, on_state)
        self.takers: Takers[Frame] = Takers(*takers)
        self._pace = Pace(30.0)
        self._speed, self._loop = 1.0, False
        self._first, self._last = 0, math.inf  # frames between which it plays and loops
        self._pending: Frame | None = None  # read, but not yet due
        self._show = 0  # frames to show although paused: after a step or a seek
        self._read_since_seek = 0
        self._frames_in, self._discarded = 0, 0
        self._epoch, self._generation, self._position = 0, 0, -1

    # What anybody may ask

    @property
    def epoch(self) -> int:
        """Grows with every start, seek and loop; a result of an older epoch is stale."""
        return self._epoch

    @property
    def position(self) -> int:
        """Index of the frame shown last, -1 before the first."""
        return self._position

    @property
    def stats(self) -> PlayerStats:
        return PlayerStats(
            frames_in=self._frames_in,
            shown=self.takers.given,
            discarded=self._discarded,
            lost=self._source.lost,
            faults=self._source.faults,
        )

    # What anybody may order

    def play(self) -> None:
        """Go on; from the start where the recording has ended."""
        self._order(self._play)

    def pause(self) -> None:
        self._order(self._pause)

    def step(self, count: int = 1) -> None:
        """Pause, then show the frame `count` after (or, negative, before) the one shown."""
        self._order(lambda: self._step(count))

    def seek_frame(self, index: int) -> None:
        """Go to frame `index`; while paused that frame is shown."""
        self._order(lambda: self._seek(index))

    def seek_time(self, seconds: float) -> None:
        """Go to the first frame at or after `seconds` from the recording's start."""
        self._order(lambda: self._seek_time(seconds))

    def set_speed(self, speed: float) -> None:
        """Held within 0.1 .. 8; raises ValueError for what is no positive number."""
        self._speed = checked_speed(speed)
        self._order(lambda: self._pace.set_speed(self._speed, time.monotonic()))

    def set_loop(self, loop: bool) -> None:
        self._loop = bool(loop)

    def set_range(self, first: int | None = None, last: int | None = None) -> None:
        """Play and loop from frame `first` to frame `last`, both included; None: no bound there.

        Steps and seeks reach every frame all the same. Raises ValueError for an empty range.
        """
        low, high = first or 0, math.inf if last is None else last
        if not 0 <= low <= high:
            raise ValueError(f"frames {low} to {high} are no range")
        self._order(lambda: self._set_range(low, high))

    # The thread

    @property
    def _known(self) -> StreamInfo:
        return opened(self.info)

    def _prepare(self, paused: bool) -> None:
        self._discard()
        self._show, self._position = int(paused), -1

    def _begin(self, paused: bool) -> None:
        self._pace = Pace(self._known.fps, self._speed)
        self._new_epoch()
        self._set_state(PlayerState.PAUSED if paused else PlayerState.RUNNING)

    def _end(self) -> None:
        self._discard()

    def _turn(self) -> None:
        """Read, wait or show; never longer than WAIT_S."""
        running = self._state is PlayerState.RUNNING
        if not running and not self._show:
            self._idle(WAIT_S)
        elif self._pending is None:
            self._fetch()
        elif running and (wait_s := self._wait_s()) > 0:
            self._idle(min(wait_s, WAIT_S))
        else:
            self._deliver(self._pending)

    def _idle(self, wait_s: float) -> None:
        if self._known.live and self._state is PlayerState.PAUSED:
            self._read(wait_s)  # a camera that nobody reads from stops
            return
        self._rest(wait_s)

    def _fetch(self) -> None:
        try:
            frame = self._read(WAIT_S)
        except EndOfStream:
            self._at_end()
        except EndedEarly as error:
            if self.error is None:
                self._report(error, fatal=False)
            self._at_end()
        else:
            if frame is None:
                return
            if self._state is PlayerState.RUNNING and not self._show and frame.index > self._last:
                self._at_end()
                if self._state is PlayerState.RUNNING:
                    return
            self._accept(frame)  # past the range's end too: a step may show it

    def _read(self, wait_s: float) -> Frame | None:
        """A camera that has gone is told and waited for; once it is back a new epoch begins."""
        try:
            frame = self._source.read(wait_s)
        except Interrupted as error:
            self._report(error, fatal=False)
            return None
        if frame is not None and self._source.generation != self._generation:
            self._generation, self.error = self._source.generation, None
            self._new_epoch()
        self._complain()
        return frame

    def _accept(self, frame: Frame) -> None:
        self._frames_in += 1
        self._read_since_seek += 1
        self._pending = replace(frame, epoch=self._epoch)
        self._pace.schedule(frame.t_s, time.monotonic())

    def _wait_s(self) -> float:
        """Until the frame read is due. A camera sets its own pace."""
        return 0.0 if self._known.live else self._pace.due_s - time.monotonic()

    def _deliver(self, frame: Frame) -> None:
        if not self._known.live:
            frame = replace(frame, t_host_s=time.monotonic())  # read ahead, but due only now
        self.takers.give(frame)
        self._position, self._pending = frame.index, None
        self._show = max(self._show - 1, 0)

    def _at_end(self) -> None:
        self._show = 0
        again = self._loop and self._known.seekable and self._read_since_seek > 0
        if again and self._state is PlayerState.RUNNING:
            self._rewind()
        else:
            self._set_state(PlayerState.ENDED)

    # The commands, in the thread

    def _play(self) -> None:
        outside = self._position >= 0 and not self._first <= self._position <= self._last
        if self._known.seekable and (self._state is PlayerState.ENDED or outside):
            self._rewind()
        self._pace.restart()
        if self._pending is not None:
            self._pace.schedule(self._pending.t_s, time.monotonic())
        self._set_state(PlayerState.RUNNING)

    def _pause(self) -> None:
        if self._state is PlayerState.RUNNING:
            self._set_state(PlayerState.PAUSED)

    def _step(self, count: int) -> None:
        self._pause()
        if self._state is PlayerState.ENDED and self._pending is not None:
            self._set_state(PlayerState.PAUSED)  # only the range has ended
        if count == 1 and self._state is not PlayerState.ENDED:
            self._show += 1
        elif count < 0:
            self._step_back(-count)
        elif count > 1:
            self._seek(self._position + count)

    def _step_back(self, count: int) -> None:
        """Show the frame `count` before this one, or the next readable one before that."""
        here = self._position
        for target in range(max(here - count, 0), -1, -1):
            self._seek(target)
            self._fetch()
            if self._stopping or self._pending is None or self._pending.index < here:
                return

    def _seek_time(self, seconds: float) -> None:
        if self._known.seekable:
            self._seek(self._source.index_at(seconds))

    def _seek(self, index: int) -> None:
        if not self._known.seekable:
            return
        self._source.seek(index)
        self._new_epoch()
        self._show = 1  # a pause that follows at once still shows it
        if self._state is not PlayerState.RUNNING:
            self._set_state(PlayerState.PAUSED)

    def _rewind(self) -> None:
        self._source.seek(self._first)
        self._new_epoch()

    def _set_range(self, first: int, last: float) -> None:
        self._first, self._last = first, last
        if self._pending is not None and self._pending.index > last:
            self._discard()  # read ahead, now beyond the end; the next one read ends it
        if self._state is PlayerState.ENDED and self._position < last:
            self._set_state(PlayerState.PAUSED)  # there is more to play now

    def _new_epoch(self) -> None:
        self._epoch += 1
        self._read_since_seek = 0
        self._discard()
        self._pace.restart()

    def _discard(self) -> None:
        """What was read ahead is not wanted."""
        self._discarded += self._pending is not None
        self._pending = None
