"""One run of the localiser's training, and what is kept of it."""

from __future__ import annotations

import json
import math
import time
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from app.errors import DataError
from app.model.checkpoint import load_localiser, save_localiser, write_card
from app.model.localiser import Localiser, LocaliserConfig, localiser_loss
from app.model.onnx import export_localiser
from app.model.parts import in_memory_order
from app.model.weights_file import sha256
from app.training.localise.plan import LocaliserPlan
from app.training.localise.windows import Windows


def train(
    plan: LocaliserPlan, windows: Windows, start: Path | None
) -> tuple[Localiser, dict[str, Any]]:
    """One run of `plan.minutes`, from weights `start` or from nothing.

    Returns the average (EMA) network and what it took. Writes `log.jsonl` into the plan's folder.
    Raises DataError where the windows do not fill one batch.
    """
    if len(windows) < plan.batch:
        raise DataError(f"{len(windows)} windows do not fill a batch of {plan.batch}", "--frames N")
    torch.manual_seed(plan.seed)
    before: dict[str, Any] = {}
    model = Localiser(LocaliserConfig(channels=plan.channels))
    if start is not None:
        model, before = load_localiser(start)
    model = in_memory_order(model.train(), torch.channels_last)
    average = torch.optim.swa_utils.AveragedModel(
        model, multi_avg_fn=torch.optim.swa_utils.get_ema_multi_avg_fn(0.998), use_buffers=True
    )
    optimiser = torch.optim.AdamW(model.parameters(), lr=plan.rate, weight_decay=1e-3)
    loader = torch.utils.data.DataLoader(windows, plan.batch, shuffle=True, drop_last=True)
    begin, steps, recent, done = time.monotonic(), 0, [], 0.0
    while done < 1:
        for images, targets in loader:
            done = (time.monotonic() - begin) / (60 * plan.minutes)
            if done >= 1:
                break
            warm = min(1.0, (steps + 1) / 200)
            optimiser.param_groups[0]["lr"] = (
                plan.rate * warm * 0.5 * (1 + math.cos(math.pi * done))
            )
            recent.append(_step(plan, model, optimiser, images, targets))
            average.update_parameters(model)
            steps += 1
            if steps % 100 == 0:
                _log(plan, step=steps, share=round(done, 3), loss=float(np.mean(recent[-100:])))
    took = {"steps": steps, "samples": steps * plan.batch, "minutes": plan.minutes}
    for key, value in before.get("training", {}).items():
        took[key] += value
    averaged = average.module.eval()
    assert isinstance(averaged, Localiser)
    return averaged, took


def _step(
    plan: LocaliserPlan,
    model: Localiser,
    optimiser: torch.optim.Optimizer,
    images: Tensor,
    targets: Tensor,
) -> float:
    """One step down the gradient of a batch; returns its loss."""
    output = model(images.contiguous(memory_format=torch.channels_last))
    loss = localiser_loss(output, targets, plan.depth_weight)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 10.0)
    optimiser.step()
    return float(loss.detach())


def _log(plan: LocaliserPlan, **values: float) -> None:
    with (plan.folder / "log.jsonl").open("a") as file:
        file.write(json.dumps(values) + "\n")


def save(model: Localiser, path: Path, took: dict[str, Any], frames: int) -> None:
    """Weights, ONNX graph and model card side by side."""
    metadata = {
        "summary": [
            "Finds the centres of hands (mean of 21 joints) in whole depth frames:",
            "a heat map and the distance.",
        ],
        "training": took,
        "data": [
            f"{frames} scenes of app.synthetic.scenes (CC0 meshes of MakeHuman), split train",
            "no real frame",
        ],
        "licence": "Apache-2.0",
    }
    save_localiser(path, model, metadata)
    export_localiser(model, path.with_suffix(".onnx"), sha256(path))
    write_card(path.with_suffix(".md"), "Hand localiser", metadata)
