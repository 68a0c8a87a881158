"""Result files of the public sets: text, a frame a line, u v d for each joint.

The format is that of the collection github.com/xinghaochen/awesome-hand-pose-estimation, and so is
the way from u v d to mm. The collection's files differ in digits (1 to 15 decimals), in spaces at
the ends of lines, and in how much of the test set they cover: see `cover`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from app.data.benchmarks import Benchmark, unproject_uvd
from app.errors import DataError, OutputError, reason_of

NEGATIVE_PIXELS = 0.1  # share of u and v below 0 from which they cannot be pixels
NOT_UVD = "a line is u v d for each joint: two pixels and a distance in mm"


@dataclass(frozen=True, slots=True)
class Cover:
    """Which frames of the test set a file is about; `note` is empty where it is about all."""

    frames: slice
    note: str = ""


def read_joints(path: Path, benchmark: Benchmark) -> np.ndarray:
    """A result file -> float64 [N, J, 3] mm in the frame of the data set's labels.

    Raises DataError.
    """
    return unproject_uvd(read_uvd(path, benchmark), benchmark)


def read_uvd(path: Path, benchmark: Benchmark) -> np.ndarray:
    """A result file -> float64 [N, J, 3] u, v (px), d (mm). Raises DataError."""
    lines = _lines(path)
    try:
        rows = np.loadtxt(lines, np.float64, comments=None, ndmin=2)
    except ValueError as error:
        raise DataError(f"{path}, {_first_fault(lines, benchmark) or error}", NOT_UVD) from error
    if rows.shape[1] != 3 * benchmark.joints:
        raise DataError(f"{path}, {_first_fault(lines, benchmark)}")
    uvd = rows.reshape(-1, benchmark.joints, 3)
    if not np.isfinite(uvd).all():
        wrong = np.flatnonzero(~np.isfinite(rows).all(1))[0]
        raise DataError(f"{path} contains numbers that are not finite, first in frame {wrong + 1}")
    if (uvd[..., :2] < 0).mean() > NEGATIVE_PIXELS:
        raise DataError(
            f"{path} holds x y z rather than u v d: many of u and v are below 0", NOT_UVD
        )
    if (uvd[..., 2] < 0).mean() > 0.5:
        raise DataError(f"{path} has depths below 0", NOT_UVD)
    return uvd


def cover(name: str, frames: int, total: int, benchmark: Benchmark) -> Cover:
    """What a file called `name` with so many frames covers of a ground truth with `total`.

    All of it, or neighbouring sequences of the data set that have this number of frames
    together.

    Some methods were published for one sequence only (DeepPrior: the 702 frames of ICVL's first).
    Where several sequences fit (two people of MSRA have 8,492 frames each) the file's name has to
    say which. Raises DataError.
    """
    if frames == total:
        return Cover(slice(0, frames))
    runs = _runs(frames, benchmark) if total == benchmark.test_frames else []
    named = [run for run in runs if _is_named(run[0], name)]
    if len(runs) > 1 and len(named) != 1:
        fitting = " and ".join(parts for parts, _ in runs)
        raise DataError(
            f"{name}: {frames} frames fit {fitting}", "name one of them in its file name"
        )
    if not runs:
        raise DataError(f"{name} has {frames} frames, the ground truth {total}")
    parts, first = (named or runs)[0]
    note = f"{parts} only: {frames} of {total} frames"
    return Cover(slice(first, first + frames), note)


def write_predictions(path: Path, uvd: np.ndarray, benchmark: Benchmark) -> None:
    """Writes [N, J, 3] u, v (px), d (mm), rounded to 0.001, as a result file.

    `read_uvd` and the collection's own code read it. Raises DataError, OutputError.
    """
    rows = np.asarray(uvd, np.float64)
    if rows.ndim != 3 or rows.shape[1:] != (benchmark.joints, 3):
        raise DataError(f"{benchmark.name} has {benchmark.joints} joints, not {rows.shape}")
    if not np.isfinite(rows).all():
        raise DataError("a result file has no sign for a missing frame", "fill it before")
    line = " ".join(["%.3f"] * rows[0].size) if len(rows) else ""
    text = "".join(line % tuple(row) + "\n" for row in rows.reshape(len(rows), -1).tolist())
    try:
        path.write_text(text, encoding="ascii")
    except OSError as error:
        raise OutputError(f"cannot write {path}: {reason_of(error)}") from error


def _lines(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise DataError(f"cannot read {path}: {reason_of(error)}") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a text file of numbers", NOT_UVD) from error
    filled = [line for line in lines if line and not line.isspace()]
    if not filled:
        raise DataError(f"{path} is empty")
    return filled


def _first_fault(lines: list[str], benchmark: Benchmark) -> str:
    """The first line that does not fit, in words; empty where all do."""
    for number, line in enumerate(lines, 1):
        words = line.split()
        strange = next((word for word in words if not _is_number(word)), None)
        if strange is not None:
            return f"frame {number}: {strange[:40]!r} is not a number"
        if len(words) != 3 * benchmark.joints:
            return f"frame {number}: {len(words)} numbers where {3 * benchmark.joints} belong"
    return ""


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def _runs(frames: int, benchmark: Benchmark) -> list[tuple[str, int]]:
    """Neighbouring sequences with so many frames together: what they are called, first frame."""
    starts = np.cumsum([0, *(count for _, count in benchmark.sequences)])
    names = [name for name, _ in benchmark.sequences]
    return [
        (names[i] if j == i + 1 else f"{names[i]} to {names[j - 1]}", int(starts[i]))
        for i in range(len(names))
        for j in range(i + 1, len(names) + 1)
        if starts[j] - starts[i] == frames
    ]


def _is_named(parts: str, name: str) -> bool:
    return re.search(rf"(?<![a-z0-9]){re.escape(parts)}(?![a-z0-9])", name, re.I) is not None
