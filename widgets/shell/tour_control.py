"""The tour: what its steps say, the very first start, and the help menu."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSettings
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QWidget

from widgets.controller import Controller
from widgets.hub import Hub
from widgets.menus import Actions
from widgets.parts import settings
from widgets.shell.tour import Step, Tour

UNSEEN = ("offscreen", "minimal")  # platforms without anybody before them


class TourControl(Controller):
    """depth, transport: places that the steps speak of, beside the docks and the menus."""

    def __init__(
        self, hub: Hub, actions: Actions, window: QMainWindow, depth: QWidget, transport: QWidget
    ):
        super().__init__(hub, actions)
        self._window, self._depth, self._transport = window, depth, transport
        self.tour: Tour | None = None
        self.seen = False  # at a first start once, or by the menu

    def commands(self) -> dict[str, Callable[[], object]]:
        return {"tour": self.show_tour}

    def restore(self, store: QSettings) -> None:
        self.seen = bool(settings.like(True, store.value("tour_seen", "false")))

    def save(self, store: QSettings) -> None:
        store.setValue("tour_seen", self.seen)

    def offer(self) -> None:
        """Show it where a person sees this program for the first time."""
        if not self.seen and QApplication.platformName() not in UNSEEN:
            self.show_tour()

    def show_tour(self) -> None:
        """From the first step."""
        self.seen = True
        self.tour = self.tour or Tour(self._window, self._make_steps())
        self.tour.start()

    def _make_steps(self) -> tuple[Step, ...]:
        return (
            Step(
                "Open something",
                "A recording, a folder, a live camera or the demo hand. You can also drop a file "
                "anywhere on the window. What you opened before is listed below.",
                lambda: self._dock("Source"),
            ),
            Step(
                "See what the camera sees",
                "Colours are distances. The joints lie over the hand, and the line at the top left "
                "says how sure the network is. Click on a hand that was missed.",
                lambda: self._depth,
            ),
            Step(
                "Play",
                "Space plays and pauses, the arrow keys step through the frames, I and O limit "
                "what is played. The red button records the source.",
                lambda: self._transport,
            ),
            Step(
                "Explore the latent space",
                "Move a slider: the hand leaves the camera and follows you. Ctrl+Z takes a step "
                "back, and E returns to the live hand.",
                lambda: self._dock("Latent explorer"),
            ),
            Step(
                "Find everything else",
                "The menus have every action with its key; F1 lists the keys, Ctrl+F1 opens the "
                "guide. Recording → Process gives you joints to export. "
                "Help → Tour shows these steps again.",
                self._window.menuBar,
            ),
        )

    def _dock(self, title: str) -> QWidget:
        """In front, also where it was closed; of one that floats nothing is moved."""
        dock = self._window.findChild(QDockWidget, title)
        if dock is None or dock.isFloating():
            return self._depth
        dock.show()
        dock.raise_()
        return dock
