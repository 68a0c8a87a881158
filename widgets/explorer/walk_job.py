"""An export of a walk on a thread of its own: progress, cancel, and what came of it."""

from __future__ import annotations

import threading
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
from app.threads.ending import has_ended


@dataclass(frozen=True, slots=True)
class Progress:
    """share: of the frames; None: it has ended, and `text` says how (empty: cancelled)."""

    share: float | None
    text: str = ""


class WalkJob:
    """tell: takes `Progress`, or `Failure` in place of the last one, on the job's thread."""

    def __init__(self, tell: Callable[[Progress | Failure], object]):
        self._tell = tell
        self._cancelled = threading.Event()
        self._thread: threading.Thread | None = None
        self.running = False  # until the last news is told

    def start(
        self, path: Path, way: Way, seconds: float, engine: Engine, space: LatentSpace
    ) -> None:
        """Does nothing while another export is under way."""
        if self.running:
            return
        self.running = True
        self._cancelled.clear()
        given = (path, way, seconds, engine, space)
        self._thread = threading.Thread(
            target=self._run, args=given, name="walk export", daemon=True
        )
        self._thread.start()

    def cancel(self) -> None:
        self._cancelled.set()

    def stop(self, timeout_s: float = 2.0) -> bool:
        """True: the thread has ended."""
        self.cancel()
        return has_ended(self._thread, timeout_s)

    def _run(
        self, path: Path, way: Way, seconds: float, engine: Engine, space: LatentSpace
    ) -> None:
        def progress(share: float) -> None:
            self._tell(Progress(share))

        end: Progress | Failure = Progress(None)
        try:
            count = export_walk(
                path, way, seconds, engine, space,
                progress=progress, cancelled=self._cancelled.is_set,
            )  # fmt: skip
            end = Progress(None, f"{path} ({count} frames)")
        except Cancelled:
            pass
        except AppError as error:
            end = Failure("walk export", str(error), error.hint, fatal=False)
        except Exception as error:  # the one place: a fault of the network becomes data
            text = f"the walk cannot be exported: {error}"
            end = Failure("walk export", text, traceback.format_exc(), fatal=False)
        self.running = False
        self._tell(end)
