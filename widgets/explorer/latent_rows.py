"""The sliders of the latent explorer: how the hand is held, its shape, orientation, place."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QLabel, QScrollArea, QVBoxLayout, QWidget

from app.explore.directions import Direction
from app.latent import pose_part
from app.latent.space import LatentSpace
from widgets.explorer.trackball import Trackball
from widgets.parts.buttons import make_label
from widgets.parts.value_slider import ValueSlider

SHOWN_DIRECTIONS, SHOWN_SHAPES = 8, 4
ANGLES = (("Yaw", 180.0), ("Pitch", 90.0), ("Roll", 180.0))
REACH_MM = 60.0
LEAST_REACH = 1.0  # standard deviations a direction's slider spans at least, either way


class LatentRows(QScrollArea):
    """Shows one z and changes it. `moved` fires for the user's hand only."""

    moved = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.space: LatentSpace | None = None
        self.z: np.ndarray | None = None  # float32 [D]
        self.directions: list[ValueSlider] = []
        self._shown: tuple[Direction, ...] = ()
        self.angles = [ValueSlider(name, -top, top, 0, "°", 0) for name, top in ANGLES]
        self.origin = [ValueSlider(axis, -REACH_MM, REACH_MM, 0, " mm", 0) for axis in "XYZ"]
        self.ball = Trackball()
        self.ball.turned.connect(self._on_ball)
        self._decode: Callable[[np.ndarray], np.ndarray] | None = None
        for row in self.angles:
            row.moved.connect(self._on_angle)
        for row in self.origin:
            row.moved.connect(self._on_origin)
        self._lay_out()

    @property
    def sliders(self) -> list[ValueSlider]:
        """Every row, top to bottom."""
        return [*self.directions, *self.angles, *self.origin]

    def set_space(
        self,
        space: LatentSpace,
        directions: tuple[Direction, ...],
        decode: Callable[[np.ndarray], np.ndarray] | None = None,
    ) -> None:
        """Make the rows of this space's directions and show its mean hand.

        decode: z [N, D] -> joints_norm [N, 21, 3], for the hand inside the trackball.
        """
        self.space, self._decode = space, decode
        for row in self.directions:
            row.deleteLater()
        poses = [one for one in directions if not one.shape][:SHOWN_DIRECTIONS]
        shapes = [one for one in directions if one.shape][:SHOWN_SHAPES]
        self._shown = (*poses, *shapes)
        self.directions = [self._direction(space, one) for one in self._shown]
        self._shape_heading.setVisible(bool(shapes))
        for widget in (*self.angles, self.ball):
            widget.setEnabled(pose_part.can_turn(space))
        self.show_z(space.neutral())

    def show_z(self, z: np.ndarray) -> None:
        """z: float32 [D]."""
        self.z = z
        space = self._shown_space()
        coordinates = space.coordinates(z)
        for row, one in zip(self.directions, self._shown, strict=True):
            row.set_value(float(coordinates[one.index]))
        if pose_part.can_turn(space):
            for row, value in zip(self.angles, pose_part.angles_of(z), strict=True):
                row.set_value(value)
            self._show_ball()
        for row, value in zip(self.origin, pose_part.origin_mm(z), strict=True):
            row.set_value(value)

    def _direction(self, space: LatentSpace, one: Direction) -> ValueSlider:
        k = one.index
        low, high = space.low[k] / space.spread[k], space.high[k] / space.spread[k]
        low, high = min(round(float(low), 1), -LEAST_REACH), max(round(float(high), 1), LEAST_REACH)
        row = ValueSlider(one.name, low, high, 0, " σ")
        row.moved.connect(lambda value: self._on_direction(k, value))
        (self._shape_column if one.shape else self._direction_column).addWidget(row)
        return row

    def _on_direction(self, k: int, value: float) -> None:
        self.z = self._shown_space().along(self._shown_z(), k, value)
        self._show_ball()
        self.moved.emit()

    def _on_angle(self) -> None:
        yaw, pitch, roll = (row.value for row in self.angles)
        self.z = pose_part.with_angles(self._shown_z(), (yaw, pitch, roll))
        self._show_ball()
        self.moved.emit()

    def _on_ball(self, rotation: np.ndarray) -> None:
        self.show_z(pose_part.with_rotation(self._shown_z(), rotation))
        self.moved.emit()

    def _show_ball(self) -> None:
        """Decoding takes 0.1 ms; where the ball is out of sight it is left out."""
        z, joints = self._shown_z(), None
        if self._decode is not None and self.ball.isVisible():
            joints = self._decode(np.asarray(z, np.float32)[None])[0]
        self.ball.show_hand(pose_part.rotation_of(z), joints)

    def _on_origin(self) -> None:
        x_mm, y_mm, z_mm = (row.value for row in self.origin)
        self.z = pose_part.with_origin(self._shown_z(), (x_mm, y_mm, z_mm))
        self.moved.emit()

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
        self._direction_column, self._shape_column = QVBoxLayout(), QVBoxLayout()
        self._shape_heading = _heading("Shape")
        for heading, rows in (
            (_heading("Articulation"), self._direction_column),
            (self._shape_heading, self._shape_column),
        ):
            rows.setSpacing(2)
            column.addWidget(heading)
            column.addLayout(rows)
        self._shape_heading.hide()
        below: dict[str, list[QWidget]] = {
            "Orientation": [self.ball, *self.angles],
            "Place": [*self.origin],
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
