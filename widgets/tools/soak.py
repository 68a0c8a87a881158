"""Random but seeded use of the whole window: no exception, no growth, every thread ends.

python -m widgets.tools.soak [--minutes 30] [--seed 1] [--weights FILE]   prints one JSON object;
returns 1 where something nobody caught was raised, memory grew by more than 50 MB or a thread was
left.
Files are asked for and written in a scratch folder; no camera is opened.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import threading
import time
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from app.config import EstimatorConfig, Options
from app.memory import give_memory_back, memory_mb
from app.resources import SAMPLE
from app.soak.holdings import growth_of
from widgets.garbage import GarbageCollector
from widgets.main_window import MainWindow
from widgets.parts.theme import apply_theme
from widgets.shell.crash_report import CrashReports, Report
from widgets.tools.random_user import RandomUser

ACT_MS = 60
SAMPLE_MS = 1000
MOST_GROWTH_MB = 50
LEAST_JUMP_MB = 5  # between two samples: worth a line of the report
LEAVE_S = 20.0  # a network that is being loaded is finished first
SETTLED = 0.25  # of the time: memory is compared from there on, when every buffer is there


class Soak:
    """One window, one random user, and what is counted meanwhile."""

    def __init__(self, seed: int, weights: str | None, folder: Path):
        self.raised: list[str] = []
        self.memory: list[tuple[float, float]] = []  # s, MB
        self.jumps: list[tuple[float, float, str]] = []  # MB more, s, what was done just before
        scratch = folder / "scratch"
        write_nonsense(scratch)
        store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        store.setValue("recording/folder", str(folder / "recordings"))
        options = Options(source="demo", estimator=EstimatorConfig(weights=weights))
        self.reports = CrashReports(folder / "reports")
        self.reports.crashed.connect(self._on_crash)
        self.window = MainWindow(options, store)
        self.window.shell.watch(self.reports)
        specs = ["demo", "demo:60", str(SAMPLE), str(scratch / "holiday.bag"), "nothing.npz"]
        self.user = RandomUser(self.window, seed, specs, scratch)
        self._acting = QTimer(self.window, interval=ACT_MS)
        self._acting.timeout.connect(self.user.act)
        self._sampling = QTimer(self.window, interval=SAMPLE_MS)
        self._sampling.timeout.connect(self._sample)

    def run(self, seconds: float) -> dict[str, object]:
        """Use the window for so long; returns what happened."""
        self._began_s = time.monotonic()
        self.reports.install()
        self.window.show()
        self.window.start()
        garbage = GarbageCollector()  # as the program has
        garbage.start()
        self.user.begin()
        self._acting.start()
        self._sampling.start()
        until = QEventLoop()  # QApplication.quit would close the window
        QTimer.singleShot(int(seconds * 1000), until.quit)
        until.exec()
        self._acting.stop()
        self._sampling.stop()
        self.user.end()
        self._sample()
        closing = time.monotonic()
        self.window.close()
        garbage.stop()
        self.reports.remove()
        return self._report(time.monotonic() - closing)

    def _report(self, closing_s: float) -> dict[str, object]:
        end_s = self.memory[-1][0]
        memory = growth_of(self.memory, SETTLED)
        return {
            "seconds": round(end_s, 1),
            "actions": self.user.counts,
            "painted": self.window.painted,
            "messages": len(self.window.toasts.history),
            "raised": self.raised,
            "memory_mb": {
                "settled": memory.before,
                "end": memory.after,
                "most": memory.most,
                "jumps": sorted(self.jumps, reverse=True)[:8],
            },
            "closing_s": round(closing_s, 2),
            "threads_left": threads_left(),
        }

    def _sample(self) -> None:
        now_s, held_mb = time.monotonic() - self._began_s, memory_mb()
        if self.memory and held_mb - self.memory[-1][1] >= LEAST_JUMP_MB:
            more = round(held_mb - self.memory[-1][1], 1)
            self.jumps.append((more, round(now_s), "; ".join(self.user.recent)))
        self.memory.append((now_s, held_mb))

    def _on_crash(self, report: Report) -> None:
        if not report.again:
            self.raised.append(f"{self.user.did}: {report.title}")
            print(report.text, file=sys.stderr, flush=True)


def write_nonsense(folder: Path) -> None:
    """Files that are not what their names say."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "holiday.bag").write_text("not a recording")
    (folder / "broken.safetensors").write_bytes(b"\x08\0\0\0\0\0\0\0{broken}")
    (folder / "half.bag").write_bytes(SAMPLE.read_bytes()[:200_000] if SAMPLE.exists() else b"")
    (folder / "latents.json").write_text('{"what": [1, 2')


def threads_left() -> list[str]:
    """Threads of ours that do not end, `LEAVE_S` after they were told to."""
    ours = [t for t in threading.enumerate() if t is not threading.main_thread()]
    until = time.monotonic() + LEAVE_S
    for thread in ours:
        thread.join(max(until - time.monotonic(), 0.0))
    return [thread.name for thread in ours if thread.is_alive()]


def main() -> int:
    """Entry point; 0 when nothing went wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m widgets.tools.soak", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weights")
    given = parser.parse_args()
    give_memory_back()  # as the program does
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder  # what it types may be the name of a folder
        result = use(given, Path(folder))
    print(json.dumps(result, indent=1))
    memory = result["memory_mb"]
    grew = memory["end"] - memory["settled"] > MOST_GROWTH_MB
    return int(bool(result["raised"] or result["threads_left"] or grew))


def use(given: argparse.Namespace, folder: Path) -> dict[str, object]:
    """A program, a window, a user; returns what happened."""
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    apply_theme(application)
    return Soak(given.seed, given.weights, folder).run(60 * given.minutes)


if __name__ == "__main__":
    sys.exit(main())
