"""Buttons, boxes and sliders that keep keys which elsewhere are shortcuts of the window.

They leave the wheel to the panel that scrolls.
"""

from __future__ import annotations

import math
from typing import TypeGuard

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QStandardItem, QStandardItemModel, QValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QLabel,
    QPushButton,
    QSlider,
    QStyle,
    QStyleOptionSlider,
    QToolButton,
)

from widgets.parts.icons import icon

_SPACE = {Qt.Key.Key_Space}
_ROWS = {
    Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
}  # fmt: skip
_ARROWS = _ROWS | {Qt.Key.Key_Left, Qt.Key.Key_Right}


class KeySlider(QSlider):
    """A horizontal slider that, once focused, takes the arrow keys for itself."""

    def __init__(self, name: str):
        super().__init__(Qt.Orientation.Horizontal)
        self.setAccessibleName(name)

    def event(self, event: QEvent) -> bool:
        return _keep(event, _ARROWS) or super().event(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Beside the handle: that jumps to the click, and is dragged on from there."""
        if event.button() == Qt.MouseButton.LeftButton:
            option = QStyleOptionSlider()
            self.initStyleOption(option)
            slider, part = QStyle.ComplexControl.CC_Slider, QStyle.SubControl.SC_SliderHandle
            handle = self.style().subControlRect(slider, option, part, self)
            if not handle.contains(event.position().toPoint()):
                room = self.width() - handle.width()
                place = round(event.position().x() - handle.width() / 2)
                low, high = self.minimum(), self.maximum()
                self.setValue(QStyle.sliderValueFromPosition(low, high, place, room))
        super().mousePressEvent(event)

    def wheelEvent(self, event) -> None:
        event.ignore()  # the wheel scrolls the panel; nobody wants to bend a finger on the way


class PushButton(QPushButton):
    """Takes focus by Tab only; Space then presses it, and plays the recording otherwise."""

    def __init__(self, text: str, icon_name: str = "", tip: str = "", checkable: bool = False):
        super().__init__(text)
        if icon_name:
            self.setIcon(icon(icon_name))
        self.setToolTip(tip)
        if not text:
            self.setAccessibleName(tip)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def event(self, event: QEvent) -> bool:
        return _keep(event, _SPACE) or super().event(event)


class ToolButton(QToolButton):
    """An icon with a tip that is also its accessible name; Space as for `PushButton`."""

    def __init__(self, icon_name: str, tip: str, checkable: bool = False):
        super().__init__()
        self.setIcon(icon(icon_name))
        self.setToolTip(tip)
        self.setAccessibleName(tip)
        self.setCheckable(checkable)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def event(self, event: QEvent) -> bool:
        return _keep(event, _SPACE) or super().event(event)


class CheckBox(QCheckBox):
    """Its tip says more than its text; Space as for `PushButton`."""

    def __init__(self, text: str, tip: str = ""):
        super().__init__(text)
        self.setToolTip(tip)

    def event(self, event: QEvent) -> bool:
        return _keep(event, _SPACE) or super().event(event)


class ChoiceBox(QComboBox):
    """One of some values; may be narrower than its longest text."""

    def __init__(self, name: str, tip: str = ""):
        super().__init__()
        self.setAccessibleName(name)
        self.setToolTip(tip)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumContentsLength(7)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)

    def event(self, event: QEvent) -> bool:
        return _keep(event, _SPACE | _ROWS) or super().event(event)

    def wheelEvent(self, event) -> None:
        event.ignore()

    def choose(self, value: object) -> None:
        """Show the entry with this value, without telling anybody."""
        blocked = self.blockSignals(True)
        self.setCurrentIndex(self.findData(value))
        self.blockSignals(blocked)


class NumberBox(QDoubleSpinBox):
    """A number that tells of itself when it is finished, not at every digit."""

    def __init__(self, name: str, low: float, high: float, step: float, digits: int = 0):
        super().__init__()
        self.setAccessibleName(name)
        self.setDecimals(digits)
        self.setRange(low, high)
        self.setSingleStep(step)
        self.setKeyboardTracking(False)
        self.setAlignment(Qt.AlignmentFlag.AlignRight)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event) -> None:
        event.ignore()

    def show_value(self, value: float) -> None:
        """Without telling anybody."""
        blocked = self.blockSignals(True)
        self.setValue(value)
        self.blockSignals(blocked)


class SignedBox(NumberBox):
    """A number with its sign, typed with any minus and any decimal mark."""

    def textFromValue(self, value: float) -> str:
        shown = round(value, self.decimals()) + 0.0  # no minus before a zero
        sign = "+" if self.minimum() < 0 and shown > 0 else ""
        return f"{sign}{shown:.{self.decimals()}f}".replace("-", "−")

    def valueFromText(self, text: str) -> float:
        number = _number_in(text, self.suffix())
        return self.value() if number is None else number

    def validate(self, text: str, place: int) -> tuple[QValidator.State, str, int]:
        number = _number_in(text, self.suffix())
        if number is None:
            return QValidator.State.Intermediate, text, place
        inside = self.minimum() <= number <= self.maximum()
        fits = QValidator.State.Acceptable if inside else QValidator.State.Intermediate
        return fits, text, place

    def fixup(self, text: str) -> str:
        number = _number_in(text, self.suffix())
        if number is None:
            return self.textFromValue(self.value()) + self.suffix()
        return self.textFromValue(min(max(number, self.minimum()), self.maximum())) + self.suffix()


def _number_in(text: str, suffix: str) -> float | None:
    if suffix.strip():
        text = text.replace(suffix.strip(), "")
    try:
        number = float(text.strip().replace("−", "-").replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def make_label(text: str = "", role: str = "") -> QLabel:
    """role: one of the style sheet's ("heading", "muted", "warn", "key"); empty: plain."""
    label = QLabel(text)
    if role:
        label.setProperty("role", role)
    return label


def _keep(event: QEvent, keys: set[Qt.Key]) -> bool:
    if wants_shortcut(event) and event.key() in keys:
        event.accept()
        return True
    return False


def wants_shortcut(event: QEvent) -> TypeGuard[QKeyEvent]:
    """Does a key of the menus wait to be claimed by the widget that has the focus?"""
    return event.type() == QEvent.Type.ShortcutOverride


def item_of(box: QComboBox, index: int) -> QStandardItem:
    """An entry, to be switched off or explained; `box` has the model that it was born with."""
    model = box.model()
    assert isinstance(model, QStandardItemModel)
    return model.item(index)
