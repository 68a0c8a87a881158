"""The threads of one window: player, estimator and explorer. Knows no Qt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from app.capture.base import DepthSource, StreamInfo
from app.capture.forward import ForwardingSource
from app.capture.player import Player
from app.capture.player_state import PlayerState
from app.capture.registry import is_camera, open_source
from app.config import EstimatorConfig, Options
from app.engine.engine import Engine
from app.errors import CaptureError
from app.explore.explorer import Explorer, SpaceReady
from app.explore.score import LatentScore
from app.frames import Failure, Frame, FrameResult
from app.inference.estimator import AT_WORK, Estimator, EstimatorState
from app.inference.pipeline import FramePipeline, make_pipeline
from app.inference.watchdog import Watchdog, watch_camera, watch_estimator
from app.latent.space import LatentSpace
from app.model.weights_file import read_latents
from app.threads.mailbox import Mailbox


class NamedSource(ForwardingSource):
    """Looks for the source that `spec` names when it is opened, on the reading thread."""

    def __init__(
        self, spec: str | None, find: Callable[[str | None], DepthSource], first: Callable
    ):
        super().__init__()
        self._spec, self._find, self._first = spec, find, first

    def open(self) -> StreamInfo:
        if is_camera(self._spec):
            self._first()  # a camera can be opened once only
        try:
            self._source = self._find(self._spec)
            return self._source.open()
        except CaptureError:
            if self._spec is not None:
                raise
            self.close()
            self._source = self._find("demo")
            return self._source.open()


@dataclass(frozen=True, slots=True, eq=False)
class Playing:
    """A player and what it was asked to play."""

    spec: str | None
    player: Player


@dataclass(frozen=True, slots=True)
class Change:
    """A player has changed its state."""

    playing: Playing
    state: PlayerState


@dataclass(frozen=True, slots=True)
class NetworkReady:
    """A network is at work from now on."""

    name: str  # of the weights, with the first digits of their digest
    engine: str  # "onnx" or "torch"
    preset: str  # "live" or "paper"
    config: EstimatorConfig

    def describe(self) -> str:
        """One line for the user."""
        engine = {"onnx": "ONNX Runtime", "torch": "PyTorch"}.get(self.engine, self.engine)
        threads = f"{self.config.threads} thread" + ("s" if self.config.threads > 1 else "")
        return f"{self.name}, preset {self.preset}, {engine}, {threads}"


Event = Failure | Change | NetworkReady | SpaceReady


@dataclass(frozen=True, slots=True)
class News:
    """Where the threads leave what they have to say; each mailbox has one reader."""

    results: Mailbox[FrameResult]  # of the source's frames
    imagined: Mailbox[FrameResult]  # of latents
    scores: Mailbox[LatentScore]  # what is thought of the hand that is shown
    events: Mailbox[Event]


class Session:
    """Methods are called from the GUI thread and return at once, but for `close`.

    complete: adds what is wanted of a camera to the SOURCE of one that nobody named; called on the
    reading thread. find, build, read_space: what opens a source, loads a network, and reads the
    latent space beside its weights.
    """

    def __init__(
        self,
        options: Options,
        news: News,
        complete: Callable[[str], str] = str,
        find: Callable[[str | None], DepthSource] | None = None,
        build: Callable[[EstimatorConfig], FramePipeline] = make_pipeline,
        read_space: Callable[[Engine], LatentSpace | None] | None = None,
    ):
        self.frames: Mailbox[Frame] = Mailbox()
        self.find = find or partial(open_source, colour=True, reconnect=True, complete=complete)
        self._events, self.build = news.events, build
        self._playing: Playing | None = None
        self._opening: Playing | None = None
        self._speed, self._loop = options.playback.speed, options.playback.loop
        self._start_at_s = options.playback.start_at_s
        self._leaving: list[threading.Thread] = []
        self._dropped_before = 0
        self.estimator = Estimator(
            self.frames, news.results, options.estimator, build,
            on_failure=news.events.put, on_network=self._announce,
        )  # fmt: skip
        self._watchdog = Watchdog(news.events.put)
        self._watchdog.stages += [
            watch_camera(lambda: self.player),
            watch_estimator(self.estimator),
        ]
        self.explorer = Explorer(
            self._engine, news.imagined, news.scores, news.events.put,
            read_space or self._read_space,
        )  # fmt: skip

    # --- the whole ----------------------------------------------------------------------------

    def start(self) -> None:
        """Load the network and answer requests; the source is opened by `open`."""
        self.estimator.start()
        self.explorer.start()

    def look_after(self) -> None:
        """Start again what has crashed, tell what stands still; about twice a second."""
        self._watchdog.look(time.monotonic())

    def close(self) -> bool:
        """Stop every thread. True: all of them have ended."""
        for playing in (self._opening, self._playing):
            if playing is not None:
                playing.player.takers.set_open(False)
        ended = [p.player.stop() for p in (self._opening, self._playing) if p is not None]
        self.frames.close()
        ended += [self.explorer.stop(), self.estimator.stop(2.0)]
        for thread in self._leaving:
            thread.join(2.0)
        return all(ended) and not any(t.is_alive() for t in self._leaving)

    # --- the source ---------------------------------------------------------------------------

    @property
    def player(self) -> Player | None:
        """The player whose frames are shown."""
        return None if self._playing is None else self._playing.player

    @property
    def info(self) -> StreamInfo | None:
        return None if self.player is None else self.player.info

    @property
    def spec(self) -> str | None:
        """What was asked for: a word or a path; None: whatever answers."""
        return None if self._playing is None else self._playing.spec

    @property
    def dropped(self) -> int:
        """Frames of the source that is shown that were too many for the estimator."""
        return self.frames.dropped - self._dropped_before

    @property
    def opening(self) -> bool:
        """A source was asked for and is not there yet."""
        return self._opening is not None

    def open(self, spec: str | None) -> None:
        """Open another source; the one that plays goes on until this one is there."""
        if self._opening is not None:
            self._dismiss(self._opening)
        opening: Playing  # what its player has to say of it comes once that is started
        source = NamedSource(spec, self.find, lambda: self._stop_before(opening))
        player = Player(
            source,
            [self.frames.put],
            on_failure=lambda failure: self._on_failure(opening, failure),
            on_state=lambda state: self._events.put(Change(opening, state)),
        )
        opening = Playing(spec, player)
        player.takers.set_open(False)  # until it is the one that is shown
        player.set_speed(self._speed)
        player.set_loop(self._loop)
        self._opening = opening
        player.start()

    def absorb(self, change: Change) -> PlayerState | None:
        """Take note of a player's new state; returned if it is of the source that is shown."""
        if change.playing is self._opening:
            if change.state is PlayerState.FAULTED:
                self._opening = None
                return None
            if change.state in (PlayerState.RUNNING, PlayerState.PAUSED):
                self._adopt(change.playing)
        return change.state if change.playing is self._playing else None

    def _adopt(self, playing: Playing) -> None:
        before, self._playing, self._opening = self._playing, playing, None
        if before is not None:
            self._dismiss(before)
        self.frames.clear()
        self._dropped_before = self.frames.dropped
        self.estimator.reset()
        playing.player.takers.set_open(True)
        info = playing.player.info
        if self._start_at_s > 0 and info is not None and info.seekable:
            playing.player.seek_time(self._start_at_s)
        self._start_at_s = 0.0

    def set_speed(self, speed: float) -> None:
        self._speed = speed
        if self.player is not None:
            self.player.set_speed(speed)

    def set_loop(self, loop: bool) -> None:
        self._loop = loop
        if self.player is not None:
            self.player.set_loop(loop)

    # --- the network --------------------------------------------------------------------------

    def load_weights(self, path: str | None) -> None:
        """Other weights (None: the shipped ones); see `change_network`."""
        self.change_network(weights=path)

    def change_network(self, **values: object) -> None:
        """Fields of EstimatorConfig: weights, backend, threads.

        What cannot be had changes nothing and is told as a Failure.
        """
        self.estimator.configure(**values)
        if self.estimator.state not in AT_WORK:
            self.estimator.stop()
            self.estimator.start()

    def _announce(self, engine: Engine, config: EstimatorConfig) -> None:
        preset = engine.metadata.get("preset")
        name = preset.get("name", "live") if isinstance(preset, dict) else "live"
        self._events.put(NetworkReady(engine.weights, engine.name, name, config))

    def _engine(self) -> Engine | None:
        return self.estimator.engine

    def _read_space(self, engine: Engine) -> LatentSpace | None:
        return read_latents(engine.path)

    def preview(self) -> Frame | None:
        """The newest frame while no network takes it: still loading, or failed."""
        if self.estimator.state in (EstimatorState.STARTING, EstimatorState.FAULTED):
            return self.frames.get(0.0)
        return None

    # --- inside -------------------------------------------------------------------------------

    def _on_failure(self, playing: Playing, failure: Failure) -> None:
        if playing in (self._opening, self._playing):
            self._events.put(failure)

    def _stop_before(self, opening: Playing) -> None:
        """What plays ends; unless that is the same, which opens its source again."""
        if self._playing is not None and self._playing is not opening:
            self._playing.player.stop()

    def _dismiss(self, playing: Playing) -> None:
        """Stop a player without waiting for it."""
        playing.player.takers.set_open(False)
        thread = threading.Thread(target=playing.player.stop, name="leaving", daemon=True)
        thread.start()
        self._leaving = [t for t in self._leaving if t.is_alive()] + [thread]
