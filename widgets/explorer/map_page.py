"""The page of the latent explorer with the map, the choice of its axes, and the nearest poses."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from app.explore.directions import Direction
from app.explore.explorer import Reference, SpaceReady
from app.explore.score import NEAREST, LatentScore
from app.latent.space import LatentSpace
from widgets.explorer.latent_map import LatentMap
from widgets.explorer.pose_card import PoseCard
from widgets.parts.buttons import make_label

PATH_POINTS = 33


class MapPage(QWidget):
    """Shows z on the plane of two directions; `moved` fires with the z that the user wants."""

    moved = Signal(object)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.map = LatentMap()
        self.across, self.up = _chooser("across"), _chooser("up")
        self.cards = [PoseCard("–", "A known pose near this hand") for _ in range(NEAREST)]
        self.nearest: tuple[tuple[int, float], ...] = ()
        self._space: LatentSpace | None = None
        self._directions: tuple[Direction, ...] = ()
        self._references: tuple[Reference, ...] = ()
        self._z: np.ndarray | None = None
        self.map.moved.connect(self._on_moved)
        for chooser in (self.across, self.up):
            chooser.activated.connect(lambda _: self._show_axes())
        for k, card in enumerate(self.cards):
            card.setEnabled(False)
            card.clicked.connect(lambda _=False, k=k: self._go_to(k))
        self._lay_out()

    def set_space(self, ready: SpaceReady) -> None:
        """Another network: the plane of its two most visible directions."""
        self._space, self._references = ready.space, ready.references
        self._directions = tuple(one for one in ready.directions if not one.shape)
        for chooser, first in ((self.across, 0), (self.up, 1)):
            chooser.clear()
            chooser.addItems([one.name for one in self._directions])
            chooser.setCurrentIndex(min(first, len(self._directions) - 1))
        self.map.set_density(ready.density)
        self._show_axes()
        names = tuple(one.name for one in self._references)
        if names:
            self.map.show_references(names, self._coordinates([one.z for one in self._references]))
        self.show_score(None)

    def show_z(self, z: np.ndarray) -> None:
        self._z = z
        self.map.show_hand(self._coordinates_of(z))

    def show_live(self, z: np.ndarray | None) -> None:
        """Of the source's hand; None: there is none."""
        self.map.show_live(None if z is None else self._coordinates_of(z))

    def show_keyframes(
        self, start: np.ndarray | None, end: np.ndarray | None, points: list[np.ndarray]
    ) -> None:
        """The z of A and of B, and those along the path between them."""
        first, last = (None if z is None else self._coordinates_of(z) for z in (start, end))
        self.map.show_keyframes(first, last, self._coordinates(points) if points else None)

    def show_score(self, score: LatentScore | None) -> None:
        """The known poses that are nearest."""
        self.nearest = () if score is None else score.nearest
        for k, card in enumerate(self.cards):
            known = k < len(self.nearest) and self.nearest[k][0] < len(self._references)
            card.setEnabled(known)
            if known:
                index, apart_mm = self.nearest[k]
                one = self._references[index]
                tip = f"{one.origin}. Click to hold the hand like this."
                card.show_pose(one.joints, one.name, f"{apart_mm:.0f} mm", tip)
            else:
                card.clear()

    def _coordinates(self, points: list[np.ndarray]) -> np.ndarray:
        return np.stack([self._coordinates_of(z) for z in points])

    def _coordinates_of(self, z: np.ndarray) -> np.ndarray:
        """Along every direction; no hand is shown before there is a space."""
        assert self._space is not None
        return self._space.coordinates(z)

    def _show_axes(self) -> None:
        chosen = [self._directions[c.currentIndex()] for c in (self.across, self.up)]
        self.map.set_axes(chosen[0].index, chosen[1].index, (chosen[0].name, chosen[1].name))

    def _on_moved(self, across: float, up: float) -> None:
        if self._space is None or self._z is None:
            return
        z = self._z
        for direction, value in zip(self.map.axes, (across, up), strict=True):
            z = self._space.along(z, direction, value)
        self.moved.emit(z)

    def _go_to(self, k: int) -> None:
        """The pose of a known hand; whose hand it is, how it is turned and where stay."""
        if self._space is None:
            return
        known = self._references[self.nearest[k][0]].z
        pose = slice(self._space.n_shape, self._space.n_code)
        z = np.array(self._z, np.float32)
        z[pose] = known[pose]
        self.moved.emit(z)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 6, 0)
        column.setSpacing(6)
        axes = QHBoxLayout()
        for text, chooser in (("Across", self.across), ("Up", self.up)):
            label = make_label(text, "muted")
            axes.addWidget(label)
            axes.addWidget(chooser, 1)
        column.addLayout(axes)
        column.addWidget(self.map, 1)
        heading = make_label("Nearest known poses", "heading")
        column.addWidget(heading)
        row = QHBoxLayout()
        row.setSpacing(6)
        for card in self.cards:
            row.addWidget(card, 1)
        column.addLayout(row)


def _chooser(which: str) -> QComboBox:
    chooser = QComboBox()
    chooser.setAccessibleName(f"Direction {which}")
    chooser.setToolTip(f"The direction that the map shows {which}")
    chooser.setMinimumContentsLength(6)
    chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return chooser
