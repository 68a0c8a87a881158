"""The drawing itself of a joint over time: curves, what is played, the player's cursor."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor

from app.skeleton import JOINT_NAMES, joint_colours
from widgets.parts import theme
from widgets.parts.time_plot import make_plot, tint_legend, tint_plot

if TYPE_CHECKING:
    import pyqtgraph as pg

AXES = {"x": "ACCENT", "y": "WARN", "z": "GOOD"}  # and the colour of each
DASHES = {"x": Qt.PenStyle.SolidLine, "y": Qt.PenStyle.DashLine, "z": Qt.PenStyle.DotLine}
KINDS = ("raw", "filtered")
MOST_JOINTS = 6  # more cannot be told apart
Key = tuple[int, str, str]  # joint, axis, kind
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
        self.curves: dict[Key, pg.PlotDataItem] = {}
        self._joints: tuple[int, ...] = ()
        self.legend = item.addLegend(offset=(8, 6), colCount=3)
        self.cursor = pg.InfiniteLine(movable=True, angle=90)
        self.cursor.setZValue(10)
        self.cursor.sigDragged.connect(lambda line: self.seek_wanted.emit(line.value()))
        self.cursor.sigPositionChangeFinished.connect(self._snap)
        self._place_s = 0.0  # of the player's frame
        item.addItem(self.cursor, ignoreBounds=True)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        self.show_range(None)

    def draw(self, curves: dict[Key, tuple[np.ndarray, np.ndarray]]) -> None:
        """These curves and no others: seconds and mm, float [n] each; NaN makes a gap."""
        item = self.plot.getPlotItem()
        joints = tuple(dict.fromkeys(joint for joint, _, _ in curves))
        if set(curves) != set(self.curves) or joints != self._joints:
            self._joints = joints
            for curve in self.curves.values():
                item.removeItem(curve)
            self.curves = {key: item.plot(name=_name(key, curves)) for key in curves}
            self.tint()
        for key, (seconds, values_mm) in curves.items():
            self.curves[key].setData(seconds, values_mm, connect="finite")

    def fit(self, axis: str | None = None) -> None:
        """Have all of it seen, along "x", "y", or both."""
        self.plot.getPlotItem().enableAutoRange(axis=axis)

    def show_cursor(self, seconds: float) -> None:
        """Unless somebody holds it."""
        self._place_s = seconds
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
        several = len(self._joints) > 1
        for (joint, axis, kind), curve in self.curves.items():
            colour = QColor(getattr(theme, AXES[axis]))
            if several:  # a colour for each joint, a dash for each axis
                colour = legible(joint, QColor(theme.PANEL))
            if kind == "raw":
                colour.setAlpha(RAW_ALPHA)
            dash = DASHES[axis] if several else Qt.PenStyle.SolidLine
            curve.setPen(pg.mkPen(colour, width=1, style=dash))  # wider ones take twice as long
        tint_legend(self.legend)
        self.cursor.setPen(pg.mkPen(theme.TEXT, width=1))
        self.cursor.setHoverPen(pg.mkPen(theme.ACCENT, width=3))
        shade = QColor(theme.ACCENT)
        shade.setAlpha(28)
        self.region.setBrush(shade)
        for line in self.region.lines:
            line.setPen(pg.mkPen(theme.ACCENT, width=1))

    def _snap(self) -> None:
        """Let go, the line is where the player is."""
        self.cursor.setValue(self._place_s)

    def _on_click(self, event) -> None:
        item = self.plot.getPlotItem()
        inside = item.vb.sceneBoundingRect().contains(event.scenePos())
        if inside and event.button() == Qt.MouseButton.LeftButton:
            self.seek_wanted.emit(item.vb.mapSceneToView(event.scenePos()).x())


def legible(joint: int, ground: QColor) -> QColor:
    """The colour of a joint, darker where the plot is light; within a finger each its own."""
    colour = QColor(*map(int, joint_colours()[joint]))
    shade = 100 + 12 * ((joint - 1) % 4)
    return colour.darker(shade + 70) if ground.lightnessF() > 0.5 else colour.darker(shade)


def _name(key: Key, drawn: Collection[Key]) -> str | None:
    """In the legend; a raw curve is the paler one of the same colour and needs none."""
    joint, axis, kind = key
    if kind == "raw" and (joint, axis, "filtered") in drawn:
        return None
    words = (JOINT_NAMES[joint].replace("_", " "), axis, "raw" if kind == "raw" else "")
    return " ".join(word for word in words if word)
