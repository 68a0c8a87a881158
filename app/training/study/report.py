"""Tables and plots of the study's page, from the lines of its runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from app.outputs import write_atomically
from app.training.study.figures import figures_table
from app.training.study.plan import FRACTIONS, REPEATED, VARIANTS

NAMES = {
    "supervised": "supervised only",
    "full": "full",
    "no_smo": "without L_smo",
    "no_gan": "without L_gan",
}
COLOURS = {"supervised": "#555555", "full": "#0072b2", "no_smo": "#d55e00", "no_gan": "#009e73"}
MARKERS = {"supervised": "s", "full": "o", "no_smo": "^", "no_gan": "v"}
Runs = list[dict[str, Any]]


def write_report(runs: Runs, page: Path) -> None:
    """Rewrites the parts of the page between its markers, and the plots beside it."""
    if not runs:
        raise SystemExit("no runs yet: python -m app.training.study run")
    runs = [run for run in runs if run["plan"] == runs[-1]["plan"]]
    folder = page.parent / page.stem
    folder.mkdir(parents=True, exist_ok=True)
    plot_curve(runs, folder / "labelled_fraction.png")
    plot_ablations(runs, folder / "ablations.png")
    text = page.read_text()
    tables = {
        "curve": curve_table(runs),
        "ablations": ablation_table(runs),
        "figures": figures_table(folder),
    }
    for name, table in tables.items():
        text = replaced(text, name, table)
    write_atomically(page, text.encode())


def replaced(text: str, name: str, table: str) -> str:
    """The page with another table between <!-- name --> and <!-- /name -->.

    Raises ValueError where they are missing.
    """
    begin, end = f"<!-- {name} -->", f"<!-- /{name} -->"
    first, last = text.index(begin) + len(begin), text.index(end)
    return f"{text[:first]}\n{table}\n{text[last:]}"


def errors(runs: Runs, fraction: float, variant: str, name: str = "test_mm") -> np.ndarray:
    """[runs] of one point of the curve, in the order of their seeds."""
    found = [r for r in runs if r["fraction"] == fraction and r["variant"] == variant]
    return np.array([r[name] for r in sorted(found, key=lambda r: r["seed"])])


def spread(values: np.ndarray) -> float:
    """Standard deviation between seeds; 0 of one."""
    return float(values.std(ddof=1)) if len(values) > 1 else 0.0


def shown(values: np.ndarray) -> str:
    """Mean and spread, as "12.3 ± 0.4"; "12.3" of one run, "-" of none."""
    if not len(values):
        return "-"
    text = f"{values.mean():.2f}"
    return f"{text} ± {spread(values):.2f}" if len(values) > 1 else text


def curve_table(runs: Runs) -> str:
    """Mean joint error on the target's test set by labelled fraction and variant."""
    lines = [
        "| labels | " + " | ".join(f"{NAMES[v]}, mm" for v in VARIANTS) + " | full / supervised |",
        "|---" * (len(VARIANTS) + 2) + "|",
    ]
    for fraction in FRACTIONS:
        values = {v: errors(runs, fraction, v) for v in VARIANTS}
        if not any(map(len, values.values())):
            continue
        labels = next(r["labels"] for r in runs if r["fraction"] == fraction)
        ratio = "-"
        if len(values["full"]) and len(values["supervised"]):
            ratio = f"{values['full'].mean() / values['supervised'].mean():.3f}"
        row = [f"{fraction:.0%} ({labels})", *map(shown, values.values()), ratio]
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def ablation_table(runs: Runs) -> str:
    """The repeated fraction, seed by seed: what each variant loses to full."""
    full = errors(runs, REPEATED, "full")
    heads = ["test, mm", "against full, mm (same seed)", "source test, mm", "minutes of a core"]
    lines = [f"| variant | seeds | {' | '.join(heads)} |", "|---" * 6 + "|"]
    for variant, name in NAMES.items():
        values = errors(runs, REPEATED, variant)
        if not len(values):
            continue
        pairs = min(len(values), len(full))
        off = values[:pairs] - full[:pairs]
        row = [name, str(len(values)), shown(values), shown(off) if variant != "full" else "-"]
        for field in ("source_test_mm", "processor_minutes"):
            row.append(f"{errors(runs, REPEATED, variant, field).mean():.2f}")
        lines.append("| " + " | ".join(row) + " |")
    return "\n".join(lines)


def plot_curve(runs: Runs, path: Path) -> None:
    """Error against labelled fraction, a line a variant."""
    figure, axes = _axes((7.2, 4.4))
    for variant, name in NAMES.items():
        points = [(f, errors(runs, f, variant)) for f in FRACTIONS]
        points = [(f, v) for f, v in points if len(v)]
        if not points:
            continue
        axes.errorbar(
            [100 * f for f, _ in points],
            [v.mean() for _, v in points],
            [spread(v) for _, v in points],
            label=name,
            color=COLOURS[variant],
            marker=MARKERS[variant],
            capsize=4,
        )
    axes.set_xscale("log")
    axes.set_xticks([100 * f for f in FRACTIONS], [f"{100 * f:g} %" for f in FRACTIONS])
    axes.minorticks_off()
    axes.set_xlabel("labelled share of the source crops")
    axes.set_ylabel("mean joint error on the target, mm")
    axes.legend()
    _save(figure, path)


def plot_ablations(runs: Runs, path: Path) -> None:
    """The repeated fraction: a dot a seed, beside them mean and standard deviation."""
    figure, axes = _axes((5.6, 3.8))
    for place, variant in enumerate(NAMES):
        values = errors(runs, REPEATED, variant)
        if not len(values):
            continue
        axes.errorbar(
            place + 0.15, values.mean(), spread(values), color="black", marker="D", capsize=5
        )
        axes.plot([place] * len(values), values, "o", color=COLOURS[variant])
    axes.set_xlim(-0.5, len(NAMES) - 0.5)
    axes.set_xticks(range(len(NAMES)), list(NAMES.values()))
    axes.set_ylabel("mean joint error on the target, mm")
    axes.set_title(f"{REPEATED:.0%} labels; dots: seeds; diamonds: mean and standard deviation")
    _save(figure, path)


def _axes(size: tuple[float, float]) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(size, layout="constrained")
    axes = figure.subplots()
    axes.grid(alpha=0.3)
    return figure, axes


def _save(figure: Any, path: Path) -> None:
    figure.savefig(path, dpi=110, metadata={"Software": None})
