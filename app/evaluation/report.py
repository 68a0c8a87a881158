"""Results as tables, JSON and curves."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import OutputError


def print_json(value: Any) -> None:
    """One JSON document on stdout."""
    print(json.dumps(value, indent=1, allow_nan=False))


def print_table(titles: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """A plain table: the first column left, the others right."""
    cells = [[str(c) for c in titles], *([_cell(c) for c in row] for row in rows)]
    widths = [max(len(row[i]) for row in cells) for i in range(len(titles))]
    for row in cells:
        rest = (cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))
        print("  ".join([row[0].ljust(widths[0]), *rest]))


def plot_curves(path: Path, worst_mm: Mapping[str, np.ndarray], title: str) -> None:
    """Share of frames whose worst joint is within t mm, t = 0..80, a curve for each name.
    Raises OutputError."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise OutputError("plots need matplotlib", "pip install matplotlib") from error
    figure = Figure(figsize=(6, 4), layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    thresholds = np.arange(81)
    for name, worst in worst_mm.items():
        axes.plot(thresholds, [100 * np.mean(worst <= t) for t in thresholds], label=name)
    axes.set(xlabel="worst joint error (mm)", ylabel="frames within (%)", title=title)
    axes.set(xlim=(0, 80), ylim=(0, 100))
    axes.grid(alpha=0.3)
    axes.legend()
    try:
        figure.savefig(path, dpi=120, format="png")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from error


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.3f}" if isinstance(value, float) else str(value)
