"""One row of the latent panel: a name, a slider, its value to read or to type, and a way back."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from widgets.parts.buttons import KeySlider, SignedBox, ToolButton
from widgets.parts.icons import icon

STEPS = 400  # of the slider between its ends
WIDEST_NAME, WIDEST_VALUE = "Middle sideways", "+180 mm"


class ValueSlider(QWidget):
    """A slider over real numbers.

    `moved` fires for the user's hand, not for `set_value`; `released` when the mouse lets go.
    """

    moved = Signal(float)
    released = Signal()

    def __init__(  # many: what a row says of itself
        self,
        name: str,
        low: float,
        high: float,
        rest: float = 0.0,
        unit: str = "",
        digits: int = 1,
        tip: str = "",
    ):
        super().__init__()
        self.name, self.low, self.high, self.rest = name, low, high, rest
        self._value = rest
        self.label = QLabel(name)
        self.slider = KeySlider(name)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 20)
        self.slider.setProperty("centred", "true")
        self.box = SignedBox(f"{name}, value", low, high, (high - low) / 40, digits)
        self.box.setSuffix(unit)
        self.back = ToolButton("reset", f"Reset {name.lower()}")
        self.back.setIcon(icon("reset", "MUTED"))
        self.back.setStyleSheet("padding: 1px;")
        for widget in (self.label, self.slider):
            widget.setToolTip(tip)
        self.box.setToolTip(f"Type a value from {_words(low, digits)} to {_words(high, digits)}")
        self._lay_out()
        self.slider.valueChanged.connect(self._on_slider)
        self.slider.sliderReleased.connect(self.released)
        self.box.valueChanged.connect(self._on_typed)
        self.back.clicked.connect(self.reset)
        self.set_value(rest)

    @property
    def value(self) -> float:
        """The exact value, also where it lies between two steps or beyond the slider's ends."""
        return self._value

    @property
    def held(self) -> bool:
        """The mouse has the handle."""
        return self.slider.isSliderDown()

    def set_value(self, value: float) -> None:
        """Show a value without telling anybody."""
        self._value = float(value)
        share = (self._value - self.low) / (self.high - self.low)
        with QSignalBlocker(self.slider):
            self.slider.setValue(round(min(max(share, 0.0), 1.0) * STEPS))
        self._show()

    def reset(self) -> None:
        """Back to the resting value, as if the user had moved it there."""
        self.set_value(self.rest)
        self.moved.emit(self._value)
        self.released.emit()

    def _on_slider(self, step: int) -> None:
        self._value = self.low + (self.high - self.low) * step / STEPS
        if abs(self._value - self.rest) < (self.high - self.low) / STEPS / 2:
            self._value = self.rest
        self._show()
        self.moved.emit(self._value)

    def _on_typed(self, value: float) -> None:
        self.set_value(min(max(value, self.low), self.high))
        self.moved.emit(self._value)
        self.released.emit()

    def _show(self) -> None:
        low, high = min(self.low, self._value), max(self.high, self._value)
        with QSignalBlocker(self.box):
            if (low, high) != (self.box.minimum(), self.box.maximum()):
                self.box.setRange(low, high)
            self.box.setValue(self._value)
        self.back.setEnabled(abs(self._value - self.rest) > 1e-6)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        self.label.setFixedWidth(_width(self.label, WIDEST_NAME) + 2)
        self.box.setFixedWidth(_width(self.box, WIDEST_VALUE) + 14)
        for column, widget in enumerate((self.label, self.slider, self.box, self.back)):
            grid.addWidget(widget, 0, column)
        grid.setColumnStretch(1, 1)


def _width(widget: QWidget, text: str) -> int:
    return widget.fontMetrics().horizontalAdvance(text)


def _words(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", "−")
