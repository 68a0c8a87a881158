"""The strip above the depth image: colour range, colour map and what is drawn over it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QSpinBox, QWidget

from widgets.parts.buttons import ToolButton, make_label
from widgets.parts.colours import MAPS
from widgets.views.depth_style import DepthStyle, RangeMode

LEAST_SPAN_MM = 20
RANGES: dict[RangeMode, str] = {
    "hand": "Follow hand", "fixed": "Fixed range", "equalised": "Equalised",
}  # fmt: skip
OVERLAYS = {  # name, icon, what its button says
    "skeleton": ("skeleton", "Skeleton over the depth image (1)"),
    "cube": ("cube", "Outline of the crop cube (2)"),
    "mask": ("mask", "Tint what the network sees: readings inside the cube (M)"),
    "colour": ("colour", "Colour picture, where the source has one (C)"),
}
AT_FIRST = ("skeleton", "cube", "colour")


class DepthBar(QWidget):
    """Emits `changed` whenever the user chooses another style."""

    changed = Signal(object)  # DepthStyle

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.range_box = QComboBox()
        self.range_box.addItems(list(RANGES.values()))
        self.range_box.setToolTip(
            "Spread the colours over the hand's depth ± 150 mm, over fixed "
            "distances, or evenly over all distances"
        )
        self.near_box = self._distance("Near", 200)
        self.far_box = self._distance("Far", 1500)
        self.map_box = QComboBox()
        self.map_box.addItems(list(MAPS))
        self.map_box.setToolTip("Colour map")
        self.overlays: dict[str, ToolButton] = {}
        for name, (icon_name, tip) in OVERLAYS.items():
            self.overlays[name] = ToolButton(icon_name, tip, True)
            self.overlays[name].setChecked(name in AT_FIRST)
        for box, name in ((self.range_box, "Colour range"), (self.map_box, "Colour map")):
            box.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 4, 2, 4)
        row.setSpacing(6)
        self._dash = make_label("–", "muted")
        for widget in (self.range_box, self.near_box, self._dash, self.far_box, self.map_box):
            row.addWidget(widget)
        row.addStretch(1)
        row.setSpacing(4)
        for button in self.overlays.values():
            row.addWidget(button)
            button.toggled.connect(self._announce)
        self.range_box.currentIndexChanged.connect(self._announce)
        self.map_box.currentIndexChanged.connect(self._announce)
        self.near_box.valueChanged.connect(self._keep_order)
        self.far_box.valueChanged.connect(self._keep_order)
        self._show_state()

    def chosen(self) -> DepthStyle:
        """The style that the controls stand for."""
        shown = {name: button.isChecked() for name, button in self.overlays.items()}
        return DepthStyle(
            range_mode=list(RANGES)[self.range_box.currentIndex()],
            near_mm=float(self.near_box.value()),
            far_mm=float(self.far_box.value()),
            map=self.map_box.currentText(),
            show_skeleton=shown["skeleton"],
            show_cube=shown["cube"],
            show_mask=shown["mask"],
            show_colour=shown["colour"],
        )

    def restore(self, values: dict[str, object]) -> None:
        """Set the controls from the settings; unknown or wrong ones are left as they are."""
        mode = str(values.get("range_mode", ""))
        self.range_box.setCurrentIndex(list(RANGES).index(mode) if mode in RANGES else 0)
        for box, key in ((self.near_box, "near_mm"), (self.far_box, "far_mm")):
            try:
                box.setValue(int(float(str(values.get(key, box.value())))))
            except ValueError:
                continue
        self.map_box.setCurrentIndex(max(self.map_box.findText(str(values.get("map", ""))), 0))
        for name, button in self.overlays.items():
            button.setChecked(_truth(values.get(f"show_{name}", name in AT_FIRST)))

    def offer_colour(self, there: bool) -> None:
        """Is there a colour picture to be shown?"""
        self.overlays["colour"].setEnabled(there)

    def _distance(self, name: str, value: int) -> QSpinBox:
        box = QSpinBox()
        box.setRange(0, 8000)
        box.setSingleStep(10)
        box.setValue(value)
        box.setSuffix(" mm")
        box.setAlignment(Qt.AlignmentFlag.AlignRight)
        box.setFixedWidth(76)
        box.setKeyboardTracking(False)
        box.setAccessibleName(f"{name} distance of the colour range")
        box.setToolTip(f"{name} end of the colour range")
        return box

    def _keep_order(self) -> None:
        low, high = self.near_box, self.far_box
        if high.value() < low.value() + LEAST_SPAN_MM:
            if self.sender() is low:
                high.setValue(low.value() + LEAST_SPAN_MM)
            else:
                low.setValue(high.value() - LEAST_SPAN_MM)
        self._announce()

    def _announce(self) -> None:
        self._show_state()
        self.changed.emit(self.chosen())

    def _show_state(self) -> None:
        fixed = self.range_box.currentText() == RANGES["fixed"]
        for widget in (self.near_box, self._dash, self.far_box):
            widget.setVisible(fixed)


def _truth(value: object) -> bool:
    return value is True or str(value).lower() in ("true", "1")
