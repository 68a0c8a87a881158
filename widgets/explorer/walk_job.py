"""An export of a walk on a thread of its own: progress, cancel, and what came of it."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.engine.engine import Engine
from app.errors import AppError
from app.explore.walk_export import Cancelled, export_walk
from app.frames import Failure
from app.latent.path import Path as Way
from app.latent.space import LatentSpace
from app.threads.own_thread import OwnThread


@dataclass(frozen=True, slots=True)
class Progress:
    """share: of the frames; None: it has ended, and `text` says how (empty: cancelled)."""

    share: float | None
    text: str = ""


class WalkJob:
    """tell: takes `Progress`, or `Failure` in place of the last one, on the job's thread."""

    def __init__(self, tell: Callable[[Progress | Failure], object]):
        self._tell = tell
        self._thread = OwnThread("walk export")
        self.running = False  # until the last news is told

    def start(
        self, path: Path, way: Way, seconds: float, engine: Engine, space: LatentSpace
    ) -> None:
        """Does nothing while another export is under way."""
        if self.running:
            return
        self.running = True
        self._thread = OwnThread("walk export")  # another one: the last may still be leaving
        ending = self._thread.ending
        self._thread.start(lambda: self._run(path, way, seconds, engine, space, ending.is_set))

    def cancel(self) -> None:
        self._thread.ending.set()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """True: the thread has ended."""
        return self._thread.stop(timeout_s)

    def _run(
        self,
        path: Path,
        way: Way,
        seconds: float,
        engine: Engine,
        space: LatentSpace,
        cancelled: Callable[[], bool],
    ) -> None:
        def progress(share: float) -> None:
            self._tell(Progress(share))

        end: Progress | Failure = Progress(None)
        try:
            count = export_walk(
                path, way, seconds, engine, space,
                progress=progress, cancelled=cancelled,
            )  # fmt: skip
            end = Progress(None, f"{path} ({count} frames)")
        except Cancelled:
            pass
        except AppError as error:
            end = Failure("walk export", str(error), error.hint, fatal=False)
        except Exception as error:  # the one place: a fault of the network becomes data
            text = f"the path cannot be exported: {error}"
            end = Failure("walk export", text, traceback.format_exc(), fatal=False)
        self.running = False
        self._tell(end)
