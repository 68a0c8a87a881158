"""Where the threads' news arrives in the GUI thread, and what every controller may ask for.

A controller connects to the signals it cares about; it never reaches into another's widgets. What
the player is asked to do goes through the hub's own methods, what the user should read through
`say`.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, QTimer, Signal

from app.capture.base import StreamInfo
from app.capture.player import Player
from app.capture.player_state import PlayerState
from app.config import Options
from app.explore.explorer import Request, SpaceReady
from app.explore.score import LatentScore
from app.frames import Failure, FrameResult
from app.session import Change, Event, NetworkReady, News, Session
from widgets.parts.attempt import Attempt
from widgets.parts.bridge import Bridge

REST_MS = 14  # the views are filled at most about 60 times a second
FIGURES_MS = 500
PREVIEW_MS = 33
SWITCH_S = 0.001  # a busy worker gives the interpreter back to the window after so long


class Hub(QObject):
    """One session and its news. `make_session` takes what `Session` takes first."""

    estimated = Signal(object)  # FrameResult of the source, every one, also while exploring
    shown = Signal(object)  # FrameResult to show now: the source's, or the one set by the sliders
    scored = Signal(object)  # LatentScore: what is thought of the hand that is shown
    painted = Signal(object)  # Frame that has just reached the screen for the first time
    previewed = Signal(object)  # Frame of the source while no network takes frames
    opening = Signal(object)  # str | None: what was asked for; the present source stays meanwhile
    source_left = Signal()  # another source takes the place of the one that was shown
    source_changed = Signal(object)  # StreamInfo of the source that is shown from now on
    state_changed = Signal(object)  # PlayerState of that source
    failed = Signal(object)  # Failure
    network_ready = Signal(object)  # NetworkReady: another network is at work from now on
    space_ready = Signal(object)  # SpaceReady: the latent space of that network
    mode_changed = Signal(bool)  # True: the hand set by the sliders is shown, not the source's
    mode_wanted = Signal(bool)  # somebody else than the explorer asks for the other mode
    figures_due = Signal()  # twice a second
    # kind ("info", "warning", "error"), title, text, detail, Attempt | None
    said = Signal(str, str, str, str, object)

    def __init__(self, options: Options, make_session: Callable[..., Session] = Session):
        super().__init__()
        self.options = options
        self.exploring = False
        self.last: FrameResult | None = None  # of the source, also while exploring
        self._asked: str | None = None  # for this source last
        self._network: dict[str, object] = {}  # what was wanted of the network last
        self._estimates: Bridge[FrameResult] = Bridge(rest_ms=REST_MS)
        self._imagined: Bridge[FrameResult] = Bridge(rest_ms=REST_MS)
        self._scores: Bridge[LatentScore] = Bridge()
        self._events: Bridge[Event] = Bridge(capacity=64)
        self._bridges = (self._estimates, self._imagined, self._scores, self._events)
        news = News(
            results=self._estimates.mailbox,
            imagined=self._imagined.mailbox,
            scores=self._scores.mailbox,
            events=self._events.mailbox,
        )
        self.session = make_session(options, news)
        self._estimates.connect(self._on_estimate)
        self._imagined.connect(self._on_imagined)
        self._scores.connect(self._on_score)
        self._events.connect(self._on_events)
        self._figures = QTimer(self, interval=FIGURES_MS)
        self._figures.timeout.connect(self.figures_due)
        self._figures.timeout.connect(self.session.look_after)
        self._preview = QTimer(self, interval=PREVIEW_MS)
        self._preview.timeout.connect(self._show_preview)

    def start(self) -> None:
        """Load the network; `open` the source afterwards."""
        sys.setswitchinterval(SWITCH_S)
        self._figures.start()
        self._preview.start()
        self.session.start()

    def close(self) -> None:
        """No more news, then the end of every thread."""
        self._figures.stop()
        self._preview.stop()
        for bridge in self._bridges:
            bridge.close()
        self.session.close()

    # --- what a controller may ask for --------------------------------------------------------

    @property
    def info(self) -> StreamInfo | None:
        """The source that is shown."""
        return self.session.info

    def open(self, spec: str | None) -> None:
        """Open what SOURCE of the command line names; the present one stays until it is there."""
        self._asked = spec
        self.opening.emit(spec)
        self.session.open(spec)

    def change_network(self, **values: object) -> None:
        """Fields of EstimatorConfig: weights, backend, threads; what is bad changes nothing."""
        self._network = values
        self.session.change_network(**values)

    def attempt_after(self, failure: Failure) -> Attempt | None:
        """What may succeed the next time; None: trying again would not help."""
        if failure.stage in ("capture", "camera") and failure.fatal:
            spec = self._asked if self.session.opening else self.session.spec
            return Attempt("source", partial(self.open, spec))
        if failure.stage == "weights" or (failure.stage == "estimator" and failure.fatal):
            return Attempt("network", partial(self.change_network, **self._network))
        return None

    # What the user wants of the player; exploring ends, so that the effect is seen.

    def play(self) -> None:
        """Go on; from the start where the recording has ended."""
        if (player := self._player_in_view()) is not None:
            player.play()

    def pause(self) -> None:
        if (player := self._player_in_view()) is not None:
            player.pause()

    def step(self, count: int) -> None:
        """Pause, then show the frame `count` after (or, negative, before) the one shown."""
        if (player := self._player_in_view()) is not None:
            player.step(count)

    def seek_frame(self, index: int) -> None:
        if (player := self._player_in_view()) is not None:
            player.seek_frame(index)

    def seek_time(self, seconds: float) -> None:
        """Go to the first frame at or after `seconds` from the recording's start."""
        if (player := self._player_in_view()) is not None:
            player.seek_time(seconds)

    def set_range(self, first: int | None, last: int | None) -> None:
        """Play from frame `first` to frame `last`, both included; None: no bound there."""
        if (player := self._player_in_view()) is not None:
            player.set_range(first, last)

    def _player_in_view(self) -> Player | None:
        if self.session.player is not None:
            self.mode_wanted.emit(False)
        return self.session.player

    # What the user wants of the explorer.

    def imagine(self, request: Request) -> None:
        """Have the hand of a latent computed and shown while exploring."""
        self.session.explorer.ask(request)

    def set_exploring(self, exploring: bool) -> None:
        """The explorer has changed the mode."""
        self.exploring = exploring
        self.mode_changed.emit(exploring)
        if not exploring and self.last is not None:
            self.shown.emit(self.last)

    def say(
        self, kind: str, title: str, text: str = "", detail: str = "",
        attempt: Attempt | None = None,
    ) -> None:  # fmt: skip
        """A message that does not interrupt; kind: "info", "warning" or "error"."""
        self.said.emit(kind, title, text, detail, attempt)

    # --- what the threads say -----------------------------------------------------------------

    def _on_estimate(self) -> None:
        result = self._estimates.take()
        if result is None:
            return
        self.last = result
        self.estimated.emit(result)
        if not self.exploring:
            self.shown.emit(result)

    def _on_imagined(self) -> None:
        result = self._imagined.take()
        if result is not None and self.exploring:
            self.shown.emit(result)

    def _on_score(self) -> None:
        score = self._scores.take()
        if score is not None:
            self.scored.emit(score)

    def _show_preview(self) -> None:
        frame = self.session.preview()
        if frame is not None and not self.exploring:
            self.previewed.emit(frame)

    def _on_events(self) -> None:
        for event in self._events.take_all():
            if isinstance(event, Failure):
                self.failed.emit(event)
            elif isinstance(event, NetworkReady):
                self.network_ready.emit(event)
            elif isinstance(event, SpaceReady):
                self.space_ready.emit(event)
            elif isinstance(event, Change):
                self._on_change(event)

    def _on_change(self, change: Change) -> None:
        before = self.session.player
        state: PlayerState | None = self.session.absorb(change)
        if self.session.player is not before:
            self.last = None
            if before is not None:
                self.source_left.emit()
            self.mode_wanted.emit(False)
            self.source_changed.emit(self.session.info)
        if state is not None:
            self.state_changed.emit(state)
