"""How fast the window is: what it paints, how late, what it takes, by the real program.

python -m widgets.tools.measure [--source demo:90] [--seconds 20] [--weights FILE] [--walk]
prints one JSON object: start to the first painted frame; with all docks open the frames painted a
second, the time from a frame's arrival to the screen and the source's own pace; slider to picture;
CPU while paused; memory and threads. The load of the machine stands beside: times of a busy one say
little, the GUI thread's own CPU time of a picture in all views still does. Returns 1 where a thread
was left.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np
from PySide6.QtCore import QEventLoop, QSettings, QTimer
from PySide6.QtWidgets import QApplication

from app.command_line import exit_code_of
from app.config import EstimatorConfig, Options
from app.frames import DepthFrame, Frame
from app.inference.timing import median_p95
from app.memory import give_memory_back, memory_mb
from app.threads.ending import own_threads
from widgets.display import choose_display
from widgets.garbage import GarbageCollector
from widgets.main_window import MainWindow
from widgets.parts.theme import apply_theme
from widgets.tools.waiting import pause, wait_until

SETTLE_S = 3.0  # not counted after the source changes
IDLE_S = 5.0
MOVES = 60  # of the slider
PICTURES = 60  # painted to know what one costs
PATIENCE_S = 60.0
PICTURE_S = 5.0  # longest wait for one
SAMPLE_MS = 500


class Watch:
    """Counts what a window receives and paints, from outside."""

    def __init__(self, window: MainWindow):
        self._window = window
        window.hub.source_changed.connect(lambda _: self._follow())
        window.hub.painted.connect(self._on_painted)
        self._timer = QTimer(window, interval=SAMPLE_MS)
        self._timer.timeout.connect(lambda: self.memory.append(memory_mb()))
        self.clear()
        self._follow()
        self._timer.start()

    def _follow(self) -> None:
        """Be given the frames of the source that is shown from now on."""
        player = self._window.session.player
        if player is not None:
            player.takers.add(self._on_arrival)

    def clear(self) -> None:
        """Begin to count anew."""
        self.began_s, self._gui_cpu_s = time.monotonic(), time.thread_time()
        self._cpu_s = time.process_time()
        self.arrived: list[tuple[int, int, float]] = []  # epoch, index, s; from the capture thread
        self.painted: list[tuple[float, float]] = []  # s, ms from arrival to the screen
        self.memory: list[float] = [memory_mb()]

    def _on_arrival(self, frame: Frame) -> None:
        self.arrived.append((frame.epoch, frame.index, time.monotonic()))

    def _on_painted(self, frame: Frame) -> None:
        now = time.monotonic()
        self.painted.append((now, (now - frame.t_host_s) * 1e3))

    def report(self) -> dict[str, object]:
        """Everything since `clear`."""
        seconds = time.monotonic() - self.began_s
        gaps_ms = [(b - a) * 1e3 for (a, _), (b, _) in pairwise(self.painted)]
        frames = max(len(self.painted), 1)
        return {
            "seconds": round(seconds, 1),
            "painted_fps": round(len(self.painted) / max(seconds, 1e-6), 1),
            "gui_cpu_ms_a_frame": round((time.thread_time() - self._gui_cpu_s) * 1e3 / frames, 2),
            "cpu_cores": round((time.process_time() - self._cpu_s) / max(seconds, 1e-6), 2),
            "paint_gap_ms": median_p95(gaps_ms),
            "arrival_to_paint_ms": median_p95(ms for _, ms in self.painted),
            "source": arrivals(self.arrived),
            "memory_mb": {"start": round(self.memory[0], 1), "end": round(self.memory[-1], 1)},
        }


def arrivals(arrived: list[tuple[int, int, float]]) -> dict[str, float]:
    """Pace of the frames at the mailbox: (epoch, index, s) of each."""
    pairs = [(a, b) for a, b in pairwise(arrived) if a[0] == b[0]]
    gaps_ms = [(b[2] - a[2]) * 1e3 for a, b in pairs] or [0.0]
    median, p99 = np.percentile(gaps_ms, [50, 99])
    return {
        "frames": len(arrived),
        "missing": sum(b[1] - a[1] - 1 for a, b in pairs),
        "interval_ms_median": round(float(median), 2),
        "interval_ms_p99": round(float(p99), 2),
    }


class Measurement:
    """Drives one window through the phases."""

    def __init__(self, source: str, weights: str | None):
        self._folder = tempfile.TemporaryDirectory()
        store = QSettings(str(Path(self._folder.name) / "w.ini"), QSettings.Format.IniFormat)
        options = Options(source=source, estimator=EstimatorConfig(weights=weights))
        self.window = MainWindow(options, store)
        self.watch = Watch(self.window)
        self.late: list[str] = []
        self.window.show()
        self.window.start()

    def start(self) -> float:
        """Seconds from the start of this process to the first painted frame."""
        self._wait("first frame", lambda: bool(self.watch.painted))
        return round(age_of_process_s(), 2)

    def live(self, seconds: float) -> dict[str, object]:
        """All docks open, the source playing."""
        for dock in self.window.docks:
            dock.show()
        self._wait("hand", lambda: self.window.latents.z is not None)
        pause(SETTLE_S)
        self.watch.clear()
        before = self.window.session.estimator.stats()
        pause(seconds)
        stats = self.window.session.estimator.stats()
        dropped = stats.frames_dropped - before.frames_dropped
        return {
            "docks": sum(dock.isVisible() for dock in self.window.docks),
            **self.watch.report(),
            "estimator": {**stats.to_json(), "frames_dropped": dropped},
        }

    def cost(self) -> float:
        """CPU time of the GUI thread to show and paint one estimate in every view, ms.

        It does not depend on who else uses the machine.
        """
        estimate = self.window.hub.last
        if estimate is None:
            return 0.0
        self.window.hub.pause()
        pause(1.0)
        begun_s = time.thread_time()
        for _ in range(PICTURES):
            self.window.hub.estimated.emit(estimate)
            self.window.hub.shown.emit(estimate)
            QApplication.processEvents()
        spent_s = time.thread_time() - begun_s
        self.window.hub.play()
        return round(spent_s * 1e3 / PICTURES, 2)

    def slider(self) -> dict[str, float]:
        """From a moved slider to the painted picture, ms."""
        self.window.latents.explore()
        self._wait("explorer", self._is_imagined)
        slider = self.window.latents.rows.directions[0].slider
        low, high = slider.minimum(), slider.maximum()
        times_ms = []
        for k in range(MOVES):
            pause(0.05)
            self.watch.painted.clear()
            moved = time.monotonic()
            slider.setValue(low + (high - low) * (7 * k % 20) // 20)
            self._until_painted()
            if self.watch.painted:
                times_ms.append((self.watch.painted[0][0] - moved) * 1e3)
        return median_p95(times_ms)

    def idle(self) -> float:
        """CPU of the paused window, per cent of one core."""
        self.window.latents.explore(False)
        self._wait("player", lambda: self.window.session.player is not None)
        self.window.hub.pause()
        pause(1.5)
        cpu_s, wall_s = time.process_time(), time.monotonic()
        pause(IDLE_S)
        return round((time.process_time() - cpu_s) / (time.monotonic() - wall_s) * 100, 1)

    def walk(self, seconds: float) -> dict[str, object]:
        """A random walk instead of the source."""
        self.window.latents.walk_button.click()
        pause(1.0)
        self.watch.clear()
        pause(seconds)
        self.window.latents.stop()
        return self.watch.report()

    def _is_imagined(self) -> bool:
        """The hand set by the sliders is shown."""
        frame = self.window.depth_view.frame
        return isinstance(frame, DepthFrame) and frame.depth_raw.shape == (128, 128)

    def _until_painted(self) -> None:
        until = QEventLoop()
        self.window.hub.painted.connect(until.quit)
        QTimer.singleShot(int(PICTURE_S * 1000), until.quit)
        until.exec()
        self.window.hub.painted.disconnect(until.quit)

    def _wait(self, what: str, reached: Callable[[], bool]) -> None:
        if not wait_until(reached, PATIENCE_S):
            self.late.append(what)


def age_of_process_s() -> float:
    """Since the system started this process; 0 where it does not tell."""
    try:
        fields = Path("/proc/self/stat").read_text().rsplit(")", 1)[1].split()
        up_s = float(Path("/proc/uptime").read_text().split()[0])
    except (OSError, IndexError, ValueError):
        return 0.0
    return up_s - int(fields[19]) / os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(
        prog="python -m widgets.tools.measure", description=(__doc__ or "").split("\n")[0]
    )
    parser.add_argument("--source", default="demo:90")
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--weights")
    parser.add_argument("--walk", action="store_true", help="a random walk as well")
    given = parser.parse_args()
    give_memory_back()
    choose_display()
    application = QApplication(sys.argv[:1])
    application.setQuitOnLastWindowClosed(False)
    apply_theme(application)
    garbage = GarbageCollector()
    measurement = Measurement(given.source, given.weights)
    garbage.start()  # as the program does
    result: dict[str, object] = {"first_paint_s": measurement.start()}
    result["live"] = measurement.live(given.seconds)
    result["gui_cpu_ms_a_picture"] = measurement.cost()
    result["slider_to_picture_ms"] = measurement.slider()
    if given.walk:
        result["walk"] = measurement.walk(given.seconds)
    result["idle_cpu_percent"] = measurement.idle()
    measurement.window.close()
    garbage.stop()
    left = own_threads()
    result |= {
        "threads_left": left,
        "not_reached": measurement.late,
        "torch_imported": "torch" in sys.modules,
        "load_average": [round(load, 1) for load in os.getloadavg()],
        "cores": os.cpu_count(),
    }
    print(json.dumps(result, indent=1))
    return int(bool(left or measurement.late))


if __name__ == "__main__":
    sys.exit(exit_code_of("python -m widgets.tools.measure", main))
