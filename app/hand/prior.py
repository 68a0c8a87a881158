"""How people hold their hands: a prior over the joint angles.

A pose is drawn in one of five ways (shares in `_RECIPE`): from the recorded poses' mixture (or from
the recorded frames themselves where a file is given) with some jitter, with fingers mixed between
two such draws, between two of them, from anatomical limits with a common curl, or as one of the
shapes people make on purpose (`gestures`, train split). Draws whose
fingers run through each other or through the palm are rejected. The splits share nothing: each has
its own mixture, static poses and recorded blocks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, fields
from functools import cache, lru_cache
from pathlib import Path

import numpy as np

from app.hand import kinematics as kin
from app.hand.contact import deepest
from app.hand.gestures import sample_gestures
from app.hand.inverse_kinematics import ARTICULATION, fit_angles
from app.hand.recorded_poses import read_recorded, split_blocks
from app.hand.shape import SPLITS, Split, mean_shape
from app.resources import resource

PRIOR_FILE = resource("hand", "assets", "pose_prior.npz")
# Shares: drawn, fingers mixed, interpolated, anatomical, gestures. The test split keeps to
# recorded and anatomical poses, so that its figures stay comparable.
_RECIPE: dict[Split, np.ndarray] = {
    "train": np.cumsum([0.27, 0.21, 0.16, 0.16, 0.20]),
    "test": np.cumsum([0.34, 0.28, 0.18, 0.20, 0.0]),
}
_STATIC_SHARE = 0.12
JITTER_RAD = math.radians(3.0)
REPAIRS = 4  # times a pose is eased towards rest before it is drawn anew
TOLERANCE_MM = 7.0  # how far two fingers' capsules may overlap: flesh gives way
_GROUPS = tuple(
    np.array([i for i, d in enumerate(kin.DOFS) if d.startswith(finger)])
    for finger in ("thumb", "index", "middle", "ring", "little")
)


@dataclass(frozen=True)
class PosePool:
    """Poses of one split: a mixture of k components, and m poses held still. rad."""

    weights: np.ndarray  # float64 [k]
    means: np.ndarray  # float64 [k, 28]
    factors: np.ndarray  # float64 [k, 28, 28], lower
    static: np.ndarray  # float64 [m, 28]


@dataclass(frozen=True)
class PosePrior:
    """Where poses come from; `recorded` are true angles [n, 28] rad in place of the mixture's."""

    pools: dict[Split, PosePool]
    recorded: dict[Split, np.ndarray] | None = None

    def sample(self, rng: np.random.Generator, n: int, split: Split = "train") -> np.ndarray:
        """float32 [n, 31] rad, within the limits.

        No finger is inside another by more than `TOLERANCE_MM`.
        """
        theta = self._draw(rng, n, split)
        bad = np.arange(n)
        for attempt in range(6 * (REPAIRS + 1)):
            bad = bad[penetration_mm(theta[bad]) > TOLERANCE_MM]
            if not len(bad):
                return theta
            if attempt % (REPAIRS + 1) < REPAIRS:
                theta[bad, 3:] *= np.float32(0.93)  # towards rest: a fist opens a little
            else:
                theta[bad] = self._draw(rng, len(bad), split)
        theta[bad] = kin.pose()  # six bad draws in a row: rest stands in
        return theta

    def _base(self, rng: np.random.Generator, n: int, split: Split) -> np.ndarray:
        """[n, 28] from mixture or recordings, and the static poses."""
        pool = self.pools[split]
        if self.recorded is not None:
            theta = self.recorded[split][rng.integers(0, len(self.recorded[split]), n)]
        else:
            k = rng.choice(len(pool.weights), n, p=pool.weights)
            theta = pool.means[k] + np.einsum(
                "nij,nj->ni", pool.factors[k], rng.normal(0, 0.9, pool.means[k].shape)
            )
        still = np.flatnonzero(rng.random(n) < _STATIC_SHARE * (len(pool.static) > 0))
        if len(still):
            theta[still] = pool.static[rng.integers(0, len(pool.static), len(still))]
        return theta

    def _draw(self, rng: np.random.Generator, n: int, split: Split) -> np.ndarray:
        theta = np.zeros((n, kin.N_DOFS))
        theta[:, ARTICULATION] = self._base(rng, n, split)
        lot, shares = rng.random(n), _RECIPE[split]
        other = np.zeros((n, kin.N_DOFS))
        other[:, ARTICULATION] = self._base(rng, n, split)
        mixed = (lot >= shares[0]) & (lot < shares[1])
        for group in _GROUPS:
            rows = np.flatnonzero(mixed & (rng.random(n) < 0.4))
            theta[np.ix_(rows, group)] = other[np.ix_(rows, group)]
        rows = np.flatnonzero((lot >= shares[1]) & (lot < shares[2]))
        share = rng.random((len(rows), 1))
        theta[rows] = share * theta[rows] + (1 - share) * other[rows]
        rows = np.flatnonzero((lot >= shares[2]) & (lot < shares[3]))
        theta[rows] = sample_anatomical(rng, len(rows))
        rows = np.flatnonzero(lot >= shares[3])
        theta[rows] = sample_gestures(rng, len(rows))
        theta += rng.normal(0, JITTER_RAD, theta.shape) * (rng.random((n, 1)) < 0.8)
        theta[:, :3] = rng.normal(np.radians([0, -2, 0]), np.radians([20, 9, 10]), (n, 3))
        return np.clip(theta, kin.LOWEST, kin.HIGHEST).astype(np.float32)


@cache
def load_prior() -> PosePrior:
    """The shipped prior; see app/hand/assets/pose_prior.md."""
    with np.load(PRIOR_FILE) as file:
        arrays = {name: file[name].astype(np.float64) for name in file.files if name != "dofs"}
    pools = {}
    for split in SPLITS:
        parts = {f.name: arrays[f"{split}_{f.name}"] for f in fields(PosePool)}
        parts["weights"] /= parts["weights"].sum()
        pools[split] = PosePool(**parts)
    return PosePrior(pools)


@lru_cache(maxsize=2)
def load_prior_with(recorded: Path) -> PosePrior:
    """The shipped prior, but true recorded poses in place of the mixture.

    Blocks for training and test are apart. Fits the recording to the rig first, which takes some
    ten seconds. DataError when the file is of another form.
    """
    theta, error = fit_angles(read_recorded(Path(recorded)))
    frames = {
        split: theta[rows[error[rows] < 6]][:, ARTICULATION].astype(np.float64)
        for split, rows in zip(SPLITS, split_blocks(len(theta)), strict=True)
    }
    return PosePrior(load_prior().pools, frames)


def sample_anatomical(rng: np.random.Generator, n: int) -> np.ndarray:
    """[n, 31] rad from the limits alone: the fingers share a curl, and DIP follows PIP."""
    spread = np.clip(rng.beta(2, 2, (n, kin.N_DOFS)), 0.02, 0.98)
    theta = kin.LOWEST + (kin.HIGHEST - kin.LOWEST) * spread
    curl = rng.random(n)
    for finger in ("index", "middle", "ring", "little"):
        first = kin.dof(f"{finger}_mcp_flexion")
        own = np.clip(0.6 * curl + 0.4 * rng.random(n) + rng.normal(0, 0.18, n), 0, 1)
        at_mcp, at_pip = (np.clip(own + rng.normal(0, s, n), 0, 1) for s in (0.25, 0.2))
        theta[:, first] = np.radians(-20 + 100 * at_mcp)
        theta[:, first + 1] = np.radians(rng.normal(0, 8, n)) * (1 - 0.7 * own)
        theta[:, first + 2] = np.radians(rng.normal(0, 2, n))
        theta[:, first + 3] = np.radians(-8 + 108 * at_pip)
        theta[:, first + 4] = theta[:, first + 3] * rng.uniform(0.35, 0.8, n)
    return theta


def penetration_mm(theta: np.ndarray) -> np.ndarray:
    """float32 [n] mm: how deep poses [n, 31] rad of the mean hand run through themselves.

    The deepest overlap of capsules of different fingers, or of a finger and the palm.
    """
    return deepest(kin.pose_joints_batch(theta, mean_shape()))
