"""The page of the latent explorer with the map, the choice of its axes, and the nearest poses."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QVBoxLayout, QWidget

from app.explore.directions import Direction, coordinates
from app.explore.explorer import Reference, SpaceReady
from app.explore.reach import clear_share
from app.explore.score import NEAREST, LatentScore
from widgets.explorer.latent_map import LatentMap
from widgets.explorer.pose_card import PoseCard
from widgets.parts.buttons import make_label

PATH_POINTS = 33
ABOUT = (
    "Each point is a hand that the network can draw (its latent space); the bluer, the more usual "
    "(its prior). Small dots are known poses."
)


class MapPage(QWidget):
    """Shows z on the plane of two directions.

    `moved` fires with the z that the user wants and what was done, `released` when the mouse lets
    go of the map.
    """

    moved = Signal(object, str)
    released = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.map = LatentMap()
        self.across, self.up = _chooser("across"), _chooser("up")
        self.cards = [PoseCard("–", "A known pose near this hand") for _ in range(NEAREST)]
        self.nearest: tuple[tuple[int, float], ...] = ()
        self._directions: tuple[Direction, ...] = ()
        self._references: tuple[Reference, ...] = ()
        self._z: np.ndarray | None = None
        self.map.moved.connect(self._on_moved)
        self.map.released.connect(self.released)
        self._ready: SpaceReady | None = None
        for chooser in (self.across, self.up):
            chooser.activated.connect(lambda _: self._show_axes())
        for k, card in enumerate(self.cards):
            card.setEnabled(False)
            card.clicked.connect(lambda _=False, k=k: self._go_to(k))
        self._lay_out()

    def set_space(self, ready: SpaceReady) -> None:
        """Another network: the plane of its two most visible directions."""
        self._ready, self._references, self._z = ready, ready.references, None
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
        """Along every direction of the pose."""
        return coordinates(self._directions, z)

    def _show_axes(self) -> None:
        across, up = self.across.currentIndex(), self.up.currentIndex()
        self.map.set_axes(across, up, (self._directions[across], self._directions[up]))

    def _on_moved(self, across: float, up: float) -> None:
        if self._ready is None or self._z is None:
            return
        first, second = (self._directions[k] for k in self.map.axes)
        z = move_both(self._z, first, second, across, up)
        share = clear_share(self._z, z, self._ready.decode)
        z = (self._z + np.float32(share) * (z - self._z)).astype(np.float32)
        self.moved.emit(z, "Map")

    def _go_to(self, k: int) -> None:
        """The pose of a known hand; whose hand it is, how it is turned and where stay."""
        if self._ready is None:
            return
        one = self._references[self.nearest[k][0]]
        known = one.z
        pose = slice(self._ready.space.n_shape, self._ready.space.n_code)
        z = np.array(self._z, np.float32)
        z[pose] = known[pose]
        self.moved.emit(z, f"Pose: {one.name}")

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
        about = make_label(ABOUT, "muted")
        about.setWordWrap(True)
        column.addWidget(about)
        column.addWidget(self.map, 1)
        heading = make_label("Nearest known poses", "heading")
        column.addWidget(heading)
        row = QHBoxLayout()
        row.setSpacing(6)
        for card in self.cards:
            row.addWidget(card, 1)
        column.addLayout(row)


def move_both(
    z: np.ndarray, first: Direction, second: Direction, across: float, up: float
) -> np.ndarray:
    """z [D] with two coordinates; one that moves the other as well is made up for."""
    n = len(first.centre)
    axes = np.stack([first.axis, second.axis], 1).astype(np.float64)
    pull = np.stack([first.reading, second.reading]) @ axes
    missing = np.array([across - first.of(z), up - second.of(z)])
    moved = np.array(z, np.float32)
    moved[:n] += axes @ np.linalg.lstsq(pull, missing, rcond=0.05)[0]
    return moved


def _chooser(which: str) -> QComboBox:
    chooser = QComboBox()
    chooser.setAccessibleName(f"Direction {which}")
    chooser.setToolTip(f"The direction that the map shows {which}")
    chooser.setMinimumContentsLength(6)
    chooser.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return chooser
