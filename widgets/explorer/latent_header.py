"""The top of the latent explorer, always seen: live or explore, freeze, draw, walk, the score."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QSizePolicy,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from widgets.explorer.latent_score import ScorePanel
from widgets.parts.buttons import KeySlider, PushButton, make_label
from widgets.parts.icons import icon

STRIDE = (20, 150)  # percent of the prior's spread
SPEED = (10, 300)  # percent


class LatentHeader(QWidget):
    """Buttons and what they say; the panel decides what they do."""

    mode_wanted = Signal(bool)  # True: explore
    walk_wanted = Signal(bool)
    pace_changed = Signal(float, float)  # stride and speed of the walk, 1 = as the prior

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.score = ScorePanel()
        self.hint = make_label(role="muted")
        self.hint.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(7)
        column.addLayout(self._mode_row())
        column.addWidget(self.hint)
        column.addLayout(self._action_row())
        column.addLayout(self._walk_row())
        column.addWidget(self.score)

    @property
    def seed(self) -> int:
        return self.seed_box.value()

    def show_mode(self, loaded: bool, exploring: bool) -> None:
        """loaded: there is a network."""
        text = "Following the hand; move a slider to explore."
        if exploring:
            text = "Exploring: no camera is needed."
        self.hint.setText(text if loaded else "Waiting for the network.")

    def show_walking(self, walking: bool) -> None:
        """Without telling anybody."""
        self.walk_button.blockSignals(True)
        self.walk_button.setChecked(walking)
        self.walk_button.blockSignals(False)
        self.walk_button.setIcon(icon("pause" if walking else "play"))

    def _mode_row(self) -> QHBoxLayout:
        self.live_button = PushButton("Live", "", "Show the hand that the source sees", True)
        self.explore_button = PushButton("Explore", "", "Show the hand set by the sliders", True)
        self._modes = QButtonGroup(self)
        for button in (self.live_button, self.explore_button):
            self._modes.addButton(button)
        self.live_button.setChecked(True)
        self.explore_button.toggled.connect(self.mode_wanted)
        row = make_row(self.live_button, self.explore_button)
        row.setSpacing(0)
        return row

    def _action_row(self) -> QHBoxLayout:
        self.freeze_button = PushButton("Freeze", "freeze", "Explore from the hand seen now (F)")
        self.freeze_button.setEnabled(False)
        self.reset_button = PushButton("Reset", "reset", "The mean hand, palm to the camera (0)")
        self.draw_button = PushButton("Draw", "dice", "A random hand; a seed repeats it (D)")
        self.seed_box = QSpinBox()
        self.seed_box.setRange(0, 999_999)
        self.seed_box.setAccessibleName("Seed")
        self.seed_box.setToolTip("Seed of the next draw and of the random walk")
        self.seed_box.setFixedWidth(52)
        self.seed_box.setAlignment(Qt.AlignmentFlag.AlignRight)
        return make_row(self.freeze_button, self.reset_button, self.draw_button, self.seed_box)

    def _walk_row(self) -> QHBoxLayout:
        self.walk_button = PushButton("Walk", "play", "Wander at random (W)", True)
        self.walk_button.toggled.connect(self.walk_wanted)
        tips = (
            "How large the random steps are, hence how far from the mean hand the walk strays",
            "How fast the walk goes",
        )
        self.stride_slider, self.speed_slider = (
            _pace(name, tip, limits)
            for name, tip, limits in zip(("Step", "Speed"), tips, (STRIDE, SPEED), strict=True)
        )
        for slider in (self.stride_slider, self.speed_slider):
            slider.valueChanged.connect(self._tell_pace)
        step, speed = make_label("Step", "muted"), make_label("Speed", "muted")
        return make_row(self.walk_button, step, self.stride_slider, speed, self.speed_slider)

    def _tell_pace(self) -> None:
        self.pace_changed.emit(self.stride_slider.value() / 100, self.speed_slider.value() / 100)


def make_row(*widgets: QWidget) -> QHBoxLayout:
    """Widgets side by side."""
    row = QHBoxLayout()
    row.setSpacing(6)
    for widget in widgets:
        row.addWidget(widget, 0, Qt.AlignmentFlag.AlignVCenter)
    return row


def _pace(name: str, tip: str, limits: tuple[int, int]) -> KeySlider:
    slider = KeySlider(f"{name} of the walk")
    slider.setRange(*limits)
    slider.setValue(100)
    slider.setMinimumWidth(40)
    slider.setToolTip(tip)
    return slider
