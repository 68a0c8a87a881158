"""One look for every figure, and files of the kind that a path's ending names.

Matplotlib is imported when a figure is drawn, so that scoring without a plot does not wait for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from app.errors import OutputError, reason_of
from app.extras import missing_extra

ENDINGS = (".png", ".svg", ".pdf")
# Okabe and Ito's colours, told apart with the common colour deficiencies; yellow is left out.
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
DASHES = ("-", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)))
OURS = "#000000"
STYLE = {
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e3e3e3",
    "grid.linewidth": 0.6,
    "legend.frameon": False,
    "legend.fontsize": 8,
    "hatch.linewidth": 0.5,
    "svg.hashsalt": "figure",  # the same figure gives the same bytes
}


def check_ending(path: Path) -> None:
    """Raises OutputError where the file's ending is not one that can be drawn."""
    if path.suffix.lower() not in ENDINGS:
        raise OutputError(f"cannot draw {path}", f"a file that ends with {', '.join(ENDINGS)}")


@contextmanager
def open_figure(path: Path, size: tuple[float, float]) -> Iterator[Any]:
    """A figure to draw on, written to the path at the end. Raises OutputError, ExtraMissing."""
    check_ending(path)
    try:
        import matplotlib
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise missing_extra(error, "a plot") or error from error
    with matplotlib.rc_context(STYLE):  # type: ignore[arg-type]  # keys of STYLE are plain strings
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)
        yield figure
        undated = {} if path.suffix.lower() == ".png" else {_date_key(path): None}
        try:
            figure.savefig(path, dpi=160, metadata=undated)
        except OSError as error:
            raise OutputError(f"cannot write {path}: {reason_of(error)}") from error


def _date_key(path: Path) -> str:
    return "Date" if path.suffix.lower() == ".svg" else "CreationDate"
