"""The drawing itself of a joint over time: curves, what is played, the player's cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor

from widgets.parts import theme
from widgets.parts.time_plot import make_plot, tint_plot

if TYPE_CHECKING:
    import pyqtgraph as pg

AXES = {"x": "ACCENT", "y": "WARN", "z": "GOOD"}  # and the colour of each
KINDS = ("raw", "filtered")
RAW_ALPHA = 110  # raw curves are paler


class JointChart(QObject):
    """`plot` is its widget. pyqtgraph takes a moment to import, so it is made when first shown.

    seek_wanted: seconds since the start, where the cursor was dragged or the plot clicked.
    """

    seek_wanted = Signal(float)

    def __init__(self) -> None:
        super().__init__()
        import pyqtgraph as pg

        self.plot = make_plot("Joint over time")
        self.plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self.plot.getPlotItem()
        item.showGrid(x=True, y=True, alpha=0.12)
        item.setMouseEnabled(x=True, y=False)
        item.setClipToView(True)
        item.setDownsampling(auto=True, mode="peak")
        self.region = pg.LinearRegionItem(movable=False)
        self.region.setZValue(-10)
        item.addItem(self.region, ignoreBounds=True)
        self.curves: dict[tuple[str, str], pg.PlotDataItem] = {
            (axis, kind): item.plot() for kind in KINDS for axis in AXES
        }
        self.cursor = pg.InfiniteLine(movable=True, angle=90)
        self.cursor.setZValue(10)
        self.cursor.sigDragged.connect(lambda line: self.seek_wanted.emit(line.value()))
        item.addItem(self.cursor, ignoreBounds=True)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        self.show_range(None)

    def draw(self, axis: str, kind: str, seconds: np.ndarray, values_mm: np.ndarray) -> None:
        """Both float [n]; NaN where there is nothing to be drawn."""
        self.curves[axis, kind].setData(seconds, values_mm, connect="finite")

    def fit(self, axis: str | None = None) -> None:
        """Have all of it seen, along "x", "y", or both."""
        self.plot.getPlotItem().enableAutoRange(axis=axis)

    def show_cursor(self, seconds: float) -> None:
        """Unless somebody holds it."""
        if not self.cursor.moving:
            self.cursor.setValue(seconds)

    def show_range(self, bounds_s: tuple[float, float] | None) -> None:
        """What the player plays; None: all."""
        self.region.setVisible(bounds_s is not None)
        if bounds_s is not None:
            self.region.setRegion(bounds_s)

    def tint(self) -> None:
        """Take the theme's colours."""
        import pyqtgraph as pg

        tint_plot(self.plot, "mm")
        for (axis, kind), curve in self.curves.items():
            colour = QColor(getattr(theme, AXES[axis]))
            if kind == "raw":
                colour.setAlpha(RAW_ALPHA)
            curve.setPen(pg.mkPen(colour, width=1))  # wider ones take twice as long
        self.cursor.setPen(pg.mkPen(theme.TEXT, width=1))
        self.cursor.setHoverPen(pg.mkPen(theme.ACCENT, width=3))
        shade = QColor(theme.ACCENT)
        shade.setAlpha(28)
        self.region.setBrush(shade)
        for line in self.region.lines:
            line.setPen(pg.mkPen(theme.ACCENT, width=1))

    def _on_click(self, event) -> None:
        item = self.plot.getPlotItem()
        inside = item.vb.sceneBoundingRect().contains(event.scenePos())
        if inside and event.button() == Qt.MouseButton.LeftButton:
            self.seek_wanted.emit(item.vb.mapSceneToView(event.scenePos()).x())
