"""Somebody who clicks, drags, types, opens, seeks and resizes at random, but by a seed."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QDialog,
    QDoubleSpinBox,
    QListWidget,
    QSpinBox,
    QTabBar,
    QWidget,
)

from widgets.main_window import MainWindow
from widgets.menus import TABLE
from widgets.parts import file_dialogs
from widgets.parts.theme import THEMES

LEFT_ALONE = ("", "quit", "recent", "docks", "open_camera", "reports", "tour")  # of the menus
KEYS = (
    Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End,
    Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_Return,
    Qt.Key.Key_Escape, Qt.Key.Key_E, Qt.Key.Key_W, Qt.Key.Key_F, Qt.Key.Key_D, Qt.Key.Key_R,
)  # fmt: skip
Kind = TypeVar("Kind", bound=QWidget)
SMALLEST, LARGEST = (880, 600), (1500, 950)


class RandomUser:
    """Acts on one window. specs: sources to open. scratch: where saved files go."""

    def __init__(self, window: MainWindow, seed: int, specs: Sequence[str], scratch: Path):
        self.window, self.random = window, random.Random(seed)
        self.specs, self.scratch = specs, scratch
        self.did = ""  # the last action, for whoever looks for the cause of a failure
        self.recent: deque[str] = deque(maxlen=3)  # the last actions
        self.counts: dict[str, int] = {}
        self._kept: dict[str, Callable] = {}
        self._closer = QTimer(window, interval=200)
        self._closer.timeout.connect(close_what_waits)
        self._ways = (  # share, what to do
            (20, self.trigger), (18, self.click), (14, self.drag), (10, self.turn), (8, self.press),
            (6, self.choose), (5, self.open), (5, self.resize), (4, self.seek), (4, self.move_dock),
            (3, self.drop), (3, self.wear),
        )  # fmt: skip

    def begin(self) -> None:
        """Answer the questions of file dialogs from now on, without asking anybody."""
        self._closer.start()
        for name in dir(file_dialogs):
            if name.startswith("ask_"):
                self._kept[name] = getattr(file_dialogs, name)
                setattr(file_dialogs, name, lambda *args, **_: self.answer(*args))

    def end(self) -> None:
        """Give the questions back."""
        self._closer.stop()
        for name, function in self._kept.items():
            setattr(file_dialogs, name, function)
        self._kept.clear()

    def act(self) -> None:
        """One thing that somebody might do."""
        shares, ways = zip(*self._ways, strict=True)
        way = self.random.choices(ways, shares)[0]
        self.did = way.__name__
        self.counts[self.did] = self.counts.get(self.did, 0) + 1
        way()
        self.recent.append(self.did)

    # --- what somebody does -------------------------------------------------------------------

    def trigger(self) -> None:
        """An entry of the menus."""
        name = self.random.choice([e.name for e in TABLE if e.name not in LEFT_ALONE])
        self.did += f" {name}"
        action = self.window.actions_by_name[name]
        if action.isEnabled():
            action.trigger()

    def click(self) -> None:
        button = self._pick(QAbstractButton)
        if button is not None:
            self.did += f" {button.accessibleName() or button.text()}"
            QTest.mouseClick(button, Qt.MouseButton.LeftButton)

    def drag(self) -> None:
        """With the mouse, over any picture, map, list or bar."""
        widget = self._pick(QWidget)
        if widget is None or isinstance(widget, QDialog | QAbstractButton):
            return
        self.did += f" {type(widget).__name__}"
        QTest.mousePress(widget, Qt.MouseButton.LeftButton, pos=self._place(widget))
        for _ in range(self.random.randint(1, 4)):
            QTest.mouseMove(widget, self._place(widget))
        QTest.mouseRelease(widget, Qt.MouseButton.LeftButton, pos=self._place(widget))

    def turn(self) -> None:
        """A slider or a number to some value."""
        widget = self._pick(QAbstractSlider, QAbstractSpinBox)
        if isinstance(widget, QAbstractSlider | QSpinBox):
            widget.setValue(self.random.randint(widget.minimum(), widget.maximum()))
        elif isinstance(widget, QDoubleSpinBox):
            widget.setValue(self.random.uniform(widget.minimum(), widget.maximum()))

    def press(self) -> None:
        focus = QApplication.focusWidget() or self.window
        QTest.keyClick(focus, self.random.choice(KEYS))

    def choose(self) -> None:
        """An entry of a box, a tab, a row of a list."""
        widget = self._pick(QComboBox, QTabBar, QListWidget)
        if isinstance(widget, QListWidget) and widget.count():
            widget.setCurrentRow(self.random.randrange(widget.count()))
        elif isinstance(widget, QComboBox | QTabBar) and widget.count():
            widget.setCurrentIndex(self.random.randrange(widget.count()))

    def open(self) -> None:
        self.window.open(self.random.choice(self.specs))

    def resize(self) -> None:
        width = self.random.randint(SMALLEST[0], LARGEST[0])
        self.window.resize(width, self.random.randint(SMALLEST[1], LARGEST[1]))

    def seek(self) -> None:
        slider = self.window.transport.slider
        if slider.isEnabled():
            slider.setValue(self.random.randint(slider.minimum(), slider.maximum()))

    def move_dock(self) -> None:
        """Show, hide or float one."""
        dock = self.random.choice(self.window.docks)
        if self.random.random() < 0.5:
            dock.toggleViewAction().trigger()
        else:
            dock.setFloating(not dock.isFloating())

    def drop(self) -> None:
        """A recording, a picture, weights: good ones and nonsense."""
        files = [path for path in sorted(self.scratch.iterdir()) if path.is_file()]
        if not files:
            return
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(self.random.choice(files)))])
        event = QDropEvent(
            QPointF(300, 300), Qt.DropAction.CopyAction, data,
            Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier,
        )  # fmt: skip
        self.window.dropEvent(event)

    def wear(self) -> None:
        self.window.shell.set_theme(self.random.choice(THEMES))

    def answer(self, *args: object) -> str:
        """A path, or nothing as if the dialog had been closed."""
        if self.random.random() < 0.5:
            return ""
        files = [str(path) for path in sorted(self.scratch.iterdir())]
        saving = len(args) > 1  # these have a name to offer
        return str(self.scratch / "saved") if saving or not files else self.random.choice(files)

    # --- inside -------------------------------------------------------------------------------

    def _pick(self, *kinds: type[Kind]) -> Kind | None:
        """Something of these kinds that can be seen and used, in the window or a dialog."""
        found = [
            widget
            for top in QApplication.topLevelWidgets()
            if top is self.window or top.parentWidget() is self.window
            for widget in top.findChildren(QWidget)
            if isinstance(widget, kinds) and widget.isVisible() and widget.isEnabled()
        ]
        return self.random.choice(found) if found else None

    def _place(self, widget: QWidget) -> QPoint:
        across = self.random.randrange(max(widget.width(), 1))
        return QPoint(across, self.random.randrange(max(widget.height(), 1)))


def close_what_waits() -> None:
    """A menu or a modal dialog that would wait for somebody."""
    for waiting in (QApplication.activePopupWidget(), QApplication.activeModalWidget()):
        if waiting is not None:
            waiting.close()
