"""`python -m app.evaluation walk`: the line between two hands, decoded to skeleton and to depth.

A picture strip after the paper's Figure 1 (Wan et al. 2017). The ends are encoded poses of unseen
hands; what lies between them is what the shared latent space makes of the straight line.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from app.cv import cv2
from app.engine.engine import Engine
from app.engine.load import load_engine
from app.export.drawing import draw_skeleton
from app.latent.walk import interpolate
from app.outputs import write_atomically
from app.resources import SHIPPED_WEIGHTS
from app.synthetic.crops.domain import Domain
from app.synthetic.crops.generator import CropGenerator

SEED = 909  # of the hands that training never draws
APART = 0.25  # joints_norm: the two poses of a line differ by this much at least, about 30 mm
MARGIN = 6  # px between the rows of two lines
POSE_ENTRIES = 9  # of the latent, behind the articulation: orientation and origin


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `walk`."""
    parser.add_argument("--out", type=Path, required=True, help="a PNG")
    parser.add_argument("--weights", type=Path, default=SHIPPED_WEIGHTS, metavar="FILE")
    parser.add_argument(
        "--lines", type=int, default=3, help="pairs of poses (default: %(default)s)"
    )
    parser.add_argument("--points", type=int, default=9, help="along a line (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0, help="of the choice of poses")


def run(args: argparse.Namespace) -> int:
    """Draw and write. Raises WeightsError, OutputError."""
    engine = load_engine(args.weights)
    n_code = int(engine.metadata["latent"]) - POSE_ENTRIES
    ends = choose_ends(args.lines, args.seed)
    strips = [draw_line(engine, start, end, args.points, n_code) for start, end in ends]
    gap = np.full((MARGIN, *strips[0].shape[1:]), 255, np.uint8)
    rows = [part for strip in strips for part in (strip, gap)][:-1]
    _, data = cv2.imencode(".png", np.concatenate(rows)[..., ::-1])
    write_atomically(args.out, data.tobytes())
    return 0


def choose_ends(lines: int, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Pairs of hands, joints_norm [21, 3] each: unseen subjects and poses, clearly different."""
    generator = CropGenerator(SEED + seed, "test", clutter=False, domain=Domain(facing=True))
    made = generator.batch(0, 16 * lines, clean=False)
    joints = made.joints / (made.cube_mm / 2)[:, None, None]
    pairs, start = [], 0
    for end in range(1, len(joints)):
        if end != start and np.abs(joints[end] - joints[start]).mean() > APART / 2:
            pairs.append((joints[start], joints[end]))
            start = end + 1
        if len(pairs) == lines:
            break
    return pairs


def draw_line(
    engine: Engine, start: np.ndarray, end: np.ndarray, points: int, n_code: int
) -> np.ndarray:
    """uint8 [2 x 128, 128 points, 3] RGB: depth above, skeleton below."""
    first, last = engine.encode(np.stack([start, end]).astype(np.float32))
    z = np.stack([interpolate(first, last, t, n_code) for t in np.linspace(0, 1, points)])
    depth = ((1 - engine.synthesise(z)) / 2 * 255).clip(0, 255).astype(np.uint8)
    above = np.repeat(np.concatenate(list(depth), 1)[..., None], 3, -1)
    below = np.concatenate([draw_skeleton(joints) for joints in engine.decode(z)], 1)
    return np.concatenate([above, below])
