"""One row of the latent panel: a name, a slider, its value, and a way back."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from widgets.parts.buttons import KeySlider, ToolButton
from widgets.parts.icons import icon

STEPS = 400  # of the slider between its ends
WIDEST_NAME, WIDEST_VALUE = "Thumb − middle", "+180 mm"


class ValueSlider(QWidget):
    """A slider over real numbers. `moved` fires for the user's hand, not for `set_value`."""

    moved = Signal(float)

    def __init__(
        self, name: str, low: float, high: float, rest: float = 0.0, unit: str = "", digits: int = 1
    ):
        super().__init__()
        self.name, self.low, self.high, self.rest = name, low, high, rest
        self._unit, self._digits = unit, digits
        self._value = rest
        self.label = QLabel(name)
        self.slider = KeySlider(name)
        self.slider.setRange(0, STEPS)
        self.slider.setPageStep(STEPS // 20)
        self.slider.setProperty("centred", "true")
        self.readout = QLabel()
        self.readout.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.readout.setProperty("role", "muted")
        self.back = ToolButton("reset", f"Reset {name.lower()}")
        self.back.setIcon(icon("reset", "MUTED"))
        self.back.setStyleSheet("padding: 1px;")
        self._lay_out()
        self.slider.valueChanged.connect(self._on_slider)
        self.back.clicked.connect(self.reset)
        self.set_value(rest)

    @property
    def value(self) -> float:
        """The exact value, also where it lies between two steps or beyond the slider's ends."""
        return self._value

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

    def _on_slider(self, step: int) -> None:
        self._value = self.low + (self.high - self.low) * step / STEPS
        if abs(self._value - self.rest) < (self.high - self.low) / STEPS / 2:
            self._value = self.rest
        self._show()
        self.moved.emit(self._value)

    def _show(self) -> None:
        shown = round(self._value, self._digits) + 0.0  # no minus before a zero
        sign = "+" if self.low < 0 and shown > 0 else ""
        self.readout.setText(f"{sign}{shown:.{self._digits}f}{self._unit}".replace("-", "−"))
        self.back.setEnabled(abs(self._value - self.rest) > 1e-6)

    def _lay_out(self) -> None:
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        self.label.setFixedWidth(_width(self.label, WIDEST_NAME))
        self.readout.setFixedWidth(_width(self.readout, WIDEST_VALUE))
        for column, widget in enumerate((self.label, self.slider, self.readout, self.back)):
            grid.addWidget(widget, 0, column)
        grid.setColumnStretch(1, 1)


def _width(label: QLabel, text: str) -> int:
    return label.fontMetrics().horizontalAdvance(text) + 4
