"""Curves of the last seconds: how long estimates take, and how late frames reach the screen."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from PySide6.QtWidgets import QSizePolicy

from widgets.parts import theme
from widgets.parts.time_plot import make_plot, tint_legend, tint_plot

SPAN_S = 10.0
TOP_MS = 50.0  # the axis reaches at least this far
CURVES = (("estimate", "ACCENT"), ("to the screen", "WARN"))

Points = Iterable[tuple[float, float]]  # s, ms


class TimingChart:
    """`plot` is its widget. pyqtgraph takes a moment to import, so it is made when first shown."""

    def __init__(self) -> None:
        self.plot = make_plot("Time of estimates and latency over the last ten seconds")
        item = self.plot.getPlotItem()
        item.setMouseEnabled(False, False)
        item.setXRange(-SPAN_S, 0, padding=0)
        item.showGrid(y=True, alpha=0.15)
        self._legend = item.addLegend(offset=(8, 4))
        self.curves = [item.plot(name=name) for name, _ in CURVES]
        self.plot.setMinimumSize(160, 80)
        self.plot.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.tint()

    def draw(self, series: Sequence[Points], now_s: float) -> None:
        """Of each of `CURVES` its points, as they lie before this moment."""
        top = TOP_MS
        for curve, points in zip(self.curves, series, strict=True):
            values = np.array(list(points), float).reshape(-1, 2)
            curve.setData(values[:, 0] - now_s, values[:, 1])
            if len(values):
                top = max(top, float(np.percentile(values[:, 1], 98)) * 1.2)
        self.plot.setYRange(0, top, padding=0)

    def tint(self) -> None:
        """Take the theme's colours."""
        tint_plot(self.plot, "ms")
        tint_legend(self._legend)
        for curve, (_, tint) in zip(self.curves, CURVES, strict=True):
            curve.setPen(getattr(theme, tint), width=1.5)
