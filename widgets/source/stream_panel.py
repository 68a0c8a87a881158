"""What to stream from a RealSense: which one, how large, how fast, its preset and filters."""

from __future__ import annotations

from collections.abc import Callable, Collection

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.capture.cameras.realsense_choice import PRESETS, RATES, SIZES, StreamChoice
from app.capture.usb import FoundCamera
from widgets.parts.buttons import CheckBox, ChoiceBox, NumberBox, PushButton, make_label

ANY = "First one found"
MOST_MM = 20_000
FIRST_LIMITS_MM = (200, 800)  # of the threshold, before anybody has set it
PRESET_WORDS = {"": "Leave as it is", "hand": "Hand", "short-range": "Short range"}
TIPS = {
    "serial": "Which camera, if several are plugged in",
    "size": "Every RealSense has 640 × 480; on a D400, 848 × 480 sees a wider field",
    "fps": (
        "Higher rates reduce delay and blur but need USB 3. You are told what the camera cannot do."
    ),
    "preset": "The manufacturer's settings for hands, or for short distances",
    "temporal": "librealsense's temporal filter: steadier, but a fast hand is blurred",
    "threshold": "Ignore readings outside these distances, such as a wall, a table or an arm",
    "colour": "Also stream colour, aligned to depth (View > Colour picture)",
}


class StreamPanel(QWidget):
    """Knows no camera: `open_wanted` says what the user wants."""

    open_wanted = Signal(str)  # SOURCE of the command line

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._cameras: dict[str, str] = {}  # serial -> what the user reads
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(make_label("RealSense stream", "heading"))
        self.state = make_label(role="muted")
        self.state.setWordWrap(True)
        column.addWidget(self.state)
        column.addLayout(self._make_boxes())
        self.temporal = CheckBox("Temporal filter", TIPS["temporal"])
        self.colour = CheckBox("Colour picture, aligned", TIPS["colour"])
        column.addWidget(self.temporal)
        column.addLayout(self._make_threshold())
        column.addWidget(self.colour)
        column.addLayout(self._make_buttons())
        self.show_choice(StreamChoice())
        self.show_used("")

    @property
    def choice(self) -> StreamChoice:
        """As the boxes stand."""
        width, height = self.size_box.currentData()
        near, far = (int(box.value()) for box in (self.near, self.far))
        cut = self.threshold.isChecked()
        return StreamChoice(
            serial=self.serial.currentData(),
            width=width,
            height=height,
            fps=self.fps.currentData(),
            preset=self.preset.currentData(),
            temporal=self.temporal.isChecked(),
            near_mm=near if cut else 0,
            far_mm=far if cut else 0,
            colour=self.colour.isChecked(),
        )

    def show_choice(self, choice: StreamChoice) -> None:
        """Put the boxes so, without telling anybody.

        Sizes and rates that are not offered come in too.
        """
        _fill(self.size_box, SIZES, (choice.width, choice.height), lambda s: f"{s[0]} × {s[1]}")
        _fill(self.fps, RATES, choice.fps, lambda fps: f"{fps} fps")
        self.preset.choose(choice.preset)
        self._fill_serials(choice.serial)
        self.temporal.setChecked(choice.temporal)
        self.colour.setChecked(choice.colour)
        self.threshold.setChecked(choice.far_mm > 0)
        near, far = (choice.near_mm, choice.far_mm) if choice.far_mm else FIRST_LIMITS_MM
        self.near.show_value(near)
        self.far.show_value(far)

    def show_cameras(self, cameras: Collection[FoundCamera]) -> None:
        """What is plugged in; the one that is chosen stays."""
        self._cameras = {c.serial: f"{c.name}, {c.serial}" for c in cameras if c.serial}
        self._fill_serials(self.serial.currentData())

    def show_used(self, text: str) -> None:
        """What streams at present; empty: no RealSense does."""
        self.state.setText(text or "No RealSense is open.")
        self.open_button.setText("Apply" if text else "Open camera")

    # --- inside -------------------------------------------------------------------------------

    def _fill_serials(self, chosen: str) -> None:
        words = {"": ANY, **self._cameras}
        if chosen not in words:
            words[chosen] = f"{chosen} (not there)"
        _fill(self.serial, tuple(words), chosen, words.__getitem__)

    def _push(self, moved: NumberBox) -> None:
        """Nearer stays below farther: the one that was not moved gives way."""
        if moved is self.near:
            self.far.show_value(max(self.far.value(), moved.value() + 1))
        else:
            self.near.show_value(min(self.near.value(), moved.value() - 1))

    def _make_boxes(self) -> QGridLayout:
        self.serial = ChoiceBox("Which RealSense", TIPS["serial"])
        self.size_box = ChoiceBox("Resolution", TIPS["size"])
        self.fps = ChoiceBox("Frame rate", TIPS["fps"])
        self.preset = ChoiceBox("Camera's preset", TIPS["preset"])
        for name in ("", *PRESETS):
            self.preset.addItem(PRESET_WORDS[name], name)
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        rows = {
            "Camera": (self.serial,),
            "Picture": (self.size_box, self.fps),
            "Preset": (self.preset,),
        }
        for row, (text, boxes) in enumerate(rows.items()):
            label = QLabel(text)
            label.setBuddy(boxes[0])
            grid.addWidget(label, row, 0)
            for k, box in enumerate(boxes):
                grid.addWidget(box, row, k + 1, 1, 3 - len(boxes))
        grid.setColumnStretch(2, 1)
        return grid

    def _make_threshold(self) -> QHBoxLayout:
        self.threshold = CheckBox("Only", TIPS["threshold"])
        self.threshold.setAccessibleName("Only readings between two distances")
        self.near = NumberBox("Nearest reading, mm", 0, MOST_MM - 1, 50)
        self.far = NumberBox("Farthest reading, mm", 1, MOST_MM, 50)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.threshold)
        row.addWidget(self.near, 1)
        row.addWidget(QLabel("to"))
        row.addWidget(self.far, 1)
        row.addWidget(QLabel("mm"))
        for box in (self.near, self.far):
            box.setToolTip(TIPS["threshold"])
            box.setEnabled(False)
            box.valueChanged.connect(lambda _, box=box: self._push(box))
            self.threshold.toggled.connect(box.setEnabled)
        return row

    def _make_buttons(self) -> QHBoxLayout:
        self.open_button = PushButton("Open camera", tip="Reopen the RealSense with these settings")
        self.back = PushButton("Reset", "reset", "640 × 480, 30 frames per second, no filters")
        self.open_button.clicked.connect(lambda: self.open_wanted.emit(self.choice.spec))
        self.back.clicked.connect(lambda: self.show_choice(StreamChoice(serial=self.choice.serial)))
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.open_button, 1)
        row.addWidget(self.back, 1)
        return row


def describe_use(choice: StreamChoice, width: int, height: int, fps: float) -> str:
    """What a camera gives, asked for `choice`; where that is less, its note says so."""
    given = f"In use: {width} × {height}, {fps:g} fps"
    parts = [PRESET_WORDS[choice.preset].lower() + " preset"] if choice.preset else []
    parts += ["temporal filter"] if choice.temporal else []
    parts += [f"{choice.near_mm} to {choice.far_mm} mm"] if choice.far_mm else []
    parts += ["colour"] if choice.colour else []
    return ", ".join([given, *parts]) + "."


def _fill(box: ChoiceBox, offered: Collection, chosen: object, words: Callable) -> None:
    """The values offered, and the chosen one where it is none of them."""
    blocked = box.blockSignals(True)
    box.clear()
    for value in (*offered, *(() if chosen in offered else (chosen,))):
        box.addItem(words(value), value)
    box.blockSignals(blocked)
    box.setCurrentIndex((*offered, chosen).index(chosen))
