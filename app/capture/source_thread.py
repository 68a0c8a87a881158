"""A thread that owns one source: opens it, serves orders, tells how it stands, closes it."""

from __future__ import annotations

import threading
import traceback
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable

from app.capture.base import DepthSource, StreamInfo
from app.capture.frame_check import CheckedSource
from app.capture.player_state import PlayerState
from app.errors import AppError, CaptureError
from app.frames import Failure
from app.threads.own_thread import OwnThread

JOIN_S = 2.0


class SourceThread(ABC):
    """A subclass says what is done in `_begin`, again and again in `_turn`, and in `_end`."""

    def __init__(
        self,
        source: DepthSource,
        on_failure: Callable[[Failure], object] | None,
        on_state: Callable[[PlayerState], object] | None,
    ):
        self._source = CheckedSource(source)
        self._on_failure, self._on_state = on_failure, on_state
        self._thread = OwnThread("capture")
        self._wake = threading.Condition()
        self._commands: deque[Callable[[], None]] = deque()
        self._complained = False
        self._state = PlayerState.STOPPED
        self.info: StreamInfo | None = None  # known once the source is open
        self.error: AppError | None = None  # why the last playing faulted or ended early
        self.crashed = False  # it faulted by something that nobody foresaw: worth another try

    @property
    def state(self) -> PlayerState:
        return self._state

    @property
    def source(self) -> DepthSource:
        """Its `waiting`, `lost`, `controls` and `refusal` anybody may ask, `set_control` order."""
        return self._source

    def start(self, paused: bool = False) -> None:
        """Open the source in a new thread and play. Does nothing while one is alive."""
        if self._thread.alive:
            return
        self._commands.clear()
        self._complained = False
        self.error, self.crashed = None, False
        self._prepare(paused)
        self._set_state(PlayerState.STARTING)
        self._thread.start(lambda: self._run(paused))

    def stop(self) -> bool:
        """End the thread, which closes the source. False: not ended after 2 s, left to itself."""
        with self._wake:
            self._thread.ending.set()
            self._wake.notify_all()
        return self._thread.stop(JOIN_S)

    @property
    def _stopping(self) -> bool:
        return self._thread.ending.is_set()

    @abstractmethod
    def _prepare(self, paused: bool) -> None:
        """Before the thread runs, on the caller's."""

    @abstractmethod
    def _begin(self, paused: bool) -> None:
        """The source is open, `info` is known."""

    @abstractmethod
    def _turn(self) -> None:
        """One round; never longer than a fifth of a second."""

    @abstractmethod
    def _end(self) -> None:
        """The source is closed."""

    # --- the thread ---------------------------------------------------------------------------

    def _run(self, paused: bool) -> None:
        try:
            self.info = self._source.open()
            self._begin(paused)
            while not self._stopping:
                while self._commands:
                    self._commands.popleft()()
                self._turn()
        except AppError as error:
            self._fault(error)
        except Exception as error:  # the one place where this worker catches: a fault becomes data
            self.crashed = True
            self._fault(CaptureError(f"the source failed: {type(error).__name__}: {error}"))
        finally:
            self._source.close()
            self._end()
            if self._stopping:
                self._set_state(PlayerState.STOPPED)

    def _order(self, command: Callable[[], None]) -> None:
        """Have it done on the thread, between two rounds."""
        with self._wake:
            self._commands.append(command)
            self._wake.notify_all()

    def _rest(self, wait_s: float) -> None:
        """Until an order comes, and no longer than that."""
        with self._wake:
            if not self._commands and not self._stopping:
                self._wake.wait(wait_s)

    def _complain(self) -> None:
        """Tell once that frames of this source are left out."""
        if self._source.complaint and not self._complained:
            self._complained = True
            message = f"frames of this source are left out: {self._source.complaint}"
            self._report(CaptureError(message), fatal=False)

    def _fault(self, error: AppError) -> None:
        self._report(error, fatal=True)
        self._set_state(PlayerState.FAULTED)

    def _report(self, error: AppError, fatal: bool) -> None:
        self.error = error
        if self._on_failure is not None:
            stage = "camera" if self.info is not None and self.info.live else "capture"
            self._on_failure(Failure(stage, str(error), traceback.format_exc(), fatal))

    def _set_state(self, state: PlayerState) -> None:
        if state is not self._state:
            self._state = state
            if self._on_state is not None:
                self._on_state(state)
