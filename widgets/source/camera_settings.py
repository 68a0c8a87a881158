"""The live settings of the camera that is open, made from what it says of them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QVBoxLayout, QWidget

from app.capture.controls import Control
from widgets.parts.buttons import make_label
from widgets.source.setting_rows import ControlRow, make_row


class CameraControls(QWidget):
    """Hidden while there is nothing to set. Knows no camera: `wanted` says what the user wants."""

    wanted = Signal(str, float)  # name of the control, value

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.rows: dict[str, ControlRow] = {}
        self._kinds: tuple[Control, ...] = ()  # the controls without their values
        self._column = column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(6)
        column.addWidget(make_label("Camera settings, live", "heading"))
        self._grid_place = QWidget()
        column.addWidget(self._grid_place)
        self.hide()

    def show_controls(self, controls: Collection[Control], spared: Collection[str] = ()) -> None:
        """What is true now.

        spared: controls that an order is on its way to, left as they are; so is one that the user
        holds.
        """
        kinds = tuple(replace(control, value=0.0, read_only=False) for control in controls)
        if kinds != self._kinds:
            self._build(controls)
            self._kinds = kinds
        for control in controls:
            row = self.rows[control.name]
            if control.name not in spared and not row.held:
                row.show_value(control)
        self.setVisible(bool(controls))

    def _build(self, controls: Collection[Control]) -> None:
        """A row for each; the old ones go with the widget they are on."""
        before, self._grid_place = self._grid_place, QWidget()
        self._column.replaceWidget(before, self._grid_place)
        before.deleteLater()
        before.hide()
        grid = QGridLayout(self._grid_place)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(5)
        grid.setColumnStretch(1, 1)
        self.rows = {}
        for k, control in enumerate(controls):
            row = self.rows[control.name] = make_row(control)
            row.setParent(self._grid_place)
            row.add_to(grid, k)
            row.moved.connect(lambda value, name=control.name: self.wanted.emit(name, value))
