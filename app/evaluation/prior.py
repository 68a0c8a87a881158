"""Are the latents hands? Reconstruction of unseen poses, draws from the prior, midpoints.

`python -m app.evaluation prior`: poses of the test split on hands of the test split, neither of
them ever trained on; with `--poses FILE` the held-out blocks of a recording, fitted to the rig.
Every set of hands is put to one test, made from its 21 joints alone (`app.hand.plausible`): within
the joint limits; not through itself by more than 6 mm; bones as long as those of the same shape
entries in another pose (weights without shape entries: as those of the nearest person); as large
across as real poses are.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from app.engine.engine import Engine
from app.engine.load import load_engine
from app.errors import WeightsError
from app.evaluation.report import print_json, print_table
from app.frames import CUBE_MM
from app.hand.contact import overlap_mm
from app.hand.inverse_kinematics import fit_angles
from app.hand.kinematics import pose_joints_batch
from app.hand.plausible import OVERLAP_MM, SLACK_DEG, extent_mm, limit_excess_deg
from app.hand.pool import mixed_pool
from app.hand.prior import load_prior
from app.hand.recorded_poses import read_recorded, split_blocks
from app.latent.space import LatentSpace
from app.model.weights_file import read_latents
from app.resources import SHIPPED_WEIGHTS
from app.skeleton import bone_lengths

UNIT_MM = CUBE_MM / 2
SUBJECTS, PEOPLE = 64, 2000  # unseen hands; hands among which the nearest person is looked for
BONES_WITHIN = 0.05
FIT_MM = 6.0  # a recorded frame the rig cannot follow so far is left out
MOVED_MM = 60.0  # poses are reconstructed anywhere within this of the cube's middle


@dataclass(frozen=True, slots=True)
class Hands:
    """Shares of a set of hands, 0..1; bones: relative, of the worst bone, 95th percentile."""

    hands: int
    pass_all: float
    beyond_limits: float
    through_itself: float
    off_in_extent: float
    off_in_bones: float
    bones_own_p95: float | None  # against the same shape entries in another pose
    bones_nearest_p95: float  # against the nearest person, the size matched
    extent_mm: tuple[float, float]  # 1st and 99th percentile


@dataclass(frozen=True, slots=True)
class Reconstruction:
    """Mean joint error of Dec(Enc(y)) a pose, mm."""

    poses: int
    mean_mm: float
    median_mm: float
    p95_mm: float
    worst_joint_mm: float  # mean of each pose's worst


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments of `prior`."""
    parser.add_argument("--weights", metavar="FILE", help="default: the shipped ones")
    parser.add_argument("--poses", type=Path, metavar="FILE.npz", help="recorded poses")
    parser.add_argument("--draws", type=int, default=2000, metavar="N", help="default: 2000")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true", help="print JSON")


def run(args: argparse.Namespace) -> int:
    """Measure and print. Raises DataError, WeightsError."""
    weights = SHIPPED_WEIGHTS if args.weights is None else Path(args.weights)
    space = read_latents(weights)
    if space is None:
        raise WeightsError(f"{weights} carries no prior")
    rng = np.random.default_rng(args.seed)
    joints = unseen_poses(rng, args.poses)
    judge = Judge(load_engine(weights), space)
    reconstruction = reconstruct(judge.engine, joints, rng)
    sets = measure_sets(judge, joints, args.draws, rng)
    if args.json:
        values = {"reconstruction": asdict(reconstruction)}
        print_json(values | {"sets": {k: asdict(v) for k, v in sets.items()}})
    else:
        _print(reconstruction, sets)
    return 0


def unseen_poses(rng: np.random.Generator, recorded: Path | None, n: int = 4096) -> np.ndarray:
    """float32 [n, 21, 3] mm in rest axes: unseen poses on unseen hands. Raises DataError."""
    if recorded is None:
        theta = load_prior().sample(rng, n, "test")
    else:
        theta, error = fit_angles(read_recorded(recorded))
        rows = split_blocks(len(theta))[1]
        theta = theta[rows[error[rows] < FIT_MM]]
    shapes = mixed_pool(5, SUBJECTS, "test")
    chosen = rng.integers(0, SUBJECTS, len(theta))
    joints = np.empty((len(theta), 21, 3), np.float32)
    for k, shape in enumerate(shapes):
        joints[chosen == k] = pose_joints_batch(theta[chosen == k], shape)
    return joints


def reconstruct(engine: Engine, joints: np.ndarray, rng: np.random.Generator) -> Reconstruction:
    """Joints [n, 21, 3] mm, each in a random orientation and place of the cube."""
    turns = np.linalg.qr(rng.standard_normal((len(joints), 3, 3)))[0]
    turns[:, :, 0] *= np.linalg.det(turns)[:, None]  # of every orientation
    placed = np.einsum("nrc,njc->njr", turns, joints - joints.mean(1, keepdims=True))
    placed += rng.uniform(-MOVED_MM, MOVED_MM, (len(joints), 1, 3))
    norm = (placed / UNIT_MM).astype(np.float32)
    off = np.linalg.norm(engine.decode(engine.encode(norm)) - norm, axis=-1) * UNIT_MM
    mean = off.mean(1)
    middle, tail = np.percentile(mean, [50, 95])
    figures = (mean.mean(), middle, tail, off.max(1).mean())
    return Reconstruction(len(joints), *(round(float(v), 3) for v in figures))


class Judge:
    """Puts hands to the test."""

    def __init__(self, engine: Engine, space: LatentSpace):
        self.engine, self.space = engine, space
        people = mixed_pool(0, PEOPLE, "train")
        self.people = np.log(bone_lengths(np.stack([hand.joints_mm for hand in people])))
        theta = load_prior().sample(np.random.default_rng(1), PEOPLE * 5, "train")
        real = [pose_joints_batch(theta[5 * k : 5 * k + 5], h) for k, h in enumerate(people)]
        extents = extent_mm(np.concatenate(real))
        self.extent = float(extents.min()), float(extents.max())

    def encode(self, joints_mm: np.ndarray) -> np.ndarray:
        """[n, 21, 3] -> articulation codes [n, n_code]."""
        norm = (joints_mm - joints_mm.mean(1, keepdims=True)) / UNIT_MM
        return self.engine.encode(norm.astype(np.float32))[:, : self.space.n_code]

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Articulation codes [n, n_code] -> joints [n, 21, 3] mm."""
        z = np.tile(self.space.neutral(), (len(codes), 1))
        z[:, : self.space.n_code] = codes
        return self.engine.decode(z) * UNIT_MM

    def hands(self, joints_mm: np.ndarray, codes: np.ndarray | None = None) -> Hands:
        """joints_mm: [n, 21, 3]; codes: what they were decoded from, None for real hands."""
        lengths = np.log(bone_lengths(joints_mm))
        nearest = off_from_nearest(lengths, self.people)
        own = None if codes is None else self._off_from_own(lengths, codes)
        bones = own if own is not None else nearest
        extent = extent_mm(joints_mm)
        low, high = self.extent
        wrong = {
            "limits": limit_excess_deg(joints_mm) > SLACK_DEG,
            "through": overlap_mm(joints_mm) > OVERLAP_MM,
            "extent": (extent < low) | (extent > high),
            "bones": bones > BONES_WITHIN if codes is not None else np.zeros(len(bones), bool),
        }
        shares = [~np.any(list(wrong.values()), 0), *wrong.values()]
        whole, limits, through, off, loose = (round(float(share.mean()), 4) for share in shares)
        least, most = (round(float(v), 1) for v in np.percentile(extent, [1, 99]))
        return Hands(
            len(joints_mm),
            whole,
            limits,
            through,
            off,
            loose,
            None if own is None else _p95(own),
            _p95(nearest),
            (least, most),
        )

    def _off_from_own(self, lengths: np.ndarray, codes: np.ndarray) -> np.ndarray | None:
        """[n] relative, the worst bone: the same shape entries with the mean pose."""
        n_shape = self.space.n_shape
        if not n_shape:
            return None
        still = np.tile(self.space.centre, (len(codes), 1))
        still[:, :n_shape] = codes[:, :n_shape]
        own = np.log(bone_lengths(self.decode(still)))
        return np.expm1(np.abs(lengths - own).max(1))


def off_from_nearest(lengths: np.ndarray, people: np.ndarray) -> np.ndarray:
    """[n] relative: the worst bone against the person, of any size, whom it fits best.

    lengths: logarithms [n, 20]; people: [m, 20].
    """
    lengths, people = (x - x.mean(1, keepdims=True) for x in (lengths, people))
    return np.expm1([np.abs(people - own).max(1).min() for own in lengths])


def measure_sets(
    judge: Judge, joints_mm: np.ndarray, draws: int, rng: np.random.Generator
) -> dict[str, Hands]:
    """Every set of hands by its name; `joints_mm`: the real ones [n, 21, 3]."""
    codes = judge.encode(joints_mm)
    clear = codes[overlap_mm(joints_mm) <= OVERLAP_MM]
    made = {
        "reconstructed": codes,
        "draws": judge.space.draw(rng, draws),
        "draws from N(0, I)": rng.standard_normal((draws, judge.space.n_code)),
        "midpoints": midpoints(codes, draws, rng),
        "midpoints of hands that pass": midpoints(clear, draws, rng),
    }
    sets = {"real": judge.hands(joints_mm)}
    return sets | {name: judge.hands(judge.decode(c), c) for name, c in made.items()}


def midpoints(codes: np.ndarray, n: int, rng: np.random.Generator) -> np.ndarray:
    """[n, n_code] half way between two codes each."""
    return 0.5 * codes[rng.integers(0, len(codes), (2, n))].sum(0)


def _p95(values: np.ndarray) -> float:
    return round(float(np.percentile(values, 95)), 4)


def _print(reconstruction: Reconstruction, sets: dict[str, Hands]) -> None:
    values = asdict(reconstruction)
    print_table(("reconstruction", "value"), list(values.items()))
    print()
    rows = []
    for name in (f for f in asdict(sets["real"]) if f != "extent_mm"):
        rows.append((name, *(getattr(hands, name) for hands in sets.values())))
    for k, name in enumerate(("extent_mm p1", "extent_mm p99")):
        rows.append((name, *(hands.extent_mm[k] for hands in sets.values())))
    print_table(("hands", *sets), rows)
