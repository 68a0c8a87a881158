"""Weights that ship: save and load them (safetensors only), and write their model card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save
from torch import nn

from app.errors import WeightsError
from app.latent.space import PREFIX, LatentSpace
from app.model.crossing_nets import CrossingNets
from app.model.localiser import Localiser, LocaliserConfig
from app.model.presets import Preset
from app.model.recipes.registry import preset_from_dict
from app.model.seal import seal
from app.model.weights_file import FORMAT, KEY, read_tensors
from app.outputs import write_atomically

# What torch raises on sizes that do not go together or do not fit into the memory
IMPOSSIBLE = (RuntimeError, TypeError, ValueError, IndexError, OverflowError, MemoryError)


def save_weights(
    path: Path | str,
    model: CrossingNets,
    metadata: dict[str, Any],
    latents: LatentSpace | None = None,
) -> None:
    """Write beside, then rename.

    `metadata` is JSON-able: training data, licence, measured error, ...
    """
    header = {
        "kind": "hand",
        "preset": model.preset.to_dict(),
        "latent": model.preset.latent,
    } | metadata
    tensors = {k: v.detach().contiguous().cpu() for k, v in model.state_dict().items()}
    if latents is not None:
        tensors |= {k: torch.from_numpy(v.copy()) for k, v in latents.to_tensors().items()}
    _write(Path(path), tensors, header)


def load_weights(path: Path | str) -> tuple[CrossingNets, dict[str, Any]]:
    """The network in evaluation mode, and its metadata. Raises WeightsError with one clear line."""
    metadata, arrays = read_tensors(path, "hand")
    preset: Preset = preset_from_dict(metadata.get("preset", {}))
    try:
        model = CrossingNets(preset)
    except IMPOSSIBLE as error:
        raise WeightsError(f"{path} describes an impossible network", _line(error)) from error
    _fill(path, model, {k: v for k, v in arrays.items() if not k.startswith(PREFIX)})
    return model.eval(), metadata


def save_localiser(path: Path | str, model: Localiser, metadata: dict[str, Any]) -> None:
    """As `save_weights`, for the net that finds hands in whole frames."""
    header = {"kind": "localiser", "config": model.config.to_dict()} | metadata
    _write(
        Path(path),
        {k: v.detach().contiguous().cpu() for k, v in model.state_dict().items()},
        header,
    )


def load_localiser(path: Path | str) -> tuple[Localiser, dict[str, Any]]:
    """The localiser in evaluation mode, and its metadata. Raises WeightsError."""
    metadata, arrays = read_tensors(path, "localiser")
    try:
        model = Localiser(LocaliserConfig.from_dict(metadata["config"]))
    except (KeyError, AttributeError, *IMPOSSIBLE) as error:
        raise WeightsError(
            f"{path} describes a localiser of another version", _line(error)
        ) from error
    _fill(path, model, arrays)
    return model.eval(), metadata


def write_card(path: Path | str, title: str, metadata: dict[str, Any]) -> None:
    """The model card (Markdown).

    What it is, what it was trained on, licence, measured errors, limits.
    """
    lines = [f"# {title}", "", *metadata.get("summary", []), ""]
    for heading in ("training", "data", "measured", "limits"):
        values = metadata.get(heading)
        if not values:
            continue
        lines += [f"## {heading.capitalize()}", ""]
        items = values.items() if isinstance(values, dict) else ((None, v) for v in values)
        lines += [f"- {v}" if k is None else f"- {k.replace('_', ' ')}: {v}" for k, v in items] + [
            ""
        ]
    lines += ["## Licence", "", str(metadata.get("licence", "Apache-2.0")), ""]
    write_atomically(Path(path), "\n".join(lines).encode())


def _write(path: Path, tensors: dict[str, torch.Tensor], header: dict[str, Any]) -> None:
    text = json.dumps({"format": FORMAT} | header, sort_keys=True)
    write_atomically(path, seal(save(tensors, {KEY: text})))


def _fill(path: Path | str, model: nn.Module, arrays: dict[str, Any]) -> None:
    try:
        model.load_state_dict({k: torch.from_numpy(v.copy()) for k, v in arrays.items()})
    except (RuntimeError, TypeError) as error:
        raise WeightsError(f"{path} does not fit the network it describes", _line(error)) from error


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
