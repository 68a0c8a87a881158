"""The preferences' page of the model: weights, engine, threads, refinement, steadiness."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app.config import BACKENDS, MOST_STEPS, EstimatorConfig
from widgets.parts.buttons import PushButton

ENGINES = {"onnx": "ONNX Runtime", "torch": "PyTorch (the reference, slower)"}
MOST_THREADS = 64


class ModelPage(QWidget):
    """Knows no session: `show_config` says what is at work, the signals what the user wants."""

    changed = Signal(str, object)  # field of EstimatorConfig and its new value
    refinement_changed = Signal(int)  # steps
    smoothing_changed = Signal(bool)
    load_wanted = Signal()
    shipped_wanted = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.about = QLabel()
        self.about.setWordWrap(True)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.about.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.load_button = PushButton("Load weights…", tip="A .safetensors file (Ctrl+W)")
        self.shipped_button = PushButton("Shipped weights", tip="Those that come with the program")
        self.engine = QComboBox()
        for name in BACKENDS:
            self.engine.addItem(ENGINES[name], name)
        self.threads = _number(1, MOST_THREADS, "Threads of the network")
        self.threads.setToolTip(
            "One thread leaves the other cores to the window. A change reloads the model."
        )
        self.refine = _number(0, MOST_STEPS, "Steps of refinement")
        self.refine.setSpecialValueText("off")
        self.refine.setToolTip(
            "Refinement: moves the estimated hand closer to the depth "
            "readings, this many steps per frame"
        )
        self.smoothing = QCheckBox("Smooth the joints (One-Euro filter)")
        self._lay_out()
        self.load_button.clicked.connect(self.load_wanted)
        self.shipped_button.clicked.connect(self.shipped_wanted)
        self.engine.currentIndexChanged.connect(
            lambda k: self.changed.emit("backend", self.engine.itemData(k))
        )
        self.threads.valueChanged.connect(lambda n: self.changed.emit("threads", n))
        self.refine.valueChanged.connect(self.refinement_changed)
        self.smoothing.toggled.connect(self.smoothing_changed)

    def show_config(self, config: EstimatorConfig, about: str) -> None:
        """What is at work; emits nothing."""
        self.about.setText(about)
        for widget, value in (
            (self.engine, BACKENDS.index(config.backend)),
            (self.threads, config.threads),
            (self.refine, config.refine),
        ):
            with QSignalBlocker(widget):
                if isinstance(widget, QComboBox):
                    widget.setCurrentIndex(value)
                else:
                    widget.setValue(value)
        with QSignalBlocker(self.smoothing):
            self.smoothing.setChecked(config.smoothing)

    def say(self, text: str) -> None:
        self.about.setText(text)

    def _lay_out(self) -> None:
        self.engine.setAccessibleName("Engine")
        buttons = QHBoxLayout()
        buttons.addWidget(self.load_button)
        buttons.addWidget(self.shipped_button)
        buttons.addStretch(1)
        form = QFormLayout()
        form.setHorizontalSpacing(16)
        form.setVerticalSpacing(10)
        form.addRow("Engine", self.engine)
        form.addRow("Threads", self.threads)
        form.addRow("Refinement", self.refine)
        form.addRow("", self.smoothing)
        column = QVBoxLayout(self)
        column.setSpacing(12)
        column.addWidget(self.about)
        column.addLayout(buttons)
        column.addLayout(form)
        column.addStretch(1)


def _number(low: int, high: int, name: str) -> QSpinBox:
    box = QSpinBox()
    box.setAlignment(Qt.AlignmentFlag.AlignRight)
    box.setRange(low, high)
    box.setAccessibleName(name)
    box.setKeyboardTracking(False)
    box.setFixedWidth(90)
    return box
