"""The latent explorer: sliders for articulation, orientation, place; freeze, draw, walk."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.frames import HandEstimate
from app.model.latent import LatentSpace
from app.model.walk import LatentWalk
from widgets import latent_pose
from widgets.controls import KeySlider, PushButton
from widgets.icons import icon
from widgets.value_slider import ValueSlider

SHOWN_DIRECTIONS = 8
WALK_MS = 16
FOLLOW_S = 0.066  # live values are shown at most this often
ANGLES = (("Yaw", 180.0), ("Pitch", 90.0), ("Roll", 180.0))
REACH_MM = 60.0


class LatentPanel(QWidget):
    """Holds one point of the latent space. `changed` fires when the hand to show has changed."""

    changed = Signal()
    mode_changed = Signal(bool)  # True: explore

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.space: LatentSpace | None = None
        self.z: np.ndarray | None = None  # float32 [D], the hand of the sliders
        self.frozen: HandEstimate | None = None  # the live hand that exploring began from
        self.directions: list[ValueSlider] = []
        self._live: HandEstimate | None = None
        self._followed_s = self._walked_s = 0.0
        self._walk: LatentWalk | None = None
        self._walk_timer = QTimer(self, interval=WALK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._walk_timer.timeout.connect(self._walk_on)
        self._build()
        self._show_mode()

    # --- for the main window ------------------------------------------------------------------

    @property
    def exploring(self) -> bool:
        return self.explore_button.isChecked()

    @property
    def walking(self) -> bool:
        return self._walk_timer.isActive()

    @property
    def sliders(self) -> list[ValueSlider]:
        """Every row, top to bottom."""
        return [*self.directions, *self.angles, *self.origin]

    def set_space(self, space: LatentSpace, names: tuple[str, ...] = ()) -> None:
        """The network is loaded: fill the rows and begin at the mean hand."""
        self.stop()
        self.space, self.z, self.frozen = space, space.neutral(), None
        count = min(SHOWN_DIRECTIONS, len(space.spread))
        names = names or tuple(f"Direction {k + 1}" for k in range(count))
        for row in self.directions:
            row.deleteLater()
        self.directions = []
        for k, name in enumerate(names[:count]):
            low, high = (
                round(float(v / space.spread[k]), 1) for v in (space.low[k], space.high[k])
            )
            row = ValueSlider(name, min(low, -1.0), max(high, 1.0), 0, " σ")
            row.moved.connect(lambda value, k=k: self._on_direction(k, value))
            self._direction_column.addWidget(row)
            self.directions.append(row)
        self.body.setEnabled(True)
        self._show_z()
        self._show_mode()

    def follow(self, estimate: HandEstimate) -> None:
        """A live estimate: while not exploring, the sliders show where its hand is in latent
        space."""
        if self.space is None or not estimate.detected or estimate.z is None:
            return
        self._live = estimate
        self.freeze_button.setEnabled(True)
        now = time.monotonic()
        if not self.exploring and now - self._followed_s >= FOLLOW_S:
            self._followed_s = now
            self.z = estimate.z
            self._show_z()

    def forget_live(self) -> None:
        """Another source: there is no live hand until it shows one."""
        self._live = None
        self.freeze_button.setEnabled(False)

    def explore(self, wanted: bool = True) -> None:
        """Turn the switch. Leaving ends a walk and forgets the frozen hand."""
        (self.explore_button if wanted else self.live_button).setChecked(True)

    def say_no_network(self) -> None:
        """Loading has failed."""
        if self.space is None:
            self.hint.setText("No network is loaded: File, Load weights…")

    def stop(self) -> None:
        """End a walk: the window closes or the weights change."""
        self.walk_button.setChecked(False)

    # --- what the user does -------------------------------------------------------------------

    def freeze(self) -> None:
        """Explore from the hand that is seen right now."""
        if self._live is not None:
            self.stop()
            self.frozen = self._live
            self._set_z(self._live.z)

    def draw(self) -> None:
        """A hand from the prior, by the number in the seed box; the next press takes the next
        number."""
        if self.space is None:
            return
        self.stop()
        code = self.space.draw(np.random.default_rng(self.seed_box.value()), 1)[0]
        z = np.array(self.z, np.float32)
        z[: self.space.n_code] = code
        self.frozen = None
        self._set_z(z)
        self.seed_box.setValue(self.seed_box.value() + 1)

    def reset_all(self) -> None:
        """The mean hand, palm to the camera."""
        if self.space is not None:
            self.stop()
            self.frozen = None
            self._set_z(self.space.neutral())

    def _set_z(self, z: np.ndarray) -> None:
        self.z = z
        self._show_z()
        if self.exploring:
            self.changed.emit()
        self.explore()

    def _on_direction(self, k: int, value: float) -> None:
        self.z = self.space.along(self.z, k, value)
        self._moved()

    def _on_angle(self) -> None:
        self.z = latent_pose.with_angles(self.z, tuple(row.value for row in self.angles))
        self._moved()

    def _on_origin(self) -> None:
        self.z = latent_pose.with_origin(self.z, tuple(row.value for row in self.origin))
        self._moved()

    def _moved(self) -> None:
        self.stop()
        if self.exploring:
            self.changed.emit()
        else:
            self.frozen = self._live
            self.explore()

    def _on_mode(self, explore: bool) -> None:
        if not explore:
            self.stop()
            self.frozen = None
            if self._live is not None:
                self.z = self._live.z
                self._show_z()
        self._show_mode()
        self.mode_changed.emit(explore)
        if explore:
            self.changed.emit()

    def _on_walk(self, playing: bool) -> None:
        self.walk_button.setIcon(icon("pause" if playing else "play"))
        if playing and self.space is not None:
            self.frozen = None
            self.explore()
            self._walk = latent_pose.walk_from(self.space, self.z, self.seed_box.value())
            self._walked_s = time.monotonic()
            self._walk_timer.start()
        else:
            self._walk_timer.stop()

    def _walk_on(self) -> None:
        now = time.monotonic()
        passed, self._walked_s = min(now - self._walked_s, 0.1), now
        self.z = self._walk.step(passed * self.speed_slider.value() / 100)
        self._show_z()
        self.changed.emit()

    # --- inside -------------------------------------------------------------------------------

    def _show_z(self) -> None:
        coordinates = self.space.coordinates(self.z)
        for row, value in zip(self.directions, coordinates, strict=False):
            row.set_value(float(value))
        for row, value in zip(self.angles, latent_pose.angles_of(self.z), strict=True):
            row.set_value(value)
        for row, value in zip(self.origin, latent_pose.origin_mm(self.z), strict=True):
            row.set_value(value)

    def _show_mode(self) -> None:
        if self.space is None:
            text = "Waiting for the network."
        elif self.exploring:
            text = "The sliders move the hand; no camera needed."
        else:
            text = "The sliders follow the live hand. Move one to explore from it."
        self.hint.setText(text)

    def _build(self) -> None:
        self.angles = [ValueSlider(name, -top, top, 0, "°", 0) for name, top in ANGLES]
        self.origin = [ValueSlider(axis, -REACH_MM, REACH_MM, 0, " mm", 0) for axis in "XYZ"]
        for row in self.angles:
            row.moved.connect(self._on_angle)
        for row in self.origin:
            row.moved.connect(self._on_origin)
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
        column.addWidget(self._rows(), 1)

    def _rows(self) -> QScrollArea:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(2)
        self._direction_column = QVBoxLayout()
        self._direction_column.setSpacing(2)
        for title, rows in (
            ("Articulation", []),
            ("Orientation", self.angles),
            ("Place", self.origin),
        ):
            heading = QLabel(title)
            heading.setProperty("role", "heading")
            heading.setContentsMargins(0, 8, 0, 2)
            column.addWidget(heading)
            if not rows:
                column.addLayout(self._direction_column)
            for row in rows:
                column.addWidget(row)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        return area

    def _mode_row(self) -> QHBoxLayout:
        self.live_button, self.explore_button = PushButton("Live"), PushButton("Explore")
        self._modes = QButtonGroup(self)
        row = QHBoxLayout()
        row.setSpacing(0)
        for button in (self.live_button, self.explore_button):
            button.setCheckable(True)
            self._modes.addButton(button)
            row.addWidget(button, 1)
        self.live_button.setChecked(True)
        self.live_button.setToolTip("Show the hand that the source sees")
        self.explore_button.setToolTip("Show the hand of the sliders")
        self.explore_button.toggled.connect(self._on_mode)
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
        self.walk_button = PushButton("Random walk", "play", "Wander through the prior")
        self.walk_button.setCheckable(True)
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
