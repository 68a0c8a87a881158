"""The page of the latent explorer with the list of steps; a click goes back to one."""

from __future__ import annotations

from PySide6.QtWidgets import QUndoView, QVBoxLayout, QWidget

from widgets.explorer.edit_history import EditHistory
from widgets.explorer.latent_header import make_row
from widgets.parts.buttons import PushButton, make_label

ABOUT = "Click a step to go back to it. The newest is at the bottom."


class HistoryPage(QWidget):
    """Undo, redo and the list of both."""

    def __init__(self, history: EditHistory, parent: QWidget | None = None):
        super().__init__(parent)
        stack = history.stack
        self.undo_button = PushButton("Undo", "", "Take the last step back (Ctrl+Z)")
        self.redo_button = PushButton("Redo", "", "Take it again (Ctrl+Shift+Z)")
        for button, can, act in (
            (self.undo_button, stack.canUndoChanged, history.undo),
            (self.redo_button, stack.canRedoChanged, history.redo),
        ):
            button.setEnabled(False)
            can.connect(button.setEnabled)
            button.clicked.connect(act)
        self.list = QUndoView(stack)
        self.list.setEmptyLabel("Start")
        self.list.setAccessibleName("Steps, the newest at the bottom")
        stack.indexChanged.connect(lambda _: history.close_step())
        about = make_label(ABOUT, "muted")
        about.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 8, 6, 0)
        column.setSpacing(8)
        column.addLayout(make_row(self.undo_button, self.redo_button))
        column.addWidget(self.list, 1)
        column.addWidget(about)
