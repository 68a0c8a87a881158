"""The record button, and beside it, while a recording runs: how long, how large, what was lost."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from app.capture.recorder.recorder import RecorderStats
from widgets.parts.buttons import ToolButton
from widgets.parts.icons import icon

WIDEST = "00:00  0000 MB  "


class RecordBar(QWidget):
    """wanted: the button was pressed; what becomes of it, `show_stats` says."""

    wanted = Signal()

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.button = ToolButton("record", "Record the source (Ctrl+Shift+R)", checkable=True)
        self.button.setIcon(icon("record", "BAD", "BAD"))
        self.figures, self.lost = QLabel(), QLabel()
        self.figures.setTextFormat(Qt.TextFormat.PlainText)
        self.figures.setMinimumWidth(self.figures.fontMetrics().horizontalAdvance(WIDEST))
        self.lost.setProperty("role", "warn")
        self.lost.setToolTip(
            "Frames lost because the disk was too slow; they are missing from the recording"
        )
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self.button, self.figures, self.lost):
            row.addWidget(widget)
        self.button.clicked.connect(self.wanted)
        self.show_stats(None)

    def show_stats(self, stats: RecorderStats | None, name: str = "") -> None:
        """What has been recorded; None: nothing is being recorded. name: of the file."""
        recording = stats is not None
        self.button.setChecked(recording)
        tip = "Stop recording" if recording else "Record the source"
        self.button.setToolTip(f"{tip} (Ctrl+Shift+R)")
        self.button.setAccessibleName(tip)
        self.figures.setVisible(recording)
        self.lost.setVisible(stats is not None and stats.dropped > 0)
        if stats is not None:
            self.figures.setText(f"{clock(stats.seconds)}  {megabytes(stats.size)}")
            self.figures.setToolTip(f"{stats.frames} frames in {name}")
            self.lost.setText(f"{stats.dropped} dropped")


def clock(seconds: float) -> str:
    """Minutes and seconds, with hours where there are any."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute:02}:{second:02}"


def megabytes(size: int) -> str:
    """Bytes as people read them."""
    return f"{size / 1e9:.2f} GB" if size >= 1e9 else f"{size / 1e6:.0f} MB"
