"""The file of weights as numpy sees it: safetensors with JSON metadata. Needs no torch.

`metadata["crossing_nets"]` is one JSON object: kind ("hand" or "localiser"), format, preset, how it
was trained, licence.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from app.errors import WeightsError, reason_of
from app.latent.space import LatentSpace
from app.model.seal import SEAL, is_intact

KEY = "crossing_nets"
MAX_BYTES = 512 << 20  # of a file; ours have 14 MB
FORMAT = 1  # grows when older programs could no longer read the file
GRAPHS = ("estimate", "synthesise", "decode", "encode", "realism")  # ONNX graphs of a network
ORIGIN = "weights_sha256"  # their metadata key: digest of the safetensors they were made from
# What safetensors and numpy raise on damage, and on kinds of numbers that numpy does not know
FOREIGN = (SafetensorError, OSError, ValueError, TypeError, KeyError, AttributeError, OverflowError)


def read_metadata(path: Path | str, kind: str | None = None) -> dict[str, Any]:
    """The JSON metadata.

    Raises WeightsError: missing, damaged, foreign, of another version or kind.
    """
    return _open(Path(path), kind, names=())[0]


def read_tensors(
    path: Path | str, kind: str | None = None
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Metadata and every tensor. Raises WeightsError as `read_metadata`."""
    return _open(Path(path), kind, names=None)


def read_latents(path: Path | str) -> LatentSpace | None:
    """The prior and the directions that ship inside the weights, or None."""
    tensors = _open(Path(path), "hand", names="latents.")[1]
    try:
        return LatentSpace.from_tensors(tensors)
    except (KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
        raise WeightsError(f"{path}: its prior is damaged", _line(error)) from error


def sha256(path: Path | str) -> str:
    """Hex digest of the file: what an exported graph names as its origin."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _open(
    path: Path, kind: str | None, names: tuple[()] | str | None
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if not path.is_file():
        raise WeightsError(f"no weights at {path}")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ValueError(f"it is larger than {MAX_BYTES >> 20} MB")
        with safe_open(path, framework="numpy") as file:
            metadata = _checked(path, file.metadata() or {}, kind)
            if names == ():
                return metadata, {}
            if not is_intact(path.read_bytes()):
                raise ValueError("its checksum is wrong")
            wanted = [k for k in file.keys() if names is None or k.startswith(names)]  # noqa: SIM118 - no dict
            tensors = {k: file.get_tensor(k) for k in wanted}
    except (*FOREIGN, MemoryError) as error:
        raise WeightsError(f"{path} is damaged or not a safetensors file", _line(error)) from error
    for name, values in tensors.items():
        if values.dtype.kind == "f" and not np.isfinite(values).all():
            raise WeightsError(f"{path} holds numbers that are not finite", name[:80])
    return metadata, tensors


def _checked(path: Path, raw: dict[str, str], kind: str | None) -> dict[str, Any]:
    if KEY not in raw or not raw.keys() <= {KEY, SEAL}:
        raise WeightsError(f"{path} holds other weights, not this program's")
    try:
        metadata = json.loads(raw[KEY])
    except (ValueError, RecursionError) as error:
        raise WeightsError(f"{path}: its metadata is damaged", _line(error)) from error
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise WeightsError(f"{path} is of another version of this program")
    if kind is not None and metadata.get("kind") != kind:
        found = _line(metadata.get("kind"))
        raise WeightsError(f"{path} holds {found} weights, not {kind} weights")
    return metadata


def _line(what: object) -> str:
    """What is wrong, in one short line."""
    text = reason_of(what) if isinstance(what, Exception) else str(what)
    return " ".join(text.split())[:200]
