"""`python -m app.evaluation realism`: what the explorer's scores tell apart.

The gan head judges synthesised maps of draws from the prior, the same maps spoilt in several ways,
and maps of codes drawn away from the prior's middle. For each: quantiles of the realism, and the
chance that an intact draw is rated above a spoilt one (area under the ROC curve; 0.5 is a guess).
The last rows put the rank under the prior beside it, and say whether realism tells possible hands
from impossible ones (`app.hand.plausible`).
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import asdict, dataclass

import numpy as np

from app.cv import cv2
from app.engine.engine import Engine
from app.engine.load import load_engine
from app.errors import WeightsError
from app.evaluation.report import print_json, print_table
from app.frames import BACKGROUND, CUBE_MM
from app.hand.plausible import is_plausible
from app.latent.density import PriorDensity
from app.latent.space import LatentSpace
from app.model.weights_file import read_latents
from app.resources import SHIPPED_WEIGHTS

HAND_BELOW = BACKGROUND - 0.03
FAR = (2.0, 4.0)  # times a draw's distance from the mean hand
BATCH = 32


@dataclass(frozen=True, slots=True)
class Separation:
    """realism: its 10th, 50th and 90th percentile.

    The others: areas under the ROC curve, intact draws against these maps; `possible`: possible
    against impossible hands among these.
    """

    maps: str
    realism: tuple[float, float, float]
    by_realism: float
    by_rank: float | None = None
    possible: float | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `realism`."""
    parser.add_argument("--weights", metavar="FILE", help="default: the shipped ones")
    parser.add_argument("--draws", type=int, default=200, metavar="N", help="default: 200")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="default: 1")
    parser.add_argument("--json", action="store_true")


def run(args: argparse.Namespace) -> int:
    """Print the table. Raises WeightsError."""
    weights = args.weights or SHIPPED_WEIGHTS
    space = read_latents(weights)
    if space is None:
        raise WeightsError(f"{weights} carries no prior")
    rows = measure(load_engine(weights), space, args.draws, args.seed)
    if args.json:
        print_json([asdict(row) for row in rows])
        return 0
    titles = ("maps", "realism p10", "p50", "p90", "AUC realism", "AUC rank", "possible")
    table = [(r.maps, *r.realism, r.by_realism, r.by_rank, r.possible) for r in rows]
    print_table(titles, table)
    return 0


def measure(engine: Engine, space: LatentSpace, draws: int, seed: int) -> list[Separation]:
    """Draws first, then spoilt maps, then codes far from the middle."""
    rng = np.random.default_rng(seed)
    z = np.stack([space.compose(code) for code in space.draw(rng, draws)])
    maps, density = _synthesise(engine, z), PriorDensity(space)
    intact, rank = _realism(engine, maps), _rank(density, z)
    rows = [_separation("draws", intact, intact)]
    for name, spoil in SPOILT.items():
        rows.append(_separation(name, intact, _realism(engine, spoil(maps, rng))))
    for times in FAR:
        far = z.copy()
        far[:, : space.n_code] = space.centre + times * (z[:, : space.n_code] - space.centre)
        judged = _realism(engine, _synthesise(engine, far))
        good = is_plausible(engine.decode(far) * (CUBE_MM / 2))
        row = _separation(f"draws x {times:.0f}", intact, judged)
        by_rank = area(rank, _rank(density, far))
        possible = area(judged[good], judged[~good]) if 0 < good.sum() < len(good) else None
        rows.append(Separation(row.maps, row.realism, row.by_realism, by_rank, possible))
    return rows


def area(above: np.ndarray, below: np.ndarray) -> float:
    """Chance that one of `above` is larger than one of `below`; ties count half."""
    difference = above[:, None] - below[None]
    return float(np.mean((difference > 0) + 0.5 * (difference == 0)))


def _double(maps: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return (maps + maps[::-1]) / 2


def _blurred(maps: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.stack([cv2.GaussianBlur(one, (0, 0), 3) for one in maps])


def _inverted(maps: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(maps < HAND_BELOW, -maps, BACKGROUND)


def _scrambled(maps: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Its quarters change places."""
    return np.roll(maps, (maps.shape[1] // 2, maps.shape[2] // 2), (1, 2))


def _flat(maps: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return np.where(maps < HAND_BELOW, 0.0, BACKGROUND)


def _holes(maps: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    spoilt = maps.copy()
    for one in spoilt:
        for row, column in rng.integers(20, 100, (12, 2)):
            one[row : row + 10, column : column + 10] = BACKGROUND
    return spoilt


SPOILT: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "two hands at once": _double,
    "blurred": _blurred,
    "near and far swapped": _inverted,
    "quarters swapped": _scrambled,
    "flat silhouette": _flat,
    "holes": _holes,
}


def _separation(name: str, intact: np.ndarray, judged: np.ndarray) -> Separation:
    low, middle, high = (float(v) for v in np.quantile(judged, (0.1, 0.5, 0.9)))
    return Separation(name, (low, middle, high), area(intact, judged))


def _synthesise(engine: Engine, z: np.ndarray) -> np.ndarray:
    return np.concatenate([engine.synthesise(z[k : k + BATCH]) for k in range(0, len(z), BATCH)])


def _realism(engine: Engine, maps: np.ndarray) -> np.ndarray:
    maps = maps.astype(np.float32)
    return np.concatenate([engine.realism(maps[k : k + BATCH]) for k in range(0, len(maps), BATCH)])


def _rank(density: PriorDensity, z: np.ndarray) -> np.ndarray:
    return np.array([density.rank(one) for one in z])
