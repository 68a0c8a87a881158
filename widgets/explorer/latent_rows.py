"""The sliders of the latent explorer: how the hand is held, its shape, orientation, place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.explore.directions import Direction
from app.explore.reach import clear_share
from app.latent import pose_part
from app.latent.space import LatentSpace
from widgets.explorer.trackball import Trackball
from widgets.parts.buttons import make_label
from widgets.parts.value_slider import ValueSlider

ANGLES = (
    ("Yaw", 180.0, "Right turns the hand's right side towards the camera, left away from it."),
    ("Pitch", 90.0, "Right tips the fingers towards the camera, left away from it."),
    ("Roll", 180.0, "Right turns the hand clockwise in the picture, left the other way."),
)
PLACES = (
    ("X", "Right moves the hand to the right, left to the left."),
    ("Y", "Right moves the hand down, left up."),
    ("Z", "Right moves the hand away from the camera, left nearer."),
)
REACH_MM = 60.0
PACE_MS = 66  # between two moments of a walk that the rows show


class LatentRows(QScrollArea):
    """Shows one z and changes it.

    For the user's hand only: `moved` fires with the name of what was moved, `stopped` with that of
    a row that would have led a finger into the hand, `released` when the mouse lets go.
    """

    moved = Signal(str)
    stopped = Signal(str)
    released = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.space: LatentSpace | None = None
        self.z: np.ndarray | None = None  # float32 [D]
        self.directions: list[ValueSlider] = []
        self._shown: tuple[Direction, ...] = ()
        self._headings: list[QLabel] = []  # of the directions
        self.angles = [ValueSlider(name, -top, top, 0, "°", 0, tip) for name, top, tip in ANGLES]
        self.origin = [
            ValueSlider(name, -REACH_MM, REACH_MM, 0, " mm", 0, tip) for name, tip in PLACES
        ]
        self._pace = QTimer(self, singleShot=True, interval=PACE_MS)
        self.ball = Trackball()
        self.ball.turned.connect(self._on_ball)
        self.ball.released.connect(self.released)
        for row in (*self.angles, *self.origin):
            row.released.connect(self.released)
        self.decode: Callable[[np.ndarray], np.ndarray] | None = None
        for row in self.angles:
            row.moved.connect(lambda _, name=row.name: self._on_angle(name))
        for row in self.origin:
            row.moved.connect(lambda _, name=row.name: self._on_origin(name))
        self._lay_out()

    @property
    def sliders(self) -> list[ValueSlider]:
        """Every row, top to bottom."""
        return [*self.directions, *self.angles, *self.origin]

    @property
    def held(self) -> bool:
        """The mouse has hold of a part."""
        return self.ball.held or any(row.held for row in self.sliders)

    def set_space(
        self,
        space: LatentSpace,
        directions: tuple[Direction, ...],
        decode: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        """Make the rows of this space's directions and show its mean hand.

        decode: z [N, D] -> joints_norm [N, 21, 3], for the hand inside the trackball.
        """
        self.space, self.decode = space, decode
        for old in (*self.directions, *self._headings):
            old.deleteLater()
        self._shown, self._headings, self.directions = directions, [], []
        group = ""
        for one in directions:
            if one.group != group:
                group = one.group
                self._headings.append(_heading(group))
                self._direction_column.addWidget(self._headings[-1])
            self.directions.append(self._direction(one))
            self._direction_column.addWidget(self.directions[-1])
        for widget in (*self.angles, self.ball):
            widget.setEnabled(pose_part.can_turn(space))
        self.show_z(space.neutral())

    def pass_through(self, z: np.ndarray) -> None:
        """z of a moment on the way: shown if the last one was not just now."""
        self.z = z
        if not self._pace.isActive():
            self._pace.start()
            self.show_z(z)

    def show_z(self, z: np.ndarray) -> None:
        """z: float32 [D]."""
        self.z = z
        space = self._shown_space()
        self._show_directions()
        if pose_part.can_turn(space):
            for row, value in zip(self.angles, pose_part.angles_of(z), strict=True):
                row.set_value(value)
            self._show_ball()
        for row, value in zip(self.origin, pose_part.origin_mm(z), strict=True):
            row.set_value(value)

    def _show_directions(self) -> None:
        """One that moves several features is shown by the rows of each of them too."""
        for row, one in zip(self.directions, self._shown, strict=True):
            row.set_value(one.of(self._shown_z()))

    def _direction(self, one: Direction) -> ValueSlider:
        row = ValueSlider(one.name, one.low, one.high, 0, " σ", tip=one.tip)
        row.moved.connect(lambda value: self._on_direction(one, value))
        row.released.connect(self.released)
        return row

    def _on_direction(self, one: Direction, value: float) -> None:
        before = self._shown_z()
        wanted = one.move(before, value)
        share = 1.0 if self.decode is None else clear_share(before, wanted, self.decode)
        self.z = (before + np.float32(share) * (wanted - before)).astype(np.float32)
        self._show_directions()
        self._show_ball()
        self.moved.emit(one.name)
        if share < 1:
            self.stopped.emit(one.name)

    def _on_angle(self, name: str) -> None:
        yaw, pitch, roll = (row.value for row in self.angles)
        self.z = pose_part.with_angles(self._shown_z(), (yaw, pitch, roll))
        self._show_ball()
        self.moved.emit(name)

    def _on_ball(self, rotation: np.ndarray) -> None:
        self.show_z(pose_part.with_rotation(self._shown_z(), rotation))
        self.moved.emit("Turn")

    def _show_ball(self) -> None:
        """Decoding takes 0.1 ms; where the ball is out of sight it is left out."""
        z, joints = self._shown_z(), None
        if self.decode is not None and self.ball.isVisible():
            joints = self.decode(np.asarray(z, np.float32)[None])[0]
        self.ball.show_hand(pose_part.rotation_of(z), joints)

    def _on_origin(self, name: str) -> None:
        x_mm, y_mm, z_mm = (row.value for row in self.origin)
        self.z = pose_part.with_origin(self._shown_z(), (x_mm, y_mm, z_mm))
        self.moved.emit(f"Position {name}")

    def showEvent(self, event) -> None:
        super().showEvent(event)
        if self.z is not None and pose_part.can_turn(self._shown_space()):
            self._show_ball()

    def _shown_space(self) -> LatentSpace:
        """Rows are moved, by whomever, only once there is one."""
        assert self.space is not None
        return self.space

    def _shown_z(self) -> np.ndarray:
        assert self.z is not None
        return self.z

    def _lay_out(self) -> None:
        inner = QWidget()
        column = QVBoxLayout(inner)
        column.setContentsMargins(0, 0, 6, 0)
        column.setSpacing(2)
        self._direction_column = QVBoxLayout()
        self._direction_column.setSpacing(2)
        column.addLayout(self._direction_column)
        below: dict[str, list[QWidget]] = {
            "Orientation": [self.ball, *self.angles],
            "Position": [*self.origin],
        }
        for title, widgets in below.items():
            column.addWidget(_heading(title))
            for widget in widgets:
                column.addWidget(widget)
        column.addStretch(1)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(inner)


def _heading(title: str) -> QLabel:
    heading = make_label(title, "heading")
    heading.setContentsMargins(0, 8, 0, 2)
    return heading
