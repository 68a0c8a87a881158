"""One setting of a camera as a row: a switch, a choice of words, or a slider with its number."""

from __future__ import annotations

import math

from PySide6.QtCore import QObject, QSignalBlocker, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.capture.controls import Control
from widgets.parts.buttons import CheckBox, ChoiceBox, KeySlider, NumberBox

MOST_POSITIONS = 1000  # of a slider
WIDE = 1000.0  # times its low end that a range's high end may be before the slider is logarithmic
BOX_PX = 74
READ_ONLY = "The camera controls this by itself at present"
TIPS = {  # by name of the control
    "preset": "A preset of the camera; it changes the other settings too",
    "laser": "The infrared pattern. Without it, smooth skin gives no depth.",
    "laser_power": "More power reaches farther; less helps when a near hand is overexposed",
    "auto_exposure": "The camera chooses its own exposure",
    "exposure": "Longer exposure sees more in the dark but blurs motion",
    "gain": "More gain sees more in the dark but adds noise",
}


class Scale:
    """Positions of a slider over the values that a control can have."""

    def __init__(self, low: float, high: float, step: float):
        self._low, self._high, self._step = low, high, step
        self._logarithmic = low > 0 and high / low > WIDE
        steps = (high - low) / step if step > 0 else MOST_POSITIONS
        self.positions = max(1, min(round(steps), MOST_POSITIONS))

    def value(self, position: int) -> float:
        share = position / self.positions
        if self._logarithmic:
            return self.snapped(self._low * (self._high / self._low) ** share)
        return self.snapped(self._low + (self._high - self._low) * share)

    def position(self, value: float) -> int:
        value = min(max(value, self._low), self._high)
        if self._logarithmic:
            share = math.log(value / self._low) / math.log(self._high / self._low)
        else:
            share = (value - self._low) / (self._high - self._low or 1.0)
        return round(share * self.positions)

    def snapped(self, value: float) -> float:
        """The closest value that the control can have."""
        if self._step > 0:
            value = self._low + round((value - self._low) / self._step) * self._step
        return min(max(value, self._low), self._high)


class ControlRow(QObject):
    """Puts its widgets into a grid. `moved` fires for the user's hand, not for `show_value`."""

    moved = Signal(float)

    def __init__(self, control: Control):
        super().__init__()
        self.control = control
        self.widgets: list[QWidget] = []

    @property
    def held(self) -> bool:
        """The user is at it."""
        return False

    def add_to(self, grid: QGridLayout, row: int) -> None:
        raise NotImplementedError

    def show_value(self, control: Control) -> None:
        """The same control with another value."""
        self.control = control
        for widget in self.widgets:
            widget.setEnabled(not control.read_only)
            widget.setToolTip(READ_ONLY if control.read_only else TIPS.get(control.name, ""))


class SwitchRow(ControlRow):
    """On or off."""

    def __init__(self, control: Control):
        super().__init__(control)
        self.box = CheckBox(control.label)
        self.box.toggled.connect(lambda on: self.moved.emit(float(on)))
        self.widgets = [self.box]
        self.show_value(control)

    def add_to(self, grid: QGridLayout, row: int) -> None:
        grid.addWidget(self.box, row, 0, 1, 3)

    def show_value(self, control: Control) -> None:
        super().show_value(control)
        with QSignalBlocker(self.box):
            self.box.setChecked(control.value > 0.5)


class ChoiceRow(ControlRow):
    """One of some values that have words."""

    def __init__(self, control: Control):
        super().__init__(control)
        self.label = QLabel(control.label)
        self.box = ChoiceBox(control.label)
        for value, words in control.choices:
            self.box.addItem(words, value)
        self.box.currentIndexChanged.connect(lambda k: self.moved.emit(float(self.box.itemData(k))))
        self.label.setBuddy(self.box)
        self.widgets = [self.box]
        self.show_value(control)

    @property
    def held(self) -> bool:
        return self.box.view().isVisible()

    def add_to(self, grid: QGridLayout, row: int) -> None:
        grid.addWidget(self.label, row, 0)
        grid.addWidget(self.box, row, 1, 1, 2)

    def show_value(self, control: Control) -> None:
        super().show_value(control)
        self.box.choose(control.value)


class RangeRow(ControlRow):
    """A number: roughly by the slider, exactly in the box."""

    def __init__(self, control: Control):
        super().__init__(control)
        self._scale = Scale(control.low, control.high, control.step)
        self.label = QLabel(control.label)
        self.slider = KeySlider(control.label)
        self.slider.setRange(0, self._scale.positions)
        self.slider.setPageStep(max(1, self._scale.positions // 20))
        self.slider.setMinimumWidth(40)
        digits = max(0, math.ceil(-math.log10(control.step) - 1e-9)) if control.step > 0 else 2
        step = control.step or (control.high - control.low) / 100
        name = f"{control.label}, number"
        self.box = NumberBox(name, control.low, control.high, step, min(digits, 4))
        self.box.setFixedWidth(BOX_PX)
        self.label.setBuddy(self.box)
        self.widgets = [self.slider, self.box]
        self.slider.valueChanged.connect(self._on_slider)
        self.box.valueChanged.connect(self._on_box)
        self.show_value(control)

    @property
    def held(self) -> bool:
        return self.slider.isSliderDown()

    def add_to(self, grid: QGridLayout, row: int) -> None:
        for column, widget in enumerate((self.label, self.slider, self.box)):
            grid.addWidget(widget, row, column)

    def show_value(self, control: Control) -> None:
        super().show_value(control)
        self._show(control.value)

    def _show(self, value: float) -> None:
        with QSignalBlocker(self.slider):
            self.slider.setValue(self._scale.position(value))
        self.box.show_value(value)

    def _on_slider(self, position: int) -> None:
        value = self._scale.value(position)
        self.box.show_value(value)
        self.moved.emit(value)

    def _on_box(self, value: float) -> None:
        value = self._scale.snapped(value)
        self._show(value)
        self.moved.emit(value)


def make_row(control: Control) -> ControlRow:
    """The row that suits a control."""
    if control.choices:
        return ChoiceRow(control)
    return SwitchRow(control) if control.switch else RangeRow(control)
