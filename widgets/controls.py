"""Buttons and sliders that keep keys which elsewhere are shortcuts of the window."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QPushButton, QSlider, QToolButton

from widgets.icons import icon

_ARROWS = {
    Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Home,
    Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
}  # fmt: skip


class KeySlider(QSlider):
    """A horizontal slider that, once focused, takes the arrow keys for itself."""

    def __init__(self, name: str):
        super().__init__(Qt.Orientation.Horizontal)
        self.setAccessibleName(name)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and event.key() in _ARROWS:
            event.accept()
            return True
        return super().event(event)

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
        return _own_space(event) or super().event(event)


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
        return _own_space(event) or super().event(event)


def _own_space(event: QEvent) -> bool:
    if event.type() == QEvent.Type.ShortcutOverride and event.key() == Qt.Key.Key_Space:
        event.accept()
        return True
    return False
