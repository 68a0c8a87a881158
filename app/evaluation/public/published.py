"""Published figures that ours are held against: mean joint error in mm, trained on all labels.

From the papers' tables and, with two decimals, from the public collection of predictions
(github.com/xinghaochen/awesome-hand-pose-estimation). They are other people's results.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DATASETS = ("nyu", "icvl", "msra")
NOT_MEASURED = "not measured: data not available here"


@dataclass(frozen=True, slots=True)
class Anchor:
    """A published method. Datasets without a figure are left out."""

    name: str
    year: int
    mean_mm: Mapping[str, float]  # dataset -> mean joint error
    within: Mapping[str, tuple[int, int]] = field(default_factory=dict)  # % of frames at 20, 40 mm
    recalled: tuple[str, ...] = ()  # datasets whose mean is quoted, not found from predictions


ANCHORS = (
    Anchor("Crossing Nets", 2017, {"nyu": 15.5, "icvl": 10.2, "msra": 12.2}, recalled=DATASETS),
    Anchor(
        "REN-9x6x6",
        2018,
        {"nyu": 12.69, "icvl": 7.31, "msra": 9.79},
        {"nyu": (46, 83), "icvl": (71, 96)},
    ),
    Anchor(
        "DeepPrior++",
        2017,
        {"nyu": 12.24, "icvl": 8.1, "msra": 9.5},
        {"nyu": (45, 84)},
        recalled=("icvl", "msra"),
    ),
    Anchor(
        "Pose-REN",
        2018,
        {"nyu": 11.81, "icvl": 6.79, "msra": 8.65},
        {"nyu": (49, 80), "icvl": (78, 95)},
    ),
    Anchor(
        "DenseReg",
        2018,
        {"nyu": 10.21, "icvl": 7.24, "msra": 7.23},
        {"nyu": (56, 86), "icvl": (80, 97)},
    ),
    Anchor("A2J", 2019, {"nyu": 8.61, "icvl": 6.46}, recalled=("nyu", "icvl")),
    Anchor(
        "V2V-PoseNet",
        2018,
        {"nyu": 8.42, "icvl": 6.28, "msra": 7.59},
        {"nyu": (71, 88), "icvl": (85, 97)},
        recalled=("msra",),
    ),
    Anchor(
        "TriHorn-Net",
        2022,
        {"nyu": 7.68, "icvl": 5.73, "msra": 7.13},
        {"nyu": (74, 89), "icvl": (85, 97)},
    ),
    Anchor("Virtual View", 2022, {"nyu": 6.40, "icvl": 4.76}, recalled=("nyu", "icvl")),
)

# MURAUER (Poier et al., WACV 2019) on NYU: labelled real frames of 72,757, mean joint error in mm.
# It also learns from labelled synthetic and unlabelled real frames.
NYU_TRAINING_FRAMES = 72_757
MURAUER_NYU = ((10, 16.4), (100, 12.2), (1_000, 10.9), (10_000, 9.9), (72_757, 9.5))


def published(dataset: str) -> list[Anchor]:
    """The anchors with a figure for "nyu", "icvl" or "msra", the least error last."""
    found = [anchor for anchor in ANCHORS if dataset in anchor.mean_mm]
    return sorted(found, key=lambda anchor: -anchor.mean_mm[dataset])


def markdown_table(ours_mm: Mapping[str, float] | None = None) -> str:
    """The anchors and, in the last row, ours.

    A dataset that is missing is said not to be measured.
    """
    lines = ["| method | NYU | ICVL | MSRA |", "|---|---|---|---|"]
    for anchor in ANCHORS:
        cells = [_cell(anchor, dataset) for dataset in DATASETS]
        lines.append(f"| {anchor.name} {anchor.year} | {' | '.join(cells)} |")
    measured = ours_mm or {}
    cells = [f"{measured[d]:.2f}" if d in measured else NOT_MEASURED for d in DATASETS]
    return "\n".join([*lines, f"| Crossing Nets Live | {' | '.join(cells)} |"])


def _cell(anchor: Anchor, dataset: str) -> str:
    if dataset not in anchor.mean_mm:
        return ""
    value = anchor.mean_mm[dataset]
    return f"{value:g} (r)" if dataset in anchor.recalled else f"{value:.2f}"
