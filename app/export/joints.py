"""Joints as CSV or JSON, a row a hand and frame, streamed to disk as they come.

CSV: the columns of docs/exports.md, nothing else, unless it is told to begin with a header in lines
that start with "#". JSON: the same rows under "rows", after a header that makes the file readable
without this program: units, axes, joint names, camera intrinsics, source, weights and version.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from app.export.track import FrameJoints, rows_of
from app.frames import FrameResult, Intrinsics
from app.outputs import OutputFile, TextOutput
from app.skeleton import JOINT_NAMES
from app.version import VERSION

FRAME_COLUMNS = ("index", "t_s", "hand", "detected", "confidence")
JOINT_COLUMNS = tuple(f"{name}_{axis}_mm" for name in JOINT_NAMES for axis in "xyz")
RAW_COLUMNS = tuple(f"{name[:-3]}_raw_mm" for name in JOINT_COLUMNS)
CSV_COLUMNS = (*FRAME_COLUMNS, *JOINT_COLUMNS, "track")


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

    def add(self, result: FrameResult) -> None: ...

    def finish(self) -> None: ...


class CsvJoints:
    """Streams CSV rows into `output`; `finish` puts the file in place.

    header: written before the columns, a "# key: value" line each. raw: the joints before the
    filter follow in columns of their own.
    """

    def __init__(self, output: TextOutput, header: dict[str, Any] | None = None, raw: bool = False):
        self._output, self._raw = output, raw
        for key, value in (header or {}).items():
            output.write(f"# {key}: {value if isinstance(value, str) else json.dumps(value)}\n")
        columns = (*FRAME_COLUMNS, *JOINT_COLUMNS, *(RAW_COLUMNS if raw else ()), "track")
        output.write(",".join(columns) + "\n")

    def add(self, result: FrameResult) -> None:
        """The rows of a frame."""
        for row in rows_of(result):
            self.write(row)

    def write(self, row: FrameJoints) -> None:
        self._output.write(",".join(_csv_cells(row, self._raw)) + "\n")

    def finish(self) -> None:
        self._output.commit()


class JsonJoints:
    """Streams JSON rows into `output` after `header`.

    `finish` closes the document and puts the file in place.

    `finish` closes the document and puts the file in place. raw: each row also has the joints
    before the filter.
    """

    def __init__(self, output: OutputFile, header: dict[str, Any], raw: bool = False):
        self._output, self._raw = output, raw
        self._separator = "\n"
        output.write(json.dumps(header, indent=1)[:-2] + ',\n "rows": [')

    def add(self, result: FrameResult) -> None:
        """The rows of a frame."""
        for row in rows_of(result):
            self.write(row)

    def write(self, row: FrameJoints) -> None:
        text = json.dumps(_json_row(row, self._raw))
        self._output.write(self._separator + "  " + text)
        self._separator = ",\n"

    def finish(self) -> None:
        self._output.write("\n ]\n}\n")
        self._output.commit()


def make_writer(output: OutputFile, header: dict[str, Any]) -> JointsWriter:
    """The writer for `output.path`'s file type: .json, else CSV."""
    is_json = Path(output.path).suffix.lower() == ".json"
    return JsonJoints(output, header) if is_json else CsvJoints(output)


def _csv_cells(row: FrameJoints, raw: bool) -> Iterator[str]:
    yield str(row.index)
    yield f"{row.t_s:.6f}"
    yield row.hand or ""
    yield str(int(row.detected))
    yield f"{row.confidence:.4f}"
    for joints in (row.joints_mm, row.joints_raw_mm) if raw else (row.joints_mm,):
        if joints is not None:
            yield from (f"{value:.3f}" for value in joints.reshape(-1).tolist())
        else:
            yield from ("" for _ in JOINT_COLUMNS)
    yield "" if row.track is None else str(row.track)


def _json_row(row: FrameJoints, raw: bool) -> dict[str, Any]:
    return {
        "index": row.index,
        "t_s": round(row.t_s, 6) if math.isfinite(row.t_s) else None,
        "hand": row.hand,
        "detected": int(row.detected),
        "confidence": round(row.confidence, 4),
        "joints_mm": _rounded(row.joints_mm),
        **({"joints_raw_mm": _rounded(row.joints_raw_mm)} if raw else {}),
        "track": row.track,
    }


def _rounded(joints: np.ndarray | None) -> list | None:
    return None if joints is None else np.round(joints.astype(np.float64), 3).tolist()
