"""The page of the latent explorer with two keyframes, the path between them, and files."""

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
WAYS = ("Line from A to B", "Arc from A to B", "Last random walk")
NO_PATH = "No path yet: set A and B, or take a random walk (W)."
SAVE_TIP = "Save the numbers from which the network draws this hand, A and B (JSON)"
WAY_TIP = (
    "Line (lerp): straight through the latent space. Arc (slerp): round the mean hand, so that the "
    "hands half way are as pronounced as A and B. Last random walk: where it went, or the path "
    "from a file."
)


class WalkPage(QWidget):
    """Keeps A, B and the last walk; `path` is the one that is chosen: what was made last."""

    marked = Signal(str)  # "A" or "B": take the present hand as this keyframe
    # z that the user scrubbed to, or of the keyframe that was clicked; and what was done
    moved = Signal(object, str)
    released = Signal()  # by the mouse
    chosen = Signal(str)  # another kind of path, by the user
    play_wanted = Signal(bool)
    path_changed = Signal()
    open_wanted, save_wanted, export_wanted, cancel_wanted = Signal(), Signal(), Signal(), Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.keyframes: dict[str, np.ndarray] = {}  # "A", "B" -> z
        self.walked: Walked | None = None
        self.walked_name = ""  # of a file; empty: the random walk
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
        """The one that is chosen; None where something for it is missing."""
        way = self.way.currentIndex()
        if way == WALK:
            return self.walked
        if len(self.keyframes) < 2 or self._space is None:
            return None
        return Between(self.keyframes["A"], self.keyframes["B"], self._space, arc=way == ARC)

    def describe_path(self) -> str:
        """Which one is played and exported, in words; empty: there is none."""
        if self.path is None:
            return ""
        kind = self.way.currentIndex()
        if kind == WALK and self.walked is not None:
            name = f"path from {self.walked_name}" if self.walked_name else "random walk"
            return f"{name} of {self.walked.seconds:.1f} s"
        return f"{('line', 'arc')[kind]} from A to B"

    @property
    def held(self) -> bool:
        """The mouse has the scrubber."""
        return self.scrubber.isSliderDown()

    @property
    def share(self) -> float:
        return self.scrubber.value() / STEPS

    @property
    def seconds(self) -> float:
        return self.seconds_box.value()

    def set_space(self, space: LatentSpace, decode: Callable[[np.ndarray], np.ndarray]) -> None:
        """Another network: its latents are others."""
        self._space, self._decode = space, decode
        self.restore({}, None, "", LINE)

    def set_keyframe(self, name: str, z: np.ndarray) -> None:
        """name: "A" or "B"; nothing is kept before there is a network."""
        if self._decode is None:
            return
        self.keyframes[name] = np.array(z, np.float32)
        self._show_keyframe(name)
        if self.way.currentIndex() == WALK:
            self.way.setCurrentIndex(LINE)
        self._show_state()

    def set_walked(self, walked: Walked, name: str = "") -> None:
        """What a random walk did, or what a file of this name held: the path from now on."""
        self.walked, self.walked_name = walked, name
        self.way.setCurrentIndex(WALK)
        self.seconds_box.setValue(walked.seconds)
        self._show_state()

    def restore(
        self, keyframes: dict[str, np.ndarray], walked: Walked | None, name: str, way: int
    ) -> None:
        """As it was before; tells nobody but through `path_changed`."""
        self.keyframes, self.walked, self.walked_name = dict(keyframes), walked, name
        for letter, card in self.cards.items():
            if letter in keyframes:
                self._show_keyframe(letter)
            else:
                card.clear()
        with QSignalBlocker(self.way):
            self.way.setCurrentIndex(way)
        if way == WALK and walked is not None:
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

    def _show_keyframe(self, name: str) -> None:
        if self._decode is not None:
            joints = self._decode(self.keyframes[name][None])[0]
            self.cards[name].show_pose(joints, name, tip=f"Show keyframe {name}")

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
        named = f"Path from {self.walked_name}" if self.walked_name else WAYS[WALK]
        self.way.setItemText(WALK, named)
        which = self.describe_path()
        self.which.setText(f"Plays and exports the {which}." if which else NO_PATH)
        self.path_changed.emit()

    def _on_scrub(self) -> None:
        if self.path is not None:
            self.moved.emit(self.path.at(self.share), "Along the path")

    def _card(self, name: str) -> PoseCard:
        card = PoseCard(f"No keyframe {name} yet")
        card.clicked.connect(lambda: self.moved.emit(self.keyframes[name], f"Show {name}"))
        return card

    def _mark_button(self, name: str) -> PushButton:
        button = PushButton(f"Set {name}", "", f"Keep this hand as keyframe {name} ({name})")
        button.clicked.connect(lambda: self.marked.emit(name))
        return button

    def _make_player(self) -> None:
        self.way = QComboBox()
        self.way.addItems(WAYS)
        self.way.setAccessibleName("Kind of path")
        self.way.setToolTip(WAY_TIP)
        self.way.currentIndexChanged.connect(lambda _: self._show_state())
        self.way.activated.connect(lambda k: self.chosen.emit(self.way.itemText(k)))
        self.which = make_label(NO_PATH, "muted")
        self.which.setWordWrap(True)
        self.scrubber = KeySlider("Place on the path")
        self.scrubber.setToolTip("Drag to move along the path")
        self.scrubber.setRange(0, STEPS)
        self.scrubber.setPageStep(STEPS // 10)
        self.scrubber.valueChanged.connect(self._on_scrub)
        self.scrubber.sliderReleased.connect(self.released)
        self.play_button = PushButton("Play", "play", "Play the path back and forth (P)", True)
        self.play_button.toggled.connect(self.play_wanted)
        self.seconds_box = QDoubleSpinBox()
        self.seconds_box.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.seconds_box.setRange(0.5, 120.0)
        self.seconds_box.setValue(3.0)
        self.seconds_box.setDecimals(1)
        self.seconds_box.setSuffix(" s")
        self.seconds_box.setAccessibleName("Seconds from end to end")
        self.seconds_box.setToolTip("How long the path takes, also in an exported film")

    def _make_files(self) -> None:
        self.open_button = PushButton("Open…", "", "Open latents or a path (JSON)")
        self.open_button.clicked.connect(self.open_wanted)
        self.save_button = PushButton("Save latents…", "", SAVE_TIP)
        self.save_button.clicked.connect(self.save_wanted)
        self.export_button = PushButton(
            "Export path…", "", "GIF, MP4, PNG strip, joints as CSV, or latents as JSON"
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
        column.addWidget(self.which)
        column.addWidget(self.scrubber)
        column.addLayout(make_row(self.play_button, self.seconds_box))
        heading = make_label("Files", "heading")
        column.addWidget(heading)
        column.addLayout(make_row(self.open_button, self.save_button))
        column.addLayout(make_row(self.export_button, self.progress, self.cancel_button))
        column.addStretch(1)
        self.show_progress(None)
