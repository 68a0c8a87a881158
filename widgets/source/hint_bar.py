"""One strip above the depth image that says what to do next, until it is no longer needed."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from widgets.parts.buttons import PushButton, ToolButton

FIRST_RUN = (
    "What next? Plug in a depth camera and press Camera, open a recording (drop one here), "
    "or explore: move a slider of the latent explorer and the hand follows."
)
NO_CAMERA = (
    "No camera answers, so this is a synthetic demo hand. Plug a depth camera in and press "
    "Camera, open a recording, or explore the latent space."
)
NOTHING_OPEN = "Nothing is open. Plug in a camera, open a recording, or watch the demo hand."
ACTIONS = (
    ("open_camera", "Camera", "A live RealSense (Ctrl+L)"),
    ("open_file", "Open…", "Open a recording (Ctrl+O)"),
    ("open_sample", "Sample", "A short real recording that comes with the program"),
    ("open_demo", "Demo hand", "A synthetic hand; needs no camera (Ctrl+D)"),
    ("explore", "Explore", "Move the hand with the sliders of the latent explorer (E)"),
)


class HintBar(QFrame):
    """Says one text and offers actions. Hidden until `say`."""

    wanted = Signal(str)  # name of a menu entry
    dismissed = Signal()  # the user needs no hint any more

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setObjectName("hint")
        self.setAccessibleName("What to do next")
        self.text = QLabel()
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
        self.close_button = ToolButton("close", "Dismiss this hint")
        self.close_button.clicked.connect(self._dismiss)
        top = QHBoxLayout()
        top.addWidget(self.text, 1)
        top.addWidget(self.close_button, 0, Qt.AlignmentFlag.AlignTop)
        buttons = QHBoxLayout()
        buttons.setSpacing(6)
        self.buttons: dict[str, PushButton] = {}
        for name, text, tip in ACTIONS:
            button = self.buttons[name] = PushButton(text, tip=tip)
            button.clicked.connect(lambda _=False, name=name: self.wanted.emit(name))
            buttons.addWidget(button)
        buttons.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 8, 8)
        column.setSpacing(6)
        column.addLayout(top)
        column.addLayout(buttons)
        self.hide()

    def say(self, text: str) -> None:
        self.text.setText(text)
        self.setAccessibleDescription(text)
        self.show()

    def _dismiss(self) -> None:
        self.hide()
        self.dismissed.emit()
