"""How the work goes: rates, drops, memory, the time of each stage, and the last ten seconds."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QLabel, QVBoxLayout, QWidget

from app.frames import FrameResult
from app.inference.timing import RunStats, median_p95
from widgets.parts.buttons import make_label
from widgets.parts.empty_state import EmptyState
from widgets.shell.status_line import SKIPPED
from widgets.shell.timing_chart import SPAN_S, TimingChart

STAGES = ("segment", "crop", "network", "refine", "synthesise", "filter", "total")
TILES = (  # key, caption, tip
    ("fps_in", "fps in", "Frames per second from the source"),
    ("fps_estimated", "estimated", "Frames per second that the network has judged"),
    ("fps_painted", "painted", "Frames per second that reached the screen"),
    ("dropped", "skipped", SKIPPED),
    ("faulty", "faulty", "Frames of this source with faults"),
    ("memory_mb", "MB", "Memory in use by this program"),
)
EMPTY = "Times are drawn while a source plays: Ctrl+O opens a recording, Ctrl+D the demo hand."
TIPS = {key: tip for key, _, tip in TILES}


@dataclass(frozen=True, slots=True)
class Figures:
    """What the window counts, beside the estimator's own figures."""

    fps_in: float = 0.0
    fps_estimated: float = 0.0
    fps_painted: float = 0.0
    dropped: int = 0
    faulty: int = 0
    memory_mb: float = 0.0
    faults: str = ""  # what was wrong with the faulty ones


class PerformanceView(QWidget):
    """Fed with every estimate and painted frame; draws when told to, while it can be seen."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.samples: deque[tuple[float, float]] = deque()  # s, estimate ms
        self.paints: deque[tuple[float, float]] = deque()  # s, ms from arrival to the screen
        self.chart: TimingChart | None = None  # None until it is shown for the first time
        self.empty: EmptyState | None = None
        numbers = QVBoxLayout()
        numbers.addLayout(self._make_tiles())
        numbers.addLayout(self._make_table())
        numbers.addStretch(1)
        self._parts = QBoxLayout(QBoxLayout.Direction.TopToBottom, self)
        self._parts.setContentsMargins(10, 2, 10, 8)
        self._parts.setSpacing(12)
        self._parts.addLayout(numbers)
        self.setMinimumHeight(140)

    def add(self, result: FrameResult) -> None:
        """Remember one estimate's time; older than `SPAN_S` are forgotten."""
        _keep(self.samples, result.t_done_s, result.stage_ms.get("total", 0.0))

    def add_painted(self, t_s: float, latency_ms: float) -> None:
        """A frame reached the screen, `latency_ms` after it arrived."""
        _keep(self.paints, t_s, latency_ms)

    def clear(self) -> None:
        """Another source: start anew."""
        self.samples.clear()
        self.paints.clear()

    def latency_ms(self) -> dict[str, float]:
        """From a frame's arrival to the screen, over the last `SPAN_S`: {"median", "p95"}."""
        return median_p95(ms for _, ms in self.paints)

    def refresh(
        self, stats: RunStats, figures: Figures | None = None, now_s: float | None = None
    ) -> None:
        """Draw the curves and fill the table; nothing while hidden."""
        if not self.isVisible():
            return
        figures = figures or Figures()
        for key, _, _ in TILES:
            self.tiles[key].setText(f"{getattr(figures, key):.0f}")
        self.tiles["faulty"].setToolTip(figures.faults or TIPS["faulty"])
        for stage in STAGES:
            self._fill(stage, stats.stage_ms.get(stage))
        self._fill("latency", self.latency_ms() if self.paints else None)
        if self.chart is not None:
            now_s = time.monotonic() if now_s is None else now_s
            self.chart.draw((self.samples, self.paints), now_s)
        if self.empty is not None:
            self.empty.show_if(not self.samples)

    def _fill(self, stage: str, figures: dict[str, float] | None) -> None:
        for key in ("median", "p95"):
            ms = figures[key] if figures else 0.0
            text = f"{ms:.1f}" if ms < 100 else f"{ms:.0f}"
            self.cells[stage, key].setText(text if figures else "–")

    # --- inside -------------------------------------------------------------------------------

    def _make_tiles(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(0)
        self.tiles: dict[str, QLabel] = {}
        for column, (key, caption, tip) in enumerate(TILES):
            value = make_label("–", "figure")
            value.setAccessibleName(tip)
            for row, label in enumerate((value, make_label(caption, "muted"))):
                label.setToolTip(tip)
                label.setAlignment(Qt.AlignmentFlag.AlignHCenter)
                grid.addWidget(label, row, column)
            grid.setColumnStretch(column, 1)
            self.tiles[key] = value
        return grid

    def _make_table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(1)
        self.cells: dict[tuple[str, str], QLabel] = {}
        half = (len(STAGES) + 2) // 2
        for row, stage in enumerate((*STAGES, "latency")):
            left = 4 * (row // half)  # two columns of stages
            grid.addWidget(make_label(stage, "muted"), row % half + 1, left)
            for k, key in enumerate(("median", "p95"), start=1):
                cell = self.cells[stage, key] = make_label("–")
                cell.setMinimumWidth(cell.fontMetrics().horizontalAdvance("99.9") + 4)
                cell.setAlignment(Qt.AlignmentFlag.AlignRight)
                cell.setAccessibleName(f"{stage}, {key}, ms")
                grid.addWidget(cell, row % half + 1, left + k, Qt.AlignmentFlag.AlignRight)
        for left in (0, 4):
            for k, title in enumerate(("median", "p95"), start=1):
                grid.addWidget(make_label(title, "muted"), 0, left + k, Qt.AlignmentFlag.AlignRight)
            grid.setColumnStretch(left, 1)
        grid.addWidget(make_label("ms", "muted"), 0, 0)
        grid.setColumnMinimumWidth(3, 10)
        return grid

    def showEvent(self, event) -> None:
        if self.chart is None:
            self.chart = TimingChart()
            self._parts.addWidget(self.chart.plot, 1)
            self.empty = EmptyState(EMPTY, self.chart.plot)
            self.empty.show_if(not self.samples)
        super().showEvent(event)

    def resizeEvent(self, event) -> None:
        wide = self.width() > 1.6 * self.height() and self.width() > 600
        way = QBoxLayout.Direction.LeftToRight if wide else QBoxLayout.Direction.TopToBottom
        self._parts.setDirection(way)
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and self.chart is not None:
            self.chart.tint()
        super().changeEvent(event)


def _keep(points: deque[tuple[float, float]], t_s: float, value: float) -> None:
    points.append((t_s, value))
    while t_s - points[0][0] > SPAN_S:
        points.popleft()
