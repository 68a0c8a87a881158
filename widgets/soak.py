"""Run the window for a while and count: painted frames, memory, threads.

python -m widgets.soak [--seconds 60] [--source demo] [--weights FILE] [--walk]   prints one JSON
object. The first second is not counted; memory is compared from 10 s (or a fifth of the time) on,
when every buffer is there.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import threading
import time
from itertools import pairwise
from pathlib import Path

from PySide6.QtCore import QElapsedTimer, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from app.config import EstimatorConfig, Options
from app.inference.timing import median_p95
from widgets.main_window import MainWindow
from widgets.memory import memory_mb
from widgets.theme import apply_theme

SAMPLE_MS = 500


class Watch:
    """Counts what a window paints, from outside."""

    def __init__(self, window: MainWindow):
        self._window = window
        self._clock = QElapsedTimer()
        self._clock.start()
        self.paint_s: list[float] = []
        self.latency_ms: list[float] = []
        self.memory: list[tuple[float, float]] = []
        window.depth.frame_painted.connect(self._on_painted)
        self._timer = QTimer(window, interval=SAMPLE_MS)
        self._timer.timeout.connect(self._sample)
        self._timer.start()

    @property
    def now_s(self) -> float:
        return self._clock.nsecsElapsed() / 1e9

    def _on_painted(self) -> None:
        self.paint_s.append(self.now_s)
        frame = self._window.depth.frame
        if frame is not None:
            self.latency_ms.append((time.monotonic() - frame.t_host_s) * 1e3)

    def _sample(self) -> None:
        self.memory.append((self.now_s, memory_mb()))

    def report(self, first_paint_s: float | None) -> dict[str, object]:
        """Everything counted so far, as `main` prints it."""
        end = self.now_s
        painted = [t for t in self.paint_s if t > 1.0]
        settled = [mb for t, mb in self.memory if t >= min(10.0, end / 5)] or [memory_mb()]
        gaps = [(b - a) * 1e3 for a, b in pairwise(painted)]
        stats = self._window.session.estimator.stats()
        return {
            "seconds": round(end, 1),
            "painted": self._window.painted,
            "painted_fps": round(len(painted) / max(end - 1.0, 1e-6), 1),
            "paint_gap_ms": median_p95(gaps),
            "arrival_to_paint_ms": median_p95(self.latency_ms),
            "first_paint_s": None if first_paint_s is None else round(first_paint_s, 2),
            "memory_mb": {"start": round(settled[0], 1), "end": round(settled[-1], 1)},
            "estimator": stats.to_json(),
            "torch_imported": "torch" in sys.modules,
        }


def main() -> int:
    """Entry point; 0 when the window closed cleanly."""
    parser = argparse.ArgumentParser(
        prog="python -m widgets.soak", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--source", default="demo")
    parser.add_argument("--weights")
    parser.add_argument("--walk", action="store_true", help="a random walk instead of the source")
    given = parser.parse_args()
    begun_s = time.monotonic()
    application = QApplication(sys.argv[:1])
    apply_theme(application)
    options = Options(source=given.source, estimator=EstimatorConfig(weights=given.weights))
    folder = tempfile.TemporaryDirectory()
    store = QSettings(str(Path(folder.name) / "window.ini"), QSettings.Format.IniFormat)
    window = MainWindow(options, store)
    first: list[float] = []
    window.depth.frame_painted.connect(
        lambda: first.append(time.monotonic() - begun_s) if not first else None
    )
    watch = Watch(window)
    window.show()
    QTimer.singleShot(0, window.start)
    if given.walk:
        QTimer.singleShot(2000, window.latents.walk_button.click)
    result: dict[str, object] = {}

    def finish() -> None:
        result.update(watch.report(first[0] if first else None))
        window.close()

    QTimer.singleShot(int(given.seconds * 1000), finish)
    application.exec()
    leftover = [t.name for t in threading.enumerate() if t is not threading.main_thread()]
    print(json.dumps({**result, "threads_left": leftover}, indent=1))
    return 1 if leftover else 0


if __name__ == "__main__":
    sys.exit(main())
