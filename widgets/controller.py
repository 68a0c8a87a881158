"""What the main window asks of each area: its docks, its commands, its settings, its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PySide6.QtCore import QObject, QSettings
from PySide6.QtWidgets import QWidget

from widgets.hub import Hub
from widgets.menus import Actions


@dataclass(frozen=True, slots=True)
class DockPlan:
    """A dock and where it is the first time. `title` is also its name in saved layouts."""

    title: str
    widget: QWidget
    side: Literal["left", "right", "bottom"]
    at_first: bool = True  # False: hidden until the View menu shows it
    with_tab: str = ""  # title of the dock that it shares its place with
    stretch: int = 300  # its share of the side's length, relative to the others


class Controller(QObject):
    """Connects the widgets of one area with the hub and its actions, which are those of all areas.

    Subclasses override what they need.
    """

    def __init__(self, hub: Hub, actions: Actions):
        super().__init__()
        self.hub, self.actions = hub, actions

    def docks(self) -> list[DockPlan]:
        """The area's docks, from the top of their side down."""
        return []

    def commands(self) -> dict[str, Callable[[], object]]:
        """Name of a `menus.Entry` -> what to do; every entry has exactly one owner."""
        return {}

    def pages(self) -> list[tuple[str, QWidget]]:
        """Title and widget of each page that the area has in the preferences."""
        return []

    def begin(self) -> None:
        """The window is up; the source is opened next."""

    def restore(self, store: QSettings) -> None:
        """Take the settings of the last run."""

    def save(self, store: QSettings) -> None:
        """Leave the settings for the next run."""

    def close(self) -> None:
        """The window closes: end timers and threads of the area."""
