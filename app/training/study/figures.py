"""Figures of the shipped weights on the study's page, from what other commands print as JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

# file in docs/study, where in it, what it is called, digits, unit
FIGURES: tuple[tuple[str, str, str, int, str], ...] = (
    ("prior", "reconstruction.mean_mm", "pose VAE, unseen poses: mean joint error", 2, "mm"),
    ("prior", "reconstruction.p95_mm", "the same, one in twenty is worse than", 2, "mm"),
    ("prior", "sets.draws.pass_all", "draws of the prior that are hands", 3, ""),
    ("prior", "sets.midpoints.pass_all", "midpoints of two poses that are hands", 3, ""),
    ("synthesis", "silhouette_iou", "synthesised pictures: silhouette, overlap", 3, ""),
    ("synthesis", "depth_mm", "the same: depth error inside", 2, "mm"),
    ("synthesis", "cycle_mm", "pose, picture, pose: mean joint error", 2, "mm"),
    ("synthesis", "seen_mm", "true picture without noise, pose: mean joint error", 2, "mm"),
    ("benchmark", "network_ms", "one crop to joints, one thread", 3, "ms"),
    ("benchmark", "generator_ms", "one latent to depth", 3, "ms"),
    ("benchmark", "paper_network_ms", "`paper` preset, one crop to its latent", 3, "ms"),
    ("benchmark", "paper_generator_ms", "`paper` preset, one latent to depth", 3, "ms"),
    ("benchmark", "frame_ms.median", "whole frame 640 x 480, joints and picture, median", 2, "ms"),
    ("benchmark", "frame_ms.p95", "the same, one in twenty is slower than", 2, "ms"),
)

COMMANDS = {
    "prior": "`python -m app.evaluation prior`",
    "synthesis": "`python -m app.evaluation synthesis`",
    "benchmark": "`python -m app.benchmark`",
}


def figures_table(folder: Path) -> str:
    """The figures whose files are there, a row each."""
    lines = ["| figure | value | command |", "|---|---|---|"]
    for name, place, label, digits, unit in FIGURES:
        path = folder / f"{name}.json"
        value = find(json.loads(path.read_text()), place) if path.is_file() else None
        if value is not None:
            lines.append(
                f"| {label} | {value:.{digits}f} {unit}".rstrip() + f" | {COMMANDS[name]} |"
            )
    return "\n".join(lines)


def find(values: Any, place: str) -> float | None:
    """values["a"]["b"] of "a.b"; None where there is none."""
    for key in place.split("."):
        if not isinstance(values, dict) or key not in values:
            return None
        values = values[key]
    return None if values is None else float(values)
