"""Figures as papers draw them.

Success curves, bars per joint, error against viewpoint and against the share of labels. PNG, SVG or
PDF by the file's ending; nothing is shown on a screen.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from app.data.benchmarks import Benchmark
from app.evaluation.metrics import CURVE_MM, frame_curve
from app.evaluation.public.figure_style import COLOURS, DASHES, OURS, open_figure
from app.evaluation.public.published import Anchor
from app.evaluation.public.viewpoint import PITCH_DEG, YAW_DEG, error_by_angle

HATCHES = ("", "////", "....", "xxxx")
MARKERS = "osD^vP"
LONG_LEGEND = 7


@dataclass(frozen=True, slots=True)
class Method:
    """A line of a figure. Ours is drawn black and thick."""

    name: str
    errors_mm: np.ndarray  # [N, J]
    ours: bool = False
    angles_deg: np.ndarray | None = None  # [N, 2] yaw and pitch of its frames

    @property
    def label(self) -> str:
        return f"{self.name}: {self.errors_mm.mean():.2f} mm"


def short_name(stem: str) -> str:
    """A method's name from the collection's file name: CVPR18_NYU_V2V_PoseNet -> V2V PoseNet."""
    name = re.sub(r"^([A-Za-z]+\d\d|arxiv)_(?=.)", "", stem, flags=re.IGNORECASE)
    name = re.sub(r"^(nyu|icvl|msra)_(?=.)|_results?$", "", name, flags=re.IGNORECASE)
    return name.replace("_", " ")


def plot_benchmark(
    path: Path,
    benchmark: Benchmark,
    methods: Sequence[Method],
    anchors: Sequence[Anchor] = (),
) -> None:
    """Success curves beside bars per joint.

    Below them, where methods have angles, error by viewpoint. `anchors`: published methods,
    drawn as points where only their figures are known. Raises OutputError.
    """
    methods = _ranked(methods)
    anchors = _not_among(anchors, methods)
    seen = any(method.angles_deg is not None for method in methods)
    width = max(6.5, min(16.0, 0.075 * (len(methods) + 1) * (benchmark.joints + 1)))
    rows = 1 + seen
    with open_figure(path, (5.2 + width, 4.3 * rows)) as figure:
        grid = figure.add_gridspec(rows, 2, width_ratios=(5.2, width))
        curves = figure.add_subplot(grid[0, 0])
        _draw_success(curves, benchmark.name, methods, anchors)
        _draw_bars(figure.add_subplot(grid[0, 1]), benchmark, methods, anchors)
        _add_legend(figure, curves)
        if seen:
            _draw_viewpoint(figure.add_subplot(grid[1, 0]), methods, 0)
            _draw_viewpoint(figure.add_subplot(grid[1, 1]), methods, 1)


def plot_label_fractions(
    path: Path, title: str, series: Mapping[str, Sequence[tuple[float, float]]], ours: str = ""
) -> None:
    """Mean joint error against the share of labels: for each name (share 0..1, mm) points.

    Raises OutputError.
    """
    with open_figure(path, (5.6, 4.0)) as figure:
        axes = figure.subplots()
        for k, (name, points) in enumerate(series.items()):
            shares, errors = np.array(sorted(points), float).T
            colour, width = (OURS, 2.2) if name == ours else (COLOURS[k % len(COLOURS)], 1.4)
            marker = MARKERS[k % len(MARKERS)]
            axes.plot(100 * shares, errors, marker + "-", color=colour, lw=width, ms=5, label=name)
            for share, error in zip(shares, errors, strict=True):
                axes.annotate(
                    f"{error:.1f}", (100 * share, error), (0, 6), textcoords="offset points",
                    ha="center", fontsize=7.5, color=colour,
                )  # fmt: skip
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter(lambda share, _: f"{share:g} %")
        axes.set(xlabel="labelled share of the training frames", ylabel="mean joint error (mm)")
        axes.set_title(title, loc="left", fontweight="bold")
        axes.set_ylim(0, 1.12 * max(error for points in series.values() for _, error in points))
        axes.margins(x=0.08)
        axes.legend()


def _ranked(methods: Sequence[Method]) -> list[Method]:
    """The least error last, as the public tables have it."""
    return sorted(methods, key=lambda method: -method.errors_mm.mean())


def _not_among(anchors: Sequence[Anchor], methods: Sequence[Method]) -> list[Anchor]:
    """Without those that have a curve of their own: "V2V PoseNet" is V2V-PoseNet."""
    drawn = {re.sub(r"[^a-z0-9+]", "", method.name.lower()) for method in methods}
    return [a for a in anchors if re.sub(r"[^a-z0-9+]", "", a.name.lower()) not in drawn]


def line_style(methods: Sequence[Method], k: int) -> dict[str, Any]:
    """How the k-th method is drawn: 24 looks, then again from the first."""
    if methods[k].ours:
        return {"color": OURS, "lw": 2.4, "zorder": 3}
    turn, colour = divmod(k, len(COLOURS))
    return {"color": COLOURS[colour], "ls": DASHES[turn % len(DASHES)], "lw": 1.5}


def _draw_success(
    axes: Any, title: str, methods: Sequence[Method], anchors: Sequence[Anchor]
) -> None:
    for k, method in enumerate(methods):
        curve = 100 * frame_curve(method.errors_mm)
        axes.plot(CURVE_MM, curve, label=method.label, **line_style(methods, k))
    dataset = title.lower()
    known = [anchor for anchor in anchors if dataset in anchor.within]
    for k, anchor in enumerate(known):
        axes.plot(
            (20, 40), anchor.within[dataset], MARKERS[k % len(MARKERS)], mfc="none", ms=5,
            color=COLOURS[k % len(COLOURS)], zorder=4,
            label=f"{anchor.name} {anchor.year}: {anchor.mean_mm[dataset]:.2f} mm (published)",
        )  # fmt: skip
    axes.set(xlabel="threshold on the largest joint error (mm)", ylabel="frames within (%)")
    axes.set(xlim=(0, 80), ylim=(0, 100), xticks=range(0, 81, 10), yticks=range(0, 101, 10))
    axes.set_title(title, loc="left", fontweight="bold")


def _add_legend(figure: Any, curves: Any) -> None:
    """In the corner that success curves leave free; beside the figure where it is long."""
    handles, names = curves.get_legend_handles_labels()
    if len(handles) > LONG_LEGEND:
        figure.legend(handles, names, loc="outside right upper")
    else:
        curves.legend(loc="lower right")


def _draw_bars(
    axes: Any, benchmark: Benchmark, methods: Sequence[Method], anchors: Sequence[Anchor] = ()
) -> None:
    names = [*map(_spelt, benchmark.joint_names), "mean"]
    places = np.arange(len(names)) + (np.arange(len(names)) == len(names) - 1) * 0.4
    width = 0.82 / len(methods)
    for k, method in enumerate(methods):
        errors = method.errors_mm.mean(0)
        turn, colour = divmod(k, len(COLOURS))
        axes.bar(
            places + (k - (len(methods) - 1) / 2) * width, [*errors, errors.mean()], width,
            color=OURS if method.ours else COLOURS[colour],
            hatch="" if method.ours else HATCHES[turn % len(HATCHES)],
            edgecolor="white", linewidth=0.3, label=method.label,
        )  # fmt: skip
    axes.set_xticks(places, names, rotation=45, ha="right", rotation_mode="anchor")
    axes.set(ylabel="mean error (mm)", xlim=(-0.6, places[-1] + 0.6))
    axes.tick_params(axis="x", length=0)
    axes.grid(visible=False, axis="x")
    axes.yaxis.get_major_locator().set_params(integer=True)
    _mark_anchors(axes, benchmark, anchors, places[-1])


def _mark_anchors(axes: Any, benchmark: Benchmark, anchors: Sequence[Anchor], place: float) -> None:
    """A line across the bars of the mean for each published mean, named at the right."""
    dataset = benchmark.name.lower()
    known = sorted((a.mean_mm[dataset], a.name) for a in anchors if dataset in a.mean_mm)
    if not known:
        return
    top = max(axes.get_ylim()[1], 1.06 * known[-1][0])
    axes.set_ylim(0, top)
    free = 0.0  # the height from which on a name has room
    for error, name in known:
        height = max(error, free)
        free = height + top / 26
        line = {"color": "#888888", "lw": 0.8, "clip_on": False}
        axes.plot((place - 0.5, place + 0.5, place + 0.7), (error, error, height), **line)
        axes.text(place + 0.75, height, f"{name} {error:g}", fontsize=7, va="center")
    axes.text(place + 0.75, free, "published", fontsize=7, fontstyle="italic", va="center")


def _spelt(joint: str) -> str:
    """index_pip -> index PIP."""
    words = joint.split("_")
    return " ".join(w.upper() if w in ("cmc", "mcp", "pip", "dip", "ip") else w for w in words)


def _draw_viewpoint(axes: Any, methods: Sequence[Method], which: int) -> None:
    limits = (YAW_DEG, PITCH_DEG)[which]
    for k, method in enumerate(methods):
        if method.angles_deg is None:
            continue
        centres, means, _ = error_by_angle(method.errors_mm, method.angles_deg[:, which], limits)
        axes.plot(centres, means, label=method.label, **line_style(methods, k))
    axes.set(xlabel=f"{('yaw', 'pitch')[which]} (degrees)", ylabel="mean error (mm)", xlim=limits)
