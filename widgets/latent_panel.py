"""The latent explorer: sliders for articulation, orientation and place; freeze, draw, walk, reset."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSlider,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.frames import HandEstimate
from widgets.icons import icon
from widgets.latent_pose import LatentPose, LatentSpace, pose_from_z
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

    def __init__(self, space: LatentSpace, parent: QWidget | None = None):
        super().__init__(parent)
        self.space = space
        self.pose = LatentPose(np.array(space.mean, np.float64))
        self.frozen: HandEstimate | None = None  # the live hand that exploring began from
        self._live: HandEstimate | None = None
        self._followed_s = 0.0
        self._rng = np.random.default_rng(0)
        self._walk_timer = QTimer(self, interval=WALK_MS, timerType=Qt.TimerType.PreciseTimer)
        self._walk_timer.timeout.connect(self._walk_on)
        self._walked_s = 0.0
        self._build()
        self._show_pose()
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

    def follow(self, estimate: HandEstimate) -> None:
        """A live estimate: while not exploring, the sliders show where its hand is in latent space."""
        if not estimate.detected or estimate.z is None:
            return
        self._live = estimate
        self.freeze_button.setEnabled(True)
        now = time.monotonic()
        if not self.exploring and now - self._followed_s >= FOLLOW_S:
            self._followed_s = now
            self.pose = pose_from_z(estimate.z)
            self._show_pose()

    def explore(self, wanted: bool = True) -> None:
        """Turn the switch. Leaving ends a walk and forgets the frozen hand."""
        (self.explore_button if wanted else self.live_button).setChecked(True)

    def stop(self) -> None:
        """End a walk: the window closes or the weights change."""
        self.walk_button.setChecked(False)

    # --- what the user does -------------------------------------------------------------------

    def freeze(self) -> None:
        """Explore from the hand that is seen right now."""
        if self._live is not None:
            self.stop()
            self.frozen, self.pose = self._live, pose_from_z(self._live.z)
            self._set_pose(self.pose)

    def draw(self) -> None:
        """A hand from the prior, by the number in the seed box; the next press takes the next number."""
        rng = np.random.default_rng(self.seed_box.value())
        self.frozen = None
        self._set_pose(replace(self.pose, articulation=self.space.draw(rng)))
        self.seed_box.setValue(self.seed_box.value() + 1)

    def reset_all(self) -> None:
        """The mean hand, palm to the camera."""
        self.frozen = None
        self._set_pose(LatentPose(np.array(self.space.mean, np.float64)))

    def set_speed(self, speed: float) -> None:
        self.speed_slider.setValue(round(speed * 100))

    def _set_pose(self, pose: LatentPose) -> None:
        self.pose = pose
        self._show_pose()
        self.explore()
        self.changed.emit()

    def _on_direction(self, k: int, value: float) -> None:
        self.pose = self.pose.moved_along(self.space, k, value)
        self._moved()

    def _on_angle(self) -> None:
        self.pose = replace(self.pose, angles_deg=tuple(row.value for row in self.angles))
        self._moved()

    def _on_origin(self) -> None:
        self.pose = replace(self.pose, origin_mm=tuple(row.value for row in self.origin))
        self._moved()

    def _moved(self) -> None:
        if not self.exploring:
            self.frozen = self._live
            self.explore()
        self.changed.emit()

    def _on_mode(self, explore: bool) -> None:
        if not explore:
            self.stop()
            self.frozen = None
        self._show_mode()
        self.mode_changed.emit(explore)
        if explore:
            self.changed.emit()

    def _on_walk(self, playing: bool) -> None:
        self.walk_button.setIcon(icon("pause" if playing else "play"))
        if playing:
            self.frozen = None
            self.explore()
            self._walked_s = time.monotonic()
            self._walk_timer.start()
        else:
            self._walk_timer.stop()

    def _walk_on(self) -> None:
        now = time.monotonic()
        passed, self._walked_s = min(now - self._walked_s, 0.1), now
        step = passed * self.speed_slider.value() / 100
        articulation = self.space.walk(self.pose.articulation, self._rng, step)
        self.pose = replace(self.pose, articulation=articulation)
        self._show_pose()
        self.changed.emit()

    # --- inside -------------------------------------------------------------------------------

    def _show_pose(self) -> None:
        for k, row in enumerate(self.directions):
            row.set_value(self.pose.along(self.space, k))
        for row, value in zip(self.angles, self.pose.angles_deg, strict=True):
            row.set_value(value)
        for row, value in zip(self.origin, self.pose.origin_mm, strict=True):
            row.set_value(value)

    def _show_mode(self) -> None:
        self.hint.setText(
            "The sliders move the hand; no camera needed."
            if self.exploring
            else "The sliders follow the live hand. Move one to explore from it."
        )

    def _build(self) -> None:
        count = min(SHOWN_DIRECTIONS, len(self.space.spread))
        self.directions = [ValueSlider(name, -3, 3, 0, " σ") for name in self.space.names[:count]]
        self.angles = [ValueSlider(name, -top, top, 0, "°", 0) for name, top in ANGLES]
        self.origin = [ValueSlider(axis, -REACH_MM, REACH_MM, 0, " mm", 0) for axis in "XYZ"]
        for k, row in enumerate(self.directions):
            row.moved.connect(lambda value, k=k: self._on_direction(k, value))
        for row in self.angles:
            row.moved.connect(self._on_angle)
        for row in self.origin:
            row.moved.connect(self._on_origin)
        column = QVBoxLayout(self)
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
        for title, rows in (
            ("Articulation", self.directions),
            ("Orientation", self.angles),
            ("Place", self.origin),
        ):
            heading = QLabel(title)
            heading.setProperty("role", "heading")
            heading.setContentsMargins(0, 8, 0, 2)
            column.addWidget(heading)
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
        self.live_button, self.explore_button = QPushButton("Live"), QPushButton("Explore")
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
        self.freeze_button = _button("Freeze", "freeze", "Explore from the hand seen right now")
        self.freeze_button.setEnabled(False)
        self.freeze_button.clicked.connect(self.freeze)
        self.reset_button = _button("Reset all", "reset", "The mean hand, palm to the camera")
        self.reset_button.clicked.connect(self.reset_all)
        self.draw_button = _button("Draw", "dice", "A hand from the prior, by the seed")
        self.draw_button.clicked.connect(self.draw)
        self.seed_box = QSpinBox()
        self.seed_box.setRange(0, 999_999)
        self.seed_box.setAccessibleName("Seed")
        self.seed_box.setToolTip("Seed of the next draw")
        self.seed_box.setButtonSymbols(QSpinBox.ButtonSymbols.NoButtons)
        self.seed_box.setFixedWidth(52)
        return _row(self.freeze_button, self.reset_button, self.draw_button, self.seed_box)

    def _walk_row(self) -> QHBoxLayout:
        self.walk_button = _button("Random walk", "play", "Wander through the prior")
        self.walk_button.setCheckable(True)
        self.walk_button.toggled.connect(self._on_walk)
        self.speed_slider = QSlider(Qt.Orientation.Horizontal)
        self.speed_slider.setRange(10, 300)
        self.speed_slider.setValue(100)
        self.speed_slider.setAccessibleName("Speed of the walk")
        self.speed_slider.setToolTip("Speed of the walk")
        speed = QLabel("Speed")
        speed.setProperty("role", "muted")
        return _row(self.walk_button, speed, self.speed_slider)


def _button(text: str, icon_name: str, tip: str) -> QPushButton:
    button = QPushButton(icon(icon_name), text)
    button.setToolTip(tip)
    return button


def _row(*widgets: QWidget) -> QHBoxLayout:
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget)
    return row
