"""The latent explorer: one point of the latent space, and every way to see and to move it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QTabWidget, QVBoxLayout, QWidget

from app.explore.draws import draw_possible
from app.explore.explorer import SpaceReady
from app.explore.score import LatentScore
from app.frames import HandEstimate
from app.latent.path import sample
from widgets.explorer.edit_history import EditHistory, Snapshot
from widgets.explorer.history_page import HistoryPage
from widgets.explorer.latent_header import LatentHeader
from widgets.explorer.latent_rows import LatentRows
from widgets.explorer.map_page import PATH_POINTS, MapPage
from widgets.explorer.walk_page import WalkPage
from widgets.explorer.walker import Walker
from widgets.parts.low_scroll import LowScroll

STOPPED = "{} stops: fingers would collide."
FOLLOW_MS = 66  # live values are shown at most this often


class LatentPanel(QWidget):
    """Holds the point. `changed` fires when the hand to show has changed."""

    changed = Signal()
    mode_changed = Signal(bool)  # True: explore

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.frozen: HandEstimate | None = None  # the live hand that exploring began from
        self._live: HandEstimate | None = None
        self._followed: HandEstimate | None = None  # the live hand that is shown
        self._rest = QTimer(self, singleShot=True, interval=FOLLOW_MS)
        self._rest.timeout.connect(self._show_live)
        self.walker = Walker(self)
        self.history = EditHistory(self)
        self._did = ""  # what the walker does: "walk", "path", or nothing
        self._edited = False  # since exploring began
        self.header, self.rows = LatentHeader(), LatentRows()
        self.plane, self.walks = MapPage(), WalkPage()
        self.steps = HistoryPage(self.history)
        self.walk_button, self.freeze_button = self.header.walk_button, self.header.freeze_button
        self._lay_out()
        self._connect()
        self._show_mode()

    # --- for the controller -------------------------------------------------------------------

    @property
    def z(self) -> np.ndarray | None:
        """float32 [D]: the hand set by the sliders; None until a network is loaded."""
        return self.rows.z

    @property
    def exploring(self) -> bool:
        return self.header.explore_button.isChecked()

    @property
    def walking(self) -> bool:
        """At random."""
        return self.walker.doing == "walk"

    def set_space(self, ready: SpaceReady) -> None:
        """A network is loaded: begin at its mean hand."""
        self.stop()
        self.explore(False)
        self.forget_live()
        self.rows.set_space(ready.space, ready.directions, ready.decode)
        self.plane.set_space(ready)
        self.walks.set_space(ready.space, ready.decode)
        self._show_z(ready.space.neutral())
        self.history.clear(self._snapshot())
        self.show_score(None)
        self.body.setEnabled(True)
        self._show_mode()

    def follow(self, hand: HandEstimate) -> None:
        """A live hand; while not exploring the sliders show where it is."""
        if self.rows.space is None:
            return
        self._live = hand
        self.header.freeze_button.setEnabled(True)
        if not self._rest.isActive():
            self._show_live()

    def _show_live(self) -> None:
        """The newest live hand; the last one before a pause is shown too, a little later."""
        live = self._live
        if live is None or live is self._followed:
            return
        self._followed = live
        self._rest.start()
        self.plane.show_live(live.z)
        if not self.exploring and live.z is not None:
            self._show_z(live.z)
            self.history.settle(self._snapshot())

    def forget_live(self) -> None:
        """Another source: there is no live hand until it shows one."""
        self._live = None
        self.header.freeze_button.setEnabled(False)
        if self.rows.space is not None:
            self.plane.show_live(None)

    def explore(self, wanted: bool = True) -> None:
        """Turn the switch. Leaving ends a walk and forgets the frozen hand."""
        if wanted and self.rows.space is not None:
            self.header.explore_button.setChecked(True)
        elif not wanted:
            self.header.live_button.setChecked(True)

    def show_score(self, score: LatentScore | None) -> None:
        """What is thought of the hand that is shown."""
        self.header.score.show_score(score)
        self.plane.show_score(score)

    def say_no_network(self) -> None:
        """Loading has failed."""
        if self.rows.space is None:
            self.header.hint.setText("No network is loaded: choose Model > Load weights…")

    def stop(self) -> None:
        """End a walk."""
        self.walker.stop()

    def go_to(
        self, z: np.ndarray, frozen: HandEstimate | None = None, text: str = "Another hand"
    ) -> None:
        """Show this hand, float32 [D], as a step of this name.

        frozen: the live hand whose crop it is compared with.
        """
        self.stop()
        self.frozen = frozen
        self._show_z(z)
        self._tell()
        self._note(text)

    # --- what the user does -------------------------------------------------------------------

    def freeze(self) -> None:
        """Explore from the hand that is seen right now."""
        if self._live is not None and self._live.z is not None:
            self.go_to(self._live.z, self._live, "Freeze")

    def draw(self) -> None:
        """A hand from the prior, by the number in the seed box, which then grows by one."""
        space, decode = self.rows.space, self.rows.decode
        if space is not None and decode is not None:
            z = np.array(self.z, np.float32)
            z[: space.n_code] = draw_possible(space, self.header.seed, decode)
            self.go_to(z, text=f"Draw, seed {self.header.seed}")
            self.header.seed_box.setValue(self.header.seed + 1)

    def reset_all(self) -> None:
        """The mean hand, palm to the camera."""
        if self.rows.space is not None:
            self.go_to(self.rows.space.neutral(), text="Reset")

    def mark(self, name: str) -> None:
        """Keep the present hand as keyframe "A" or "B"."""
        if self.z is not None:
            self.walks.set_keyframe(name, self.z)
            self._note(f"Set {name}")

    def play(self, wanted: bool) -> None:
        """Play the chosen way back and forth, or stop."""
        path = self.walks.path
        if wanted and path is not None:
            self.frozen = None
            self.explore()
            share = self.walks.share
            self.walker.play(path, self.walks.seconds, 0.0 if share >= 1 else share)
        else:
            self.stop()

    def wander(self, wanted: bool) -> None:
        """Walk at random from the present hand, or stop."""
        space, z = self.rows.space, self.z
        if wanted and space is not None and z is not None:
            self.frozen = None
            self.explore()
            self.walker.wander(space, z, self.header.seed)
        else:
            self.stop()
            self.header.show_walking(False)

    # --- inside -------------------------------------------------------------------------------

    def _show_z(self, z: np.ndarray) -> None:
        self.rows.show_z(z)
        self.plane.show_z(z)

    def _on_moved(self, text: str, z: np.ndarray | None = None) -> None:
        """By a slider, the ball, the map, a card or the scrubber: a frozen crop stays."""
        self.stop()
        self._show_mode()
        if not self.exploring:
            self.frozen = self._live
        if z is not None:
            self._show_z(z)
        elif self.z is not None:
            self.plane.show_z(self.z)
        self._tell()
        held = any(part.held for part in (self.rows, self.plane.map, self.walks))
        self._note(text, going_on=True, held=held)

    def _note(self, text: str, going_on: bool = False, held: bool = False) -> None:
        if self.z is not None:
            self._edited = True
            self.history.note(text, self._snapshot(), going_on, held)

    def _snapshot(self) -> Snapshot:
        walks = self.walks
        return Snapshot(
            np.array(self.z, np.float32), dict(walks.keyframes), walks.walked,
            walks.walked_name, walks.way.currentIndex(), self.frozen,
        )  # fmt: skip

    def _restore(self, old: Snapshot) -> None:
        """A step was undone, or done again."""
        self._did = ""  # what a walk has reached is no step of its own now
        self.stop()
        self.frozen = old.frozen
        self.walks.restore(old.keyframes, old.walked, old.walked_name, old.way)
        self._show_z(old.z)
        self._edited = True
        self._tell()

    def _on_walked(self, z: np.ndarray) -> None:
        self.rows.pass_through(z)
        self.plane.show_z(z)
        self.changed.emit()

    def _on_walker(self, doing: str) -> None:
        self.header.show_walking(doing == "walk")
        self.walks.show_playing(doing == "path")
        did, self._did = self._did, doing
        if doing or self.rows.space is None or self.z is None:
            return
        self.rows.show_z(self.z)  # each moment before may have been passed over
        walked = self.walker.recorder.walked(self.rows.space.n_code)
        if walked is not None and walked.seconds > 0.2:
            self.walks.set_walked(walked)
            self.walker.recorder.clear()
        if did and self.walker.z is not None:
            now = replace(self._snapshot(), z=self.walker.z)
            text = "Play the path" if did == "path" else "Random walk"
            self.history.note(text, now)
            self._edited = True

    def _on_path(self) -> None:
        if self.rows.space is None:
            return
        frames, path = self.walks.keyframes, self.walks.path
        points = [] if path is None else list(sample(path, PATH_POINTS - 1, 1))
        self.plane.show_keyframes(frames.get("A"), frames.get("B"), points)

    def _tell(self) -> None:
        if self.exploring:
            self.changed.emit()
        else:
            self.explore()

    def _on_mode(self, explore: bool) -> None:
        if not explore:
            self.stop()
            self.frozen = None
            if self._live is not None and self._live.z is not None:
                self._show_z(self._live.z)
                if self._edited:
                    self._note("Back to live")
            self._edited = False
        self._show_mode()
        self.mode_changed.emit(explore)
        if explore:
            self.changed.emit()

    def _show_mode(self) -> None:
        self.header.show_mode(self.rows.space is not None, self.exploring)

    def _connect(self) -> None:
        header, walks = self.header, self.walks
        header.mode_wanted.connect(self._on_mode)
        header.walk_wanted.connect(self.wander)
        header.pace_changed.connect(self.walker.set_pace)
        header.freeze_button.clicked.connect(self.freeze)
        header.reset_button.clicked.connect(self.reset_all)
        header.draw_button.clicked.connect(self.draw)
        self.rows.moved.connect(self._on_moved)
        self.rows.stopped.connect(lambda name: header.hint.setText(STOPPED.format(name)))
        for page in (self.plane, walks):
            page.moved.connect(lambda z, text: self._on_moved(text, z))
        for part in (self.rows, self.plane, walks):
            part.released.connect(self.history.close_step)
        walks.chosen.connect(self._note)
        walks.marked.connect(self.mark)
        walks.play_wanted.connect(self.play)
        walks.path_changed.connect(self._on_path)
        self.history.restored.connect(self._restore)
        self.history.leaving.connect(self.stop)
        self.walker.moved.connect(self._on_walked)
        self.walker.share_changed.connect(walks.show_share)
        self.walker.changed.connect(self._on_walker)

    def _lay_out(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.body = QWidget()
        self.body.setEnabled(False)
        outer.addWidget(LowScroll(self.body))
        column = QVBoxLayout(self.body)
        column.setContentsMargins(10, 4, 4, 8)
        column.setSpacing(8)
        column.addWidget(self.header)
        self.pages = QTabWidget()
        self.pages.setDocumentMode(True)
        for page, title in (
            (self.rows, "Pose"), (self.plane, "Map"), (self.walks, "A – B"),
            (self.steps, "History"),
        ):  # fmt: skip
            self.pages.addTab(page, title)
        column.addWidget(self.pages, 1)
