"""How the hand is taken: which side, how large its cube, how large the hand."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QCheckBox, QHBoxLayout, QVBoxLayout, QWidget

from app.frames import CUBE_MM
from app.skeleton import MEAN_HAND_MM
from widgets.parts.buttons import PushButton, make_label
from widgets.parts.value_slider import ValueSlider

SIDES = {"auto": "Automatic", "right": "Right", "left": "Left"}
CUBE_MM_RANGE = (160.0, 400.0)
HAND_MM_RANGE = (120.0, 235.0)  # wrist to middle finger tip
CUBE_STEP_MM = 10.0
NOTHING_YET = "No hand yet. Show one to a camera, or open the demo hand (Ctrl+D)."


class HandPanel(QWidget):
    """Knows no session: its methods say what is, its signals say what the user wants."""

    side_wanted = Signal(str)  # "auto", "right" or "left"
    cube_wanted = Signal(float)  # mm
    size_wanted = Signal(float)  # times the mean hand; 0: measured
    point_wanted = Signal()
    find_wanted = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 8)
        column.setSpacing(6)
        column.addLayout(self._make_sides())
        self.cube = ValueSlider("Crop cube", *CUBE_MM_RANGE, CUBE_MM, " mm", 0)
        self.cube.setToolTip("Side of the cube that the network sees, for a hand of average size")
        self.cube.moved.connect(self.cube_wanted)
        self.measured = QCheckBox("Measure the hand while it is seen")
        self.measured.setChecked(True)
        self.measured.toggled.connect(self._on_measured)
        self.hand_size = ValueSlider("Hand size", *HAND_MM_RANGE, MEAN_HAND_MM, " mm", 0)
        self.hand_size.setToolTip("From the wrist to the tip of the outstretched middle finger")
        self.hand_size.moved.connect(lambda mm: self.size_wanted.emit(mm / MEAN_HAND_MM))
        self.state = make_label(NOTHING_YET, "muted")
        self.state.setWordWrap(True)
        parts: tuple[QWidget, ...] = (self.cube, self.measured, self.hand_size, self.state)
        for part in parts:
            column.addWidget(part)
        column.addLayout(self._make_buttons())
        self._on_measured(True, tell=False)

    def show_side(self, side: str) -> None:
        """The side that is asked for."""
        self.sides[side].setChecked(True)

    def show_cube(self, cube_mm: float) -> None:
        self.cube.set_value(cube_mm)

    def show_size(self, scale: float) -> None:
        """The size that is asked for, times the mean hand; 0: measured."""
        self.measured.setChecked(scale == 0)
        if scale:
            self.hand_size.set_value(scale * MEAN_HAND_MM)

    def show_hand(
        self,
        hand: str | None,
        scale: float = 1.0,
        cube_mm: float = 0.0,
        distance_mm: float | None = None,
    ) -> None:
        """What is seen now; hand None: nothing. distance_mm None: it is said elsewhere."""
        if hand is None:
            self.state.setText("No hand")
            return
        if self.measured.isChecked():
            self.hand_size.set_value(scale * MEAN_HAND_MM)
        away = "" if distance_mm is None else f", {distance_mm / 10:.0f} cm away"
        self.state.setText(f"{hand.capitalize()} hand{away}; crop cube {cube_mm:.0f} mm")

    def change_cube(self, steps: int) -> None:
        """Larger or smaller, as if the slider were moved."""
        low, high = CUBE_MM_RANGE
        self.cube.set_value(min(max(self.cube.value + steps * CUBE_STEP_MM, low), high))
        self.cube_wanted.emit(self.cube.value)

    def _on_measured(self, measured: bool, tell: bool = True) -> None:
        self.hand_size.setEnabled(not measured)
        if tell:
            self.size_wanted.emit(0.0 if measured else self.hand_size.value / MEAN_HAND_MM)

    def _make_sides(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.sides: dict[str, PushButton] = {}
        group = QButtonGroup(self)
        for side, text in SIDES.items():
            tip = (
                "Decided by comparing the synthesised picture of both"
                if side == "auto"
                else f"Always a {side} hand"
            )
            button = self.sides[side] = PushButton(text, tip=tip, checkable=True)
            button.setAccessibleName(f"{text} hand")
            button.clicked.connect(lambda _=False, side=side: self.side_wanted.emit(side))
            group.addButton(button)
            row.addWidget(button, 1)
        self.sides["auto"].setChecked(True)
        return row

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.point = PushButton("Point at the hand", tip="Move a cross with the arrow keys (H)")
        tip = "Forget this hand and search the picture again (R)"
        self.find_again = PushButton("Find again", tip=tip)
        self.point.clicked.connect(self.point_wanted)
        self.find_again.clicked.connect(self.find_wanted)
        row.addWidget(self.point, 1)
        row.addWidget(self.find_again, 1)
        return row
