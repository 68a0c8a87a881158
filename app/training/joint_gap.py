"""How far a public set's joints lie from where our map puts them: `python -m app.training.joint_gap
--dataset nyu --groundtruth FILE`.

Our hand (the pose decoder: rig, shapes and angle limits) is fitted to labelled hands through the
map of `app.data.joint_sets`; what is left over, in the palm's own frame, is the gap: its mean over
the frames is a difference of definition, the rest scatter of labels and limits of the rig.
FILE: u v d a line, as the public result collection has it.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from app.command_line import OneLineParser, exit_code_of
from app.data.annotated_set import read_text
from app.data.benchmarks import BENCHMARKS, unproject_uvd
from app.data.joint_sets import JointSet, joint_set
from app.errors import DataError
from app.model.checkpoint import load_weights
from app.model.presets import UNIT_MM
from app.resources import SHIPPED_WEIGHTS
from app.skeleton import mirror, palm_frame
from app.training.stages.stage import freeze

RATE, SLOWEST, PRIOR = 0.08, 0.003, 0.002
STARTS, STEPS = 6, 250  # of Adam, from random orientations


def labelled_hands(path: Path, chosen: JointSet, frames: int) -> np.ndarray:
    """float32 [n, S, 3] mm: as right hands in our frame, evenly spaced. Raises DataError."""
    benchmark = BENCHMARKS[chosen.name]
    try:
        lines = [line.split() for line in read_text(path) if line.strip()]
        uvd = np.array(lines, np.float64).reshape(len(lines), benchmark.joints, 3)
    except ValueError as error:
        raise DataError(f"{path} is no u v d of {benchmark.joints} joints a line") from error
    joints = unproject_uvd(uvd, benchmark)
    joints = joints[np.linspace(0, len(joints) - 1, min(frames, len(joints))).astype(int)]
    if benchmark.fy < 0:
        joints = joints * [1, -1, 1]
    return (mirror(joints) if chosen.hand == "left" else joints).astype(np.float32)


def fit_hands(model: torch.nn.Module, labels_mm: np.ndarray, chosen: JointSet) -> np.ndarray:
    """Our joints [n, 21, 3] mm of the hands whose mixtures lie nearest the labels: the best of
    STARTS for each."""
    middle = labels_mm.mean(1, keepdims=True)
    target = torch.from_numpy((labels_mm - middle) / np.float32(UNIT_MM))
    weights = torch.from_numpy(chosen.map.astype(np.float32))
    best, lowest = torch.zeros(len(target), 21, 3), torch.full((len(target),), torch.inf)
    for start in range(STARTS):
        joints, error = _fit_once(model, target, weights, torch.Generator().manual_seed(start))
        better = error < lowest
        best[better], lowest[better] = joints[better], error[better]
    return best.numpy() * UNIT_MM + middle


def _fit_once(
    model: torch.nn.Module, target: Tensor, weights: Tensor, generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Joints [n, 21, 3] and the mean distance [n], joints_norm."""
    count, code = len(target), model.preset.vae.latent
    six = torch.randn(count, 6, generator=generator)
    z = torch.cat([torch.zeros(count, code), six, torch.zeros(count, 3)], 1).requires_grad_(True)
    optimiser = torch.optim.Adam([z])
    for step in range(STEPS):
        optimiser.param_groups[0]["lr"] = RATE * (1 - step / STEPS) + SLOWEST
        off = weights @ model.decode(z) - target
        far = (off.square().sum(-1) + 1e-6).sqrt().sum()
        optimiser.zero_grad()
        (far + PRIOR * z[:, :code].square().sum()).backward()
        optimiser.step()
    with torch.no_grad():
        joints = model.decode(z)
        return joints, (weights @ joints - target).norm(dim=-1).mean(1)


def gaps(labels_mm: np.ndarray, ours_mm: np.ndarray, chosen: JointSet) -> np.ndarray:
    """[n, S, 3] mm: label - mapped joint, in the palm's frame: to the index side, to the knuckles,
    out of the palm."""
    rotation, _ = palm_frame(ours_mm)
    return (labels_mm - chosen.from_ours(ours_mm)) @ rotation


def main(arguments: list[str] | None = None) -> int:
    parser = OneLineParser(prog="python -m app.training.joint_gap", description=__doc__)
    parser.add_argument("--dataset", choices=sorted(BENCHMARKS), required=True)
    parser.add_argument("--groundtruth", type=Path, required=True, metavar="FILE")
    parser.add_argument("--frames", type=int, default=160)
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS, help="whose decoder")
    a = parser.parse_args(arguments)
    return exit_code_of(parser.prog, lambda: _run(a))


def _run(a: argparse.Namespace) -> int:
    chosen = joint_set(a.dataset)
    labels = labelled_hands(a.groundtruth, chosen, a.frames)
    model, _ = load_weights(a.weights)
    freeze(model)
    off = gaps(labels, fit_hands(model, labels, chosen), chosen)
    print("joint, mm: distance, constant (to the index side, to the knuckles, out of the palm)")
    for name, joint in zip(BENCHMARKS[a.dataset].joint_names, off.swapaxes(0, 1), strict=True):
        mean, far = joint.mean(0), np.linalg.norm(joint, axis=-1).mean()
        place = " ".join(f"{x:6.1f}" for x in mean)
        print(f"{name:18} {far:5.1f} {np.linalg.norm(mean):5.1f}  ({place})")
    constant = np.linalg.norm(off.mean(0), axis=-1).mean()
    print(f"{'mean':18} {np.linalg.norm(off, axis=-1).mean():5.1f} {constant:5.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
