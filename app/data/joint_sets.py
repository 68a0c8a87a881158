"""What NYU, ICVL and MSRA call a joint, in terms of our 21, and the way back.

A map to a set is a matrix of weights [set's joints, 21] whose rows sum to 1: it follows every turn,
shift and change of size of the hand. Where a set's point is no joint of ours (the middle of a
phalanx, the palm, the sides of the wrist) it is a mixture of a few; how far such a point lies from
the set's own is measured in docs/datasets.md.

- NYU (Tompson et al. 2014) labels 36 points of a model made of spheres; 14 of them are scored. F1
  is the little finger, KNU3 the last phalanx, A its far end, B its near one. The 22 others are
  placed by their names alone.
- ICVL (Tang et al. 2014) labels the palm and the middles of the 15 phalanges.
- MSRA (Sun et al. 2015, their readme) labels our 21 in another order; what it calls
  thumb_mcp, pip, dip are CMC, MCP, IP.

The way back, `to_ours`, is the likeliest hand of our prior that has the labelled joints exactly
where the labels say (the mean of a Gaussian over joints, given some of their mixtures).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import pairwise

import numpy as np

from app.data.benchmarks import BENCHMARKS, NYU_JOINTS
from app.data.synthetic import sample_poses
from app.frames import Hand, read_only
from app.skeleton import FINGER_JOINTS, MCP, N_JOINTS, WRIST

PALM_TO_KNUCKLES = {"nyu": 0.75, "icvl": 0.55}  # where the palm lies from the wrist on
WRIST_SIDE = 0.25  # of the way across the knuckles: from the wrist's middle to its side
ICVL_ALONG = 0.5  # of each phalanx
NYU_FINGERS = {"F1": 4, "F2": 3, "F3": 2, "F4": 1, "TH": 0}  # rows of FINGER_JOINTS
POSES, SHAPES = 1024, 32  # of the prior, from which the missing joints are filled in


@dataclass(frozen=True)
class JointSet:
    """The labelled points of a data set. Arrays are read-only."""

    name: str  # "nyu", "icvl" or "msra"
    hand: Hand  # which hand its pictures show
    label_names: tuple[str, ...]  # L, in the order of its files
    scored: np.ndarray  # int [S]: the labels that count, in the order of `Benchmark.joint_names`
    weights: np.ndarray  # float64 [L, 21]

    def from_ours(self, joints: np.ndarray) -> np.ndarray:
        """Our joints [..., 21, 3] -> the scored ones [..., S, 3], in the same frame and unit."""
        return self.map @ joints

    def to_ours(self, labels: np.ndarray) -> np.ndarray:
        """Scored labels [..., S, 3] -> our joints [..., 21, 3] with `from_ours` of them equal."""
        return self.fill @ labels

    @property
    def map(self) -> np.ndarray:
        """float64 [S, 21]."""
        return self.weights[self.scored]

    @property
    def fill(self) -> np.ndarray:
        """float64 [21, S]."""
        return _fill(self.name)

    @property
    def given(self) -> np.ndarray:
        """int: those of our joints that are themselves among the scored ones."""
        plain = self.map[np.count_nonzero(self.map, axis=1) == 1]
        return np.unique(plain.argmax(1))


@cache
def joint_set(name: str) -> JointSet:
    """The set of this name: nyu, icvl or msra. Raises KeyError for another."""
    names, weights, hand = {"nyu": _nyu, "icvl": _icvl, "msra": _msra}[name]()
    scored = np.array(NYU_JOINTS if name == "nyu" else range(len(names)))
    return JointSet(name, hand, names, read_only(scored), read_only(weights))


def _nyu() -> tuple[tuple[str, ...], np.ndarray, Hand]:
    """36 spheres: two a phalanx, six of the palm."""
    names, rows = [], []
    for finger, row in NYU_FINGERS.items():
        chain = FINGER_JOINTS[row]
        for phalanx in (3, 2, 1):  # from the tip to the palm
            near, far = chain[phalanx - 1], chain[phalanx]
            names += [f"{finger}_KNU{phalanx}_A", f"{finger}_KNU{phalanx}_B"]
            rows += [
                _mix({far: 1}) if phalanx == 3 else _mix({near: 0.5, far: 0.5}),
                _mix({near: 1}),
            ]
    palm = _palm(PALM_TO_KNUCKLES["nyu"])
    across = WRIST_SIDE * (_mix({MCP[0]: 1}) - _mix({MCP[3]: 1}))
    wrist = _mix({WRIST: 1})
    names += [f"PALM_{k}" for k in range(1, 7)]
    rows += [wrist - across, wrist + across, palm, palm - across, palm + across, wrist]
    return tuple(names), np.array(rows), "right"


def _icvl() -> tuple[tuple[str, ...], np.ndarray, Hand]:
    """The palm, then root, mid and tip of thumb .. little finger."""
    rows = [_palm(PALM_TO_KNUCKLES["icvl"])]
    for chain in FINGER_JOINTS:
        for near, far in pairwise(chain):
            rows.append(_mix({near: 1 - ICVL_ALONG, far: ICVL_ALONG}))
    return BENCHMARKS["icvl"].joint_names, np.array(rows), "left"


def _msra() -> tuple[tuple[str, ...], np.ndarray, Hand]:
    """The wrist, index .. little finger, thumb."""
    order = [WRIST, *FINGER_JOINTS[1:].ravel(), *FINGER_JOINTS[0]]
    return BENCHMARKS["msra"].joint_names, np.eye(N_JOINTS)[order], "right"


def _mix(parts: dict[int, float]) -> np.ndarray:
    """[21] weights."""
    row = np.zeros(N_JOINTS)
    row[list(parts)] = list(parts.values())
    return row


def _palm(along: float) -> np.ndarray:
    """[21]: the point `along` of the way from the wrist to the middle of the four knuckles."""
    return _mix({WRIST: 1 - along} | {int(k): along / len(MCP) for k in MCP})


@cache
def _spread() -> np.ndarray:
    """float64 [21, 21]: E[y y^T] over random hands y.

    Summed over x, y and z, relative to each hand's mean.
    """
    joints = sample_poses(41, POSES, shapes=SHAPES).astype(np.float64)
    centred = joints - joints.mean(1, keepdims=True)
    return np.einsum("nic,njc->ij", centred, centred) / len(joints)


@cache
def _fill(name: str) -> np.ndarray:
    """float64 [21, S]: our joints of the labels.

    With e = labels - their mean and d = joints - the same point, d is regressed on e; e is a
    mixture of d, so the mixtures of what is filled in are the labels again.
    """
    weights = joint_set(name).map
    count = len(weights)
    middle = weights.mean(0)  # [21]: the labels' mean as a mixture of joints
    apart = np.eye(N_JOINTS) - middle  # joints -> d
    seen = weights - middle  # joints -> e
    spread = _spread()
    gain = apart @ spread @ seen.T @ np.linalg.pinv(seen @ spread @ seen.T, rcond=1e-10)
    centring = np.eye(count) - 1 / count
    return read_only(gain @ centring + 1 / count)
