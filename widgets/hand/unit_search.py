"""Looks beside the GUI thread for the depth unit under which a hand is seen."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass

from app.engine.engine import Engine
from app.frames import DepthFrame, Failure
from app.inference.camera_trial import Trial, try_units
from app.threads.own_thread import OwnThread
from widgets.parts.bridge import Bridge

JOIN_S = 2.0


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What came of it."""

    trials: list[Trial]
    asked: bool  # the user asked; False: we were curious
    failure: Failure | None = None


class UnitSearch:
    """One search at a time; `on_result` is called in the GUI thread."""

    def __init__(
        self,
        on_result: Callable[[SearchResult], None],
        search: Callable[[Engine, DepthFrame], list[Trial]] = try_units,
    ):
        self._search, self._tell = search, on_result
        self._thread = OwnThread("unit search")
        self.running = False  # until the result is told
        self._results: Bridge[SearchResult] = Bridge()
        self._results.connect(self._on_result)

    def start(self, engine: Engine, frame: DepthFrame, asked: bool) -> None:
        """Search in this frame. Does nothing while a search is running."""
        if not self.running:
            self.running = True
            self._thread.wait(JOIN_S)  # it has told its result, and is about to end
            self._thread.start(lambda: self._run(engine, frame, asked))

    def close(self) -> None:
        """No more results; waits for a search under way."""
        self._results.close()
        self._thread.stop(JOIN_S)

    def _run(self, engine: Engine, frame: DepthFrame, asked: bool) -> None:
        try:
            result = SearchResult(self._search(engine, frame), asked)
        except Exception as error:  # the one place where this worker catches: a fault becomes data
            text = f"the depth unit cannot be looked for: {error}"
            result = SearchResult([], asked, Failure("unit search", text, traceback.format_exc()))
        self._results.mailbox.put(result)

    def _on_result(self) -> None:
        result = self._results.take()
        if result is not None:
            self.running = False
            self._tell(result)
