"""The latent explorer: live or explore, freeze, draw, random walk, and the sliders below."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QButtonGroup, QHBoxLayout, QLabel, QSpinBox, QVBoxLayout, QWidget

from app.frames import HandEstimate
from app.model.latent import LatentSpace
from app.model.walk import LatentWalk
from widgets import latent_pose
from widgets.controls import KeySlider, PushButton
from widgets.directions import Direction
from widgets.icons import icon
from widgets.latent_rows import LatentRows

WALK_MS = 16
LONGEST_STEP_S = 0.1  # of a walk, however long the window was busy
FOLLOW_S = 0.066  # live values are shown at most this often


class LatentPanel(QWidget):
    """Holds one point of the latent space. `changed` fires when the hand to show has changed."""

    changed = Signal()
    mode_changed = Signal(bool)  # True: explore

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.frozen: HandEstimate | None = None  # the live hand that exploring began from
        self._live: HandEstimate | None = None
        self._followed_s = self._walked_s = 0.0
        self._walk: LatentWalk | None = None
        self._walk_timer = QTimer(self, interval=WALK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._walk_timer.timeout.connect(self._walk_on)
        self.rows = LatentRows()
        self.rows.moved.connect(self._on_moved)
        self._lay_out()
        self._show_mode()

    # --- for the main window ------------------------------------------------------------------

    @property
    def z(self) -> np.ndarray | None:
        """float32 [D]: the hand of the sliders; None until a network is loaded."""
        return self.rows.z

    @property
    def exploring(self) -> bool:
        return self.explore_button.isChecked()

    @property
    def walking(self) -> bool:
        return self._walk_timer.isActive()

    def set_space(self, space: LatentSpace, directions: tuple[Direction, ...]) -> None:
        """A network is loaded: begin at its mean hand."""
        self.stop()
        self.explore(False)
        self.forget_live()
        self.rows.set_space(space, directions)
        self.body.setEnabled(True)
        self._show_mode()

    def follow(self, estimate: HandEstimate) -> None:
        """A live estimate; while not exploring the sliders show where its hand is."""
        if self.rows.space is None or not estimate.detected or estimate.z is None:
            return
        self._live = estimate
        self.freeze_button.setEnabled(True)
        now = time.monotonic()
        if not self.exploring and now - self._followed_s >= FOLLOW_S:
            self._followed_s = now
            self.rows.show_z(estimate.z)

    def forget_live(self) -> None:
        """Another source: there is no live hand until it shows one."""
        self._live = None
        self.freeze_button.setEnabled(False)

    def explore(self, wanted: bool = True) -> None:
        """Turn the switch. Leaving ends a walk and forgets the frozen hand."""
        if wanted and self.rows.space is not None:
            self.explore_button.setChecked(True)
        elif not wanted:
            self.live_button.setChecked(True)

    def say_no_network(self) -> None:
        """Loading has failed."""
        if self.rows.space is None:
            self.hint.setText("No network is loaded: File, Load weights…")

    def stop(self) -> None:
        """End a walk."""
        self.walk_button.setChecked(False)

    # --- what the user does -------------------------------------------------------------------

    def freeze(self) -> None:
        """Explore from the hand that is seen right now."""
        if self._live is not None:
            self._set_z(self._live.z, self._live)

    def draw(self) -> None:
        """A hand from the prior, by the number in the seed box, which then grows by one."""
        space = self.rows.space
        if space is not None:
            z = np.array(self.z, np.float32)
            z[: space.n_code] = space.draw(np.random.default_rng(self.seed_box.value()), 1)[0]
            self._set_z(z)
            self.seed_box.setValue(self.seed_box.value() + 1)

    def reset_all(self) -> None:
        """The mean hand, palm to the camera."""
        if self.rows.space is not None:
            self._set_z(self.rows.space.neutral())

    def _set_z(self, z: np.ndarray, frozen: HandEstimate | None = None) -> None:
        self.stop()
        self.frozen = frozen
        self.rows.show_z(z)
        self._tell()

    def _on_moved(self) -> None:
        self.stop()
        if not self.exploring:
            self.frozen = self._live
        self._tell()

    def _tell(self) -> None:
        if self.exploring:
            self.changed.emit()
        else:
            self.explore()

    def _on_mode(self, explore: bool) -> None:
        if not explore:
            self.stop()
            self.frozen = None
            if self._live is not None:
                self.rows.show_z(self._live.z)
        self._show_mode()
        self.mode_changed.emit(explore)
        if explore:
            self.changed.emit()

    def _on_walk(self, playing: bool) -> None:
        self.walk_button.setIcon(icon("pause" if playing else "play"))
        if not playing or self.rows.space is None:
            self._walk_timer.stop()
            return
        self.frozen = None
        self.explore()
        self._walk = latent_pose.walk_from(self.rows.space, self.z, self.seed_box.value())
        self._walked_s = time.monotonic()
        self._walk_timer.start()

    def _walk_on(self) -> None:
        now = time.monotonic()
        passed, self._walked_s = min(now - self._walked_s, LONGEST_STEP_S), now
        self.rows.show_z(self._walk.step(passed * self.speed_slider.value() / 100))
        self.changed.emit()

    # --- inside -------------------------------------------------------------------------------

    def _show_mode(self) -> None:
        if self.rows.space is None:
            text = "Waiting for the network."
        elif self.exploring:
            text = "The sliders move the hand; no camera needed."
        else:
            text = "Sliders follow the hand; move one to explore."
        self.hint.setText(text)

    def _lay_out(self) -> None:
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        self.body = QWidget()
        self.body.setEnabled(False)
        outer.addWidget(self.body)
        column = QVBoxLayout(self.body)
        column.setContentsMargins(10, 4, 4, 8)
        column.setSpacing(8)
        column.addLayout(self._mode_row())
        self.hint = QLabel()
        self.hint.setProperty("role", "muted")
        self.hint.setWordWrap(True)
        column.addWidget(self.hint)
        column.addLayout(self._action_row())
        column.addLayout(self._walk_row())
        column.addWidget(self.rows, 1)

    def _mode_row(self) -> QHBoxLayout:
        self.live_button = PushButton("Live", "", "Show the hand that the source sees", True)
        self.explore_button = PushButton("Explore", "", "Show the hand of the sliders", True)
        self._modes = QButtonGroup(self)
        for button in (self.live_button, self.explore_button):
            self._modes.addButton(button)
        self.live_button.setChecked(True)
        self.explore_button.toggled.connect(self._on_mode)
        row = _row(self.live_button, self.explore_button)
        row.setSpacing(0)
        return row

    def _action_row(self) -> QHBoxLayout:
        self.freeze_button = PushButton("Freeze", "freeze", "Explore from the hand seen right now")
        self.freeze_button.setEnabled(False)
        self.freeze_button.clicked.connect(self.freeze)
        self.reset_button = PushButton("Reset all", "reset", "The mean hand, palm to the camera")
        self.reset_button.clicked.connect(self.reset_all)
        self.draw_button = PushButton("Draw", "dice", "A hand from the prior, by the seed")
        self.draw_button.clicked.connect(self.draw)
        self.seed_box = QSpinBox()
        self.seed_box.setRange(0, 999_999)
        self.seed_box.setAccessibleName("Seed")
        self.seed_box.setToolTip("Seed of the next draw")
        self.seed_box.setFixedWidth(52)
        return _row(self.freeze_button, self.reset_button, self.draw_button, self.seed_box)

    def _walk_row(self) -> QHBoxLayout:
        self.walk_button = PushButton("Random walk", "play", "Wander through the prior", True)
        self.walk_button.toggled.connect(self._on_walk)
        self.speed_slider = KeySlider("Speed of the walk")
        self.speed_slider.setRange(10, 300)
        self.speed_slider.setValue(100)
        self.speed_slider.setToolTip("Speed of the walk")
        speed = QLabel("Speed")
        speed.setProperty("role", "muted")
        return _row(self.walk_button, speed, self.speed_slider)


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget)
    return row
