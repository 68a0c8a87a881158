"""The page of the latent explorer with two keyframes, the way between them, and files."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDoubleSpinBox,
    QHBoxLayout,
    QProgressBar,
    QVBoxLayout,
    QWidget,
)

from app.latent.path import Between, Path, Walked
from app.latent.space import LatentSpace
from widgets.explorer.latent_header import make_row
from widgets.explorer.pose_card import PoseCard
from widgets.parts.buttons import KeySlider, PushButton, item_of, make_label
from widgets.parts.icons import icon

STEPS = 1000  # of the scrubber
LINE, ARC, WALK = range(3)  # of the chooser
WAYS = ("Line from A to B", "Arc from A to B", "The last walk")
WAY_TIP = (
    "Line (lerp): straight through the latent space. Arc (slerp): round the mean hand, so that the "
    "hands half way are as pronounced as A and B. The last walk: what the random walk did, or a "
    "walk that was opened."
)


class WalkPage(QWidget):
    """Keeps A, B and the last walk; `path` is the one that is chosen."""

    marked = Signal(str)  # "A" or "B": take the present hand as this keyframe
    moved = Signal(object)  # z that the user scrubbed to, or of the keyframe that was clicked
    play_wanted = Signal(bool)
    path_changed = Signal()
    open_wanted, save_wanted, export_wanted, cancel_wanted = Signal(), Signal(), Signal(), Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.keyframes: dict[str, np.ndarray] = {}  # "A", "B" -> z
        self.walked: Walked | None = None
        self._space: LatentSpace | None = None
        self._decode: Callable[[np.ndarray], np.ndarray] | None = None
        self.cards = {name: self._card(name) for name in "AB"}
        self.mark_buttons = {name: self._mark_button(name) for name in "AB"}
        self._make_player()
        self._make_files()
        self._lay_out()
        self._show_state()

    @property
    def path(self) -> Path | None:
        """The way that is chosen; None where something for it is missing."""
        way = self.way.currentIndex()
        if way == WALK:
            return self.walked
        if len(self.keyframes) < 2 or self._space is None:
            return None
        return Between(self.keyframes["A"], self.keyframes["B"], self._space, arc=way == ARC)

    @property
    def share(self) -> float:
        return self.scrubber.value() / STEPS

    @property
    def seconds(self) -> float:
        return self.seconds_box.value()

    def set_space(self, space: LatentSpace, decode: Callable[[np.ndarray], np.ndarray]) -> None:
        """Another network: its latents are others."""
        self._space, self._decode = space, decode
        self.keyframes, self.walked = {}, None
        for card in self.cards.values():
            card.clear()
        self._show_state()

    def set_keyframe(self, name: str, z: np.ndarray) -> None:
        """name: "A" or "B"; nothing is kept before there is a network."""
        if self._decode is None:
            return
        self.keyframes[name] = np.array(z, np.float32)
        joints = self._decode(self.keyframes[name][None])[0]
        tip = f"Show keyframe {name}"
        self.cards[name].show_pose(joints, name, tip=tip)
        if self.way.currentIndex() == WALK:
            self.way.setCurrentIndex(LINE)
        self._show_state()

    def set_walked(self, walked: Walked, choose: bool = False) -> None:
        """What a random walk did, or what a file held.

        choose: it is the way from now on, also where A and B are there.
        """
        self.walked = walked
        if choose or self.path is None:
            self.way.setCurrentIndex(WALK)
        if self.way.currentIndex() == WALK:
            self.seconds_box.setValue(walked.seconds)
        self._show_state()

    def show_share(self, share: float) -> None:
        """Without telling anybody."""
        with QSignalBlocker(self.scrubber):
            self.scrubber.setValue(round(share * STEPS))

    def show_playing(self, playing: bool) -> None:
        """Without telling anybody."""
        with QSignalBlocker(self.play_button):
            self.play_button.setChecked(playing)
        self.play_button.setIcon(icon("pause" if playing else "play"))

    def show_progress(self, share: float | None) -> None:
        """Of an export; None: none is under way."""
        for widget in (self.progress, self.cancel_button):
            widget.setVisible(share is not None)
        self.export_button.setVisible(share is None)
        if share is not None:
            self.progress.setValue(round(100 * share))

    # --- inside -------------------------------------------------------------------------------

    def _show_state(self) -> None:
        known = self._space is not None
        item_of(self.way, WALK).setEnabled(self.walked is not None)
        for way in (LINE, ARC):
            item_of(self.way, way).setEnabled(known)
        for name, card in self.cards.items():
            card.setEnabled(name in self.keyframes)
        ready = self.path is not None
        for widget in (self.scrubber, self.play_button, self.export_button):
            widget.setEnabled(ready)
        self.path_changed.emit()

    def _on_scrub(self) -> None:
        if self.path is not None:
            self.moved.emit(self.path.at(self.share))

    def _card(self, name: str) -> PoseCard:
        card = PoseCard(f"No keyframe {name} yet")
        card.clicked.connect(lambda: self.moved.emit(self.keyframes[name]))
        return card

    def _mark_button(self, name: str) -> PushButton:
        button = PushButton(f"Set {name}", "", f"Keep the present hand as keyframe {name}")
        button.clicked.connect(lambda: self.marked.emit(name))
        return button

    def _make_player(self) -> None:
        self.way = QComboBox()
        self.way.addItems(WAYS)
        self.way.setAccessibleName("Way between the keyframes")
        self.way.setToolTip(WAY_TIP)
        self.way.currentIndexChanged.connect(lambda _: self._show_state())
        self.scrubber = KeySlider("Place on the way")
        self.scrubber.setRange(0, STEPS)
        self.scrubber.setPageStep(STEPS // 10)
        self.scrubber.valueChanged.connect(self._on_scrub)
        self.play_button = PushButton("Play", "play", "Play the way to and fro", True)
        self.play_button.toggled.connect(self.play_wanted)
        self.seconds_box = QDoubleSpinBox()
        self.seconds_box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.seconds_box.setRange(0.5, 120.0)
        self.seconds_box.setValue(3.0)
        self.seconds_box.setDecimals(1)
        self.seconds_box.setSuffix(" s")
        self.seconds_box.setAccessibleName("Seconds from A to B")
        self.seconds_box.setToolTip("How long the way takes, also in a film")

    def _make_files(self) -> None:
        self.open_button = PushButton("Open…", "", "Open latents or a walk (JSON)")
        self.open_button.clicked.connect(self.open_wanted)
        self.save_button = PushButton("Save latents…", "", "Save this hand, A and B as JSON")
        self.save_button.clicked.connect(self.save_wanted)
        self.export_button = PushButton(
            "Export the way…", "", "GIF, MP4, PNG strip, joints as CSV, or latents as JSON"
        )
        self.export_button.clicked.connect(self.export_wanted)
        self.progress = QProgressBar()
        self.progress.setRange(0, 100)
        self.progress.setAccessibleName("Progress of the export")
        self.cancel_button = PushButton("Cancel", "", "Stop the export; nothing is written")
        self.cancel_button.clicked.connect(self.cancel_wanted)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 6, 0)
        column.setSpacing(8)
        frames = QHBoxLayout()
        for name in "AB":
            pair = QVBoxLayout()
            pair.addWidget(self.cards[name], 1)
            pair.addWidget(self.mark_buttons[name])
            frames.addLayout(pair, 1)
        column.addLayout(frames, 1)
        column.addWidget(self.way)
        column.addWidget(self.scrubber)
        column.addLayout(make_row(self.play_button, self.seconds_box))
        heading = make_label("Files", "heading")
        column.addWidget(heading)
        column.addLayout(make_row(self.open_button, self.save_button))
        column.addLayout(make_row(self.export_button, self.progress, self.cancel_button))
        column.addStretch(1)
        self.show_progress(None)
