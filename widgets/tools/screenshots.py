"""Pictures of the window in the states that people meet, by the real program.

python -m widgets.tools.screenshots OUTDIR [--weights FILE] [--size WIDTHxHEIGHT] [NAME ...]   under
whatever platform is set: with QT_QPA_PLATFORM=offscreen no display is needed, with
QT_SCALE_FACTOR=2 the pictures are those of a fine display. Returns 1 where a state was not reached
in time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PySide6.QtCore import QSettings, QSize
from PySide6.QtWidgets import QApplication, QDockWidget, QWidget

from app.command_line import exit_code_of
from app.config import CameraConfig, EstimatorConfig, Options
from app.resources import SAMPLE
from app.synthetic.scenes.generator import SceneGenerator
from widgets.display import choose_display
from widgets.main_window import MainWindow
from widgets.parts.theme import apply_theme
from widgets.tools.waiting import pause, wait_until

SIZE = QSize(1280, 800)
PATIENCE_S = 120.0  # also on a busy machine


class Photographer:
    """Brings one window into each state and saves what it looks like."""

    def __init__(self, folder: Path, weights: str | None, size: QSize):
        self.folder, self.size = folder, size
        self.late: list[str] = []  # states that were not reached in time
        self._scratch = tempfile.TemporaryDirectory()
        scratch = Path(self._scratch.name)
        store = QSettings(str(scratch / "window.ini"), QSettings.Format.IniFormat)
        options = Options(source="demo", estimator=EstimatorConfig(weights=weights))
        self.empty_room = scratch / "nobody.npz"
        self.window = MainWindow(options, store)
        self.window.resize(size)
        self.window.reset_layout()
        self.window.show()
        self.window.start()
        self._wait("start", lambda: self.window.latents.z is not None)

    def demo(self) -> None:
        """The demo hand, followed live."""
        self._open("demo")
        self.window.hub.seek_frame(30)
        self._settle(lambda: self._hand() and self._index() >= 42)
        self._save("demo")

    def sample_recording(self) -> None:
        """A frame of the real recording."""
        self._open(str(SAMPLE))
        self.window.hub.pause()
        self.window.transport.slider.setValue(3)
        self._settle(lambda: self._hand() and self._index() == 3)
        self._save("sample_recording")

    def three_d(self) -> None:
        """The real hand with its readings and its surface, seen from the side of the sensor."""
        self._open(str(SAMPLE))
        self._dock("Hand and camera").raise_()
        switched = ("cloud", "skin")
        for name in switched:
            self.window.skeleton.toggle(name)
        self.window.depth_bar.overlays["mask"].click()
        self.window.hub.pause()
        self.window.transport.slider.setValue(3)
        self._settle(lambda: self._hand() and self._index() == 3)
        self._save("three_d")
        self.window.depth_bar.overlays["mask"].click()
        for name in switched:
            self.window.skeleton.toggle(name)

    def wrong_unit(self) -> None:
        """The same recording read with a wrong depth unit: what is said, and the cure."""
        self._open(str(SAMPLE))
        self._dock("Hand and camera").raise_()
        camera = self.window.hand.camera
        camera.camera_wanted.emit(CameraConfig(depth_unit_mm=1.0))
        self._settle(lambda: self.window.depth_view.result is not None)
        camera.search.click()
        self._settle(lambda: "0.125" in camera.findings.rows[0].text.text())
        self._save("wrong_unit")
        camera.back.click()
        self.window.toasts.dismiss_all()
        self._dock("Latent explorer").raise_()

    def explore(self) -> None:
        """Frozen on a live hand and turned."""
        self._open("demo")
        self._settle(lambda: self._hand() and self._index() >= 20)
        self.window.latents.freeze()
        self._settle(lambda: self.window.synthesis.comparison.mean_gap_mm() is not None)
        angle = self.window.latents.rows.angles[0].slider
        angle.setValue(angle.value() + angle.maximum() // 12)
        pause(0.4)
        self._save("explore")

    def ab_walk(self) -> None:
        """Half-way from one keyframe to another, the frozen crop beside it."""
        self._open("demo")
        latents = self.window.latents
        self._settle(lambda: self._hand() and self._index() >= 20)
        latents.freeze()
        latents.mark("A")
        latents.header.seed_box.setValue(11)
        latents.draw()
        latents.mark("B")
        latents.pages.setCurrentWidget(latents.walks)
        scrubber = latents.walks.scrubber
        scrubber.setValue((scrubber.minimum() + scrubber.maximum()) // 2)
        pause(1.0)
        self._save("ab_walk")
        latents.pages.setCurrentIndex(0)
        latents.explore(False)

    def latent_map(self) -> None:
        """The plane of two directions: the live hand's trail, the way from A to B, the hand."""
        self._open("demo")
        latents = self.window.latents
        self._settle(lambda: self._hand() and self._index() >= 60)
        latents.freeze()
        latents.mark("A")
        latents.header.seed_box.setValue(11)
        latents.draw()
        latents.mark("B")
        latents.pages.setCurrentWidget(latents.plane)
        latents.draw()
        pause(1.0)
        self._save("latent_map")
        latents.pages.setCurrentIndex(0)
        latents.explore(False)

    def analysis(self) -> None:
        """Joints of the whole sample recording over time."""
        self._open(str(SAMPLE))
        self.window.resize(self.size.expandedTo(QSize(1280, 860)))
        self.window.actions_by_name["process"].trigger()
        worker = self.window.analysis.worker
        self._wait("analysis", lambda: self.window.analysis.track is not None and not worker.busy)
        self.window.hub.pause()
        self.window.transport.slider.setValue(12)
        self._settle(lambda: self._index() == 12)
        self.window.toasts.dismiss_all()
        self._save("analysis")
        self._dock("Analysis").hide()
        self.window.resize(self.size)

    def light(self) -> None:
        """The light theme, with source, performance and log docks."""
        self.window.shell.set_theme("light")
        self._open("demo")
        self._dock("Source").raise_()
        self._dock("Performance").show()
        self._dock("Log").show()
        self.window.hub.say("info", "Joints written", "walk.csv: 21 joints, 300 frames")
        self.window.toasts.dismiss_all()
        self._settle(lambda: self._hand() and self._index() >= 60)
        self._save("light")
        self.window.shell.set_theme("dark")
        self.window.reset_layout()

    def preferences(self) -> None:
        """The page of the model."""
        preferences = self.window.shell.show_preferences()
        preferences.choose("Model")
        pause(0.4)
        self._save("preferences", preferences)
        preferences.close()

    def latent_walk(self) -> None:
        """A random walk under way."""
        self.window.latents.reset_all()
        self.window.latents.walk_button.click()
        pause(4.0)
        self._save("latent_walk")
        self.window.latents.explore(False)

    def no_hand(self) -> None:
        """A person who shows no hand."""
        write_empty_room(self.empty_room)
        self._open(str(self.empty_room))
        self._settle(lambda: self.window.depth_view.result is not None)
        pause(1.5)
        self._save("no_hand")

    def error(self) -> None:
        """A recording that is none."""
        self._open("demo")
        path = Path(self._scratch.name) / "holiday.bag"
        path.write_text("not a recording")
        self.window.open(str(path))
        self._settle(lambda: bool(self.window.toasts.cards))
        pause(0.5)
        self._save("error")

    def small_window(self) -> None:
        """1024 x 700."""
        self.window.toasts.dismiss_all()
        self._open("demo")
        self.window.resize(1024, 700)
        self.window.reset_layout()
        self._settle(lambda: self._hand() and self._index() >= 40)
        self._save("small_window")
        self.window.resize(self.size)
        self.window.reset_layout()

    def shortcuts(self) -> None:
        """The sheet of F1."""
        self.window.shell.toggle_sheet()
        pause(0.3)
        self._save("shortcuts", self.window.shell.sheet)
        self.window.shell.toggle_sheet()

    def close(self) -> None:
        self.window.close()

    # --- inside -------------------------------------------------------------------------------

    def _dock(self, title: str) -> QDockWidget:
        return next(dock for dock in self.window.docks if dock.objectName() == title)

    def _open(self, spec: str) -> None:
        before = self.window.session.player
        self.window.latents.explore(False)
        self.window.open(spec)
        self._wait(spec, lambda: self.window.session.player not in (before, None))
        self._wait(spec, lambda: self.window.hub.last is not None)  # no frame of the one before

    def _hand(self) -> bool:
        result = self.window.depth_view.result
        return result is not None and result.detected

    def _index(self) -> int:
        frame = self.window.depth_view.frame
        return -1 if frame is None else frame.index

    def _settle(self, reached: Callable[[], bool]) -> None:
        self._wait("state", reached)
        pause(0.3)

    def _wait(self, what: str, reached: Callable[[], bool]) -> None:
        if not wait_until(reached, PATIENCE_S):
            self.late.append(what)

    def _save(self, name: str, widget: QWidget | None = None) -> None:
        (widget or self.window).grab().save(str(self.folder / f"{name}.png"))
        print(name, "LATE" if self.late else "", flush=True)


STATES = (
    "demo", "sample_recording", "three_d", "wrong_unit", "explore", "ab_walk", "latent_map",
    "latent_walk", "analysis", "light", "no_hand", "error", "small_window", "preferences",
    "shortcuts",
)  # fmt: skip


def write_empty_room(path: Path, seed: int = 5) -> None:
    """Three seconds of a rendered scene without a hand."""
    scene = SceneGenerator(seed=seed, split="test", kinds={"none": 1.0}).frame(0)
    depth = np.repeat(np.round(scene.depth_mm).astype(np.uint16)[None], 90, 0)
    camera = scene.intrinsics
    values = np.array([camera.fx, camera.fy, camera.cx, camera.cy])
    np.savez(path, depth_mm=depth, intrinsics=values)


def parse_size(text: str) -> QSize:
    """WIDTHxHEIGHT; raises ValueError."""
    width, height = (int(part) for part in text.split("x"))
    return QSize(width, height)


def main() -> int:
    """Entry point."""
    parser = argparse.ArgumentParser(prog="python -m widgets.tools.screenshots")
    parser.add_argument("folder", type=Path, metavar="OUTDIR")
    parser.add_argument("names", nargs="*", metavar="NAME", help=" ".join(STATES))
    parser.add_argument("--weights")
    parser.add_argument("--size", type=parse_size, default=SIZE, metavar="WIDTHxHEIGHT")
    given = parser.parse_intermixed_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    choose_display()
    application = QApplication(sys.argv[:1])
    apply_theme(application)
    photographer = Photographer(given.folder, given.weights, given.size)
    for name in [] if photographer.late else given.names or STATES:
        getattr(photographer, name)()
    photographer.close()
    if photographer.late:
        print("not reached in time:", *photographer.late, file=sys.stderr)
    return int(bool(photographer.late))


if __name__ == "__main__":
    sys.exit(exit_code_of("python -m widgets.tools.screenshots", main))
