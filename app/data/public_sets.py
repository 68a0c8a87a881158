"""The public data sets by name."""

from __future__ import annotations

from pathlib import Path

from app.data.annotated_set import AnnotatedSet, Bad, Splits
from app.data.icvl import open_icvl
from app.data.msra import open_msra
from app.data.nyu import open_nyu
from app.errors import DataError

LICENCES = {
    "nyu": "NYU hand pose data set, for research only",
    "icvl": "ICVL hand posture data set, for research only",
    "msra": "MSRA hand gesture data set, for research only",
}


def open_set(
    name: str, root: Path, split: Splits, bad: Bad = "refuse", subject: int | None = None
) -> AnnotatedSet:
    """A split of a data set. `subject`: of MSRA, who is tested. Raises DataError."""
    if name == "msra":
        return open_msra(root, split, bad, subject)
    if subject is not None:
        raise DataError(f"--subject belongs to msra; {name} has its own split")
    return open_nyu(root, split, bad) if name == "nyu" else open_icvl(root, split, bad)
