"""Joints as CSV or JSON, one row a frame, streamed to disk as they come.

CSV: the columns of ARCHITECTURE.md, nothing else. JSON: the same rows under "rows", after a header
that makes the file readable without this program: units, axes, joint names, camera intrinsics,
source, weights and version.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from app.frames import HandEstimate, Intrinsics
from app.outputs import OutputFile
from app.skeleton import JOINT_NAMES
from app.version import VERSION

CSV_COLUMNS: tuple[str, ...] = (
    "index", "t_s", "hand", "detected", "confidence",
    *(f"{name}_{axis}_mm" for name in JOINT_NAMES for axis in "xyz"),
)  # fmt: skip


def make_header(
    source: str, intrinsics: Intrinsics, depth_unit_mm: float, weights: str
) -> dict[str, Any]:
    """What a JSON export says before its rows."""
    return {
        "program": "crossing-nets",
        "version": VERSION,
        "units": {"joints_mm": "mm", "t_s": "s", "confidence": "0..1"},
        "axes": "camera frame: x right, y down, z forward",
        "joint_names": list(JOINT_NAMES),
        "source": source,
        "intrinsics": asdict(intrinsics),
        "depth_unit_mm": depth_unit_mm,
        "weights": weights,
    }


class JointsWriter(Protocol):
    """Where the joints of a run go."""

    def add(self, estimate: HandEstimate) -> None: ...

    def finish(self) -> None: ...


class CsvJoints:
    """Streams CSV rows into `output`; `finish` puts the file in place."""

    def __init__(self, output: OutputFile):
        self._output = output
        output.write(",".join(CSV_COLUMNS) + "\n")

    def add(self, estimate: HandEstimate) -> None:
        self._output.write(",".join(_csv_cells(estimate)) + "\n")

    def finish(self) -> None:
        self._output.commit()


class JsonJoints:
    """Streams JSON rows into `output` after `header`;
    `finish` closes the document and puts the file in place."""

    def __init__(self, output: OutputFile, header: dict[str, Any]):
        self._output = output
        self._separator = "\n"
        output.write(json.dumps(header, indent=1)[:-2] + ',\n "rows": [')

    def add(self, estimate: HandEstimate) -> None:
        self._output.write(self._separator + "  " + json.dumps(_json_row(estimate)))
        self._separator = ",\n"

    def finish(self) -> None:
        self._output.write("\n ]\n}\n")
        self._output.commit()


def make_writer(output: OutputFile, header: dict[str, Any]) -> JointsWriter:
    """The writer for `output.path`'s file type: .json, else CSV."""
    is_json = Path(output.path).suffix.lower() == ".json"
    return JsonJoints(output, header) if is_json else CsvJoints(output)


def _csv_cells(estimate: HandEstimate) -> Iterator[str]:
    yield str(estimate.frame.index)
    yield f"{estimate.frame.t_s:.6f}"
    yield (estimate.hand or "") if estimate.detected else ""
    yield str(int(estimate.detected))
    yield f"{estimate.confidence:.4f}"
    if estimate.detected and estimate.joints_mm is not None:
        yield from (f"{value:.3f}" for value in estimate.joints_mm.reshape(-1).tolist())
    else:
        yield from ("" for _ in range(3 * len(JOINT_NAMES)))


def _json_row(estimate: HandEstimate) -> dict[str, Any]:
    detected = estimate.detected and estimate.joints_mm is not None
    return {
        "index": estimate.frame.index,
        "t_s": round(estimate.frame.t_s, 6) if math.isfinite(estimate.frame.t_s) else None,
        "hand": estimate.hand if detected else None,
        "detected": int(detected),
        "confidence": round(estimate.confidence, 4),
        "joints_mm": np.round(estimate.joints_mm.astype(np.float64), 3).tolist()
        if detected
        else None,
    }
