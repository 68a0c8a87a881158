"""How far a public set's joints lie from where our map puts them.

`python -m app.training.joint_gap --dataset nyu --groundtruth FILE`.

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

from app.command_line import OneLineParser, exit_code_of
from app.data.annotated_set import read_text
from app.data.benchmarks import BENCHMARKS, unproject_uvd
from app.data.joint_sets import JointSet, joint_set
from app.errors import DataError
from app.resources import SHIPPED_WEIGHTS
from app.skeleton import mirror, palm_frame


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


def gaps(labels_mm: np.ndarray, ours_mm: np.ndarray, chosen: JointSet) -> np.ndarray:
    """[n, S, 3] mm: label - mapped joint, in the palm's frame.

    To the index side, to the knuckles, out of the palm.
    """
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
    from app.model.checkpoint import load_weights
    from app.training.joint_fit import fit_hands
    from app.training.stages.stage import freeze

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
