"""Random but seeded use of the whole window: no exception, no growth, every thread ends.

python -m widgets.tools.soak [--minutes 30 | --actions N] [--seed 1] [--weights FILE]   prints one
JSON object, and what is wrong on stderr, one line each; returns 1 where something nobody caught was
raised, memory grew by more than 50 MB or a thread was left.
Files are asked for and written in a scratch folder; no camera is opened.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from app.command_line import exit_code_of
from app.config import EstimatorConfig, Options
from app.memory import give_memory_back, memory_mb, trim_memory
from app.resources import SAMPLE
from app.session import Session
from app.soak.holdings import Growth, growth_of
from widgets.display import choose_display
from widgets.garbage import GarbageCollector
from widgets.main_window import MainWindow
from widgets.parts.theme import apply_theme
from widgets.shell.crash_report import CrashReports, Report
from widgets.tools.random_user import RandomUser

ACT_MS = 60
BRISK_MS = 5  # where actions are counted, not minutes
SAMPLE_MS = 1000
SAMPLES = 60  # of a run of so many actions
MOST_GROWTH_MB = 50
FEW_ACTIONS = 5000  # or fewer: mostly warm-up, one large picture leaves 100 MB behind for a while
MOST_GROWTH_OF_FEW_MB = 150
LEAST_JUMP_MB = 5  # between two samples: worth a line of the report
LEAVE_S = 60.0  # a network that is being loaded is finished first
SETTLED = 0.25  # of the time: memory is compared from there on, when every buffer is there
SETTLED_BRISK = 0.5  # of the actions, which are few


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run has counted."""

    seconds: float
    actions: dict[str, int]
    painted: int
    messages: int
    raised: list[str]
    memory_mb: Growth
    jumps: list[tuple[float, float, str]]  # MB more, when, what was done just before
    closing_s: float
    threads_left: list[str]

    def problems(self) -> list[str]:
        """What is wrong, a line each."""
        found = [f"raised during {what}" for what in self.raised]
        found += [f"thread {name} is left" for name in self.threads_left]
        few = sum(self.actions.values()) <= FEW_ACTIONS
        if self.memory_mb.grown > (MOST_GROWTH_OF_FEW_MB if few else MOST_GROWTH_MB):
            found.append(f"memory grew by {self.memory_mb.grown:.0f} MB: {self.jumps[:3]}")
        return found


class Soak:
    """One window, one random user, and what is counted meanwhile. specs: what the user opens."""

    def __init__(
        self,
        options: Options,
        folder: Path,
        seed: int,
        specs: Sequence[str] = (),
        make_session: Callable[..., Session] = Session,
    ):
        self._raised: list[str] = []
        self._memory: list[tuple[float, float]] = []  # when, MB
        self._jumps: list[tuple[float, float, str]] = []
        scratch = folder / "scratch"
        write_nonsense(scratch)
        store = QSettings(str(folder / "window.ini"), QSettings.Format.IniFormat)
        store.setValue("recording/folder", str(folder / "recordings"))
        self._reports = CrashReports(folder / "reports")
        self._reports.crashed.connect(self._on_crash)
        self._window = MainWindow(options, store, make_session)
        self._window.shell.watch(self._reports)
        usual = ("demo", "demo:60", str(SAMPLE), str(scratch / "holiday.bag"), "nothing.npz")
        self._user = RandomUser(self._window, seed, specs or usual, scratch)
        self._until = QEventLoop()  # QApplication.quit would close the window
        self._acting, self._sampling = QTimer(self._window), QTimer(self._window)
        self._began_s = time.monotonic()

    def use_for(self, seconds: float) -> Outcome:
        """Use the window for so long."""
        self._acting.timeout.connect(self._user.act)
        self._sampling.timeout.connect(lambda: self._sample(time.monotonic() - self._began_s))
        self._sampling.start(SAMPLE_MS)
        QTimer.singleShot(int(seconds * 1000), self._until.quit)
        return self._use(ACT_MS, SETTLED)

    def use_times(self, actions: int) -> Outcome:
        """Do so many things, however long that takes; memory is tidied before it is measured."""
        every = max(actions // SAMPLES, 1)

        def act() -> None:
            self._user.act()
            done = sum(self._user.counts.values())
            if done % every == 0:
                gc.collect()
                trim_memory()
                self._sample(done)
            if done >= actions:
                self._acting.stop()
                self._until.quit()

        self._acting.timeout.connect(act)
        return self._use(BRISK_MS, SETTLED_BRISK)

    def _use(self, interval_ms: int, settled: float) -> Outcome:
        self._began_s = time.monotonic()
        self._reports.install()
        self._window.show()
        self._window.start()
        garbage = GarbageCollector()  # as the program has
        garbage.start()
        self._user.begin()
        self._acting.start(interval_ms)
        self._until.exec()
        self._acting.stop()
        self._sampling.stop()
        self._user.end()
        closing_s = time.monotonic()
        self._window.close()
        garbage.stop()
        self._reports.remove()
        closed_s = time.monotonic()
        return Outcome(
            seconds=round(closing_s - self._began_s, 1),
            actions=self._user.counts,
            painted=self._window.painted,
            messages=len(self._window.toasts.history),
            raised=self._raised,
            memory_mb=growth_of(self._memory, settled),
            jumps=sorted(self._jumps, reverse=True)[:8],
            closing_s=round(closed_s - closing_s, 2),
            threads_left=threads_left(),
        )

    def _sample(self, when: float) -> None:
        held_mb = memory_mb()
        if self._memory and held_mb - self._memory[-1][1] >= LEAST_JUMP_MB:
            more = round(held_mb - self._memory[-1][1], 1)
            self._jumps.append((more, round(when), "; ".join(self._user.recent)))
        self._memory.append((when, held_mb))

    def _on_crash(self, report: Report) -> None:
        if not report.again:
            self._raised.append(f"{self._user.did}: {report.title}")
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


def make_application() -> QApplication:
    """As the program's, but it outlives its window."""
    choose_display()
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    apply_theme(application)
    return application


def tell(outcome: Outcome) -> int:
    """Print what was counted, and what is wrong on stderr; returns the exit code."""
    print(json.dumps(asdict(outcome), indent=1))
    problems = outcome.problems()
    for problem in problems:
        print(problem, file=sys.stderr)
    return int(bool(problems))


def main() -> int:
    """Entry point; 0 when nothing went wrong."""
    parser = argparse.ArgumentParser(
        prog="python -m widgets.tools.soak", description=(__doc__ or "").split("\n")[0]
    )
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--minutes", type=float, default=30.0, help="default 30")
    length.add_argument("--actions", type=int, help="so many, however long they take")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--weights")
    given = parser.parse_args()
    give_memory_back()  # as the program does
    with tempfile.TemporaryDirectory() as folder:
        os.environ["HOME"] = folder  # what it types may be the name of a folder
        _application = make_application()
        options = Options(source="demo", estimator=EstimatorConfig(weights=given.weights))
        soak = Soak(options, Path(folder), given.seed)
        if given.actions is not None:
            return tell(soak.use_times(given.actions))
        return tell(soak.use_for(60 * given.minutes))


if __name__ == "__main__":
    sys.exit(exit_code_of("python -m widgets.tools.soak", main))
