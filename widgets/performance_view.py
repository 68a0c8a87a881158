"""The last ten seconds of work: time of each estimate, latency, and frames a second painted."""

from __future__ import annotations

import time
from collections import deque

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QVBoxLayout, QWidget

from app.frames import HandEstimate
from app.inference.timing import RunStats
from widgets.theme import ACCENT, MUTED, PANEL, WARN

SPAN_S = 10.0
TOP_MS = 50.0  # the plot's axis reaches at least this far
STAGES = ("segment", "crop", "network", "synthesise", "filter", "total")


class PerformanceView(QWidget):
    """Fed with every estimate; draws when told to and only while it can be seen."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self.samples: deque[tuple[float, float, float]] = deque()  # s, estimate ms, latency ms
        self._plot = None  # made when first shown: pyqtgraph takes a moment to import
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(8, 0, 8, 8)
        self._column.addLayout(self._make_table())
        self.setMinimumHeight(190)

    def _make_table(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setHorizontalSpacing(14)
        grid.setVerticalSpacing(1)
        self.cells: dict[tuple[str, str], QLabel] = {}
        for column, title in enumerate(("median", "p95 ms"), start=1):
            grid.addWidget(_label(title, "muted"), 0, column, Qt.AlignmentFlag.AlignRight)
        for row, stage in enumerate((*STAGES, "latency"), start=1):
            grid.addWidget(_label(stage, "muted"), row, 0)
            for column, key in enumerate(("median", "p95"), start=1):
                self.cells[stage, key] = _label("–")
                grid.addWidget(self.cells[stage, key], row, column, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(3, 1)
        return grid

    def add(self, estimate: HandEstimate) -> None:
        """Remember one frame's figures; older than `SPAN_S` are forgotten."""
        total_ms = estimate.stage_ms.get("total", 0.0)
        self.samples.append((estimate.t_done_s, total_ms, estimate.latency_ms))
        while estimate.t_done_s - self.samples[0][0] > SPAN_S:
            self.samples.popleft()

    def clear(self) -> None:
        """Another source: start anew."""
        self.samples.clear()

    def refresh(self, stats: RunStats, now_s: float | None = None) -> None:
        """Draw the curves and fill the table; nothing while hidden."""
        if not self.isVisible():
            return
        for stage in STAGES:
            self._fill(stage, stats.stage_ms.get(stage))
        self._fill("latency", stats.latency_ms if stats.frames_estimated else None)
        values = np.array(self.samples, float).reshape(-1, 3)
        age_s = values[:, 0] - (time.monotonic() if now_s is None else now_s)
        for curve, column in zip(self.curves, (1, 2), strict=True):
            curve.setData(age_s, values[:, column])
        top = max(TOP_MS, float(np.percentile(values[:, 2], 98)) * 1.2 if len(values) else 0.0)
        self._plot.setYRange(0, top, padding=0)

    def _fill(self, stage: str, figures: dict[str, float] | None) -> None:
        for key in ("median", "p95"):
            self.cells[stage, key].setText(f"{figures[key]:.1f}" if figures else "–")

    def showEvent(self, event) -> None:
        if self._plot is None:
            self._make_plot()
        super().showEvent(event)

    def _make_plot(self) -> None:
        import pyqtgraph as pg

        self._plot = pg.PlotWidget(background=PANEL)
        item = self._plot.getPlotItem()
        item.setMenuEnabled(False)
        item.hideButtons()
        item.setMouseEnabled(False, False)
        item.setXRange(-SPAN_S, 0, padding=0)
        item.showGrid(y=True, alpha=0.15)
        for side, text in (("left", "ms"), ("bottom", "seconds")):
            item.getAxis(side).setPen(MUTED)
            item.getAxis(side).setTextPen(MUTED)
            item.setLabel(side, text, color=MUTED)
        legend = item.addLegend(offset=(8, 4), labelTextColor=MUTED)
        legend.setBrush(PANEL)
        self.curves = [
            item.plot(pen=pg.mkPen(colour, width=1.5), name=name)
            for colour, name in ((ACCENT, "estimate"), (WARN, "latency"))
        ]
        self._plot.setAccessibleName("Time of estimates and latency over the last ten seconds")
        self._column.addWidget(self._plot, 1)


def _label(text: str, role: str = "") -> QLabel:
    label = QLabel(text)
    if role:
        label.setProperty("role", role)
    return label
