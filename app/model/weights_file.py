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

from app.errors import WeightsError
from app.model.latent import LatentSpace

KEY = "crossing_nets"
FORMAT = 1  # grows when older programs could no longer read the file
GRAPHS = ("estimate", "synthesise", "decode", "encode", "realism")  # ONNX graphs of a network
ORIGIN = "weights_sha256"  # their metadata key: digest of the safetensors they were made from


def read_metadata(path: Path | str, kind: str | None = None) -> dict[str, Any]:
    """The JSON metadata. Raises WeightsError:
    missing, damaged, foreign, of another version or kind.
    """
    return _open(Path(path), kind, names=())[0]


def read_tensors(
    path: Path | str, kind: str | None = None
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Metadata and every tensor. Raises WeightsError as `read_metadata`."""
    return _open(Path(path), kind, names=None)


def read_latents(path: Path | str) -> LatentSpace | None:
    """The prior and the directions that ship inside the weights, or None."""
    return LatentSpace.from_tensors(_open(Path(path), "hand", names="latents.")[1])


def sha256(path: Path | str) -> str:
    """Hex digest of the file: what an exported graph names as its origin."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def _open(
    path: Path, kind: str | None, names: tuple[()] | str | None
) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    if not path.is_file():
        raise WeightsError(f"no weights at {path}")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = _checked(path, file.metadata() or {}, kind)
            present = list(file.keys())
            wanted = [k for k in present if names is None or (names and k.startswith(names))]
            return metadata, {k: file.get_tensor(k) for k in wanted}
    except (SafetensorError, OSError, ValueError) as error:
        raise WeightsError(f"{path} is damaged or not a safetensors file", str(error)) from error


def _checked(path: Path, raw: dict[str, str], kind: str | None) -> dict[str, Any]:
    if KEY not in raw:
        raise WeightsError(f"{path} holds other weights, not this program's")
    try:
        metadata = json.loads(raw[KEY])
    except json.JSONDecodeError as error:
        raise WeightsError(f"{path}: its metadata is damaged", str(error)) from error
    if not isinstance(metadata, dict) or metadata.get("format") != FORMAT:
        raise WeightsError(f"{path} is of another version of this program")
    if kind is not None and metadata.get("kind") != kind:
        raise WeightsError(f"{path} holds {metadata.get('kind')} weights, not {kind} weights")
    return metadata
