"""Where the docks are: the first time, after "Reset layout", and from one run to the next."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QByteArray, QSettings, Qt
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

LAYOUT_VERSION = 2  # grows when docks are added or renamed; an older layout is then not restored
FIRST_SIZE = (1280, 800)
SIDES = (0.245, 0.29)  # shares of the window's width for the docks on the left and on the right
_AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
}


def add_dock(
    window: QMainWindow,
    title: str,
    widget: QWidget,
    side: Literal["left", "right"],
    hidden: bool = False,
) -> QDockWidget:
    """A dock that can be moved, floated and closed; its title is also its name in saved layouts.

    hidden: not there the first time, but in the View menu.
    """
    dock = QDockWidget(title, window)
    dock.setObjectName(title)
    dock.setProperty("side", side)
    dock.setProperty("at_first", not hidden)
    dock.setWidget(widget)
    window.addDockWidget(_AREAS[side], dock)
    return dock


def add_bottom_bar(window: QMainWindow, title: str, widget: QWidget) -> None:
    """A bar over the whole width that cannot be moved or hidden."""
    bar = window.addToolBar(title)
    bar.setObjectName(title.lower())
    bar.setMovable(False)
    bar.addWidget(widget)
    bar.toggleViewAction().setVisible(False)
    window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, bar)


def arrange_docks(window: QMainWindow, docks: list[QDockWidget]) -> None:
    """Every dock on its own side, in sizes that fit the window; shown if it is at first."""
    sides: dict[str, list[QDockWidget]] = {"left": [], "right": []}
    for dock in docks:
        side = dock.property("side")
        sides[side].append(dock)
        dock.setFloating(False)
        window.addDockWidget(_AREAS[side], dock)
        dock.setVisible(dock.property("at_first"))
    widths = [round(window.width() * share) for share in SIDES]
    firsts = [sides["left"][0], sides["right"][0]]
    window.resizeDocks(firsts, widths, Qt.Orientation.Horizontal)
    heights = [600, *(300 for _ in sides["right"][1:])]
    window.resizeDocks(sides["right"], heights, Qt.Orientation.Vertical)


def restore_layout(window: QMainWindow, docks: list[QDockWidget], store: QSettings) -> None:
    """As the last run left it; the first layout where there is none of this version."""
    window.resize(*FIRST_SIZE)
    geometry, state = store.value("window/geometry"), store.value("window/state")
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)
    if not (isinstance(state, QByteArray) and window.restoreState(state, LAYOUT_VERSION)):
        arrange_docks(window, docks)


def save_layout(window: QMainWindow, store: QSettings) -> None:
    store.setValue("window/geometry", window.saveGeometry())
    store.setValue("window/state", window.saveState(LAYOUT_VERSION))
