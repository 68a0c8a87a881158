"""The camera's numbers: what is in use, presets, and whether they can be right."""

from __future__ import annotations

import math

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from app.capture.camera_presets import PRESETS, camera_of, corrected_intrinsics
from app.config import CameraConfig
from app.frames import Intrinsics
from app.inference.camera_check import Finding
from widgets.hand.finding_list import FindingList
from widgets.parts.buttons import PushButton, item_of, make_label

LEAST_BOX_PX = 84
AS_SOURCE, OWN = "As given by the source", "Custom"
FIELDS = {  # of CameraConfig: label, most, digits, step, suffix, tip
    "fx": ("fx", 5000.0, 1, 1.0, " px", "Horizontal focal length, in pixels of this image"),
    "fy": ("fy", 5000.0, 1, 1.0, " px", "Vertical focal length, in pixels of this image"),
    "cx": ("cx", 4096.0, 1, 1.0, " px", "Optical centre, column"),
    "cy": ("cy", 4096.0, 1, 1.0, " px", "Optical centre, row"),
    "depth_unit_mm": ("unit", 100.0, 4, 0.025, " mm", "Millimetres per step of the depth values"),
}


class CameraPanel(QWidget):
    """Knows no session: its methods say what is, its signals say what the user wants."""

    camera_wanted = Signal(object)  # CameraConfig
    unit_search_wanted = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._given: Intrinsics | None = None  # what the source says
        self._given_unit_mm = 1.0
        self.camera = CameraConfig()  # in use over what the source says
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 4, 10, 8)
        column.setSpacing(6)
        self.preset = QComboBox()
        self.preset.setAccessibleName("Camera preset")
        self.preset.setToolTip(
            "Typical values of common cameras; your own camera's calibration is better"
        )
        self.preset.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.preset.activated.connect(self._on_preset)
        column.addWidget(self.preset)
        column.addLayout(self._make_fields())
        self.pinhole = QCheckBox("Rectified: no lens distortion")
        self.pinhole.toggled.connect(self._on_edited)
        column.addWidget(self.pinhole)
        self.view = make_label(role="muted")
        column.addWidget(self.view)
        column.addLayout(self._make_buttons())
        self.findings = FindingList()
        self.findings.fix_wanted.connect(self.camera_wanted)
        column.addWidget(self.findings)
        self._show()

    # --- what is ------------------------------------------------------------------------------

    def show_source(self, given: Intrinsics | None, depth_unit_mm: float = 1.0) -> None:
        """What the source that is open says of itself; None: nothing is open."""
        self._given, self._given_unit_mm = given, depth_unit_mm
        self._list_presets()
        self._show()

    def show_camera(self, camera: CameraConfig) -> None:
        """What is used over that."""
        self.camera = camera
        self._show()

    def show_findings(self, findings: list[Finding]) -> None:
        """Whether the numbers can be right."""
        self.findings.show_findings(findings)

    def set_searching(self, searching: bool) -> None:
        """The depth unit is being looked for."""
        self.search.setEnabled(not searching and self._given is not None)
        self.search.setText("Trying units…" if searching else "Find the unit")

    # --- inside -------------------------------------------------------------------------------

    def _list_presets(self) -> None:
        with QSignalBlocker(self.preset):
            self.preset.clear()
            self.preset.addItem(AS_SOURCE, CameraConfig())
            if self._given is not None:
                self._list_known(self._given.width, self._given.height)
            self.preset.addItem(OWN, None)

    def _list_known(self, width: int, height: int) -> None:
        for preset in PRESETS:
            camera = preset.camera_for(width, height)
            self.preset.addItem(preset.name, camera)
            if camera is None:
                item = item_of(self.preset, self.preset.count() - 1)
                item.setEnabled(False)
                item.setToolTip(f"This camera has no image of {width} × {height}")

    def _show(self) -> None:
        """Fields, preset and field of view for the numbers in use."""
        given = self._given
        for widget in (self.preset, self.pinhole, self.back, self.search, *self.fields.values()):
            widget.setEnabled(given is not None)
        if given is None:
            self.view.setText("")
            return
        k = corrected_intrinsics(given, self.camera)
        used = camera_of(k, self.camera.depth_unit_mm or self._given_unit_mm)
        for name, box in self.fields.items():
            with QSignalBlocker(box):
                box.setValue(getattr(used, name))
        with QSignalBlocker(self.pinhole):
            self.pinhole.setChecked(used.pinhole)
        self.pinhole.setEnabled(given.distorted)
        self.back.setEnabled(self.camera != CameraConfig())
        with QSignalBlocker(self.preset):
            self.preset.setCurrentIndex(self._preset_index())
        across, down = (
            2 * math.degrees(math.atan(size / 2 / focal))
            for size, focal in ((k.width, k.fx), (k.height, k.fy))
        )
        self.view.setText(f"{k.width} × {k.height} px, sees {across:.0f}° × {down:.0f}°")

    def _preset_index(self) -> int:
        cameras = [self.preset.itemData(index) for index in range(self.preset.count())]
        return cameras.index(self.camera) if self.camera in cameras else len(cameras) - 1

    def _on_preset(self, index: int) -> None:
        camera = self.preset.itemData(index)
        if camera is None:  # own numbers: those in use, to be edited
            self.fields["fx"].setFocus()
            self.fields["fx"].selectAll()
            return
        self.camera_wanted.emit(camera)

    def _on_edited(self, *_: object) -> None:
        """Every number that differs from the source's counts as known better."""
        if self._given is None:
            return
        given = camera_of(self._given, self._given_unit_mm)
        changed = {}
        for name, box in self.fields.items():
            digits = FIELDS[name][2]
            if round(box.value(), digits) != round(getattr(given, name), digits):
                changed[name] = box.value()
        pinhole = self.pinhole.isChecked() and self._given.distorted
        self.camera_wanted.emit(CameraConfig(**changed, pinhole=pinhole))

    def _make_fields(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(4)
        self.fields: dict[str, QDoubleSpinBox] = {}
        for k, (name, (text, most, digits, step, suffix, tip)) in enumerate(FIELDS.items()):
            box = self.fields[name] = QDoubleSpinBox()
            box.setRange(10**-digits if name.startswith(("f", "d")) else 0.0, most)
            box.setDecimals(digits)
            box.setSingleStep(step)
            box.setSuffix(suffix)
            box.setAlignment(Qt.AlignmentFlag.AlignRight)
            box.setKeyboardTracking(False)
            box.setMinimumWidth(LEAST_BOX_PX)
            box.setToolTip(tip)
            box.setAccessibleName(tip)
            box.valueChanged.connect(self._on_edited)
            label = QLabel(text)
            label.setBuddy(box)
            grid.addWidget(label, k // 2, 2 * (k % 2))
            grid.addWidget(box, k // 2, 2 * (k % 2) + 1)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)
        return grid

    def _make_buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(4)
        self.search = PushButton(
            "Find the unit",
            tip="Try the common depth units and see with which of them a hand is found",
        )
        self.back = PushButton(
            "Reset", "reset", "Forget what was entered here and use what the source says"
        )
        self.search.clicked.connect(self.unit_search_wanted)
        self.back.clicked.connect(lambda: self.camera_wanted.emit(CameraConfig()))
        row.addWidget(self.search, 1)
        row.addWidget(self.back, 1)
        return row
