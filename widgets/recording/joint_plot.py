"""Curves of one joint over a recording, raw and filtered, with a cursor that is the player's."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from app.export.track import Track
from widgets.parts import theme
from widgets.parts.time_plot import make_plot, tint_plot

AXES = {"x": "ACCENT", "y": "WARN", "z": "GOOD"}  # and the colour of each
RAW_ALPHA = 110  # raw curves are paler
CURSOR_MS = 80  # a step of the cursor paints the curves anew, so it does not take every one


@dataclass(frozen=True, slots=True)
class Choice:
    """What is drawn."""

    joint: int = 8
    axes: tuple[str, ...] = ("x", "y", "z")
    raw: bool = True
    filtered: bool = True
    centred: bool = True  # each curve about its own median, so that all can be seen


class JointPlot(QWidget):
    """seek_wanted: seconds since the start, where the cursor was dragged or the plot clicked.

    pyqtgraph takes a moment to import, so the plot is made when it is first shown.
    """

    seek_wanted = Signal(float)

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._track: Track | None = None
        self._choice = Choice()
        self._cursor_s, self._range_s = 0.0, None
        self._plot = None
        self._rest = QTimer(self, singleShot=True, interval=CURSOR_MS)
        self._rest.timeout.connect(self._move_cursor)
        self.curves: dict[tuple[str, str], object] = {}  # (axis, "raw" or "filtered")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self.setMinimumSize(200, 90)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    # --- what is drawn ------------------------------------------------------------------------

    def show_track(self, track: Track | None, fit: bool = True) -> None:
        """Another recording, or more of this one; None: nothing. fit: all of it is seen."""
        self._track = track
        self._draw()
        if fit and self._plot is not None:
            self._plot.getPlotItem().enableAutoRange()

    def show_choice(self, choice: Choice) -> None:
        """Another joint, other axes."""
        self._choice = choice
        self._draw()
        if self._plot is not None:
            self._plot.getPlotItem().enableAutoRange(axis="y")

    def show_cursor(self, seconds: float) -> None:
        """Where the player is."""
        if not math.isfinite(seconds):
            return
        self._cursor_s = seconds
        if not self._rest.isActive():
            self._move_cursor()
            self._rest.start()

    def _move_cursor(self) -> None:
        if self._plot is not None and self._track is not None and not self.cursor.moving:
            self.cursor.setValue(self._cursor_s)

    def show_range(self, bounds_s: tuple[float, float] | None) -> None:
        """What the player plays; None: all."""
        self._range_s = bounds_s
        if self._plot is not None:
            self._region.setVisible(bounds_s is not None)
            if bounds_s is not None:
                self._region.setRegion(bounds_s)

    def values(self, axis: str, kind: str) -> np.ndarray:
        """float [n] mm of the chosen joint, as drawn; NaN where no hand was found."""
        joints = self._track.joints_mm if kind == "filtered" else self._track.joints_raw_mm
        column = joints[:, self._choice.joint, "xyz".index(axis)].astype(np.float64)
        if self._choice.centred and self._track.detected.any():
            middle = self._track.joints_mm[:, self._choice.joint, "xyz".index(axis)]
            column = column - np.nanmedian(middle)
        return column

    def _draw(self) -> None:
        if self._plot is None:
            return
        for (axis, kind), curve in self.curves.items():
            wanted = axis in self._choice.axes and getattr(self._choice, kind)
            if self._track is None or not wanted or not len(self._track):
                curve.setData([], [])
            else:
                curve.setData(self._track.seconds, self.values(axis, kind), connect="finite")

    # --- making it ----------------------------------------------------------------------------

    def showEvent(self, event) -> None:
        if self._plot is None:
            self._make_plot()
        super().showEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        if event.type() == QEvent.Type.PaletteChange and self._plot is not None:
            self._tint()
        super().changeEvent(event)

    def _make_plot(self) -> None:
        import pyqtgraph as pg

        self._plot = make_plot("Joint over time")
        self._plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        item = self._plot.getPlotItem()
        item.showGrid(x=True, y=True, alpha=0.12)
        item.setMouseEnabled(x=True, y=False)
        item.setClipToView(True)
        item.setDownsampling(auto=True, mode="peak")
        self._region = pg.LinearRegionItem(movable=False)
        self._region.setZValue(-10)
        item.addItem(self._region, ignoreBounds=True)
        for kind in ("raw", "filtered"):
            for axis in AXES:
                self.curves[axis, kind] = item.plot()
        self.cursor = pg.InfiniteLine(movable=True, angle=90)
        self.cursor.setZValue(10)
        self.cursor.sigDragged.connect(lambda line: self.seek_wanted.emit(line.value()))
        item.addItem(self.cursor, ignoreBounds=True)
        self._plot.scene().sigMouseClicked.connect(self._on_click)
        self.layout().addWidget(self._plot)
        self._tint()
        self._draw()
        self._move_cursor()
        self.show_range(self._range_s)

    def _tint(self) -> None:
        import pyqtgraph as pg

        tint_plot(self._plot, "mm")
        for (axis, kind), curve in self.curves.items():
            colour = QColor(getattr(theme, AXES[axis]))
            if kind == "raw":
                colour.setAlpha(RAW_ALPHA)
            curve.setPen(pg.mkPen(colour, width=1))  # wider ones take twice as long
        self.cursor.setPen(pg.mkPen(theme.TEXT, width=1))
        self.cursor.setHoverPen(pg.mkPen(theme.ACCENT, width=3))
        shade = QColor(theme.ACCENT)
        shade.setAlpha(28)
        self._region.setBrush(shade)
        for line in self._region.lines:
            line.setPen(pg.mkPen(theme.ACCENT, width=1))
        self._draw()

    def _on_click(self, event) -> None:
        item = self._plot.getPlotItem()
        inside = item.vb.sceneBoundingRect().contains(event.scenePos())
        if inside and event.button() == Qt.MouseButton.LeftButton:
            self.seek_wanted.emit(item.vb.mapSceneToView(event.scenePos()).x())
