"""The menu bar, from one table of actions, which is also what the shortcut sheet shows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import (
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QVBoxLayout,
    QWidget,
)

from widgets.controls import PushButton


@dataclass(frozen=True, slots=True)
class Entry:
    """One action. `name` is the key in the handlers; text "-" is a separator."""

    menu: str
    name: str
    text: str
    key: str = ""
    checked: bool | None = None  # not None: a switch, and how it stands at first
    group: str = ""  # switches of one group exclude each other


TABLE = (
    Entry("&File", "open_file", "&Open recording…", "Ctrl+O"),
    Entry("&File", "open_folder", "Open &folder of PNG…", "Ctrl+Shift+O"),
    Entry("&File", "recent", "Open &recent"),
    Entry("&File", "", "-"),
    Entry("&File", "open_demo", "&Demo hand", "Ctrl+D"),
    Entry("&File", "open_camera", "Live &camera", "Ctrl+L"),
    Entry("&File", "", "-"),
    Entry("&File", "open_weights", "Load &weights…", "Ctrl+W"),
    Entry("&File", "", "-"),
    Entry("&File", "quit", "&Quit", "Ctrl+Q"),
    Entry("&Playback", "toggle", "Play or pause", "Space"),
    Entry("&Playback", "back", "One frame back", "Left"),
    Entry("&Playback", "forward", "One frame on", "Right"),
    Entry("&Playback", "back_10", "Ten frames back", "Ctrl+Left"),
    Entry("&Playback", "forward_10", "Ten frames on", "Ctrl+Right"),
    Entry("&Playback", "home", "To the start", "Home"),
    Entry("&Playback", "end", "To the end", "End"),
    Entry("&Playback", "", "-"),
    Entry("&Playback", "loop", "Loop", "L"),
    Entry("&Playback", "slower", "Slower", "["),
    Entry("&Playback", "faster", "Faster", "]"),
    Entry("&Hand", "hand_auto", "&Automatic", checked=True, group="hand"),
    Entry("&Hand", "hand_right", "&Right hand", checked=False, group="hand"),
    Entry("&Hand", "hand_left", "&Left hand", checked=False, group="hand"),
    Entry("&Hand", "", "-"),
    Entry("&Hand", "find_again", "&Find the hand again", "R"),
    Entry("&Latent", "explore", "&Live or explore", "E"),
    Entry("&Latent", "freeze", "&Freeze the live hand", "F"),
    Entry("&Latent", "draw", "&Draw a hand", "D"),
    Entry("&Latent", "walk", "Random &walk", "W"),
    Entry("&Latent", "reset_latent", "&Reset all", "0"),
    Entry("&View", "skeleton", "&Skeleton over the depth image", "1"),
    Entry("&View", "cube", "Crop &cube", "2"),
    Entry("&View", "", "-"),
    Entry("&View", "docks", ""),
    Entry("&View", "", "-"),
    Entry("&View", "full_screen", "&Full screen", "F11"),
    Entry("&View", "reset_layout", "&Reset layout"),
    Entry("H&elp", "shortcuts", "&Keyboard shortcuts", "F1"),
    Entry("H&elp", "about", "&About"),
)
SUBMENUS = ("recent",)


def build_menus(window: QMainWindow, handlers: dict[str, Callable]) -> dict[str, QAction]:
    """Fill the window's menu bar. Returns the actions by name; "recent" is its submenu's.

    handlers: a callable for each name of `TABLE` but "recent" and "docks"; KeyError where one is
    missing.
    """
    actions: dict[str, QAction] = {}
    menus, groups = {}, {}
    for entry in TABLE:
        if entry.menu not in menus:
            menus[entry.menu] = window.menuBar().addMenu(entry.menu)
        menu = menus[entry.menu]
        if entry.text == "-":
            menu.addSeparator()
        elif entry.name in SUBMENUS:
            actions[entry.name] = menu.addMenu(entry.text).menuAction()
        elif entry.name == "docks":
            actions["docks"] = menu.addSeparator()
        else:
            actions[entry.name] = action = menu.addAction(entry.text)
            if entry.key:
                action.setShortcut(QKeySequence(entry.key))
            if entry.checked is not None:
                action.setCheckable(True)
                action.setChecked(entry.checked)
            if entry.group:
                groups.setdefault(entry.group, QActionGroup(window)).addAction(action)
            action.triggered.connect(lambda _=False, run=handlers[entry.name]: run())
    return actions


def insert_dock_switches(window: QMainWindow, marker: QAction, switches: list[QAction]) -> None:
    """Put the docks' own show / hide actions where the table says "docks"."""
    for menu_action in window.menuBar().actions():
        if marker in menu_action.menu().actions():
            menu_action.menu().insertActions(marker, switches)


class ShortcutSheet(QDialog):
    """Every key, by menu; not modal, closed by Escape or F1."""

    def __init__(self, parent: QWidget):
        super().__init__(parent)
        self.setWindowTitle("Keyboard shortcuts")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(22, 18, 22, 16)
        outer.setSpacing(14)
        columns = QHBoxLayout()
        columns.setSpacing(34)
        outer.addLayout(columns)
        for titles in (("&File", "&View"), ("&Playback",), ("&Latent", "&Hand", "H&elp")):
            column = QVBoxLayout()
            column.setSpacing(12)
            for title in titles:
                column.addLayout(_section(title))
            column.addStretch(1)
            columns.addLayout(column)
        mouse = QLabel(
            "Depth image: click to follow the hand there.   "
            "Skeleton: drag to orbit, Shift + drag to pan, wheel to zoom."
        )
        mouse.setProperty("role", "muted")
        outer.addWidget(mouse)
        close = PushButton("Close")
        close.clicked.connect(self.close)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(close)
        outer.addLayout(row)


def _section(menu: str) -> QGridLayout:
    grid = QGridLayout()
    grid.setHorizontalSpacing(18)
    grid.setVerticalSpacing(5)
    heading = QLabel(menu.replace("&", ""))
    heading.setProperty("role", "heading")
    grid.addWidget(heading, 0, 0, 1, 2)
    for entry in TABLE:
        if entry.menu == menu and entry.key:
            row = grid.rowCount()
            key = QLabel(QKeySequence(entry.key).toString(QKeySequence.SequenceFormat.NativeText))
            key.setProperty("role", "key")
            grid.addWidget(QLabel(entry.text.replace("&", "").replace("…", "")), row, 0)
            grid.addWidget(key, row, 1)
    grid.setColumnStretch(0, 1)
    return grid
