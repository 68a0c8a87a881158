"""Where people hold one hand when the other is near: a prior over both hands' poses together.

A mixture over 65 numbers: the angles of the right hand and of the left one's mirror image (without
their wrists), how that image is turned, and where the left hand lies, all in the right hand's rest
frame. `fit_two_hands` makes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from app.geometry import matrix_from_6d
from app.hand import kinematics as kin
from app.hand.inverse_kinematics import ARTICULATION
from app.hand.shape import SPLITS, Split
from app.mixture import Mixture
from app.resources import resource

TWO_HANDS_FILE = resource("hand", "assets", "two_hands.npz")
N = len(ARTICULATION)
PLACE_MM = 100.0  # the unit of the place among the numbers
SPREAD = 0.9  # of the mixture's own
MIRROR = np.diag([-1.0, 1.0, 1.0])


@dataclass(frozen=True)
class HandPairs:
    """n right hands and, as the right hands that they mirror, left ones. Rest axes of the right."""

    theta: np.ndarray  # float32 [n, 31] rad
    other_theta: np.ndarray  # float32 [n, 31] rad
    turn: np.ndarray  # float [n, 3, 3]: the mirrored left hand's rest axes -> mirrored axes
    place_mm: np.ndarray  # float [n, 3]: mean of the left hand's joints from the right's, mean hand


def sample_pairs(rng: np.random.Generator, n: int, split: Split) -> HandPairs:
    """Hands near each other, as people were recorded; wrists as at rest. May touch, or overlap."""
    mixture = load_mixture(split)
    k = rng.choice(len(mixture.weights), n, p=mixture.weights)
    noise = rng.normal(0, SPREAD, mixture.means[k].shape)
    values = mixture.means[k] + np.einsum("nij,nj->ni", mixture.factors[k], noise)
    both = np.zeros((2, n, kin.N_DOFS))
    both[0][:, ARTICULATION], both[1][:, ARTICULATION] = values[:, :N], values[:, N : 2 * N]
    both[:, :, :3] = rng.normal(np.radians([0, -2, 0]), np.radians([20, 9, 10]), (2, n, 3))
    theta, other = np.clip(both, kin.LOWEST, kin.HIGHEST).astype(np.float32)
    turn = matrix_from_6d(values[:, 2 * N : 2 * N + 6])
    return HandPairs(theta, other, turn, values[:, 2 * N + 6 :] * PLACE_MM)


@cache
def load_mixture(split: Split) -> Mixture:
    """The shipped mixture of a split; see app/hand/assets/two_hands.md."""
    assert split in SPLITS
    with np.load(TWO_HANDS_FILE) as file:
        arrays = [file[f"{split}_{name}"].astype(np.float64) for name in Mixture._fields]
    arrays[0] /= arrays[0].sum()
    return Mixture(*arrays)


def other_rotation(rotation: np.ndarray, turn: np.ndarray) -> np.ndarray:
    """[n, 3, 3]: how the right hand that a left one mirrors is turned, rest axes -> camera.

    rotation: [n, 3, 3] of the right hand; turn: as in `HandPairs`. The left hand itself is the
    mirror image, x negated, of what this draws about its own middle.
    """
    return MIRROR @ rotation @ MIRROR @ turn
