"""What every plot over time has in common: no menus, the colours of the theme."""

from __future__ import annotations

from typing import TYPE_CHECKING

from widgets.parts import theme

if TYPE_CHECKING:
    import pyqtgraph as pg


def make_plot(name: str) -> pg.PlotWidget:
    """An empty plot. name: what screen readers say of it."""
    import pyqtgraph as pg
    from PySide6.QtWidgets import QGraphicsItem

    plot = pg.PlotWidget()
    plot.setAccessibleName(name)
    item = plot.getPlotItem()
    item.setMenuEnabled(False)
    item.hideButtons()
    item.getAxis("bottom").enableAutoSIPrefix(False)  # seconds, never "x0.001"
    item.getAxis("left").enableAutoSIPrefix(False)
    for side in ("left", "bottom"):  # drawn anew when they change, not with every curve
        item.getAxis(side).setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)
    return plot


def tint_plot(plot: pg.PlotWidget, left: str) -> None:
    """Background, axes and their labels in the theme's colours. left: the unit of the values."""
    plot.setBackground(theme.PANEL)
    item = plot.getPlotItem()
    for side, text in (("left", left), ("bottom", "seconds")):
        item.getAxis(side).setPen(theme.MUTED)
        item.getAxis(side).setTextPen(theme.MUTED)
        item.setLabel(side, text, color=theme.MUTED)


def tint_legend(legend: pg.LegendItem) -> None:
    """Words and ground of a plot's legend in the theme's colours."""
    from PySide6.QtGui import QColor

    ground = QColor(theme.PANEL)
    ground.setAlpha(210)
    legend.setBrush(ground)
    legend.setLabelTextColor(theme.TEXT)
    for _, label in legend.items:
        label.setText(label.text, color=theme.TEXT)  # words that are there keep their colour
