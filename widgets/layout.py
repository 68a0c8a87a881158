"""Where the docks are: the first time, after "Reset layout", and from one run to the next."""

from __future__ import annotations

from PySide6.QtCore import QByteArray, QRect, QSettings, QSize, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDockWidget, QMainWindow, QWidget

from widgets.controller import DockPlan

LAYOUT_VERSION = 4  # grows when docks are added or renamed; an older layout is then not restored
FIRST_SIZE = (1280, 800)
SHARE_OF_SCREEN = 0.6  # at least, on large screens
TITLE_PX = 24  # height of a title that can still be grabbed
SHARES = {"left": 0.245, "right": 0.275, "bottom": 0.3}  # of the window's width or height
_AREAS = {
    "left": Qt.DockWidgetArea.LeftDockWidgetArea,
    "right": Qt.DockWidgetArea.RightDockWidgetArea,
    "bottom": Qt.DockWidgetArea.BottomDockWidgetArea,
}


def add_dock(window: QMainWindow, plan: DockPlan) -> QDockWidget:
    """A dock that can be moved, floated and closed."""
    dock = QDockWidget(plan.title, window)
    dock.setObjectName(plan.title)
    dock.setProperty("plan", plan)
    dock.setWidget(plan.widget)
    window.addDockWidget(_AREAS[plan.side], dock)
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
    sides: dict[str, list[QDockWidget]] = {side: [] for side in _AREAS}
    titles = {dock.objectName(): dock for dock in docks}
    for dock in docks:  # moved while they are tabbed, they would leave tab bars behind
        dock.setFloating(False)
        window.removeDockWidget(dock)
    for dock in docks:
        plan: DockPlan = dock.property("plan")
        window.addDockWidget(_AREAS[plan.side], dock)
        dock.setVisible(plan.at_first)
        if plan.with_tab:
            window.tabifyDockWidget(titles[plan.with_tab], dock)
            titles[plan.with_tab].raise_()
        else:
            sides[plan.side].append(dock)
    for side, members in sides.items():
        across = Qt.Orientation.Vertical if side == "bottom" else Qt.Orientation.Horizontal
        along = Qt.Orientation.Horizontal if side == "bottom" else Qt.Orientation.Vertical
        extent = window.height() if side == "bottom" else window.width()
        if members:
            window.resizeDocks(members[:1], [round(extent * SHARES[side])], across)
            window.resizeDocks(members, [d.property("plan").stretch for d in members], along)


def restore_layout(window: QMainWindow, docks: list[QDockWidget], store: QSettings) -> None:
    """As the last run left it; the first layout where there is none of this version."""
    window.resize(first_size(window.screen().availableSize()))
    geometry, state = store.value("window/geometry"), store.value("window/state")
    if isinstance(geometry, QByteArray):
        window.restoreGeometry(geometry)
    if not (isinstance(state, QByteArray) and window.restoreState(state, LAYOUT_VERSION)):
        arrange_docks(window, docks)
    keep_on_screen(window, docks)


def save_layout(window: QMainWindow, store: QSettings) -> None:
    store.setValue("window/geometry", window.saveGeometry())
    store.setValue("window/state", window.saveState(LAYOUT_VERSION))


def first_size(screen: QSize) -> QSize:
    """Size of the window the first time, on a screen of this size."""
    wanted = QSize(*FIRST_SIZE).expandedTo(screen * SHARE_OF_SCREEN)
    return wanted.boundedTo(screen)


def keep_on_screen(window: QMainWindow, docks: list[QDockWidget]) -> None:
    """Floating docks whose title no screen shows any more come back to the window.

    A screen may have gone since they were put there.
    """
    places = [screen.availableGeometry() for screen in QGuiApplication.screens()]
    for dock in docks:
        title = QRect(dock.pos(), QSize(dock.width(), TITLE_PX))
        if dock.isFloating() and not any(place.intersects(title) for place in places):
            dock.move(window.geometry().center() - dock.rect().center())
