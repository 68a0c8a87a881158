"""What was done to the explorer's hand, step by step: undone, done again, or gone back to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.frames import HandEstimate
from app.latent.path import Walked

LIMIT = 100  # steps that are remembered, each perhaps with a crop or a walk
REST_MS = 800  # keys on one slider that follow each other within this time are one step


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """Everything that the explorer's steps change."""

    z: np.ndarray  # float32 [D], never written to
    keyframes: dict[str, np.ndarray] = field(default_factory=dict)  # "A", "B" -> z
    walked: Walked | None = None
    walked_name: str = ""  # where `walked` comes from
    way: int = 0  # of the chooser of paths
    frozen: HandEstimate | None = None  # the live hand whose crop is compared with


class EditHistory(QObject):
    """Steps from one snapshot to the next. `restored` fires with the one to show.

    `leaving` fires before a step is undone or done again: what goes on then comes to an end.
    """

    restored = Signal(object)
    leaving = Signal()

    def __init__(self, parent: QObject | None = None):
        super().__init__(parent)
        self.stack = QUndoStack(self)
        self.stack.setUndoLimit(LIMIT)
        self.present: Snapshot | None = None
        self._open: tuple[str, _Step] | None = None  # the step that goes on, and what of
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self.close_step)

    def close(self) -> None:
        """The window closes: Qt clears the stack once nobody is there to hear of it."""
        self._rest.stop()
        self.stack.blockSignals(True)

    def clear(self, present: Snapshot) -> None:
        """Another network: nothing that was done before can be shown by it."""
        self.close_step()
        self.stack.clear()
        self.present = present

    def settle(self, present: Snapshot) -> None:
        """The hand is another one, but not by the user's hand: the next step begins here."""
        self.close_step()
        self.present = present

    def note(self, text: str, now: Snapshot, going_on: bool = False, held: bool = False) -> None:
        """A step that led here; text: what the list of steps says.

        going_on: it is one step with the one before, if that has the same text, until `close_step`
        or a rest. held: by the mouse, which does not rest.
        """
        before, self.present = self.present, now
        if before is None:
            return
        if going_on and self._open is not None and self._open[0] == text:
            self._open[1].after = now
        else:
            step = _Step(text, before, now, self._restore)
            self.stack.push(step)
            self._open = (text, step) if going_on else None
        if held:
            self._rest.stop()
        elif going_on:
            self._rest.start()

    def close_step(self) -> None:
        """What comes next is a step of its own."""
        self._rest.stop()
        self._open = None

    def undo(self) -> None:
        self.leaving.emit()
        self.close_step()
        self.stack.undo()

    def redo(self) -> None:
        self.leaving.emit()
        self.close_step()
        self.stack.redo()

    def _restore(self, snapshot: Snapshot) -> None:
        self.close_step()
        self.present = snapshot
        self.restored.emit(snapshot)


class _Step(QUndoCommand):
    """From `before` to `after`, which the user has already reached when it is pushed."""

    def __init__(
        self, text: str, before: Snapshot, after: Snapshot, show: Callable[[Snapshot], object]
    ):
        super().__init__(text)
        self.before, self.after, self._show = before, after, show
        self._pushed = False

    def undo(self) -> None:
        self._show(self.before)

    def redo(self) -> None:
        if self._pushed:
            self._show(self.after)
        self._pushed = True
