"""Latents and walks as JSON: `{"kind": "latents"}` with named points, `{"kind": "walk"}` frames.

The header says which weights the numbers belong to and how a latent is made up: a z means nothing
to another network. Numbers are written so that float32 survives.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from app.errors import DataError, reason_of
from app.latent.path import Walked
from app.latent.space import LatentSpace
from app.outputs import write_atomically
from app.version import VERSION

FORMAT = 1
LARGEST_BYTES = 64 << 20
LARGEST_ENTRY = 1e3  # a latent's entries are of the order of one
FPS_RANGE = (1.0, 240.0)


@dataclass(frozen=True, eq=False)
class LatentFile:
    """What a file held. weights: as `Engine.weights`; empty where the file does not say."""

    weights: str
    latents: dict[str, np.ndarray] = field(default_factory=dict)  # name -> float32 [D]
    walk: Walked | None = None


def write_latents(
    path: Path | str, latents: dict[str, np.ndarray], space: LatentSpace, weights: str
) -> None:
    """Named points. Raises OutputError."""
    named = {name: _numbers(z) for name, z in latents.items()}
    _write(path, _header("latents", space, weights) | {"latents": named})


def write_walk(
    path: Path | str, points: np.ndarray, fps: float, space: LatentSpace, weights: str
) -> None:
    """Points [N, D], `fps` of them a second. Raises OutputError."""
    header = _header("walk", space, weights) | {"fps": float(fps)}
    _write(path, header | {"points": [_numbers(z) for z in points]})


def read_latent_file(path: Path | str, space: LatentSpace) -> LatentFile:
    """Either kind.

    Raises DataError where the file cannot be read, is none of ours, of a later version, or of
    latents unlike this space's.
    """
    document = _read(Path(path))
    name, kind = Path(path).name, document.get("kind")
    if document.get("format") != FORMAT or kind not in ("latents", "walk"):
        raise DataError(f"{name} holds no latents", "expected what this program saves as JSON")
    weights = str(document.get("weights", ""))
    if kind == "walk":
        return LatentFile(weights, walk=_walk(document, name, space))
    given = document.get("latents")
    if not isinstance(given, dict) or not given:
        raise DataError(f"{name} names no latents")
    return LatentFile(weights, {str(k): _points([z], name, space)[0] for k, z in given.items()})


def _walk(document: dict[str, Any], name: str, space: LatentSpace) -> Walked:
    fps, given = document.get("fps"), document.get("points")
    low, high = FPS_RANGE
    if not isinstance(fps, int | float) or not low <= fps <= high:
        raise DataError(f"{name} does not say its frames a second", f"{low:.0f} to {high:.0f}")
    if not isinstance(given, list) or len(given) < 2:
        raise DataError(f"{name} holds fewer than two points")
    points = _points(given, name, space)
    return Walked(np.arange(len(points)) / fps, points, space.n_code)


def _points(given: list, name: str, space: LatentSpace) -> np.ndarray:
    """float32 [N, D], checked."""
    size = space.n_code + space.tail
    try:
        points = np.asarray(given, np.float32)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name}: a latent is not a row of numbers", str(error)) from error
    if points.ndim != 2 or points.shape[1] != size:
        raise DataError(f"{name} holds latents of another network", f"this one has {size} numbers")
    if not np.isfinite(points).all() or np.abs(points).max() > LARGEST_ENTRY:
        raise DataError(f"{name}: a latent has numbers out of range")
    if (
        space.tail == 9
        and (np.linalg.norm(points[:, -9:-3].reshape(-1, 2, 3), axis=-1) < 0.1).any()
    ):
        raise DataError(f"{name}: a latent has no orientation")
    return points


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > LARGEST_BYTES:
            raise DataError(f"{path.name} is too large for latents")
        document = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise DataError(f"cannot read {path}: {reason_of(error)}") from error
    except (ValueError, RecursionError) as error:
        raise DataError(f"{path.name} is no JSON", str(error)) from error
    if not isinstance(document, dict):
        raise DataError(f"{path.name} holds no latents")
    return document


def _header(kind: str, space: LatentSpace, weights: str) -> dict[str, Any]:
    parts = {"articulation": space.n_code}
    if space.tail == 9:
        parts["rotation_6d"] = 6
    return {
        "program": "crossing-nets",
        "version": VERSION,
        "kind": kind,
        "format": FORMAT,
        "weights": weights,
        "parts": parts | {"origin_half_cubes": 3},
    }


def _numbers(z: np.ndarray) -> list[float]:
    return [float(f"{value:.9g}") for value in np.asarray(z, np.float32).tolist()]


def _write(path: Path | str, document: dict[str, Any]) -> None:
    write_atomically(path, json.dumps(document, indent=1) + "\n")
