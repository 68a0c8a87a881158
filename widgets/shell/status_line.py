"""The line at the bottom: what the source is, and how the work goes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

from app.inference.timing import RunStats

SKIPPED = (
    "Frames of this source that the live view left out, because they came faster than the network "
    "estimates: it always takes the newest. Processing a recording (Ctrl+Return) skips none."
)


class StatusLine(QStatusBar):
    """A message on the left; figures of fixed width on the right, so that nothing jumps about."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.setSizeGripEnabled(False)
        self.source = QLabel()
        self.source.setContentsMargins(8, 0, 0, 0)
        self.source.setProperty("role", "muted")
        self.source.setTextFormat(Qt.TextFormat.PlainText)
        self.addWidget(self.source, 1)
        self.fields: dict[str, QLabel] = {}
        for name, widest, tip in (
            ("fps", "in 999 fps", "Frames per second from the source"),
            ("estimate", "estimate 99.9 ms", "Median time to estimate one frame"),
            ("latency", "latency 999 ms", "Median time from a frame's arrival to its estimate"),
            ("dropped", "skipped 99999", SKIPPED),
            ("hand", "Right hand", "Which hand is seen"),
        ):
            label = QLabel()
            label.setMinimumWidth(label.fontMetrics().horizontalAdvance(widest) + 14)
            label.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            label.setContentsMargins(0, 3, 10 if name == "hand" else 0, 3)
            label.setToolTip(tip)
            self.addPermanentWidget(label)
            self.fields[name] = label
        self.clear_figures()

    def clear_figures(self) -> None:
        words = {"fps": "in", "estimate": "estimate", "latency": "latency", "dropped": "skipped"}
        for name, word in words.items():
            self.fields[name].setText(f"{word} –")
        self.fields["hand"].setText("")

    def show_figures(self, fps_in: float, stats: RunStats, dropped: int) -> None:
        """fps_in: of the source; dropped: frames of this source that nobody estimated."""
        self.fields["fps"].setText(f"in {fps_in:.0f} fps")
        if stats.frames_estimated:
            total = stats.stage_ms.get("total", {}).get("median", 0.0)
            self.fields["estimate"].setText(f"estimate {total:.1f} ms")
            self.fields["latency"].setText(f"latency {stats.latency_ms['median']:.0f} ms")
        self.fields["dropped"].setText(f"skipped {dropped}")

    def show_hands(self, hands: Sequence[str]) -> None:
        """hands: "right" or "left" for each that is seen."""
        names = " and ".join(hands).capitalize()
        plural = "s" if len(hands) > 1 else ""
        self.fields["hand"].setText(f"{names} hand{plural}" if hands else "No hand")
