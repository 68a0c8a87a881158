"""How good are the synthesised pictures, and does a pose come back from them?

`python -m app.evaluation synthesis`: unseen poses on unseen hands, seen by every camera. Each pose
is encoded and synthesised; the picture is held against the true one, without noise, of the hand up
to its wrist (`app.hand.wrist_cut`: what lies behind the wrist, 21 joints do not tell). Then the
network estimates the pose from its own picture.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from app.cv import cv2
from app.data.sample import Batch
from app.data.synthetic import CropSource
from app.engine.engine import Engine
from app.engine.load import load_engine
from app.evaluation.report import print_json, print_table
from app.frames import BACKGROUND
from app.hand.asset import IDENTITIES_OF
from app.model.recipes.registry import recipe_named
from app.outputs import write_atomically
from app.resources import SHIPPED_WEIGHTS

SEED = 91  # of the samples; no training draws it
CHUNK = 64
COLUMNS, ROWS = 12, 3  # of a sheet: samples, rows of three pictures


@dataclass(frozen=True, slots=True)
class Scores:
    """Means over the samples; distances in mm."""

    frames: int
    silhouette_iou: float
    silhouette_iou_p10: float  # one in ten is worse
    # the same where a picture may go on behind the wrist: `paper` learns from what sensors see
    silhouette_iou_forearm_free: float
    depth_mm: float  # error of the surface where both pictures show the hand
    decoded_mm: float  # joints of Dec(Enc(y)) against y
    cycle_mm: float  # joints estimated from the synthesised picture against y
    seen_mm: float  # joints estimated from the true picture without noise against y
    latent_cycle: (
        float  # distance of the estimated latent's articulation from Enc(y)'s, a dimension
    )


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `synthesis`."""
    parser.add_argument("--weights", metavar="FILE", help="default: the shipped ones")
    parser.add_argument("--frames", type=int, default=1000, metavar="N", help="default: 1000")
    parser.add_argument(
        "--identities",
        choices=tuple(IDENTITIES_OF),
        default="both",
        help="whose hands; default: both",
    )
    parser.add_argument(
        "--sheet", type=Path, metavar="OUT.png", help="true, synthesised, difference"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Measure and print. Raises WeightsError, OutputError."""
    weights = SHIPPED_WEIGHTS if args.weights is None else Path(args.weights)
    engine = load_engine(weights)
    batch = unseen_hands(args.frames, args.identities)
    z = engine.encode(batch.joints)
    pictures = synthesise(engine, z, batch.perspective)
    scores = score(engine, batch, z, pictures)
    if args.sheet is not None:
        write_sheet(args.sheet, batch.clean, pictures)
    if args.json:
        print_json(asdict(scores))
    else:
        print_table(("synthesis", "value"), list(asdict(scores).items()))
    return 0


def unseen_hands(n: int, identities: str) -> Batch:
    """n crops of the test split that show a hand, without clutter."""
    source = CropSource(SEED, "test", {"clutter": False, "identities": identities})
    return source.batch(0, n)


def synthesise(engine: Engine, z: np.ndarray, perspective: np.ndarray) -> np.ndarray:
    """float32 [n, 128, 128] with +1 wherever no hand is meant."""
    limit = recipe_named(engine.metadata["preset"]["name"]).hand_below
    parts = [
        engine.synthesise(z[k : k + CHUNK], perspective[k : k + CHUNK])
        for k in range(0, len(z), CHUNK)
    ]
    pictures = np.concatenate(parts)
    return np.where(pictures < limit, pictures, np.float32(BACKGROUND))


def score(engine: Engine, batch: Batch, z: np.ndarray, pictures: np.ndarray) -> Scores:
    """z: Enc of the joints; pictures: `synthesise` of z."""
    half_mm = batch.cube_mm / 2
    overlap, off = compare(batch.clean, pictures)
    forearm = (batch.clean == BACKGROUND) & (batch.images < BACKGROUND)
    forgiving, _ = compare(batch.clean, np.where(forearm, np.float32(BACKGROUND), pictures))
    seen, again = estimate(engine, batch.clean), estimate(engine, pictures)
    n_code = z.shape[1] - recipe_named(engine.metadata["preset"]["name"]).preset.beside
    errors = [
        _joint_error(joints, batch)
        for joints in (engine.decode(z), engine.decode(again), engine.decode(seen))
    ]
    values = (
        overlap.mean(),
        np.percentile(overlap, 10),
        forgiving.mean(),
        np.nanmean(off * half_mm),
        *errors,
        np.abs(again - z)[:, :n_code].mean(),
    )
    return Scores(len(z), *(round(float(v), 4) for v in values))


def compare(true: np.ndarray, made: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pictures [n, 128, 128] -> [n] overlap of the silhouettes and [n] mean error of depth.

    Intersection over union; half cubes, where they overlap (NaN where they do not).
    """
    a, b = true < BACKGROUND, made < BACKGROUND
    both, either = (a & b).sum((1, 2)), (a | b).sum((1, 2))
    off = (np.abs(true - made) * (a & b)).sum((1, 2))
    return both / np.maximum(either, 1), np.where(both > 0, off / np.maximum(both, 1), np.nan)


def estimate(engine: Engine, pictures: np.ndarray) -> np.ndarray:
    """Pictures [n, 128, 128] -> latents [n, D]."""
    chunks = (pictures[k : k + CHUNK] for k in range(0, len(pictures), CHUNK))
    return np.concatenate([engine.estimate(chunk).z for chunk in chunks])


def write_sheet(path: Path, true: np.ndarray, made: np.ndarray) -> None:
    """PNG: the true pictures, the synthesised ones, the difference.

    Mid grey: none; near is bright; three such rows. Raises OutputError.
    """
    rows = []
    for k in range(0, min(len(true), COLUMNS * ROWS), COLUMNS):
        a, b = true[k : k + COLUMNS], made[k : k + COLUMNS]
        for pictures in ((1 - a) / 2, (1 - b) / 2, 0.5 + (a - b)):
            rows.append(np.concatenate(list(pictures), 1))
    width = max(row.shape[1] for row in rows)
    sheet = np.concatenate([np.pad(row, ((0, 0), (0, width - row.shape[1]))) for row in rows])
    _, data = cv2.imencode(".png", (255 * sheet.clip(0, 1)).astype(np.uint8))
    write_atomically(path, data.tobytes())


def _joint_error(joints: np.ndarray, batch: Batch) -> float:
    """Mean over samples and joints, mm."""
    off = np.linalg.norm(joints - batch.joints, axis=-1) * (batch.cube_mm / 2)[:, None]
    return float(off.mean())
