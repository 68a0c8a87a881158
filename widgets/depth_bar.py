"""The strip above the depth image: colour range, colour map and what is drawn over it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QSpinBox, QWidget

from widgets.colours import MAPS
from widgets.controls import ToolButton

LEAST_SPAN_MM = 20


class DepthBar(QWidget):
    """Emits `changed` with the keyword arguments of `DepthView.restyle`."""

    changed = Signal(dict)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.range_box = QComboBox()
        self.range_box.addItems(["Follow hand", "Fixed range"])
        self.range_box.setToolTip("Colours span the hand's depth ± 150 mm, or fixed distances")
        self.near_box = self._distance("Near", 200)
        self.far_box = self._distance("Far", 1500)
        self.map_box = QComboBox()
        self.map_box.addItems(list(MAPS))
        self.map_box.setToolTip("Colour map")
        self.skeleton_button = ToolButton("skeleton", "Skeleton over the depth image (1)", True)
        self.cube_button = ToolButton("cube", "Outline of the crop cube (2)", True)
        self.skeleton_button.setChecked(True)
        self.cube_button.setChecked(True)
        for box, name in ((self.range_box, "Colour range"), (self.map_box, "Colour map")):
            box.setAccessibleName(name)
        row = QHBoxLayout(self)
        row.setContentsMargins(2, 4, 2, 4)
        row.setSpacing(6)
        dash = QLabel("–")
        dash.setProperty("role", "muted")
        for widget in (self.range_box, self.near_box, dash, self.far_box, self.map_box):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(self.skeleton_button)
        row.addWidget(self.cube_button)
        self.range_box.currentIndexChanged.connect(self._announce)
        self.map_box.currentIndexChanged.connect(self._announce)
        self.skeleton_button.toggled.connect(self._announce)
        self.cube_button.toggled.connect(self._announce)
        self.near_box.valueChanged.connect(self._keep_order)
        self.far_box.valueChanged.connect(self._keep_order)
        self._show_state()

    def values(self) -> dict[str, object]:
        """The keyword arguments of `DepthView.restyle`."""
        return {
            "follow_hand": self.range_box.currentIndex() == 0,
            "near_mm": float(self.near_box.value()),
            "far_mm": float(self.far_box.value()),
            "map": self.map_box.currentText(),
            "show_skeleton": self.skeleton_button.isChecked(),
            "show_cube": self.cube_button.isChecked(),
        }

    def restore(self, values: dict[str, object]) -> None:
        """Set the controls from saved `values`; unknown or wrong ones are left as they are."""
        self.range_box.setCurrentIndex(0 if _truth(values.get("follow_hand", True)) else 1)
        for box, key in ((self.near_box, "near_mm"), (self.far_box, "far_mm")):
            try:
                box.setValue(int(float(str(values.get(key, box.value())))))
            except ValueError:
                continue
        self.map_box.setCurrentIndex(max(self.map_box.findText(str(values.get("map", ""))), 0))
        self.skeleton_button.setChecked(_truth(values.get("show_skeleton", True)))
        self.cube_button.setChecked(_truth(values.get("show_cube", True)))

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
        self.changed.emit(self.values())

    def _show_state(self) -> None:
        fixed = self.range_box.currentIndex() == 1
        self.near_box.setEnabled(fixed)
        self.far_box.setEnabled(fixed)


def _truth(value: object) -> bool:
    return value is True or str(value).lower() in ("true", "1")
