"""Kinds of crops beside the plain one: held things, second hands, own views, near, sparse, cut.

A kind changes records that `parameters` has drawn. Its random numbers are its own, so samples that
stay plain are what they are without kinds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

import numpy as np

from app.hand.pool import HandPool
from app.hand.shape import SPLITS, Split, palm_axes
from app.hand.two_hands import other_rotation, sample_pairs
from app.synthetic.clutter import SLOTS, sample_solids
from app.synthetic.crops.parameters import LARGEST_WINDOW
from app.synthetic.egocentric import sample_distances, sample_own_views
from app.synthetic.flaws import NEAR_BASELINE, sample_holes, sample_sparseness
from app.synthetic.held.grasps import Hands, hold
from app.synthetic.kinds import WildKind
from app.synthetic.solids import CYLINDER, NOTHING, make_solids

KIND_STREAM = 51  # of its own, beside the block's
TURNED_SHARE = 0.6  # of hands that hide behind what they hold show their back instead
HELD_SHARES = {"egocentric": 0.6, "near": 0.25, "two": 0.15, "border": 0.15, "sparse": 0.1}
NEAR_MM = (120.0, 250.0)
NEAR_FOCAL_PX = (230.0, 480.0)
FIELD = (0.55, 0.85)  # tangent of half the view of near cameras, least and largest
OTHER_ARM_SHARE = 0.5


class WildKinds:
    """Changes records of hands from `pools` by lot. shares: of each kind, below 1 in all."""

    def __init__(
        self, shares: Mapping[WildKind, float], pools: Sequence[HandPool], seed: int, split: Split
    ):
        if sum(shares.values()) > 1 + 1e-9 or min(shares.values(), default=0) < 0:
            raise ValueError("the shares of kinds of crops are at least 0, and at most 1 in all")
        self._seed, self._split, self._pools = seed, split, pools
        self._names = list(shares)
        self._ends = np.cumsum([shares[name] for name in self._names])
        self._hands = cache(self._make_hands)

    def applied(self, drawn: np.ndarray, block: int) -> np.ndarray:
        """SAMPLE [n] of block `block`, some of them of another kind; negatives stay."""
        key = [self._seed, SPLITS.index(self._split), block, KIND_STREAM]
        rng, samples = np.random.default_rng(key), drawn.copy()
        chosen = np.searchsorted(self._ends, rng.random(len(samples)), side="right")
        holding, turned = (np.zeros(len(samples), bool) for _ in range(2))
        for k, name in enumerate(self._names):
            rows = np.flatnonzero((chosen == k) & samples["present"])
            if len(rows):
                samples[rows] = self._changed(rng, name, samples[rows])
                holding[rows] = rng.random(len(rows)) < HELD_SHARES.get(name, 1.0)
                turned[rows] = name == "held"
        self._give(rng, samples, holding, turned)
        return samples

    def _changed(self, rng: np.random.Generator, name: WildKind, samples: np.ndarray) -> np.ndarray:
        """The records of one kind, but for what they hold."""
        if name == "two":
            self._pair(rng, samples)
        elif name == "egocentric":
            _see_own_hands(rng, samples)
        elif name == "near":
            _come_near(rng, samples)
        elif name == "sparse":
            sample_sparseness(rng, samples["flaws"])
        elif name == "border":
            _cut(rng, samples)
        return samples

    def _give(
        self, rng: np.random.Generator, samples: np.ndarray, holding: np.ndarray, turned: np.ndarray
    ) -> None:
        """Puts things into hands, bool [n], and shows the backs of some of those to be turned."""
        hand = samples["hand"]
        for identity in range(len(self._pools)):
            rows = np.flatnonzero(holding & (hand["identity"] == identity))
            if not len(rows):
                continue
            hands = self._hands(identity)
            theta, solids, held = hold(rng, hands, hand["shape"][rows], hand["theta"][rows])
            hand["theta"][rows] = theta
            samples["held"][rows] = solids
            _show_backs(rng, hand, rows[held & turned[rows]])

    def _make_hands(self, identity: int) -> Hands:
        pool = self._pools[identity]
        return Hands(pool.pivots_mm, pool.joints_mm, pool.scale)

    def _pair(self, rng: np.random.Generator, samples: np.ndarray) -> None:
        """Second hands where people hold them when both hands are near each other."""
        hand, second, n = samples["hand"], samples["second"], len(samples)
        pairs = sample_pairs(rng, n, self._split)
        hand["theta"], second["theta"] = pairs.theta, pairs.other_theta
        second["rotation"] = other_rotation(hand["rotation"], pairs.turn)
        second["identity"], second["shape"] = hand["identity"], hand["shape"]
        scale = np.array(
            [self._pools[i].scale[s] for i, s in zip(hand["identity"], hand["shape"], strict=True)]
        )
        place = pairs.place_mm * scale[:, None] + rng.normal(0, 6, (n, 3))
        second["target_mm"] = hand["target_mm"] + np.einsum("nrc,nc->nr", hand["rotation"], place)
        samples["has_second"] = True


def _show_backs(rng: np.random.Generator, hand: np.ndarray, rows: np.ndarray) -> None:
    """Turns hands whose palm, and so what is in it, faces the camera about their own length."""
    facing = hand["rotation"][rows] @ palm_axes()[:, 2].astype(np.float32)
    hidden = rows[(facing[:, 2] < 0) & (rng.random(len(rows)) < TURNED_SHARE)]
    along = palm_axes()[:, 1]
    about = (2 * np.outer(along, along) - np.eye(3)).astype(np.float32)
    hand["rotation"][hidden] = hand["rotation"][hidden] @ about


def _move_away(samples: np.ndarray, distance: np.ndarray) -> None:
    """Sets the distance of the cube, and of all that is in it, in place."""
    view = samples["view"]
    change = (distance - view["distance_mm"]).astype(np.float32)
    for name in ("hand", "second"):
        samples[name]["target_mm"][:, 2] += change
    samples["person"]["place_mm"][:, 2] += change
    samples["solids"]["centre_mm"][..., 2] += change[:, None]
    view["distance_mm"] = distance


def _see_own_hands(rng: np.random.Generator, samples: np.ndarray) -> None:
    """Own hands over a desk with things on it, sometimes with the other forearm beside."""
    n, view, plane = len(samples), samples["view"], samples["plane"]
    samples["hand"]["rotation"] = sample_own_views(rng, n)
    samples["hand"]["theta"][:, :3] *= 0.6
    focal = view["focal_px"].copy()
    _move_away(samples, np.clip(sample_distances(rng, n), 250, 600))
    view["focal_px"] = np.minimum(focal, LARGEST_WINDOW * view["distance_mm"] / view["cube_mm"])
    samples["person"]["number"], samples["has_second"] = -1, False
    desk = rng.random(n) < 0.6
    slant = np.stack([rng.normal(0, 0.12, n), rng.uniform(0.3, 1.6, n), np.ones(n)], 1)
    plane["normal"] = slant / np.linalg.norm(slant, axis=1, keepdims=True)
    plane["margin_mm"] = np.where(desk, rng.uniform(4, 90, n), 0)
    target = samples["hand"]["target_mm"].astype(np.float64)
    solids = sample_solids(rng, target, (0, 110), 90)
    count = np.where(rng.random(n) < 0.6, rng.integers(1, SLOTS, n), 0)
    solids["kind"][np.arange(SLOTS) >= count[:, None]] = NOTHING
    arm = np.flatnonzero(rng.random(n) < OTHER_ARM_SHARE)
    solids[arm, SLOTS - 1] = _other_arms(rng, target[arm])
    samples["solids"] = solids


def _other_arms(rng: np.random.Generator, beside: np.ndarray) -> np.ndarray:
    """SOLID [n]: the other forearm, from the lower border to a place beside each point [n, 3]."""
    n = len(beside)
    own = sample_own_views(rng, n) @ palm_axes()[:, 1].astype(np.float32)
    along = own * np.array([-1.0, 1, 1])
    side = np.cross(along, rng.normal((0, 0, 1), 0.3, (n, 3)))
    first = side / np.linalg.norm(side, axis=1, keepdims=True)
    turn = np.stack([first, np.cross(along, first), along], -1)
    half = np.stack([rng.uniform(22, 45, n), rng.uniform(22, 45, n), np.full(n, 130.0)], -1)
    end = beside + rng.normal((75, 10, 10), (30, 40, 40), (n, 3))
    return make_solids(np.full(n, CYLINDER), half, turn, end - 130 * along)


def _come_near(rng: np.random.Generator, samples: np.ndarray) -> None:
    """Hands from 120 mm on before wide lenses: cut by all borders, blinded in the middle."""
    n, view = len(samples), samples["view"]
    low, high = np.log(NEAR_MM)
    distance = np.exp(rng.uniform(low, high, n))
    _move_away(samples, distance)
    focal = rng.uniform(*NEAR_FOCAL_PX, n)
    view["focal_px"] = np.minimum(focal, LARGEST_WINDOW * distance / view["cube_mm"])
    half = view["cube_mm"] / distance / 2  # tangent of half the crop's view
    field = rng.uniform(*FIELD, n)
    off = rng.normal(0, 0.15, (n, 2)) * field[:, None]  # of the hand in the picture
    wide = np.stack([field, field], 1) * np.array([1.0, 0.75])
    for axis in range(2):
        for side, sign in ((2 * axis, -1), (2 * axis + 1, 1)):
            edge = wide[:, axis] + sign * off[:, axis]
            view["beyond"][:, side] = np.clip((half - edge) / (2 * half), 0, 0.42)
    samples["sensor"]["shadow_mm"] *= NEAR_BASELINE
    samples["motion"]["across_px"] = samples["motion"]["down_px"] = 0
    sample_holes(rng, samples["flaws"], 0.4)


def _cut(rng: np.random.Generator, samples: np.ndarray) -> None:
    """Hands at the picture's border: one side or a corner is missing."""
    n, beyond = len(samples), samples["view"]["beyond"]
    beyond[:] = 0
    beyond[np.arange(n), rng.integers(0, 2, n)] = np.where(
        rng.random(n) < 0.65, rng.uniform(0.05, 0.5, n), 0
    )
    beyond[np.arange(n), rng.integers(2, 4, n)] = np.where(
        rng.random(n) < 0.65, rng.uniform(0.05, 0.5, n), 0
    )
